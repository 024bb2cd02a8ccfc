// Package readme keeps the README true: its queries are run on the demo, and their answers compared with those it shows.
package readme

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"

	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	"github.com/accountgraph/accountgraph/internal/demo"
	"github.com/accountgraph/accountgraph/web"
)

var update = flag.Bool("update", false, "write the answers into the README")

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// example is a query of the README, and the answer that follows it, if one does.
var example = regexp.MustCompile("(?s)```graphql\n(.*?)```\n(?:\n```json\n(.*?)```\n)?")

// TestDocuments runs the queries of all documents, one after the other, on one demo.
func TestDocuments(t *testing.T) {
	t.Parallel()
	url := serveDemo(t)
	t.Run("the examples of the page run", func(t *testing.T) { runExamples(t, url) })
	t.Run("the README shows what its queries answer", func(t *testing.T) { runReadme(t, url) })
}

// serveDemo serves the demo to its user.
func serveDemo(t *testing.T) string {
	t.Helper()
	d := dbtest.New(t)
	ctx := context.Background()
	if err := demo.Load(ctx, d, func(int, int, string) {}); err != nil {
		t.Fatal(err)
	}
	viewer, err := demo.Viewer(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(auth.Demo(viewer, graph.NewHandler(d, graph.Options{MaxDepth: 150, MaxRecords: 25_000, Introspection: true})))
	t.Cleanup(server.Close)
	return server.URL
}

func ask(t *testing.T, url string, request map[string]any) json.RawMessage {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	var answer struct{ Data, Errors json.RawMessage }
	if err := json.Unmarshal(text.Bytes(), &answer); err != nil || answer.Errors != nil {
		t.Fatalf("%v: %s\n%s", err, request["query"], text.String())
	}
	return answer.Data
}

func runReadme(t *testing.T, url string) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	written := example.ReplaceAllStringFunc(string(text), func(found string) string {
		parts := example.FindStringSubmatch(found)
		count++
		data := ask(t, url, map[string]any{"query": parts[1]})
		got := pretty(t, data, "") + "\n"
		if !*update && got != parts[2] {
			t.Errorf("the README's answer to\n%s\nis\n%s\nand should be\n%s", parts[1], parts[2], got)
		}
		return "```graphql\n" + parts[1] + "```\n\n```json\n" + got + "```\n"
	})
	if count < 10 {
		t.Errorf("got %d queries, want a tour of 10", count)
	}
	if *update {
		if err := os.WriteFile("../../README.md", []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// runExamples runs GraphiQL's examples as the page does: where a document has an operation named
// Ids, it is run first, and each of its fields' ids is the variable of that name.
func runExamples(t *testing.T, url string) {
	examples := web.Examples()
	names, err := fs.Glob(examples, "*/*.graphql")
	if err != nil || len(names) < 15 {
		t.Fatalf("got %v, %v, want at least 15 examples", names, err)
	}
	operation := regexp.MustCompile(`(?m)^(?:query|mutation)\s+(\w+)`)
	for _, name := range names {
		text, err := fs.ReadFile(examples, name)
		if err != nil {
			t.Fatal(err)
		}
		request := map[string]any{"query": string(text)}
		for _, found := range operation.FindAllStringSubmatch(string(text), -1) {
			if found[1] == "Ids" {
				data := ask(t, url, map[string]any{"query": string(text), "operationName": "Ids"})
				var ids map[string]struct{ ID string }
				if err := json.Unmarshal(data, &ids); err != nil {
					t.Fatal(err)
				}
				variables := map[string]any{}
				for variable, record := range ids {
					variables[variable] = record.ID
				}
				request["variables"] = variables
			} else {
				request["operationName"] = found[1]
			}
		}
		data := ask(t, url, request)
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(data, &fields); err != nil {
			t.Fatal(err)
		}
		for field, value := range fields {
			if string(value) == "null" {
				t.Errorf("%s: %s found nothing", name, field)
			}
		}
	}
}
