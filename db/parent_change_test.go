package db_test

import (
	"slices"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func TestParentChanges(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a, b, still := create(t, d, v, "A", nil), create(t, d, v, "B", nil), create(t, d, v, "Still", nil)
	x := create(t, d, v, "X", nil)
	var want []string // newest first
	for i := range 9 {
		m := under(x, []*db.Account{a, b, nil}[i%3])
		m.Reason = ptr(string(rune('a' + i)))
		move(t, d, v, m)
		want = slices.Insert(want, 0, *m.Reason)
	}
	reasons := func(page *db.ParentChangeConnection) []string {
		var out []string
		for _, change := range page.Nodes() {
			out = append(out, *change.Reason)
		}
		return out
	}
	list := func(args db.PageArgs) *db.ParentChangeConnection {
		t.Helper()
		pages, err := d.ParentChangesOf(t.Context(), v, []db.AccountID{x.ID, still.ID, x.ID}, args)
		if err != nil {
			t.Fatal(err)
		}
		if pages[still.ID] == nil || len(pages[still.ID].Edges) != 0 || pages[x.ID].AccountID != x.ID {
			t.Errorf("of an account that never moved: got %v", pages[still.ID])
		}
		return pages[x.ID]
	}

	if got := reasons(list(db.PageArgs{})); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	first := list(db.PageArgs{First: ptr(4)})
	if got := reasons(first); !slices.Equal(got, want[:4]) || !first.PageInfo.HasNextPage || first.PageInfo.HasPreviousPage {
		t.Errorf("first 4: got %q, %+v", got, first.PageInfo)
	}
	rest := list(db.PageArgs{After: first.PageInfo.EndCursor()})
	if got := reasons(rest); !slices.Equal(got, want[4:]) || rest.PageInfo.HasNextPage || !rest.PageInfo.HasPreviousPage {
		t.Errorf("the rest: got %q, %+v", got, rest.PageInfo)
	}
	last := list(db.PageArgs{Last: ptr(2), Before: ptr(rest.Edges[1].Cursor())})
	if got := reasons(last); !slices.Equal(got, want[3:5]) || !last.PageInfo.HasPreviousPage {
		t.Errorf("2 before: got %q, %+v", got, last.PageInfo)
	}
	_, err := d.ParentChangesOf(t.Context(), v, nil, db.PageArgs{First: ptr(101)})
	wantCode(t, err, db.CodeBadUserInput)

	counts, err := d.CountParentChanges(t.Context(), v, []db.AccountID{x.ID, still.ID})
	if err != nil || counts[x.ID] != 9 || counts[still.ID] != 0 {
		t.Errorf("counts: got %v, %v", counts, err)
	}
	id := first.Nodes()[0].ID
	found, err := d.ParentChangesByID(t.Context(), v, []db.ParentChangeID{id, {}})
	if err != nil || len(found) != 1 || *found[id].Reason != want[0] {
		t.Errorf("by id: got %v, %v", found, err)
	}
	remove(t, d, v, x, db.ChildrenReject)
	found, err = d.ParentChangesByID(t.Context(), v, []db.ParentChangeID{id})
	if err != nil || len(found) != 0 {
		t.Errorf("of a deleted account: got %v, %v", found, err)
	}
}
