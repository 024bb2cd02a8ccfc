package db_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
)

// naiveWalk follows a walk in memory, step by step, and compares what the database found.
func naiveWalk(rt *rapid.T, m *model, w db.Walk, around []step, result *db.WalkResult) {
	places, results := make([][]*db.Account, 0, w.Place(len(w.Steps))), result.Steps
	if w.Find != nil {
		var at []*db.Account
		if want := m.byID[*w.Find]; want != nil {
			at = append(at, want)
		}
		if got := result.Found; (got == nil) != (at == nil) || got != nil && (got.ID != at[0].ID || got.Name != at[0].Name) {
			rt.Fatalf("found %+v, want %+v", got, at)
		}
		places = append(places, at)
	}
	for _, spots := range w.Starts {
		var at []*db.Account
		for _, spot := range spots {
			at = append(at, m.byID[spot.ID])
		}
		places = append(places, at)
	}
	for i, s := range w.Steps {
		var reached []*db.Account
		seen := map[db.AccountID]bool{}
		visit := func(found []*db.Account) {
			for _, a := range found {
				if !seen[a.ID] {
					seen[a.ID] = true
					reached = append(reached, a)
				}
			}
		}
		for _, from := range places[s.From] {
			name := fmt.Sprintf("step %d from %s (%d)", i, from.Name, from.Number)
			if s.Relation == db.Parent {
				if from.ParentID == nil {
					continue
				}
				above := m.byID[*from.ParentID]
				if got := results[i].Parents[above.ID]; got == nil || got.Name != above.Name {
					rt.Fatalf("%s: got %v, want %s", name, got, above.Name)
				}
				visit([]*db.Account{above})
				continue
			}
			var of []*db.Account
			if s.Relation == db.Children {
				of = m.children[from.ID]
			} else if from.ParentID != nil {
				for _, a := range m.children[*from.ParentID] {
					if a.ID != from.ID {
						of = append(of, a)
					}
				}
			}
			want, next, previous := m.page(m.list(of, s.Args), s.Args, around[i].after, around[i].before)
			got := results[i].Lists[from.ID]
			if s.Blind {
				next, previous = false, false
			}
			if got == nil || !same(got.Nodes(), want) || got.PageInfo.HasNextPage != next || got.PageInfo.HasPreviousPage != previous {
				rt.Fatalf("%s, %s: got %+v, want %q, %v, %v", name, s.Relation, got, names(want), next, previous)
			}
			visit(want)
		}
		if n := len(results[i].Parents) + len(results[i].Lists); s.Relation == db.Parent && n != len(reached) {
			rt.Fatalf("step %d: got %d parents, want %d", i, n, len(reached))
		}
		places = append(places, reached)
	}
}

