package graph_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	"github.com/accountgraph/accountgraph/graph/generated"
	"github.com/accountgraph/accountgraph/graph/loader"
	"github.com/accountgraph/accountgraph/internal/request"
)

// refused checks that an operation has one error, with a code and details, and no data.
func (s *server) refused(a answer, code string, details object) {
	s.t.Helper()
	want(s.t, "code", a.code(), code)
	if len(a.Errors) != 1 {
		return
	}
	for name, value := range details {
		want(s.t, name, fmt.Sprint(a.Errors[0].Extensions[name]), fmt.Sprint(value))
	}
}

func TestLimitsOfText(t *testing.T) {
	t.Parallel()
	s := setupWith(t, graph.Options{MaxDepth: 10, MaxTokens: 200, MaxAliases: 3})
	parents := func(n int) string { return strings.Repeat("parent { ", n) + "id" + strings.Repeat(" }", n) }
	const absent = `account(id: "acc_00000000000000000000000001")`

	s.must(nil, "{ "+absent+" { "+parents(8)+" } }")
	s.refused(s.ask("{ "+absent+" { "+parents(9)+" } }"), "TOO_COMPLEX", object{"depth": 11, "limit": 10})
	s.refused(s.ask("{ "+absent+" { ...F } } fragment F on Account { "+parents(9)+" }"), "TOO_COMPLEX", object{"depth": 11, "limit": 10})
	s.refused(s.ask("{ "+absent+" { ... on Node { ... on Account { "+parents(9)+" } } } }"), "TOO_COMPLEX", object{"depth": 11})

	s.must(nil, "{ "+absent+" { a: id b: id c: id } }")
	s.refused(s.ask("{ "+absent+" { a: id b: id c: id d: id } }"), "TOO_COMPLEX", object{"aliases": 4, "limit": 3})
	s.refused(s.ask("{ "+absent+" { ...F } } fragment F on Account { a: id b: id c: id d: id }"), "TOO_COMPLEX", object{"aliases": 4})

	s.refused(s.ask("{ "+absent+" { "+strings.Repeat("id ", 300)+"} }"), "TOO_COMPLEX", nil)
	want(t, "statements of a refused query", s.ask("{ "+absent+" { "+parents(9)+" } }").Statements, 0)
}

