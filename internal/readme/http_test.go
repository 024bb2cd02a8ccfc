package readme

import (
	"bufio"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	httpserver "github.com/accountgraph/accountgraph/internal/http"
)

var (
	// exchange is a request of docs/http.md, and the answer that follows it.
	exchange = regexp.MustCompile("(?s)```http\n([A-Z].*?)\n```\n.*?```http\n(HTTP.*?)\n```\n")
	// trustedFile is the file of trusted documents that it shows.
	trustedFile = regexp.MustCompile("(?s)```json\n(.*?)```\n")
)

// TestHTTP sends the requests of docs/http.md in their order, and compares what is answered with what it shows.
func TestHTTP(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../docs/http.md")
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := graph.ReadTrustedDocuments(trustedFile.FindSubmatch(file)[1])
	if err != nil {
		t.Fatal(err)
	}
	d := dbtest.New(t)
	log := slog.New(slog.DiscardHandler)
	site := httpserver.New(httpserver.Options{Page: http.NotFoundHandler(), Compression: true, MaxBodyBytes: 1 << 20, RequestTimeout: time.Minute, Logger: log})
	viewer := dbtest.Organization(t, d, "Acme")
	site.Open(auth.Door{Demo: &viewer}, graph.NewHandler(d, graph.Options{TrustedDocuments: trusted, Introspection: true, Logger: log}), d.Health)
	exchanges := exchange.FindAllStringSubmatch(string(file), -1)
	if want := strings.Count(string(file), "```http\n") / 2; len(exchanges) != want || want < 10 {
		t.Fatalf("got %d exchanges, want %d, and at least 10", len(exchanges), want)
	}
	for _, e := range exchanges {
		head, body, _ := strings.Cut(e[1], "\n\n")
		line, header, _ := strings.Cut(head, "\n")
		asked, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + " HTTP/1.1\r\nHost: localhost\r\n" + strings.ReplaceAll(header, "\n", "\r\n") + "\r\n\r\n")))
		if err != nil {
			t.Fatalf("%s: %v", e[1], err)
		}
		asked.Body, asked.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		answer := httptest.NewRecorder()
		site.ServeHTTP(answer, asked)
		shown, err := http.ReadResponse(bufio.NewReader(strings.NewReader(e[2])), asked)
		if err != nil {
			t.Fatalf("%s: %v", e[2], err)
		}
		_, text, _ := strings.Cut(e[2], "\n\n")
		if answer.Code != shown.StatusCode || answer.Body.String() != text {
			t.Errorf("%s\n\ngot  %d %s\nwant %s %s", e[1], answer.Code, answer.Body, shown.Status, text)
		}
		for name := range shown.Header {
			if got, want := answer.Header().Get(name), shown.Header.Get(name); got != want {
				t.Errorf("%s\n\ngot %s %q, want %q", e[1], name, got, want)
			}
		}
	}
}
