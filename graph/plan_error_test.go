package graph_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestWrongArgumentsOfOneLinkLeaveTheOthersAlone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	top := s.account("Top", "")
	s.account("Below", top)
	a := s.ask(`query($id: ID!) { account(id: $id) {
		wrong: children(filter: {name: {contains: "bel"}, annualRevenue: {currency: "nonsense", gt: "1"}}) { nodes { name } }
	} other: account(id: $id) {
		name
		children { nodes { name siblings(first: -1) { nodes { name } } } }
	} third: account(id: $id) {
		right: children { nodes { name } }
		alsoWrong: children(orderBy: {field: HEALTH}, first: 2000) { nodes { name } }
	} }`, "id", top)
	if len(a.Errors) != 3 {
		t.Fatalf("got %d errors, want 3: %s", len(a.Errors), a.Body)
	}
	for _, e := range a.Errors {
		if e.Extensions["code"] != "BAD_USER_INPUT" {
			t.Errorf("got %v at %v, want BAD_USER_INPUT", e.Extensions, e.Path)
		}
	}
}

func TestWrongArgumentsBesideRightOnesInOneWalk(t *testing.T) {
	t.Parallel()
	s := setup(t)
	top := s.account("Top", "")
	s.account("Below", top)
	// The list is null where the parent's field is not nullable, so that only the error tells which one it was.
	a := s.ask(`query($id: ID!) { account(id: $id) {
		right: children { nodes { name } }
		wrong: children(filter: {name: {contains: "bel"}, annualRevenue: {currency: "nonsense", gt: "1"}}) { nodes { name } }
	} }`, "id", top)
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BAD_USER_INPUT" || a.Errors[0].Path[1] != "wrong" {
		t.Fatalf("got %s, want one BAD_USER_INPUT at account.wrong", a.Body)
	}
}

func TestFragmentsThatMultiplyAreRefusedBeforeAnythingIsDone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	top := s.account("Top", "")
	var fragments strings.Builder
	for i := range 40 {
		fmt.Fprintf(&fragments, "fragment F%d on Account { children { nodes { ...F%d } edges { node { ...F%d } } } }\n", i, i+1, i+1)
	}
	fragments.WriteString("fragment F40 on Account { name }\n")
	a := s.ask(`mutation($id: ID!) { updateAccount(id: $id, input: {name: "Renamed"}) { account { ...F0 } } }`+fragments.String(), "id", top)
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "TOO_COMPLEX" || a.Statements != 0 {
		t.Errorf("got %s after %d statements, want TOO_COMPLEX after none", a.Body, a.Statements)
	}
}
