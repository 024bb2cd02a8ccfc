package httpserver

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

// newSharedSite makes a site that one other origin may use.
func newSharedSite(origin string) *Site {
	s, _ := newSite(nil)
	s.options.CORSOrigins = []string{origin}
	s = New(s.options)
	s.Open(visitors, http.HandlerFunc(answer200), well)
	return s
}

// preflight is what a browser asks before a page of an origin may send a request with some headers.
func preflight(origin, headers string) *http.Request {
	r := httptest.NewRequest(http.MethodOptions, "http://localhost/graphql", nil)
	r.Header.Set("Origin", origin)
	r.Header.Set("Access-Control-Request-Method", "POST")
	if headers != "" {
		r.Header.Set("Access-Control-Request-Headers", headers)
	}
	return r
}

const allowOrigin, allowCredentials = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"

func TestPagesOfAnAllowedOriginMayAsk(t *testing.T) {
	t.Parallel()
	const app = "https://app.example.com"
	s := newSharedSite(app)
	w := send(s, preflight(app, "authorization,content-type"))
	if w.Code != http.StatusNoContent || w.Header().Get(allowOrigin) != app || !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "authorization") ||
		w.Header().Get("Access-Control-Allow-Methods") != "POST" || w.Header().Get("Access-Control-Max-Age") != "600" {
		t.Errorf("preflight: got %d %v", w.Code, w.Header())
	}
	for _, r := range []*http.Request{
		post("{}", "Origin", app, "Sec-Fetch-Site", "cross-site"),
		func() *http.Request {
			r := httptest.NewRequest(http.MethodGet, "http://localhost/graphql?query={viewer{role}}", nil)
			r.Header.Set("Origin", app)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			return r
		}(),
	} {
		w := send(s, r)
		if w.Code != http.StatusOK || w.Header().Get(allowOrigin) != app || !strings.Contains(w.Header().Get("Access-Control-Expose-Headers"), "Server-Timing") {
			t.Errorf("%s: got %d %v", r.Method, w.Code, w.Header())
		}
	}
}

func TestPagesOfOtherOriginsMayNot(t *testing.T) {
	t.Parallel()
	s := newSharedSite("https://app.example.com")
	for _, origin := range []string{
		"https://evil.example", "http://app.example.com", "https://app.example.com:8443", "https://app.example.com.evil.example",
		"https://evil-app.example.com", "null", "*", "",
	} {
		for _, r := range []*http.Request{preflight(origin, "content-type"), post("{}", "Origin", origin)} {
			w := send(s, r)
			if got := w.Header().Get(allowOrigin); got != "" || w.Header().Get(allowCredentials) != "" {
				t.Errorf("%s from %q: got %v", r.Method, origin, w.Header())
			}
		}
		r := httptest.NewRequest(http.MethodGet, "http://localhost/graphql?query={viewer{role}}", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		wantProblem(t, send(s, r), http.StatusForbidden, db.CodeForbidden)
	}
	if w := send(s, preflight("https://app.example.com", "x-other")); w.Header().Get(allowOrigin) != "" {
		t.Errorf("a header that we do not know: got %v", w.Header())
	}
}

// Answers to different origins are different, and a browser's store must not mix them; and what a browser keeps of us is never sent.
func TestSharedAnswersVaryAndTakeNoCredentials(t *testing.T) {
	t.Parallel()
	s := newSharedSite("https://app.example.com")
	for _, origin := range []string{"https://app.example.com", "https://evil.example"} {
		for _, r := range []*http.Request{preflight(origin, ""), post("{}", "Origin", origin)} {
			w := send(s, r)
			if !strings.Contains(w.Header().Get("Vary"), "Origin") || w.Header().Get(allowCredentials) != "" {
				t.Errorf("%s from %s: got %v", r.Method, origin, w.Header())
			}
		}
	}
}

func TestNothingIsSharedByDefault(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	w := send(s, preflight("https://app.example.com", "content-type"))
	if w.Code != http.StatusNoContent {
		t.Errorf("got %d, want an answer that allows no page anything", w.Code)
	}
	for name := range w.Header() {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("got the header %s", name)
		}
	}
}
