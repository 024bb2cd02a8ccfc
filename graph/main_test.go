package graph_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	"github.com/accountgraph/accountgraph/internal/importer"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// server is an API on a database of its own.
type server struct {
	t       testing.TB
	db      *db.DB
	viewer  db.Viewer
	imports *importer.Runner
	url     string
	// key is sent with every request, if there is one.
	key string
}

// answer is what a request brought.
type answer struct {
	Status int
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
	// Statements, Loads and Records are told by Server-Timing.
	Statements int
	Loads      int
	// Records is as "3 of 25000"; empty if there is no limit.
	Records string
	// Stock tells that the ordinary execution had to encode something.
	Stock bool
	Body  string
}

func setup(t testing.TB) *server {
	t.Helper()
	return setupWith(t, graph.Options{MaxDepth: 150, MaxTokens: 20_000, MaxAliases: 500, MaxRecords: 25_000, Introspection: true})
}

func setupWith(t testing.TB, o graph.Options) *server {
	t.Helper()
	return setupOn(t, dbtest.New(t), o)
}

func setupOn(t testing.TB, d *db.DB, o graph.Options) *server {
	t.Helper()
	s := &server{t: t, db: d, viewer: dbtest.Organization(t, d, "Acme"), imports: importer.NewRunner(d, importer.RunnerOptions{Logger: slog.New(slog.NewTextHandler(testLog{t}, nil))})}
	t.Cleanup(s.imports.Stop)
	s.url = s.serve(o, s.viewer)
	return s
}

// serve serves the API to one viewer.
func (s *server) serve(o graph.Options, v db.Viewer) string {
	o.Logger = slog.New(slog.NewTextHandler(testLog{s.t}, nil))
	o.Imports = s.imports
	web := httptest.NewServer(auth.Demo(v, graph.NewHandler(s.db, o)))
	s.t.Cleanup(web.Close)
	return web.URL
}

// testLog writes to the test's log.
type testLog struct{ testing.TB }

func (l testLog) Write(line []byte) (int, error) {
	l.Log(string(line))
	return len(line), nil
}

// as is the same server for another viewer.
func (s *server) as(v db.Viewer) *server {
	other := *s
	other.viewer = v
	other.url = s.serve(graph.Options{MaxDepth: 150, MaxTokens: 20_000, MaxAliases: 500, MaxRecords: 25_000, Introspection: true}, v)
	return &other
}

var timing = regexp.MustCompile(`db;desc="(\d+) statements".*loader;desc="(\d+) unplanned loads".*encoder;desc="(\d+) of (\d+) root fields"(?:, budget;desc="(\d+ of \d+) records")?`)

// ask sends an operation with variables, given as pairs of name and value.
func (s *server) ask(query string, variables ...any) answer {
	s.t.Helper()
	given := map[string]any{}
	for i := 0; i < len(variables); i += 2 {
		given[variables[i].(string)] = variables[i+1]
	}
	body, err := json.Marshal(map[string]any{"query": query, "variables": given})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.post(body)
}

func (s *server) post(body []byte) answer {
	s.t.Helper()
	return s.send("application/json", body)
}

func (s *server) send(kind string, body []byte) answer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	if s.key != "" {
		request.Header.Set("Authorization", "Bearer "+s.key)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(response.Body); err != nil {
		s.t.Fatal(err)
	}
	a := answer{Status: response.StatusCode, Body: text.String()}
	if err := json.Unmarshal(text.Bytes(), &a); err != nil {
		s.t.Fatalf("not JSON: %v: %s", err, a.Body)
	}
	told := timing.FindStringSubmatch(response.Header.Get("Server-Timing"))
	if told == nil {
		s.t.Fatalf("no Server-Timing: %q", response.Header.Get("Server-Timing"))
	}
	a.Statements, _ = strconv.Atoi(told[1])
	a.Loads, _ = strconv.Atoi(told[2])
	a.Stock = told[3] != told[4]
	a.Records = told[5]
	return a
}

// must sends an operation that has no errors and reads its data into into.
func (s *server) must(into any, query string, variables ...any) answer {
	s.t.Helper()
	a := s.ask(query, variables...)
	if len(a.Errors) > 0 {
		s.t.Fatalf("got errors: %s", a.Body)
	}
	if into != nil {
		if err := json.Unmarshal(a.Data, into); err != nil {
			s.t.Fatalf("read %s: %v", a.Data, err)
		}
	}
	return a
}

// account makes an account and returns its id. Its domain is made of its name.
func (s *server) account(name, parent string) string {
	s.t.Helper()
	input := map[string]any{"name": name, "primaryDomain": domain(name)}
	if parent != "" {
		input["parentId"] = parent
	}
	var data struct {
		CreateAccount struct {
			Account    struct{ ID string }
			UserErrors []any
		}
	}
	a := s.must(&data, `mutation($input: CreateAccountInput!) { createAccount(input: $input) { account { id } userErrors { field message code } } }`, "input", input)
	if data.CreateAccount.Account.ID == "" {
		s.t.Fatalf("account %s: %s", name, a.Body)
	}
	return data.CreateAccount.Account.ID
}

var notInDomains = regexp.MustCompile(`[^a-z0-9]+`)

func domain(name string) string {
	return notInDomains.ReplaceAllString(string(bytes.ToLower([]byte(name))), "-") + ".com"
}
