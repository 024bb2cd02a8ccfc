package graph_test

import (
	"fmt"
	"testing"
)

// A chain of 10,000 accounts, through the API from beginning to end: there is no limit of depth.
func TestChainOfTenThousand(t *testing.T) {
	t.Parallel()
	const length = 10_000
	s := setup(t)
	ids := s.bulk(append(chain("Link", length), row{key: "Top"})...)
	link := func(n int) string { return ids[fmt.Sprintf("Link-%05d", n)] }
	first, last := link(0), link(length-1)
	change := func(mutation, query string, variables ...any) any {
		t.Helper()
		a := s.must(nil, query, variables...)
		want(t, mutation, a.problems(mutation), []string{})
		return a.at(mutation)
	}

	change("moveAccount", `mutation($id: ID!, $to: ID!) { moveAccount(id: $id, parentId: $to) { account { depth } userErrors { field code } } }`, "id", first, "to", ids["Top"])
	a := s.must(nil, `query($id: ID!, $to: ID!) { moveAccount: account(id: $id) { depth isLeaf root { name } parent { name } isDescendantOf(id: $to) } }`, "id", last, "to", first)
	want(t, "the last", fmt.Sprint(a.at("moveAccount")), fmt.Sprint(object{"depth": length, "isLeaf": true, "root": object{"name": "Top"}, "parent": object{"name": "Link-09998"}, "isDescendantOf": true}))

	move := s.must(nil, `mutation($id: ID!, $to: ID!) { moveAccount(id: $id, parentId: $to) { userErrors { field code } } }`, "id", ids["Top"], "to", last)
	want(t, "a circle of 10,001", move.problems("moveAccount"), []string{"parentId: CYCLE"})

	a = s.must(nil, `query($id: ID!) { account(id: $id) { ancestors { name } } }`, "id", last)
	ancestors := texts(a.at("account", "ancestors"), "name")
	if len(ancestors) != length || ancestors[0] != "Link-09998" || ancestors[length-1] != "Top" {
		t.Errorf("ancestors: got %d, want %d from Link-09998 to Top", len(ancestors), length)
	}
	want(t, "statements of ancestors", a.Statements, 2)
	a = s.ask(`query($id: ID!) { account(id: $id) { a: ancestors { id } b: path { id } c: ancestors { name } } }`, "id", last)
	want(t, "ancestors three times are over the budget", a.code(), "TOO_COMPLEX")

	s.chainOfDescendants(ids["Top"], length)
	want(t, "descendantCount", s.must(nil, `query($id: ID!) { account(id: $id) { descendantCount } }`, "id", ids["Top"]).at("account", "descendantCount"), any(float64(length)))

	a = s.must(nil, `query($a: ID!, $b: ID!) { commonAncestor(ids: [$a, $b]) { name } accountPath(from: $a, to: $b) { id } }`, "a", last, "b", link(10))
	want(t, "commonAncestor", a.at("commonAncestor", "name"), any("Link-00010"))
	want(t, "accountPath", len(list(a.at("accountPath"))), length-10)

	deleted := change("deleteAccount", `mutation($id: ID!) { deleteAccount(id: $id, children: CASCADE) { deletedCount userErrors { field code } } }`, "id", first)
	want(t, "deleted", at(deleted, "deletedCount"), any(float64(length)))
	a = s.must(nil, `query($id: ID!) { account(id: $id) { childCount descendantCount } accounts { totalCount } }`, "id", ids["Top"])
	want(t, "after the deletion", string(a.Data), `{"account":{"childCount":0,"descendantCount":0},"accounts":{"totalCount":1}}`)
	restored := change("restoreAccount", `mutation($id: ID!) { restoreAccount(id: $id) { restoredCount becameRoot account { depth } userErrors { field code } } }`, "id", link(5000))
	want(t, "restored", fmt.Sprint(restored), fmt.Sprint(object{"restoredCount": length, "becameRoot": false, "account": object{"depth": 5001}, "userErrors": []any{}}))
	a = s.must(nil, `query($top: ID!, $last: ID!) { account(id: $top) { descendantCount } last: account(id: $last) { depth } }`, "top", ids["Top"], "last", last)
	want(t, "after the restore", string(a.Data), `{"account":{"descendantCount":10000},"last":{"depth":10000}}`)
}

// chainOfDescendants reads all below the top of a chain in pages of 1,000, in one traversal and the other.
func (s *server) chainOfDescendants(top string, length int) {
	s.t.Helper()
	for _, traversal := range []string{"BREADTH_FIRST", "DEPTH_FIRST"} {
		var after any
		seen := 0
		for range length / 1000 {
			a := s.must(nil, `query($id: ID!, $after: Cursor, $traversal: Traversal!) { account(id: $id) {
				descendants(first: 1000, after: $after, traversal: $traversal) { edges { level node { name } } pageInfo { hasNextPage endCursor } totalCount } } }`,
				"id", top, "after", after, "traversal", traversal)
			page := a.at("account", "descendants")
			for _, edge := range list(at(page, "edges")) {
				if got := fmt.Sprint(at(edge, "level"), " ", at(edge, "node", "name")); got != fmt.Sprintf("%d Link-%05d", seen+1, seen) {
					s.t.Fatalf("%s: got %s, want link %d", traversal, got, seen)
				}
				seen++
			}
			want(s.t, "totalCount", at(page, "totalCount"), any(float64(length)))
			want(s.t, "hasNextPage", at(page, "pageInfo", "hasNextPage"), any(seen < length))
			after = at(page, "pageInfo", "endCursor")
		}
		want(s.t, "descendants "+traversal, seen, length)
	}
}
