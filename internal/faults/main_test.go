//go:build unix

// Package faults has tests only: what the server does when what it stands on breaks. Each of them breaks something while
// requests run, looks at what the requests are answered, and mends it.
package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	"github.com/accountgraph/accountgraph/internal/eventually"
	httpserver "github.com/accountgraph/accountgraph/internal/http"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// server is the API with all that is around it, in this process.
type server struct {
	t   *testing.T
	db  *db.DB
	url string
}

// serve serves an organization's data, without a limit of time for a request: what ends one is what the test is about.
func serve(t *testing.T, v db.Viewer, o db.Options) *server {
	t.Helper()
	d, err := db.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	site := httpserver.New(httpserver.Options{
		Page: http.NotFoundHandler(), MaxBodyBytes: 1 << 20, RequestTimeout: time.Hour, HeaderTimeout: time.Hour, Logger: logger,
	})
	site.Open(auth.Door{Demo: &v}, graph.NewHandler(d, graph.Options{Logger: logger}), d.Health)
	web := httptest.NewServer(site)
	t.Cleanup(func() {
		web.Close()
		if err := d.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return &server{t: t, db: d, url: web.URL}
}

// answer is what a request brought.
type answer struct {
	status     int
	retryAfter string
	// code is that of the first error; "" if there is none.
	code string
	// id is that of the account that was made or found.
	id string
}

const (
	read  = `{ account: accountByDomain(domain: "acme.com") { id } }`
	write = `mutation($name: String!, $domain: Domain!) { made: createAccount(input: {name: $name, primaryDomain: $domain}) { account { id } userErrors { message } } }`
)

// ask sends a query with variables. The error is one of the connection to the server.
func (s *server) ask(ctx context.Context, query string, variables map[string]string) (a answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, eventually.Patience)
	defer cancel()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return a, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		return a, err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return a, err
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return a, err
	}
	type record struct{ ID string }
	var parsed struct {
		Data struct {
			Account *record
			Made    *struct {
				Account    *record
				UserErrors []any
			}
		}
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal(text, &parsed); err != nil {
		return a, fmt.Errorf("read %s: %w", text, err)
	}
	a = answer{status: response.StatusCode, retryAfter: response.Header.Get("Retry-After")}
	switch {
	case len(parsed.Errors) > 0:
		a.code = parsed.Errors[0].Extensions.Code
	case parsed.Data.Account != nil:
		a.id = parsed.Data.Account.ID
	case parsed.Data.Made != nil && parsed.Data.Made.Account != nil:
		a.id = parsed.Data.Made.Account.ID
	}
	if (a.code == "") == (a.id == "") {
		return a, fmt.Errorf("neither an account nor an error: %s", text)
	}
	return a, nil
}

// must sends the reading query, which must find its account.
func (s *server) must() {
	s.t.Helper()
	if a, err := s.ask(s.t.Context(), read, nil); err != nil || a.code != "" {
		s.t.Fatalf("got %+v, %v, want an account", a, err)
	}
}

// get fetches a page and returns its status and text.
func (s *server) get(path string) (int, string) {
	s.t.Helper()
	response, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// acme makes an organization with the account that the reading query finds.
func acme(t *testing.T, d *db.DB) db.Viewer {
	t.Helper()
	v := dbtest.Organization(t, d, "Acme")
	if _, err := d.CreateAccount(t.Context(), v, db.CreateAccountInput{Name: "Acme", PrimaryDomain: "acme.com", IsActive: true}); err != nil {
		t.Fatal(err)
	}
	return v
}
