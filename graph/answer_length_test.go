package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/graph"
)

// TestBytesOfAnAnswer limits what fields may repeat of the records of an answer, by whichever way it is made.
func TestBytesOfAnAnswer(t *testing.T) {
	t.Parallel()
	const limit = 900_000
	s := setupWith(t, graph.Options{MaxDepth: 150, MaxRecords: 800, MaxAnswerBytes: limit})
	top := s.bulk(tree("T", 5, 3)...)["T"]
	// many selects so many names of an account, under other names each time: of 156 accounts, about five kilobytes each time.
	many := func(times int) string {
		var fragment strings.Builder
		for n := range times {
			fmt.Fprintf(&fragment, "name%d: name ", n)
		}
		return " fragment Many on Account { " + fragment.String() + "}"
	}
	tree := `children(first: 5) { nodes { ...Many children(first: 5) { nodes { ...Many children(first: 5) { nodes { ...Many } } } } } }`
	ask := func(selection string, times int) answer {
		return s.ask(`query($id: ID!) { `+selection+` }`+many(times), "id", top)
	}
	one := `account(id: $id) { ` + tree + ` }`

	fits := ask(one, 100)
	if len(fits.Errors) > 0 || len(fits.Data) < limit/4 || len(fits.Data) > limit {
		t.Fatalf("got %d bytes, %v", len(fits.Data), fits.Errors)
	}
	s.refused(ask(one, 400), "TOO_COMPLEX", object{"limit": limit})
	t.Run("of all root fields together", func(t *testing.T) {
		a := ask("a: "+one+" b: "+one+" c: "+one+" d: "+one, 100)
		if len(a.Errors) == 0 || len(a.Data) > limit {
			t.Errorf("got %d bytes, %v", len(a.Data), a.Errors)
		}
		for _, e := range a.Errors {
			want(t, "code", e.Extensions["code"], any("TOO_COMPLEX"))
		}
		s.must(nil, `query($id: ID!) { `+one+` }`+many(100), "id", top) // another request has its own
	})
	t.Run("that the ordinary execution makes", func(t *testing.T) {
		wrong := one[:len(one)-1] + ` wrong: children(after: "no cursor") { nodes { id } } }`
		if a := ask(wrong, 10); len(a.Errors) != 1 || a.code() != "BAD_USER_INPUT" {
			t.Errorf("got %v", a.Errors)
		}
		s.refused(ask(wrong, 100), "TOO_COMPLEX", object{"limit": limit})
	})
	t.Run("of a mutation, which has done what it was to do", func(t *testing.T) {
		a := s.ask(`mutation($id: ID!) { updateAccount(id: $id, input: { name: "Renamed" }) { account { `+tree+` } } }`+many(400), "id", top)
		s.refused(a, "TOO_COMPLEX", nil)
		if !strings.Contains(fmt.Sprint(a.Errors), "is written") {
			t.Errorf("got %v", a.Errors)
		}
		var got struct{ Account struct{ Name string } }
		s.must(&got, `query($id: ID!) { account(id: $id) { name } }`, "id", top)
		want(t, "name", got.Account.Name, "Renamed")
	})
}
