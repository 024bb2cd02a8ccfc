package httpserver

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph/auth"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// doorway is a site that answers with who asks, on a database with an organization.
type doorway struct {
	t     *testing.T
	db    *db.DB
	admin db.Viewer
	keys  *auth.Keys
}

func newDoorway(t *testing.T) *doorway {
	d := dbtest.New(t)
	w := &doorway{t: t, db: d, admin: dbtest.Organization(t, d, "Acme"), keys: auth.NewKeys(d, slog.New(slog.DiscardHandler))}
	t.Cleanup(w.keys.Close)
	return w
}

// ask sends a request with Authorization headers through a door with or without a demo.
func (w *doorway) ask(demo *db.Viewer, credentials ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := post("{}")
	r.Header["Authorization"] = credentials
	return send(w.site(demo), r)
}

func (w *doorway) site(demo *db.Viewer) *Site {
	s, _ := newSite(nil)
	s.Open(auth.Door{Keys: w.keys, Demo: demo}, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		v := auth.Viewer(r.Context())
		rw.Header().Set("Role", string(v.Role))
		rw.Header().Set("Organization", v.Organization.String())
	}), well)
	return s
}

func (w *doorway) key(scope db.Scope) (*db.APIKey, string) {
	w.t.Helper()
	key, text, err := w.db.CreateAPIKey(w.t.Context(), w.admin, db.CreateAPIKeyInput{Name: "x", Scope: scope})
	if err != nil {
		w.t.Fatal(err)
	}
	return key, text
}

func TestRequestsWithoutAGoodKeyAreRefused(t *testing.T) {
	t.Parallel()
	w := newDoorway(t)
	_, right := w.key(db.ScopeAdmin)
	revoked, revokedText := w.key(db.ScopeAdmin)
	if _, err := w.db.RevokeAPIKey(t.Context(), w.admin, revoked.ID); err != nil {
		t.Fatal(err)
	}
	expired, expiredText := w.key(db.ScopeAdmin)
	if _, err := w.db.Pool().ExecContext(t.Context(), "UPDATE api_keys SET created_at = now() - interval '2 days', expires_at = now() - interval '1 day' WHERE id = $1", expired.ID); err != nil {
		t.Fatal(err)
	}
	// Of the right form, and never made here.
	elsewhere := newDoorway(t)
	_, unknown := elsewhere.key(db.ScopeAdmin)
	for name, test := range map[string]struct {
		credentials []string
		words       string
	}{
		"two headers":          {[]string{"Bearer " + right, "Bearer " + right}, "several Authorization headers"},
		"two different ones":   {[]string{"Bearer " + right, "Basic eDp5"}, "several Authorization headers"},
		"two keys in one":      {[]string{"Bearer " + right + ", Bearer " + right}, "this is no API key"},
		"an empty header":      {[]string{""}, "of the form: Bearer"},
		"another scheme":       {[]string{"Basic eDp5"}, "of the form: Bearer"},
		"no scheme":            {[]string{right}, "of the form: Bearer"},
		"a scheme without key": {[]string{"Bearer"}, "this is no API key"},
		"only blanks":          {[]string{"Bearer   "}, "this is no API key"},
		"a key that was cut":   {[]string{"Bearer " + right[:40]}, "this is no API key"},
		"an unknown key":       {[]string{"Bearer " + unknown}, "unknown"},
		"a revoked key":        {[]string{"Bearer " + revokedText}, "was revoked"},
		"an expired key":       {[]string{"Bearer " + expiredText}, "is expired"},
	} {
		for _, demo := range []*db.Viewer{nil, &w.admin} {
			answer := w.ask(demo, test.credentials...)
			wantProblem(t, answer, http.StatusUnauthorized, db.CodeUnauthenticated)
			if got := answer.Header().Get("WWW-Authenticate"); got != `Bearer realm="accountgraph", error="invalid_token"` {
				t.Errorf("%s: got WWW-Authenticate %q", name, got)
			}
			body := answer.Body.String()
			if !strings.Contains(body, test.words) {
				t.Errorf("%s: got %s, want %q", name, body, test.words)
			}
			if strings.Contains(body, right) || strings.Contains(body, "eDp5") {
				t.Errorf("%s: what was sent is repeated: %s", name, body)
			}
		}
	}
	answer := w.ask(nil)
	wantProblem(t, answer, http.StatusUnauthorized, db.CodeUnauthenticated)
	if got := answer.Header().Get("WWW-Authenticate"); got != `Bearer realm="accountgraph"` {
		t.Errorf("no header: got WWW-Authenticate %q", got)
	}
}