func TestBudgetOfRecords(t *testing.T) {
	t.Parallel()
	s := setupWith(t, graph.Options{MaxDepth: 150, MaxRecords: 800})
	ids := s.bulk(tree("T", 5, 4)...)
	top := ids["T"]
	nest := func(depth int, leaf, field string) string {
		for range depth {
			leaf = "id " + field + " { nodes { " + leaf + " } }"
		}
		return leaf
	}
	t.Run("an honest tree passes", func(t *testing.T) {
		a := s.must(nil, `query($id: ID!) { account(id: $id) { `+nest(5, "id", "children(first: 100)")+` } }`, "id", top)
		want(t, "records", strings.Count(string(a.Data), `"id":`), 781)
		want(t, "records that are told", a.Records, "781 of 800")
	})
	t.Run("a record that is reached twice is told twice", func(t *testing.T) {
		a := s.must(nil, `query($id: ID!) { account(id: $id) { children(first: 3) { nodes { id parent { id } } } } }`, "id", top)
		want(t, "records", a.Records, "7 of 800")
		want(t, "records of nothing", s.must(nil, `{ viewer { role } }`).Records, "0 of 800")
		unlimited := *s
		unlimited.url = s.serve(graph.Options{}, s.viewer)
		want(t, "records where there is no limit", unlimited.must(nil, `{ accounts { nodes { id } } }`).Records, "")
	})
	for what, selection := range map[string]string{
		"a tree that is too large":   `{ children(first: 100) { nodes { ` + nest(3, "id contacts { nodes { id } } path { id }", "children(first: 100)") + ` } } }`,
		"up and down again":          `{ ` + nest(4, "id", "children(first: 100) { nodes { parent { id } } } again: children(first: 100)") + ` }`,
		"parent, children, parent":   `{ children { nodes { children { nodes { parent { children { nodes { children { nodes { parent { children { nodes { parent { children { nodes { id } } } } } } } } } } } } } } } }`,
		"ancestors of descendants":   `{ descendants(first: 1000) { nodes { ancestors { id } } } }`,
		"siblings of siblings":       `{ descendants(first: 400) { nodes { siblings { nodes { siblings { nodes { siblings { nodes { id } } } } } } } } }`,
		"all descendants, twice":     `{ a: descendants(first: 1000) { nodes { id } } b: descendants(first: 1000) { nodes { id } } }`,
		"paths of all":               `{ descendants(first: 700) { nodes { path { id } } } }`,
		"roots' trees of everything": `{ descendants(first: 700) { nodes { root { descendants(first: 700) { nodes { id } } } } } }`,
	} {
		t.Run(what, func(t *testing.T) {
			start := time.Now()
			a := s.ask(`query($id: ID!) { account(id: $id) `+selection+` }`, "id", top)
			s := *s
			s.t = t
			s.refused(a, "TOO_COMPLEX", object{"limit": 800})
			if len(a.Errors) == 1 {
				want(t, "path", fmt.Sprint(a.Errors[0].Path), "[account]")
				if fetched, _ := a.Errors[0].Extensions["fetched"].(float64); fetched <= 800 {
					t.Errorf("fetched: got %v, want more than the limit", a.Errors[0].Extensions["fetched"])
				}
			}
			if took := time.Since(start); took > 2*time.Minute {
				t.Errorf("got an answer after %s, want it at once", took)
			}
		})
	}
	t.Run("the tree of a widget", func(t *testing.T) {
		s.must(nil, `query($id: ID!) { accountTree(rootId: $id, maxNodes: 700) { truncated nodes { level } } }`, "id", top)
		a := s.ask(`query($id: ID!) { accountTree(rootId: $id, maxNodes: 1000) { nodes { account { id parent { id } } } } }`, "id", top)
		want(t, "code", a.code(), "TOO_COMPLEX")
	})
}

// Twenty short fragments, each of which spreads the next one several times under other names, are a million fields.
// A list or record that does not tell how many it is would cost nothing of the budget.
func TestWhatIsFetchedTellsItsRecords(t *testing.T) {
	t.Parallel()
	few := []reflect.Type{reflect.TypeFor[*db.Organization](), reflect.TypeFor[*db.PicklistValue]()}
	checked := 0
	var check func(field string, value reflect.Type)
	check = func(field string, value reflect.Type) {
		for value.Kind() == reflect.Slice {
			value = value.Elem()
		}
		if value.Kind() != reflect.Pointer || value.Elem().Kind() != reflect.Struct || slices.Contains(few, value) {
			return
		}
		edges, isPage := value.Elem().FieldByName("Edges")
		if isPage {
			node, _ := edges.Type.Elem().Elem().FieldByName("Node")
			check(field, node.Type)
		}
		_, isTree := value.Elem().FieldByName("Nodes")
		if !isPage && !isTree && !value.Implements(reflect.TypeFor[db.Node]()) {
			return
		}
		if checked++; !value.Implements(reflect.TypeFor[interface{ Records() int }]()) {
			t.Errorf("%s: got a %s, which has no method Records (db/record.go)", field, value)
		}
	}
	for link := range reflect.TypeFor[loader.Links]().Fields() {
		if load, ok := link.Type.MethodByName("Load"); ok {
			check(link.Name, load.Type.Out(0))
		}
	}
	for field := range reflect.TypeFor[generated.QueryResolver]().Methods() {
		check("Query."+field.Name, field.Type.Out(0))
	}
	if checked < 30 {
		t.Errorf("got %d lists and records, want all", checked)
	}
}

func TestFragmentsThatMultiply(t *testing.T) {
	t.Parallel()
	s := setup(t)
	id := s.account("A", "")
	var query strings.Builder
	fmt.Fprintf(&query, "query { account(id: %q) { ...F0 } } fragment F20 on Account { id }", id)
	for i := range 20 {
		fmt.Fprintf(&query, " fragment F%d on Account { a%d: parent { ...F%d } b%d: parent { ...F%d } c%d: parent { ...F%d } }", i, i, i+1, i, i+1, i, i+1)
	}
	start := time.Now()
	s.refused(s.ask(query.String()), "TOO_COMPLEX", nil)
	if took := time.Since(start); took > 2*time.Minute {
		t.Errorf("got an answer after %s, want it at once", took)
	}
}

