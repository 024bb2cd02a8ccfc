package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// forest is the hierarchy in memory.
type forest struct {
	d       *db.DB
	v       db.Viewer
	made    int
	parent  map[db.AccountID]db.AccountID // of live accounts, zero for roots
	deleted map[db.AccountID]deletion
	next    int
}

// deletion is what a deleted account was.
type deletion struct {
	parent db.AccountID
	set    int
}

func (f *forest) below(id db.AccountID) []db.AccountID {
	found := []db.AccountID{id}
	for i := 0; i < len(found); i++ {
		for child, parent := range f.parent {
			if parent == found[i] {
				found = append(found, child)
			}
		}
	}
	return found
}

func (f *forest) above(id db.AccountID) []db.AccountID {
	var path []db.AccountID
	for ; !id.IsZero(); id = f.parent[id] {
		path = append(path, id)
	}
	slices.Reverse(path)
	return path
}

// draw draws a live account, mostly; sometimes none, for a root.
func (f *forest) draw(rt *rapid.T, label string) (db.AccountID, bool) {
	ids := make([]db.AccountID, 0, len(f.parent))
	for id := range f.parent {
		ids = append(ids, id)
	}
	if len(ids) == 0 || rapid.IntRange(0, 4).Draw(rt, label+"?") == 0 {
		return db.AccountID{}, false
	}
	slices.SortFunc(ids, func(a, b db.AccountID) int { return slices.Compare([]byte(a.String()), []byte(b.String())) })
	return rapid.SampledFrom(ids).Draw(rt, label), true
}

func (f *forest) create(ctx context.Context, rt *rapid.T) {
	f.made++
	in := input(fmt.Sprintf("Account %d", f.made), nil)
	parent, ok := f.draw(rt, "parent")
	if ok {
		in.ParentID = &parent
	}
	result, err := f.d.CreateAccount(ctx, f.v, in)
	if err != nil {
		rt.Fatal(err)
	}
	f.parent[result.Account.ID] = parent
}

func (f *forest) move(ctx context.Context, rt *rapid.T) {
	after := map[db.AccountID]db.AccountID{}
	for id, parent := range f.parent {
		after[id] = parent
	}
	var moves []db.AccountMove
	seen := map[db.AccountID]bool{}
	for range rapid.IntRange(1, 4).Draw(rt, "moves") {
		id, ok := f.draw(rt, "account")
		if !ok || seen[id] {
			continue
		}
		seen[id] = true
		m := db.AccountMove{ID: id}
		parent, ok := f.draw(rt, "parent")
		if ok {
			m.ParentID = &parent
		}
		moves, after[id] = append(moves, m), parent
	}
	if moves == nil {
		return
	}
	cycle := false
	for id := range after {
		steps := 0
		for at := id; !at.IsZero() && steps <= len(after); at = after[at] {
			steps++
		}
		cycle = cycle || steps > len(after)
	}
	_, err := f.d.MoveAccounts(ctx, f.v, moves, bulkPath)
	problems, told := db.AsProblems(err)
	if cycle != told || err != nil && !told {
		rt.Fatalf("moves %v: got %v, want a cycle: %v", moves, err, cycle)
	}
	for _, p := range problems {
		if p.Code != db.ProblemCycle {
			rt.Fatalf("got %v", p)
		}
	}
	if !cycle {
		f.parent = after
	}
}

