package db_test

import (
	"slices"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

// quick runs a step and fails if it takes so long that it can't be linear, even on a machine that is busy.
func quick(t *testing.T, name string, step func()) {
	t.Helper()
	start := time.Now()
	step()
	took := time.Since(start)
	t.Logf("%s: %v", name, took.Round(time.Millisecond))
	if took > 2*time.Minute {
		t.Errorf("%s took %v", name, took)
	}
}

func TestDeepChain(t *testing.T) {
	t.Parallel()
	const depth = 10_000
	d, v := setup(t)
	var ids []db.AccountID
	quick(t, "10 bulk calls", func() { ids = chain(t, d, v, "chain", depth) })
	top, bottom := ids[0], ids[depth-1]

	quick(t, "the longest path", func() {
		paths, err := d.Paths(t.Context(), v, []db.AccountID{bottom, ids[17]})
		if err != nil || len(paths[bottom]) != depth || len(paths[ids[17]]) != 18 {
			t.Fatalf("got %d and %d, %v", len(paths[bottom]), len(paths[ids[17]]), err)
		}
		for i, a := range paths[bottom] {
			if a.ID != ids[i] {
				t.Fatalf("at %d: got %s", i, a.Name)
			}
		}
	})
	quick(t, "where all stand", func() {
		depths, err := d.Depths(t.Context(), v, ids)
		if err != nil || depths[bottom] != depth-1 || depths[top] != 0 {
			t.Fatalf("got %d, %v", depths[bottom], err)
		}
		roots, err := d.Roots(t.Context(), v, ids)
		if err != nil || len(roots) != depth || roots[bottom].ID != top || roots[bottom] != roots[top] {
			t.Fatalf("got %d, %v", len(roots), err)
		}
		below, err := d.Below(t.Context(), v, ids, ids[4000])
		if err != nil || len(below) != depth-4001 || !below[bottom] || below[ids[4000]] || below[top] {
			t.Fatalf("got %d, %v", len(below), err)
		}
	})
	quick(t, "descendant counts of all", func() {
		up := slices.Clone(ids)
		slices.Reverse(up)
		for _, order := range [][]db.AccountID{ids, up} {
			counts, err := d.DescendantCounts(t.Context(), v, order)
			if err != nil || counts[top] != depth-1 || counts[bottom] != 0 || counts[ids[4000]] != depth-4001 {
				t.Fatalf("got %d, %v", counts[top], err)
			}
		}
	})
	quick(t, "descendants to the end", func() {
		for _, traversal := range []db.Traversal{db.BreadthFirst, db.DepthFirst} {
			args := db.DescendantArgs{Traversal: traversal, First: ptr(1000)}
			found := 0
			for {
				pages, err := d.Descendants(t.Context(), v, []db.AccountID{top}, args)
				if err != nil {
					t.Fatal(err)
				}
				for _, edge := range pages[top].Edges {
					if found++; edge.Node.ID != ids[found] || edge.Level != found {
						t.Fatalf("%s at %d: got %s at level %d", traversal, found, edge.Node.Name, edge.Level)
					}
				}
				if args.After = pages[top].PageInfo.EndCursor(); !pages[top].PageInfo.HasNextPage {
					break
				}
			}
			if found != depth-1 {
				t.Errorf("%s: got %d", traversal, found)
			}
		}
	})
	quick(t, "a tree of 10,000 nodes", func() {
		tree, err := d.AccountTree(t.Context(), v, top, nil, depth)
		if err != nil || len(tree.Nodes) != depth || tree.Truncated {
			t.Fatalf("got %v, %v", tree, err)
		}
	})
	quick(t, "the common ancestor and the way between the ends", func() {
		common, err := d.CommonAncestor(t.Context(), v, []db.AccountID{bottom, ids[9000], ids[3]})
		if err != nil || common.ID != ids[3] {
			t.Errorf("got %v, %v", common, err)
		}
		way, err := d.AccountPath(t.Context(), v, bottom, top)
		if err != nil || len(way) != depth || way[0].ID != bottom {
			t.Errorf("got %d, %v", len(way), err)
		}
	})
	quick(t, "a filter on the subtree", func() {
		count, err := d.CountAccounts(t.Context(), v, []db.AccountList{accountsList(t, d, v, &db.AccountFilter{Under: &db.UnderFilter{ID: ids[5000].ID()}})})
		for _, n := range count {
			if n != depth-5001 {
				t.Errorf("got %d, %v", n, err)
			}
		}
	})
	quick(t, "deletion of all", func() {
		result, err := d.DeleteAccount(t.Context(), v, ids[1], db.ChildrenCascade)
		if err != nil || result.Deleted != depth-1 {
			t.Fatalf("got %+v, %v", result, err)
		}
	})
	quick(t, "restore of all", func() {
		result, err := d.RestoreAccount(t.Context(), v, bottom)
		if err != nil || result.Restored != depth-1 || result.NewRoot != nil {
			t.Fatalf("got %+v, %v", result, err)
		}
		if depths, err := d.Depths(t.Context(), v, []db.AccountID{bottom}); err != nil || depths[bottom] != depth-1 {
			t.Errorf("got %v, %v", depths, err)
		}
	})
}

// accountsList is the list of accounts with a filter.
func accountsList(t testing.TB, d *db.DB, v db.Viewer, filter *db.AccountFilter) db.AccountList {
	t.Helper()
	page, err := d.Accounts(t.Context(), v, db.AccountArgs{PageArgs: db.PageArgs{First: ptr(0)}, Filter: filter})
	if err != nil {
		t.Fatal(err)
	}
	return page.List
}
