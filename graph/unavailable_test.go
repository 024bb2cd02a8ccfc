package graph_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	"github.com/accountgraph/accountgraph/internal/request"
)

func TestFullPool(t *testing.T) {
	t.Parallel()
	address := dbtest.NewURL(t)
	v := dbtest.Organization(t, dbtest.Open(t, address), "Acme")
	d, err := db.Open(db.Options{URL: address, MaxConnections: 1, PoolWait: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	tx, err := d.Pool().BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	api := auth.Demo(v, graph.NewHandler(d, graph.Options{Introspection: true}))
	for _, test := range []struct {
		query, codes string
		status       int
	}{
		{`{ users { nodes { name } } }`, "UNAVAILABLE", http.StatusServiceUnavailable},
		{`{ a: accountByDomain(domain: "a.com") { name } b: accountByDomain(domain: "b.com") { name } }`, "UNAVAILABLE", http.StatusServiceUnavailable},
		{`mutation { createAccount(input: {name: "A", primaryDomain: "a.com"}) { account { id } } }`, "UNAVAILABLE", http.StatusServiceUnavailable},
		{`{ viewer { role } accountByDomain(domain: "a.com") { name } }`, "UNAVAILABLE", http.StatusOK}, // has an answer in part
		{`{ viewer { role } }`, "", http.StatusOK},
	} {
		record := &request.Record{}
		r := httptest.NewRequestWithContext(request.With(t.Context(), record), http.MethodPost, "/", strings.NewReader(`{"query": `+jsonOf(test.query)+`}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		want(t, "status of "+test.query, w.Code, test.status)
		want(t, "codes of "+test.query, strings.Join(record.Codes, ","), test.codes)
		want(t, "Retry-After of "+test.query, w.Header().Get("Retry-After") != "", test.status == http.StatusServiceUnavailable)
		if strings.Contains(w.Body.String(), "in time") {
			t.Errorf("%s: the answer tells what is internal: %s", test.query, w.Body)
		}
	}
}

func TestRecordOfARequest(t *testing.T) {
	t.Parallel()
	s := setup(t)
	made, _, err := s.db.CreateAPIKey(t.Context(), s.viewer, db.CreateAPIKeyInput{Name: "Billing", Scope: db.ScopeWrite})
	if err != nil {
		t.Fatal(err)
	}
	key := made.ID
	s.viewer = db.Viewer{Organization: s.viewer.Organization, APIKey: &key, Role: db.RoleManager}
	for query, want := range map[string]request.Record{
		`query Look { users { nodes { name } } }`:                                                        {OperationType: "query", OperationName: "Look", Statements: 1},
		`mutation Make { createAccount(input: {name: "A", primaryDomain: "a.com"}) { account { id } } }`: {OperationType: "mutation", OperationName: "Make", Statements: 4},
		`query Deep { viewer { organization { name } } accounts(first: -1) { nodes { name } } }`:         {OperationType: "query", OperationName: "Deep", Codes: []string{"BAD_USER_INPUT"}, Statements: 1},
		`query Wrong { nothing }`: {Codes: []string{"GRAPHQL_VALIDATION_FAILED"}},
		`{`:                       {Codes: []string{"GRAPHQL_PARSE_FAILED"}},
	} {
		got := &request.Record{}
		s.call(request.With(t.Context(), got), graph.Options{}, query)
		want.Organization, want.APIKey, want.StatementTime = s.viewer.Organization.String(), key.String(), got.StatementTime
		if jsonOf(*got) != jsonOf(want) {
			t.Errorf("%s: got  %s\nwant %s", query, jsonOf(*got), jsonOf(want))
		}
	}
}
