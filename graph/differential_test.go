package graph_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/graph"
)

var (
	seed    = flag.Uint64("seed", 1, "where random tests begin")
	queries = flag.Int("queries", 400, "how many random queries are compared")
	steps   = flag.Int("steps", 45, "how many random writes are made to a hierarchy")
)

// forest is a small world with everything in it: three levels of accounts with all their details, contacts at several
// of them, moves, deleted accounts and imports. It returns ids of everything.
func forest(s *server) (ids []string) {
	owner := s.user("Olga")
	rows := tree("Node", 3, 3)
	for i := range rows {
		pick := func(from ...any) any { return from[i%len(from)] }
		rows[i].fields = object{
			"status": pick("ACTIVE", "TRIAL", nil), "health": pick("RED", nil, "GREEN", "YELLOW"), "industry": pick("FINANCE", "RETAIL"),
			"classification": pick("SMB", nil), "employees": pick(1, nil, 3, 3, 5), "ownerId": pick(owner, nil), "source": pick("a", nil),
			"annualRevenue": pick(object{"amount": "10.50"}, nil, object{"amount": 7, "currency": "EUR"}),
			"externalIds":   []object{{"source": "crm", "id": rows[i].key}, {"source": "erp", "id": rows[i].key}},
			"identifiers":   pick([]object{{"scheme": "OTHER", "value": rows[i].key}}, nil),
			"isActive":      pick(true, true, false), "secondaryDomains": pick(nil, []string{"also-" + domain(rows[i].key)}),
		}
	}
	byKey := s.bulk(append(rows, row{key: "Lonely"}, row{key: "Gone", parentKey: "Lonely"})...)
	s.must(nil, `mutation($id: ID!) { deleteAccount(id: $id) { userErrors { code } } }`, "id", byKey["Gone"])
	s.must(nil, `mutation { ingestCustomerUsers(input: [{email: "p1@node-1.com", channel: "slack"}]) { userErrors { code } } }`)
	for i, at := range [][]string{{"Node"}, {"Node", "Node-1"}, {"Node-1", "Node-2-1", "Node-3"}, {"Node-1-1"}, {"Node-2"}, {"Node-2", "Node-1"}, {"Lonely"}} {
		var accounts []string
		for _, key := range at {
			accounts = append(accounts, byKey[key])
		}
		ids = append(ids, s.contact(fmt.Sprintf("p%d@node-1.com", i), accounts...))
	}
	for _, to := range []string{"Node-2", "Node-3", "Node-1"} {
		s.must(nil, `mutation($id: ID!, $to: ID!) { moveAccount(id: $id, parentId: $to, reason: "test") { userErrors { code } } }`, "id", byKey["Node-1-1"], "to", byKey[to])
	}
	s.addImports(3)
	for _, id := range byKey {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	more := s.must(nil, `{ organization { id } viewer { user { id } } picklistValues(picklist: ACCOUNT_STATUS) { id } imports { nodes { id } } }`)
	changes := s.must(nil, `query($id: ID!) { account(id: $id) { parentChanges { nodes { id } } } }`, "id", byKey["Node-1-1"])
	return append(ids, more.at("organization", "id").(string), more.at("viewer", "user", "id").(string), owner,
		more.at("picklistValues", 0, "id").(string), more.at("imports", "nodes", 0, "id").(string), changes.at("account", "parentChanges", "nodes", 0, "id").(string), "acc_00000000000000000000000000")
}

// cursors are some of lists in the order that they have if none is asked for.
func (s *server) cursors() []string {
	a := s.must(nil, `{ accounts(first: 30) { edges { cursor node { descendants(first: 3) { edges { cursor } } contacts { edges { cursor } } } } } contacts { edges { cursor node { accounts { edges { cursor } } } } } }`)
	var found []string
	for _, part := range strings.Split(string(a.Data), `"cursor":"`)[1:] {
		cursor, _, _ := strings.Cut(part, `"`)
		found = append(found, cursor)
	}
	return found
}

// Planned and encoded, or by dataloaders and gqlgen's own execution, a query has the same answer: the same bytes of data,
// the same errors. A nightly run compares more: go test ./graph -run TestPlan -queries 20000.
func TestPlanAnswersAsLoadersDo(t *testing.T) {
	t.Parallel()
	s := setupWith(t, graph.Options{MaxDepth: 150, Introspection: true})
	oracle := *s
	oracle.url = s.serve(graph.Options{MaxDepth: 150, Introspection: true, Stock: true}.WithoutPlan(), s.viewer)
	ids, failed := forest(s), 0
	cursors := s.cursors()
	for i := range uint64(*queries) {
		w := newWriter(*seed + i)
		w.ids, w.cursors = ids, cursors
		if i%3 == 0 {
			w.wrong = 5
		}
		query, values := w.query()
		var variables []any
		for name, value := range values {
			variables = append(variables, name, value)
		}
		planned, unplanned := s.ask(query, variables...), oracle.ask(query, variables...)
		if again := s.ask(query, variables...); string(again.Data) != string(planned.Data) || !slices.Equal(again.sortedErrors(), planned.sortedErrors()) {
			t.Errorf("seed %d: another answer by the plan that was kept\nquery: %s\nfirst: %s\nagain: %s", *seed+i, query, planned.Body, again.Body)
			failed++
		}
		given, _ := json.Marshal(values)
		if string(planned.Data) != string(unplanned.Data) || !slices.Equal(planned.sortedErrors(), unplanned.sortedErrors()) {
			t.Errorf("seed %d: answers differ\nquery: %s\nvariables: %s\nplanned:   %s\nunplanned: %s", *seed+i, query, given, planned.Body, unplanned.Body)
			failed++
		}
		if planned.Loads > 0 {
			t.Errorf("seed %d: got %d unplanned loads, want none\nquery: %s\nvariables: %s", *seed+i, planned.Loads, query, given)
			failed++
		}
		if planned.Stock && len(planned.Errors) == 0 && w.wrong == 0 { // a wrong argument may be at a link that no record has
			t.Errorf("seed %d: the encoder gave up\nquery: %s\nvariables: %s", *seed+i, query, given)
			failed++
		}
		if slices.ContainsFunc(planned.sortedErrors(), func(e string) bool { return !strings.Contains(e, "BAD_USER_INPUT") }) {
			t.Errorf("seed %d: got errors that are not about the input\nquery: %s\nvariables: %s\nanswer: %s", *seed+i, query, given, planned.Body)
			failed++
		}
		if failed > 2 {
			t.FailNow()
		}
	}
}

// sortedErrors are the errors as texts, in an order that does not depend on which came first.
func (a answer) sortedErrors() []string {
	var found []string
	for _, e := range a.Errors {
		text, _ := json.Marshal(e)
		found = append(found, string(text))
	}
	slices.Sort(found)
	return found
}
