package graph_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
)

// fuzzed is an API, and how to send it bodies: no body may be our fault, whatever is in it.
func fuzzed(f *testing.F) func(t *testing.T, body []byte) {
	d := dbtest.New(f)
	viewer := dbtest.Organization(f, d, "Acme")
	viewer.Role = "VIEWER" // so that one body does not change the answer to the next
	api := auth.Demo(viewer, graph.NewHandler(d, graph.Options{MaxDepth: 20, MaxTokens: 1000, MaxAliases: 20, MaxRecords: 1000, Introspection: true}))
	return func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		var answer struct {
			Errors []struct{ Extensions struct{ Code string } }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code >= 500 {
			t.Fatalf("got %d %.300s, want JSON that does not blame us", w.Code, w.Body)
		}
		for _, e := range answer.Errors {
			if code := e.Extensions.Code; code == "" || code == "INTERNAL" {
				t.Errorf("got %.300s, want a code that blames the request", w.Body)
			}
		}
	}
}

// FuzzBody sends any bytes as the body of a request.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[]`, `null`, `{"query":"{ viewer { role } }"}`, `{"query":"{ viewer { role } }","variables":null,"operationName":""}`,
		`{"query":"query($n: Int) { accounts(first: $n) { nodes { id } } }","variables":{"n":1e2}}`, `{"query":"{ \u0000 }"}`, `{"query":"{ viewer { role } }","extensions":[]}`,
		`{"query":"mutation { createAccount(input: {name: \"A\"}) { userErrors { code } } }"}`, `{"query":"{ a: viewer { ...F } } fragment F on Viewer { role ...F }"}`,
		`{"query":"query A { __typename } query B { __typename }","operationName":"C"}`, `{"query":"# only a comment"}`, `{"query":"subscription { x }"}`,
	} {
		f.Add([]byte(seed))
	}
	send := fuzzed(f)
	f.Fuzz(func(t *testing.T, body []byte) { send(t, body) })
}

// FuzzQuery sends any text as a query.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		`{ accounts(first: 1, filter: {or: [{name: {contains: "%"}}, {under: {id: "acc_00000000000000000000000001"}}]}) { totalCount nodes { id } } }`,
		`query Q($a: Int = 3, $b: [ID!]!) { nodes(ids: $b) { ... on Account { children(first: $a) { edges { cursor } } } } }`,
		`{ accountByEmail(email: "a@b.com") { path { name } } accountByDomain(domain: """b.com""") { id } }`, `{ __schema { types { name } } }`,
		`{ accounts(deleted: ONLY) { nodes { purgeAt } } }`, `{ viewer @include(if: true) { role @skip(if: false) } }`, `{`, `"`, "\ufeff{viewer{role}}", `{ users(isActive: null) { nodes { name } } }`,
	} {
		f.Add(seed)
	}
	send := fuzzed(f)
	f.Fuzz(func(t *testing.T, query string) {
		body, err := json.Marshal(map[string]any{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		send(t, body)
	})
}

// FuzzScalars sends any text for every scalar that strangers may give.
func FuzzScalars(f *testing.F) {
	const query = `query($text: String, $id: ID!, $domain: Domain!, $email: EmailAddress!, $cursor: Cursor, $decimal: Decimal, $moment: DateTime, $currency: CurrencyCode) {
		account(id: $id) { id }
		accountByDomain(domain: $domain) { id }
		accountByEmail(email: $email) { id }
		byText: accounts(filter: {name: {contains: $text}}) { totalCount }
		byCursor: accounts(after: $cursor) { totalCount }
		byMoment: accounts(filter: {createdAt: {gt: $moment}}) { totalCount }
		byRevenue: accounts(filter: {annualRevenue: {gt: $decimal, currency: $currency}}) { totalCount }
		contacts(filter: {email: {equals: $text}, accountId: {in: [$id]}}) { totalCount }
	}`
	for _, seed := range []string{
		"", "acc_00000000000000000000000001", "xn--bcher-kva.example", "a@b", "1e400", "-0", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "CHF", "%_\\", "\x00", "\ud7ff", "🙂",
		"eyJvIjoiYWNjb3VudDpOQU1FOkFTQyIsImsiOiJhIiwiaSI6ImFjY18wMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMSJ9",
	} {
		f.Add(seed)
	}
	send := fuzzed(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, variable := range []string{"text", "id", "domain", "email", "cursor", "decimal", "moment", "currency"} {
			variables := map[string]any{"id": "acc_00000000000000000000000001", "domain": "a.com", "email": "a@a.com"}
			variables[variable] = text
			body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
			if err != nil {
				t.Fatal(err)
			}
			send(t, body)
		}
	})
}