func TestRequestsThatAreNone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for what, body := range map[string]string{
		"no JSON":              `{"query": secret-of-body`,
		"empty":                ``,
		"a list":               `[1]`,
		"no query":             `{}`,
		"a syntax error":       `{"query": "{ account("}`,
		"an unknown field":     `{"query": "{ nothing }"}`,
		"an unknown operation": `{"query": "query A { viewer { role } }", "operationName": "B"}`,
		"two operations":       `{"query": "query A { viewer { role } } query B { viewer { role } }"}`,
		"a missing variable":   `{"query": "query($id: ID!) { account(id: $id) { id } }"}`,
		"a wrong variable":     `{"query": "query($n: Int) { accounts(first: $n) { nodes { id } } }", "variables": {"n": "many"}}`,
		"a malformed id":       `{"query": "{ account(id: \"x\") { id } }"}`,
		"a number for an id":   `{"query": "{ account(id: 5) { id } }"}`,
		"@defer":               `{"query": "{ viewer { ... @defer { role } } }"}`,
		"fragments in circles": `{"query": "{ viewer { ...F } } fragment F on Viewer { ...F }"}`,
	} {
		t.Run(what, func(t *testing.T) {
			in := *s
			in.t = t
			a := in.post([]byte(body))
			code := a.code()
			if code != "BAD_USER_INPUT" && code != "GRAPHQL_VALIDATION_FAILED" && code != "GRAPHQL_PARSE_FAILED" {
				t.Errorf("code: got %s (%s), want one that blames the request", code, a.Body)
			}
			if strings.Contains(a.Body, "secret-of-body") || strings.Contains(a.Body, "goroutine") {
				t.Errorf("got an answer that repeats the body: %s", a.Body)
			}
			want(t, "statements", a.Statements, 0)
		})
	}
}

// call calls a handler with a context of its own, and returns the body of the answer.
func (s *server) call(ctx context.Context, o graph.Options, query string) string {
	s.t.Helper()
	body := fmt.Appendf(nil, `{"query": %q}`, query)
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	response := httptest.NewRecorder()
	auth.Demo(s.viewer, graph.NewHandler(s.db, o)).ServeHTTP(response, request)
	return response.Body.String()
}

func TestTimeIsOver(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.account("A", "")
	const query = `{ accounts { nodes { owner { name } children { nodes { name } } } } }`
	over, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if got := s.call(over, graph.Options{}, query); !strings.Contains(got, `"TIMEOUT"`) {
		t.Errorf("deadline over before: got %s, want TIMEOUT", got)
	}
	// A lock that is never given back holds the mutation up until its time is over.
	tx, err := s.db.Pool().BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.Exec("UPDATE organizations SET name = name; SELECT id FROM accounts FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	got := s.call(soon, graph.Options{}, `mutation { createAccount(input: {name: "B", primaryDomain: "b.com"}) { account { id } userErrors { code } } }`)
	if !strings.Contains(got, `"TIMEOUT"`) || !strings.Contains(got, `"createAccount":null`) || strings.Contains(got, "pq:") {
		t.Errorf("deadline over while waiting: got %s, want TIMEOUT and null", got)
	}
}

func TestOurFaultsTellNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s := &server{t: t, db: d, viewer: dbtest.Organization(t, d, "Acme")}
	var log bytes.Buffer
	o := graph.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	ctx := request.With(t.Context(), &request.Record{ID: "request-1"})
	if _, err := d.Pool().Exec("ALTER TABLE accounts RENAME TO hidden"); err != nil {
		t.Fatal(err)
	}
	got := s.call(ctx, o, `{ accounts { nodes { id } } viewer { role } }`)
	const shown = `{"errors":[{"message":"internal error","path":["accounts"],"locations":[{"line":1,"column":3}],"extensions":{"code":"INTERNAL","requestId":"request-1"}}],"data":null}`
	want(t, "a broken statement", strings.TrimSpace(got), shown)
	if !strings.Contains(log.String(), "request-1") || !strings.Contains(log.String(), `accounts\" does not exist`) {
		t.Errorf("log: got %s, want the request's id and the cause", log.String())
	}
	// A resolver that panics, because there is no database at all.
	log.Reset()
	broken := auth.Demo(s.viewer, graph.NewHandler(nil, o))
	ask := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(`{"query": "{ organization { name } }"}`))
	ask.Header.Set("Content-Type", "application/json")
	response := httptest.NewRecorder()
	broken.ServeHTTP(response, ask)
	body, _ := io.ReadAll(response.Body)
	if text := string(body); !strings.Contains(text, `"code":"INTERNAL","requestId":"request-1"`) || strings.Contains(text, "nil pointer") || strings.Contains(text, ".go") {
		t.Errorf("a panic: got %s, want INTERNAL and nothing else", text)
	}
	if !strings.Contains(log.String(), "nil pointer") {
		t.Errorf("log of a panic: got %s, want its cause", log.String())
	}
}

