package db_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// bulkPath is where the moves of moveAccounts stand in its arguments.
func bulkPath(i int) []string { return []string{"input", "moves", fmt.Sprint(i)} }

// onlyPath is where the one move of moveAccount stands.
func onlyPath(int) []string { return nil }

// under is a move below a parent, or to the top.
func under(a, parent *db.Account) db.AccountMove {
	m := db.AccountMove{ID: a.ID}
	if parent != nil {
		m.ParentID = &parent.ID
	}
	return m
}

func move(t testing.TB, d *db.DB, v db.Viewer, moves ...db.AccountMove) []*db.Account {
	t.Helper()
	moved, err := d.MoveAccounts(t.Context(), v, moves, bulkPath)
	if err != nil {
		t.Fatalf("move: %v", err)
	}
	return moved
}

// place is the way from the root to an account, by names.
func place(t testing.TB, d *db.DB, v db.Viewer, id db.AccountID) string {
	t.Helper()
	paths, err := d.Paths(t.Context(), v, []db.AccountID{id})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names(paths[id]), "/")
}

func TestMoveAccounts(t *testing.T) {
	t.Parallel()

	t.Run("moves a subtree, and keeps from where, to where, who and why", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a, b := create(t, d, v, "A", nil), create(t, d, v, "B", nil)
		a1 := create(t, d, v, "A1", a)
		a2 := create(t, d, v, "A2", a1)
		m := under(a1, b)
		m.Reason = ptr("  sold to B\nat last ")
		moved := move(t, d, v, m)
		if got := moved[0]; got.ID != a1.ID || *got.ParentID != b.ID || got.Version != a1.Version+1 || *got.Updater().Node() != v.User.ID() {
			t.Errorf("got %+v", got)
		}
		if got := place(t, d, v, a2.ID); got != "B/A1/A2" {
			t.Errorf("got %s", got)
		}
		changes, err := d.ParentChangesOf(t.Context(), v, []db.AccountID{a1.ID}, db.PageArgs{})
		if err != nil || len(changes[a1.ID].Edges) != 1 {
			t.Fatalf("changes: got %v, %v, want one", changes, err)
		}
		change := changes[a1.ID].Nodes()[0]
		if *change.FromID != a.ID || *change.ToID != b.ID || *change.Reason != "sold to B\nat last" || *change.Changer().Node() != v.User.ID() || change.ChangedAt.IsZero() {
			t.Errorf("change: got %+v", change)
		}
		events := query[string](t, d, "SELECT (before ->> 'parent_id') || ' ' || (after ->> 'parent_id') || ' ' || (after ->> 'reason') FROM events WHERE type = 'account.moved'")
		want := []string{query[string](t, d, "SELECT parent_id FROM accounts WHERE name = 'A1'")[0]}
		if len(events) != 1 || !strings.HasSuffix(events[0], want[0]+" sold to B\nat last") {
			t.Errorf("events: got %q", events)
		}
	})

	t.Run("makes a root", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		b := create(t, d, v, "B", a)
		if got := move(t, d, v, under(b, nil)); got[0].ParentID != nil {
			t.Errorf("got %+v", got[0])
		}
	})

	t.Run("leaves an account as it is that is there already", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		b, c := create(t, d, v, "B", a), create(t, d, v, "C", nil)
		stay := under(b, a)
		stay.Reason = ptr("for no reason")
		moved := move(t, d, v, stay, under(a, nil), under(c, b))
		if diff := cmp.Diff([]int{1, 1, 2}, []int{moved[0].Version, moved[1].Version, moved[2].Version}); diff != "" {
			t.Errorf("versions (-want +got):\n%s", diff)
		}
		if got := query[int](t, d, "SELECT count(*) FROM parent_changes"); got[0] != 1 {
			t.Errorf("got %d changes, want 1", got[0])
		}
	})

	t.Run("lets two accounts change places", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		b := create(t, d, v, "B", a)
		c := create(t, d, v, "C", b)
		move(t, d, v, under(a, b), under(b, nil))
		if got := place(t, d, v, a.ID); got != "B/A" {
			t.Errorf("got %s", got)
		}
		move(t, d, v, under(a, nil), under(b, c), under(c, a))
		if got := place(t, d, v, b.ID); got != "A/C/B" {
			t.Errorf("got %s", got)
		}
	})

	t.Run("tells all problems at once, and then changes nothing", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		rival := dbtest.Organization(t, d, "Rival")
		theirs := create(t, d, rival, "Theirs", nil)
		a := create(t, d, v, "A", nil)
		b := create(t, d, v, "B", a)
		c, e, f := create(t, d, v, "C", b), create(t, d, v, "E", nil), create(t, d, v, "F", nil)
		deleted := create(t, d, v, "Deleted", nil)
		if _, err := d.DeleteAccount(t.Context(), v, deleted.ID, db.ChildrenReject); err != nil {
			t.Fatal(err)
		}
		long := under(f, a)
		long.Reason = ptr(strings.Repeat("x", 1001))
		_, err := d.MoveAccounts(t.Context(), v, []db.AccountMove{
			under(a, c), // 0: below itself
			under(theirs, a), under(a, nil), under(e, theirs), under(deleted, deleted), long, {}, under(e, b),
		}, bulkPath)
		wantProblems(t, err,
			"input.moves.0.parentId CYCLE",
			"input.moves.1.id NOT_FOUND",
			"input.moves.2.id DUPLICATE",
			"input.moves.3.parentId NOT_FOUND",
			"input.moves.4.id NOT_FOUND", "input.moves.4.parentId NOT_FOUND",
			"input.moves.5.reason TOO_LONG",
			"input.moves.6.id NOT_FOUND",
			"input.moves.7.id DUPLICATE")
		if got := place(t, d, v, f.ID); got != "F" {
			t.Errorf("got %s", got)
		}
		_, err = d.MoveAccounts(t.Context(), v, []db.AccountMove{under(a, a)}, onlyPath)
		wantProblems(t, err, "parentId CYCLE")
		_, err = d.MoveAccounts(t.Context(), v, []db.AccountMove{under(theirs, theirs)}, onlyPath)
		wantProblems(t, err, "id NOT_FOUND", "parentId NOT_FOUND")
	})

	t.Run("finds a circle that only all moves together make", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a, b := create(t, d, v, "A", nil), create(t, d, v, "B", nil)
		a1, b1 := create(t, d, v, "A1", a), create(t, d, v, "B1", b)
		x := create(t, d, v, "X", a1)
		_, err := d.MoveAccounts(t.Context(), v, []db.AccountMove{under(a, b1), under(b, a1), under(x, b)}, bulkPath)
		wantProblems(t, err, "input.moves.0.parentId CYCLE", "input.moves.1.parentId CYCLE")
	})

	t.Run("takes 1 to 1,000 moves", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		_, err := d.MoveAccounts(t.Context(), v, nil, bulkPath)
		wantProblems(t, err, "input.moves REQUIRED")
		_, err = d.MoveAccounts(t.Context(), v, make([]db.AccountMove, 1001), bulkPath)
		wantProblems(t, err, "input.moves TOO_LONG")
	})

	t.Run("is forbidden to those who only read", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		v.Role = db.RoleViewer
		_, err := d.MoveAccounts(t.Context(), v, []db.AccountMove{under(a, nil)}, onlyPath)
		wantCode(t, err, db.CodeForbidden)
	})
}