// A body that nobody may send is not waited for: here none ever comes. (Go reads what has less than 256 KiB all the same, to
// use the connection again.)
func TestBodiesOfThoseWhoAreNotLetIn(t *testing.T) {
	t.Parallel()
	w := newDoorway(t)
	_, reader := w.key(db.ScopeRead)
	server := httptest.NewServer(w.site(nil))
	t.Cleanup(server.Close)
	const form = "multipart/form-data; boundary=x"
	for name, test := range map[string]struct {
		kind, credentials string
		status            int
		code              db.Code
	}{
		"no key":            {"application/json", "", http.StatusUnauthorized, db.CodeUnauthenticated},
		"a wrong key":       {"application/json", "Authorization: Bearer " + reader[:40] + "\r\n", http.StatusUnauthorized, db.CodeUnauthenticated},
		"files, no key":     {form, "", http.StatusUnauthorized, db.CodeUnauthenticated},
		"files, a READ key": {form, "Authorization: Bearer " + reader + "\r\n", http.StatusForbidden, db.CodeForbidden},
	} {
		connection, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = connection.Close() })
		if _, err := fmt.Fprintf(connection, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nGraphQL-Preflight: 1\r\nContent-Type: %s\r\n%sContent-Length: 4000000\r\n\r\n", test.kind, test.credentials); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		answer := httptest.NewRecorder()
		maps.Copy(answer.Header(), response.Header)
		answer.WriteHeader(response.StatusCode)
		if _, err := io.Copy(answer, response.Body); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantProblem(t, answer, test.status, test.code)
	}
}

func TestWhoAsks(t *testing.T) {
	t.Parallel()
	w := newDoorway(t)
	rival := dbtest.Organization(t, w.db, "Rival")
	_, text := w.key(db.ScopeWrite)
	for name, test := range map[string]struct {
		demo        *db.Viewer
		credentials []string
		want        db.Viewer
	}{
		"a key":                         {nil, []string{"Bearer " + text}, db.Viewer{Organization: w.admin.Organization, Role: db.RoleManager}},
		"a key, the scheme in any case": {nil, []string{"bEARER  " + text + " "}, db.Viewer{Organization: w.admin.Organization, Role: db.RoleManager}},
		"a key in spite of the demo":    {&rival, []string{"Bearer " + text}, db.Viewer{Organization: w.admin.Organization, Role: db.RoleManager}},
		"no key, and a demo":            {&rival, nil, rival},
	} {
		answer := w.ask(test.demo, test.credentials...)
		if answer.Code != http.StatusOK || answer.Header().Get("Role") != string(test.want.Role) || answer.Header().Get("Organization") != test.want.Organization.String() {
			t.Errorf("%s: got %d %v, want %+v", name, answer.Code, answer.Header(), test.want)
		}
	}
}

func TestKeysThatCannotBeCheckedNow(t *testing.T) {
	t.Parallel()
	w := newDoorway(t)
	_, text := w.key(db.ScopeRead)
	closed, err := db.Open(db.Options{URL: "postgres://nobody@127.0.0.1:1/nothing?connect_timeout=1"})
	if err != nil {
		t.Fatal(err)
	}
	w.keys = auth.NewKeys(closed, slog.New(slog.DiscardHandler))
	t.Cleanup(w.keys.Close)
	answer := w.ask(&w.admin, "Bearer "+text)
	wantProblem(t, answer, http.StatusServiceUnavailable, db.CodeUnavailable)
	if got := answer.Header().Get("Retry-After"); got != "1" || strings.Contains(answer.Body.String(), "127.0.0.1") {
		t.Errorf("got Retry-After %q, %s", got, answer.Body)
	}
}