func (f *forest) remove(ctx context.Context, rt *rapid.T) {
	id, ok := f.draw(rt, "account")
	if !ok {
		return
	}
	policy := rapid.SampledFrom([]db.ChildrenOnDelete{db.ChildrenReject, db.ChildrenReparent, db.ChildrenCascade}).Draw(rt, "children")
	children := 0
	for _, parent := range f.parent {
		if parent == id {
			children++
		}
	}
	result, err := f.d.DeleteAccount(ctx, f.v, id, policy)
	if policy == db.ChildrenReject && children > 0 {
		if problems, ok := db.AsProblems(err); !ok || problems[0].Code != db.ProblemHasChildren {
			rt.Fatalf("got %v, want HAS_CHILDREN", err)
		}
		return
	}
	if err != nil {
		rt.Fatal(err)
	}
	doomed := []db.AccountID{id}
	if policy == db.ChildrenCascade {
		doomed = f.below(id)
	} else if result.Reparented != children {
		rt.Fatalf("got %d moved children, want %d", result.Reparented, children)
	}
	if result.Deleted != len(doomed) {
		rt.Fatalf("got %d deleted, want %d", result.Deleted, len(doomed))
	}
	f.next++
	up := f.parent[id]
	for _, gone := range doomed {
		f.deleted[gone] = deletion{f.parent[gone], f.next}
		delete(f.parent, gone)
	}
	for child, parent := range f.parent {
		if parent == id {
			f.parent[child] = up
		}
	}
}

func (f *forest) restore(ctx context.Context, rt *rapid.T) {
	if len(f.deleted) == 0 {
		return
	}
	var ids []db.AccountID
	for id := range f.deleted {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b db.AccountID) int { return slices.Compare([]byte(a.String()), []byte(b.String())) })
	id := rapid.SampledFrom(ids).Draw(rt, "deleted")
	set, restored, becameRoot := f.deleted[id].set, 0, false
	for _, back := range ids {
		if f.deleted[back].set != set {
			continue
		}
		restored++
		parent := f.deleted[back].parent
		_, live := f.parent[parent]
		if !live && !parent.IsZero() && f.deleted[parent].set != set {
			parent, becameRoot = db.AccountID{}, true
		}
		f.parent[back] = parent
	}
	for _, back := range ids {
		if f.deleted[back].set == set {
			delete(f.deleted, back)
		}
	}
	result, err := f.d.RestoreAccount(ctx, f.v, id)
	if err != nil {
		rt.Fatal(err)
	}
	if result.Restored != restored || (result.NewRoot != nil) != becameRoot || result.Account.ID != id {
		rt.Fatalf("got %+v, want %d restored, root: %v", result, restored, becameRoot)
	}
}

// check compares every read of the hierarchy with the forest in memory.
func (f *forest) check(ctx context.Context, rt *rapid.T) {
	ids := make([]db.AccountID, 0, len(f.parent)+1)
	for id := range f.parent {
		ids = append(ids, id)
	}
	for id := range f.deleted {
		ids = append(ids, id)
	}
	paths, err1 := f.d.Paths(ctx, f.v, ids)
	depths, err2 := f.d.Depths(ctx, f.v, ids)
	roots, err5 := f.d.Roots(ctx, f.v, ids)
	counts, err3 := f.d.DescendantCounts(ctx, f.v, ids)
	children, err4 := f.d.ChildCounts(ctx, f.v, ids)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		rt.Fatal(err)
	}
	if len(paths) != len(f.parent) || len(depths) != len(f.parent) || len(roots) != len(f.parent) || len(counts) != len(f.parent) {
		rt.Fatalf("got %d paths, %d depths, %d roots, %d counts, want %d", len(paths), len(depths), len(roots), len(counts), len(f.parent))
	}
	for _, id := range ids {
		below, err := f.d.Below(ctx, f.v, ids, id)
		if err != nil {
			rt.Fatal(err)
		}
		want := map[db.AccountID]bool{}
		for _, other := range f.below(id) {
			want[other] = other != id
		}
		for _, other := range ids {
			if below[other] != want[other] {
				rt.Fatalf("%v below %v: got %v, want %v", other, id, below[other], want[other])
			}
		}
	}
	for id := range f.parent {
		want := f.above(id)
		var got []db.AccountID
		for _, a := range paths[id] {
			got = append(got, a.ID)
		}
		if !slices.Equal(got, want) || roots[id].ID != want[0] || depths[id] != len(want)-1 || counts[id] != len(f.below(id))-1 {
			rt.Fatalf("%v: got the path %v, root %v, depth %d, %d below; want %v, %d below", id, got, roots[id].ID, depths[id], counts[id], want, len(f.below(id))-1)
		}
		direct := 0
		for _, parent := range f.parent {
			if parent == id {
				direct++
			}
		}
		if children[id] != direct {
			rt.Fatalf("%v: got %d children, want %d", id, children[id], direct)
		}
	}
}