// cursorAmong is a cursor of the list of all accounts as a list of children or siblings gives it out.
func cursorAmong(rt *rapid.T, relation db.Relation, cursor *string) *string {
	if cursor == nil {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(*cursor)
	if err != nil {
		rt.Fatal(err)
	}
	return ptr(base64.RawURLEncoding.EncodeToString(bytes.Replace(text, []byte(`"accounts:`), []byte(`"`+string(relation)+`:`), 1)))
}

// step are the accounts that the cursors of a step are of.
type step struct{ after, before *db.Account }

func TestWalk(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	m := populate(t, d, v, 60)
	cursors := m.cursors(t, d, v)

	t.Run("finds what a walk in memory finds, in one statement", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(rt *rapid.T) {
			w := db.Walk{}
			for range rapid.IntRange(1, 2).Draw(rt, "starts") {
				var spots []db.Spot
				for range rapid.IntRange(0, 8).Draw(rt, "spots") {
					spots = append(spots, rapid.SampledFrom(m.accounts).Draw(rt, "spot").Spot())
				}
				w.Starts = append(w.Starts, spots)
			}
			if rapid.Bool().Draw(rt, "finds") {
				id := rapid.SampledFrom(m.accounts).Draw(rt, "found").ID
				if rapid.IntRange(0, 9).Draw(rt, "unknown") == 0 {
					id = db.AccountID{}
				}
				w.Find, w.Starts = &id, nil
			}
			var around []step
			for range rapid.IntRange(1, 5).Draw(rt, "steps") {
				s := db.Step{
					From:     rapid.IntRange(0, w.Place(len(w.Steps))-1).Draw(rt, "from"),
					Relation: rapid.SampledFrom([]db.Relation{db.Parent, db.Children, db.Children, db.Siblings}).Draw(rt, "relation"),
					Blind:    rapid.Bool().Draw(rt, "blind"),
				}
				at := step{}
				if s.Relation != db.Parent {
					s.Args, at.after, at.before = drawArgs(rt, m, cursors)
					s.Args.After, s.Args.Before = cursorAmong(rt, s.Relation, s.Args.After), cursorAmong(rt, s.Relation, s.Args.Before)
				}
				w.Steps, around = append(w.Steps, s), append(around, at)
			}
			ctx, statements := db.WithStatements(t.Context())
			results, err := d.Walk(ctx, v, w)
			if err != nil {
				rt.Fatal(err)
			}
			if statements.Count() != 1 {
				rt.Fatalf("got %d statements, want 1", statements.Count())
			}
			naiveWalk(rt, m, w, around, results)
		})
	})

	t.Run("tells of a step's arguments, and goes on with the others", func(t *testing.T) {
		t.Parallel()
		w := db.Walk{
			Starts: [][]db.Spot{{m.accounts[0].Spot()}},
			Steps: []db.Step{
				{Relation: db.Children, Args: db.AccountArgs{PageArgs: db.PageArgs{First: ptr(1001)}}},
				{From: 1, Relation: db.Parent},
				{Relation: db.Children, Args: db.AccountArgs{PageArgs: db.PageArgs{First: ptr(1000)}}},
			},
		}
		result, err := d.Walk(t.Context(), v, w)
		if err != nil {
			t.Fatal(err)
		}
		results := result.Steps
		wantCode(t, results[0].Err, db.CodeBadUserInput)
		wantCode(t, results[1].Err, db.CodeBadUserInput)
		if got := results[2].Lists[m.accounts[0].ID]; results[2].Err != nil || len(got.Edges) != len(m.children[m.accounts[0].ID]) {
			t.Errorf("got %+v", results[2])
		}
	})

	t.Run("goes on once from an account that several ways lead to", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		top := create(t, d, v, "Top", nil)
		one, two, three := create(t, d, v, "One", top), create(t, d, v, "Two", top), create(t, d, v, "Three", top)
		below := create(t, d, v, "Below", three)
		walk := func(relation db.Relation) []db.StepResult {
			t.Helper()
			result, err := d.Walk(t.Context(), v, db.Walk{
				Starts: [][]db.Spot{{one.Spot(), two.Spot(), one.Spot()}},
				Steps:  []db.Step{{Relation: relation}, {From: 1, Relation: db.Children}},
			})
			if err != nil {
				t.Fatal(err)
			}
			return result.Steps
		}
		siblings, parents := walk(db.Siblings), walk(db.Parent)
		wantSame(t, names(siblings[0].Lists[one.ID].Nodes()), "Three", "Two")
		wantSame(t, names(siblings[1].Lists[three.ID].Nodes()), below.Name)
		wantSame(t, names(parents[1].Lists[top.ID].Nodes()), "One", "Three", "Two")
	})

	t.Run("counts lists, each of them, though they be equal", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(rt *rapid.T) {
			w, filters := db.Walk{Starts: [][]db.Spot{nil}}, []*db.AccountFilter{drawFilter(rt, m, 1), nil, nil}
			copied := *filters[0]
			filters[2] = &copied
			for range rapid.IntRange(1, 5).Draw(rt, "spots") {
				w.Starts[0] = append(w.Starts[0], rapid.SampledFrom(m.accounts).Draw(rt, "spot").Spot())
			}
			for _, filter := range filters {
				for _, relation := range []db.Relation{db.Children, db.Siblings} {
					w.Steps = append(w.Steps, db.Step{Relation: relation, Args: db.AccountArgs{Filter: filter, PageArgs: db.PageArgs{First: ptr(1000)}}})
				}
			}
			walked, err := d.Walk(t.Context(), v, w)
			if err != nil {
				rt.Fatal(err)
			}
			var lists []db.AccountList
			want := map[db.AccountList]int{}
			for _, result := range walked.Steps {
				for _, page := range result.Lists {
					lists = append(lists, page.List)
					want[page.List] = len(page.Edges)
				}
			}
			counts, err := d.CountAccounts(t.Context(), v, lists)
			if err != nil {
				rt.Fatal(err)
			}
			for list, n := range want {
				if counts[list] != n {
					rt.Fatalf("got %d, want %d", counts[list], n)
				}
			}
		})
	})
}
