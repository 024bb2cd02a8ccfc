package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/graph"
)

// refuses asks something that must be refused with a code, and by nothing of ours.
func (s *server) refuses(code, query string, variables ...any) answer {
	s.t.Helper()
	a := s.ask(query, variables...)
	if len(a.Errors) == 0 || a.Errors[0].Extensions["code"] != code {
		s.t.Errorf("got %.300s, want %s", a.Body, code)
	}
	return a
}

func TestQueriesThatTakeLongToValidateAreRefused(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.refuses("TOO_COMPLEX", "{ accounts { nodes { "+strings.Repeat("id ", 5000)+"} } }")
	s.refuses("TOO_COMPLEX", "{ accounts { nodes { "+strings.Repeat("parent { id } ", 1000)+"} } }")
	s.refuses("TOO_COMPLEX", "{ accounts { nodes { "+strings.Repeat("... { id } ", 1000)+"} } }")
	s.refuses("TOO_COMPLEX", "{ viewer { role } } #"+strings.Repeat("x", 70_000))
	s.must(nil, "{ accounts { nodes { "+strings.Repeat("id ", 100)+"} } }")
}

func TestFiltersOfManyPartsAreRefused(t *testing.T) {
	t.Parallel()
	s := setup(t)
	var parts []any
	for i := range 201 {
		parts = append(parts, map[string]any{"name": map[string]any{"equals": fmt.Sprint(i)}})
	}
	filter := map[string]any{"or": parts}
	s.refuses("BAD_USER_INPUT", `query($f: AccountFilter) { accounts(filter: $f) { nodes { id } } }`, "f", filter)
	filter["or"] = parts[:199]
	s.must(nil, `query($f: AccountFilter) { accounts(filter: $f) { nodes { id } } }`, "f", filter)
	filter["or"] = []any{map[string]any{"email": map[string]any{"equals": "x"}}}
	s.must(nil, `query($f: ContactFilter) { contacts(filter: $f) { nodes { id } } }`, "f", filter)
}

func TestMomentsAtTheEndsOfTimeAreRefused(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for _, moment := range []string{"9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"} {
		s.refuses("BAD_USER_INPUT", `query($m: DateTime) { accounts(filter: {createdAt: {gt: $m}}) { nodes { id } } }`, "m", moment)
	}
}

func TestTheBudgetPaysForWhateverIsFetched(t *testing.T) {
	t.Parallel()
	s := setup(t)
	top := s.account("Top", "")
	for i := range 8 {
		s.account(fmt.Sprintf("Below %d", i), top)
	}
	small := *s
	small.url = s.serve(graph.Options{MaxRecords: 5, MaxTokens: 5000}, s.viewer)
	for _, query := range []string{
		`{ accounts(first: 8) { pageInfo { hasNextPage } } }`,
		`{ accounts(first: 8) { edges { cursor } } }`,
		`query($id: ID!) { account(id: $id) { children { pageInfo { hasNextPage } } } }`,
		`query($id: ID!) { account(id: $id) { descendants { edges { level } } } }`,
		`query($id: ID!) { accountTree(rootId: $id) { nodes { level } } }`,
		`query($id: ID!) { accountTree(rootId: $id, maxNodes: 3) { nodes { level } } again: accountTree(rootId: $id, maxNodes: 3) { truncated } }`,
	} {
		variables := []any{}
		if strings.Contains(query, "$id") {
			variables = []any{"id", top}
		}
		small.refuses("TOO_COMPLEX", query, variables...)
	}
	small.must(nil, `query($id: ID!) { account(id: $id) { children(first: 3) { nodes { name } edges { node { name } } } } }`, "id", top)
}

func TestAMutationThatIsDoneTellsSo(t *testing.T) {
	t.Parallel()
	s := setup(t)
	top := s.account("Top", "")
	for i := range 8 {
		s.account(fmt.Sprintf("Below %d", i), top)
	}
	small := *s
	small.url = s.serve(graph.Options{MaxRecords: 5, MaxTokens: 5000}, s.viewer)
	a := small.refuses("TOO_COMPLEX", `mutation($id: ID!) { updateAccount(id: $id, input: {name: "Renamed"}) {
		account { name version parent { name } descendants { nodes { name } } } userErrors { code } } }`, "id", top)
	if a.Errors[0].Path[1] != "account" || !strings.Contains(a.Body, `"userErrors":[]`) {
		t.Errorf("got %s, want the payload, and an error at what lies below its account", a.Body)
	}
	b := small.ask(`mutation($id: ID!) { updateAccount(id: $id, input: {name: "Again"}) {
		account { name version tooMuch: parent { children { nodes { name } } } contacts { nodes { name } } } } }`, "id", top)
	if !strings.Contains(b.Body, `"name":"Again"`) {
		t.Errorf("got %s, want the new name", b.Body)
	}
}