func TestHierarchyProperty(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	rounds := 0
	rapid.Check(t, func(rt *rapid.T) {
		// Each round has an organization of its own.
		if rounds++; rounds > 25 {
			return
		}
		f := &forest{d: d, v: dbtest.Organization(t, d, fmt.Sprintf("Round %d", rounds)), parent: map[db.AccountID]db.AccountID{}, deleted: map[db.AccountID]deletion{}}
		for range rapid.IntRange(10, 40).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0, 1, 2, 3:
				f.create(t.Context(), rt)
			case 4, 5, 6:
				f.move(t.Context(), rt)
			case 7, 8:
				f.remove(t.Context(), rt)
			default:
				f.restore(t.Context(), rt)
			}
		}
		f.check(t.Context(), rt)
	})
}

func TestHierarchyRaces(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	ids := chain(t, d, v, "race", 12)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(7, uint64(i)))
			pick := func() db.AccountID { return ids[random.IntN(len(ids))] }
			for range 12 {
				var err error
				switch id := pick(); random.IntN(8) {
				case 0:
					_, err = d.DeleteAccount(t.Context(), v, id, db.ChildrenReparent)
				case 1:
					_, err = d.DeleteAccount(t.Context(), v, id, db.ChildrenCascade)
				case 2, 3:
					_, err = d.RestoreAccount(t.Context(), v, id)
				case 4:
					_, err = d.UpdateAccount(t.Context(), v, id, nil, func(c *db.AccountChange) { c.Employees = ptr(random.IntN(100)) })
				default:
					moves := []db.AccountMove{{ID: id, ParentID: ptr(pick())}}
					if other := pick(); other != id {
						moves = append(moves, db.AccountMove{ID: other})
					}
					_, err = d.MoveAccounts(t.Context(), v, moves, bulkPath)
				}
				if _, ok := db.AsProblems(err); err != nil && !ok {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	// A forest: from the roots down one comes to every live account, and nothing is below a deleted one.
	lost := query[int](t, d, `
		WITH RECURSIVE reached (id) AS (
		  SELECT id FROM accounts WHERE parent_id IS NULL AND deleted_at IS NULL
		  UNION ALL
		  SELECT a.id FROM reached JOIN accounts a ON a.parent_id = reached.id AND a.deleted_at IS NULL
		)
		SELECT (SELECT count(*) FROM accounts WHERE deleted_at IS NULL) - (SELECT count(*) FROM reached)`)
	if lost[0] != 0 {
		t.Errorf("%d accounts can't be reached from a root", lost[0])
	}
	// What is written of the hierarchy is what happened: the last change leads to where the account is.
	if wrong := query[int](t, d, `
		SELECT count(*)
		FROM accounts a
		JOIN LATERAL (SELECT to_id FROM parent_changes c WHERE c.account_id = a.id ORDER BY changed_at DESC, id DESC LIMIT 1) last ON true
		WHERE last.to_id IS DISTINCT FROM a.parent_id`); wrong[0] != 0 {
		t.Errorf("the last change of %d accounts is not where they are", wrong[0])
	}
	if wrong := query[int](t, d, "SELECT count(*) FROM account_domains d JOIN accounts a ON a.id = d.account_id WHERE d.is_routing AND a.deleted_at IS NOT NULL"); wrong[0] != 0 {
		t.Errorf("%d domains route to deleted accounts", wrong[0])
	}
}
