package httpserver

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

func TestOnlyThisMachineIsNamed(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	for host, allowed := range map[string]bool{
		"localhost": true, "localhost:8080": true, "LOCALHOST:1": true, "127.0.0.1": true, "127.0.0.1:8080": true,
		"127.8.9.1:80": true, "[::1]": true, "[::1]:8080": true, "[::ffff:127.0.0.1]:80": true,
		"example.com": false, "example.com:8080": false, "localhost.example.com": false, "127.0.0.1.example.com": false,
		"0.0.0.0:8080": false, "192.168.0.1:8080": false, "[::]:80": false, "": false, "2130706433": false, "127.0.0.1:80.example.com": false, "localhost:http": false, "127.1": false,
	} {
		for _, path := range []string{"/", "/graphql", "/readyz"} {
			r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
			r.Host = host
			w := send(s, r)
			switch {
			case allowed && w.Code != http.StatusOK:
				t.Errorf("%q %s: got %d, want 200", host, path, w.Code)
			case !allowed:
				wantProblem(t, w, http.StatusMisdirectedRequest, db.CodeForbidden)
			}
		}
	}
}

func TestOtherMachinesMayNameTheServerAsTheyLike(t *testing.T) {
	t.Parallel()
	s := New(Options{Page: http.NotFoundHandler(), MaxBodyBytes: 100, RequestTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	s.Open(visitors, http.HandlerFunc(answer200), well)
	for _, host := range []string{"example.com", "localhost", "10.0.0.1:8080", ""} {
		r := post("{}")
		r.Host = host
		if w := send(s, r); w.Code != http.StatusOK {
			t.Errorf("%q: got %d, want 200", host, w.Code)
		}
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	for _, test := range []struct {
		kind, header string
		allowed      bool
	}{
		{"application/json", "", true},
		{"application/json; charset=utf-8", "", true},
		{"Application/JSON", "", true},
		{"application/json; charset=UTF-8", "", true},
		{"application/json; charset=utf-16", "", false},
		{"application/json; charset=iso-8859-1", "X-Requested-With", false},
		{"application/graphql", "", false},
		{"text/plain", "", false},
		{"TEXT/plain;charset=utf-8", "", false},
		{"text/plain; application/json", "", false},
		{"text/plain, application/json", "", false},
		{"application/x-www-form-urlencoded", "", false},
		{"multipart/form-data; boundary=x", "", false},
		{"", "", false},
		{";", "", false},
		{"multipart/form-data; boundary=x", "GraphQL-Preflight", true},
		{"application/json", "X-Requested-With", true},
		{"text/plain", "X-Requested-With", false}, // no form that we read
	} {
		header := []string{"Content-Type", test.kind}
		if test.header != "" {
			header = append(header, test.header, "1")
		}
		w := send(s, post("{}", header...))
		switch {
		case test.allowed && w.Code != http.StatusOK:
			t.Errorf("%q %s: got %d, want 200", test.kind, test.header, w.Code)
		case !test.allowed:
			wantProblem(t, w, http.StatusUnsupportedMediaType, db.CodeBadUserInput)
		}
	}
}

func TestPagesOfOtherSitesCannotGet(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	for site, allowed := range map[string]bool{"": true, "none": true, "same-origin": true, "same-site": false, "cross-site": false} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost/graphql?query={viewer{role}}", nil)
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		switch w := send(s, r); {
		case allowed && w.Code != http.StatusOK:
			t.Errorf("%q: got %d, want 200", site, w.Code)
		case !allowed:
			wantProblem(t, w, http.StatusForbidden, db.CodeForbidden)
		}
	}
}

func TestMethodsOfTheAPI(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodTrace, "BREW"} {
		w := send(s, httptest.NewRequest(method, "http://localhost/graphql", nil))
		wantProblem(t, w, http.StatusMethodNotAllowed, db.CodeBadUserInput)
		if got := w.Header().Get("Allow"); got != methods {
			t.Errorf("%s: got Allow %q", method, got)
		}
	}
	for method, want := range map[string]int{http.MethodGet: http.StatusOK, http.MethodHead: http.StatusOK, http.MethodOptions: http.StatusNoContent} {
		w := send(s, httptest.NewRequest(method, "http://localhost/graphql", nil))
		if w.Code != want {
			t.Errorf("%s: got %d %s, want %d", method, w.Code, w.Body, want)
		}
	}
	w := send(s, httptest.NewRequest(http.MethodOptions, "http://localhost/graphql", nil))
	if w.Header().Get("Allow") != methods || w.Header().Get("Accept-Post") == "" || w.Body.Len() > 0 {
		t.Errorf("OPTIONS: got %v %s, want what may be asked, and no body", w.Header(), w.Body)
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	s, _ := newSite(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	unknownLength := func(body string) *http.Request {
		r := post("")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), -1
		return r
	}
	for name, ask := range map[string]func(string) *http.Request{"known length": func(b string) *http.Request { return post(b) }, "unknown length": unknownLength} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{0, 1, 99, 100} {
				body := strings.Repeat("x", size)
				if w := send(s, ask(body)); w.Code != 200 || w.Body.String() != body {
					t.Errorf("%d bytes: got %d with %d bytes", size, w.Code, w.Body.Len())
				}
			}
			for _, size := range []int{101, 5000} {
				wantProblem(t, send(s, ask(strings.Repeat("x", size))), http.StatusRequestEntityTooLarge, db.CodeBadUserInput)
			}
		})
	}
	t.Run("that breaks off", func(t *testing.T) {
		t.Parallel()
		r := post("")
		r.Body, r.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader("{"), broken{})), 50
		wantProblem(t, send(s, r), http.StatusBadRequest, db.CodeBadUserInput)
	})
}

func TestBodyThatIsNotReadAsItIs(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	for coding, allowed := range map[string]bool{"": true, "identity": true, "gzip": false, "GZIP": false, "deflate": false, "br": false, "gzip, identity": false} {
		switch w := send(s, post("{}", "Content-Encoding", coding)); {
		case allowed && w.Code != http.StatusOK:
			t.Errorf("%q: got %d, want 200", coding, w.Code)
		case !allowed:
			wantProblem(t, w, http.StatusUnsupportedMediaType, db.CodeBadUserInput)
		}
	}
	wantProblem(t, send(s, post("{\"query\": \"\xff\"}")), http.StatusBadRequest, db.CodeBadUserInput)
	// A file that is uploaded may be in any encoding.
	if w := send(s, post("\xff", "Content-Type", "multipart/form-data; boundary=x", "GraphQL-Preflight", "1")); w.Code != http.StatusOK {
		t.Errorf("a part of a form: got %d, want 200", w.Code)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestProblemsHaveTheTypeThatIsAskedFor(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	w := send(s, post("{}", "Content-Type", "text/plain", "Accept", "application/graphql-response+json, application/json"))
	if got := w.Header().Get("Content-Type"); got != "application/graphql-response+json; charset=utf-8" {
		t.Errorf("got %q", got)
	}
	w = send(s, post("{}", "Content-Type", "text/plain"))
	if got := w.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("got %q", got)
	}
}
