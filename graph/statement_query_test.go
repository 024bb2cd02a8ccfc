package graph_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// The ways in which one thing can be asked, and what it may cost at most.
var ways = map[string]struct {
	query string
	most  int
}{
	"aliases of one link with the same arguments": {`{ a: children(first: 3) { nodes { name } } b: children(first: 3) { nodes { id parent { name } } } }`, 3},
	"aliases with different arguments":            {`{ a: children(first: 1) { nodes { name } } b: children(last: 1) { nodes { name } } c: children(filter: {name: {contains: "2"}}) { nodes { name children { nodes { name } } } } }`, 2},
	"the same field twice, merged":                {`{ children(first: 3) { nodes { name } } children(first: 3) { nodes { owner { name } contacts { nodes { name } } } } }`, 4},
	"a named fragment":                            {`{ ...F children(first: 3) { nodes { ...F } } } fragment F on Account { name owner { name } contacts { nodes { email } } }`, 6},
	"a fragment within a fragment":                {`{ ...F } fragment F on Account { children { nodes { ...G } } } fragment G on Account { ...H } fragment H on Node { id ... on Account { parent { name } status { label } } }`, 3},
	"an inline fragment without a type":           {`{ ... { children { nodes { ... { owner { name } } } } } }`, 3},
	"a fragment on Node":                          {`{ ... on Node { id ... on Account { children { nodes { ... on Node { ... on Account { owner { name } } } } } } } }`, 3},
	"@skip and @include":                          {`{ children @skip(if: false) { nodes { owner @include(if: true) { name } contacts @skip(if: true) { nodes { name } } ...F @include(if: false) } } } fragment F on Account { domains { domain } }`, 3},
	"@include by a variable":                      {`{ children { nodes { owner @include(if: $yes) { name } domains @skip(if: $yes) { domain } } } }`, 3},
	"__typename everywhere":                       {`{ __typename children { __typename nodes { __typename owner { __typename } createdBy { __typename } } } }`, 3},
	"edges and nodes of one list":                 {`{ children { edges { cursor node { owner { name } } } nodes { contacts { nodes { name } } } totalCount } }`, 5},
	"up and down and up":                          {`{ parent { children(first: 2) { nodes { parent { children(first: 3) { nodes { name parent { name } } } } } } } siblings(first: 2) { nodes { children { nodes { name } } } } }`, 2},
	"keys of picklists, which accounts know":      {`{ children { nodes { status { key } health { key picklist __typename } } } }`, 2},
	"labels of picklists":                         {`{ status { label } children { nodes { status { key label } health { label } contacts { nodes { type { label } } } } } }`, 5},
	"links behind links":                          {`{ children { nodes { owner { name } root { owner { name } children { nodes { owner { name } } } } } } }`, 7},
	"contacts and their accounts":                 {`{ contacts { edges { node { accounts { edges { node { parent { name contacts { nodes { name } } } } } } primaryAccount { name } } } } }`, 7},
}

func TestStatementsOfWaysToAsk(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	for what, way := range ways {
		t.Run(what, func(t *testing.T) {
			c := c.in(t)
			selection, fragments, _ := strings.Cut(way.query, "} fragment ")
			if fragments != "" {
				selection, fragments = selection+"}", "fragment "+fragments
			}
			ask := func(n int) int {
				query := `query($n: Int!, $yes: Boolean! = true) { accounts(first: $n, filter: {name: {startsWith: "company"}}) { nodes ` + selection + ` } unused: viewer @skip(if: $yes) { role } } ` + fragments
				return c.cost(query, "n", n)
			}
			few, many := ask(2), ask(50)
			if few != many || few > way.most {
				t.Errorf("got %d statements for 2 rows and %d for 50, want the same, at most %d", few, many, way.most)
			}
		})
	}
}

func TestStatementsUnderLoad(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	query := `query($id: ID!) { account(id: $id) { ` + nested(3) + ` } accounts(first: 50) { nodes { owner { name } children { nodes { parent { name } } totalCount } } } }`
	alone := c.cost(query, "id", c.ids["Top"])
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			for range 4 {
				if got := c.cost(query, "id", c.ids["Top"]); got != alone {
					t.Errorf("got %d statements, want %d as without load", got, alone)
				}
			}
		})
	}
	wait.Wait()
}

// The nine queries of the comparison with other servers, in our dialect, with what each may cost.
func TestStatementsOfBench(t *testing.T) {
	t.Parallel()
	s := setup(t)
	nest := func(depth int, leaf string, wrap func(string) string) string {
		below := leaf
		for range depth {
			below = leaf + " " + wrap(below)
		}
		return below
	}
	children := func(n int) func(string) string {
		return func(s string) string { return fmt.Sprintf("children(first: %d) { nodes { %s } }", n, s) }
	}
	parent := func(s string) string { return "parent { " + s + " }" }
	const full = "id name primaryDomain status { key } classification { key } health { key } industry { key } employees"
	const four = "id name status { key } health { key } employees"
	const contacts = "contacts(first: 3) { nodes { id firstName lastName email } }"

	rows := tree("T", 5, 5)
	for i := range rows {
		rows[i].fields = object{"status": "ACTIVE", "health": "GREEN", "industry": "FINANCE", "employees": i}
	}
	rows = append(rows, chain("Link", 51)...)
	rows = append(rows, row{key: "Wide"})
	for i := range 1000 {
		rows = append(rows, row{key: fmt.Sprintf("Wide %04d", i), parentKey: "Wide"})
	}
	ids := s.bulk(rows...)
	for _, key := range []string{"T", "T-1", "T-1-1"} {
		for i := range 3 {
			s.contact(fmt.Sprintf("%d@%s", i, domain(key)), ids[key])
		}
	}
	account := func(key, selection string) string {
		return fmt.Sprintf("{ account(id: %q) { %s } }", ids[key], selection)
	}
	for _, q := range []struct {
		name, query string
		most, rows  int
	}{
		{"Q1_one", account("T", full), 1, 1},
		{"Q2_up5", account("T-1-1-1-1-1", nest(5, four, parent)), 2, 6},
		{"Q3a_tree781", account("T", nest(4, four, children(100))), 2, 781},
		{"Q3b_tree3906", account("T", nest(5, four, children(100))), 2, 3906},
		{"Q4_tree156_contacts", account("T", nest(3, four+" "+contacts, children(100))), 3, 156 + 9},
		{"Q5_list50", `{ accounts(first: 50, filter: {status: {in: ["ACTIVE"]}}) { nodes { ` + four + ` parent { id name } ` + contacts + ` } } }`, 3, 99 + 9},
		{"Q6_chain50", account("Link-00000", nest(50, "id name", children(10))), 2, 51},
		{"Q7_wide1000", account("Wide", "id name children(first: 1000) { nodes { "+four+" } }"), 2, 1001},
		{"Q8_rename", fmt.Sprintf(`mutation { updateAccount(id: %q, input: {name: "Renamed"}) { account { id name } userErrors { field message code } } }`, ids["T"]), 5, 1},
	} {
		a := s.must(nil, q.query)
		if a.Statements > q.most || a.Loads != 0 {
			t.Errorf("%s: got %d statements and %d unplanned loads, want at most %d and none", q.name, a.Statements, a.Loads, q.most)
		}
		want(t, q.name+": records", strings.Count(string(a.Data), `"id":`), q.rows)
	}
}