func TestMoveAccountsStatements(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	top := create(t, d, v, "Top", nil)
	shallow, deep := chain(t, d, v, "shallow", 3), chain(t, d, v, "deep", 50)
	counts := map[string]int64{}
	for name, moves := range map[string][]db.AccountMove{
		"2 moves":           {{ID: shallow[1], ParentID: &top.ID}, {ID: shallow[2], ParentID: &top.ID}},
		"40 moves":          nil,
		"a leaf of depth 3": {{ID: top.ID, ParentID: &shallow[0]}},
	} {
		if moves == nil {
			for _, id := range deep[5:45] {
				moves = append(moves, db.AccountMove{ID: id, ParentID: &deep[2]})
			}
		}
		ctx, statements := db.WithStatements(t.Context())
		if _, err := d.MoveAccounts(ctx, v, moves, bulkPath); err != nil {
			t.Fatal(name, err)
		}
		counts[name] = statements.Count()
	}
	for name, count := range counts {
		if count != 5 {
			t.Errorf("%s: got %d statements, want 5", name, count)
		}
	}
}

func TestMoveDeepChain(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	long, other := chain(t, d, v, "long", 10_000), create(t, d, v, "Other", nil)
	leaf := create(t, d, v, "Leaf", nil)
	for _, step := range []struct {
		name     string
		id       db.AccountID
		parentID *db.AccountID
	}{
		{"the whole chain", long[0], &other.ID},
		{"half of it", long[5000], &other.ID},
		{"back below the other half", long[5000], &long[4999]},
		{"a leaf to its end", leaf.ID, &long[9999]},
	} {
		quick(t, step.name, func() {
			if _, err := d.MoveAccounts(t.Context(), v, []db.AccountMove{{ID: step.id, ParentID: step.parentID}}, onlyPath); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
		})
	}
	_, err := d.MoveAccounts(t.Context(), v, []db.AccountMove{{ID: other.ID, ParentID: &leaf.ID}}, onlyPath)
	wantProblems(t, err, "parentId CYCLE")
}