func TestLimitsOfIntrospection(t *testing.T) {
	t.Parallel()
	s := setup(t)
	aliases := func(field string, n int) string {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, "a%d: %s ", i, field)
		}
		return text.String()
	}
	ofType := func(n int) string { return strings.Repeat("ofType { kind name ", n) + strings.Repeat("}", n) }
	for name, within := range map[string]string{
		"all of it, as tools ask for it": `{ __schema { queryType { name } mutationType { name } subscriptionType { name } types { ...FullType }
				directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
			fragment FullType on __Type { kind name description specifiedByURL isOneOf
				fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
				inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
				enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
			fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
			fragment TypeRef on __Type { kind name ` + ofType(9) + ` }`,
		"a hundred types":         "{ " + aliases(`__type(name: "Account") { fields { name type { name } } }`, 100) + "}",
		"its text, several times": "{ " + aliases("_service { sdl }", 10) + "}",
	} {
		if a := s.ask(within); len(a.Errors) > 0 {
			t.Errorf("%s: got %v", name, a.Errors)
		}
	}
	for name, beyond := range map[string]string{
		"of its lists again and again":          "{ " + aliases("__schema { types { fields { name description type { name kind } args { name } } } }", 99) + "}",
		"in fragments":                          "{ " + aliases("__schema { ...F }", 30) + "} fragment F on __Schema { " + aliases("types { fields { name } }", 30) + "}",
		"in fragments of fragments":             "{ " + aliases("__schema { ...F }", 9) + "} fragment F on __Schema { " + aliases("types { ...G }", 9) + "} fragment G on __Type { ... { " + aliases("fields { name }", 9) + "} }",
		"through what is no list":               "{ __schema { types { fields { " + aliases("type { ...F }", 30) + "} } } } fragment F on __Type { " + aliases("ofType { ...G }", 30) + "} fragment G on __Type { " + aliases("name", 30) + "}",
		"its text, in fragments":                "{ " + aliases("_service { ...F }", 9) + "} fragment F on _Service { " + aliases("sdl", 9) + "}",
		"in more fragments than can be counted": "{ __schema { types { ...F0 } } } " + doubled(90) + " fragment F90 on __Type { name }",
	} {
		t.Run(name, func(t *testing.T) { s.refused(s.ask(beyond), "TOO_COMPLEX", object{"limit": 1e6}) })
	}
}

// doubled are n fragments of which each spreads the next twice, in two places.
func doubled(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "fragment F%d on __Type { ofType { ...F%d } b%d: ofType { ...F%d } } ", i, i+1, i, i+1)
	}
	return text.String()
}

func TestIntrospectionIsASetting(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.must(nil, `{ __schema { queryType { name } } __type(name: "Account") { fields { name } } }`)
	closed := *s
	closed.url = s.serve(graph.Options{}, s.viewer)
	if a := closed.ask(`{ __schema { queryType { name } } }`); len(a.Errors) == 0 {
		t.Errorf("introspection switched off: got %s, want an error", a.Body)
	}
}
