package db_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
)

// descent lists what is below an account in memory.
func (m *model) descent(top *db.Account, args db.DescendantArgs) (accounts []*db.Account, levels []int) {
	type visit struct {
		a     *db.Account
		level int
	}
	pending := []visit{{top, 0}}
	for len(pending) > 0 {
		at := pending[0]
		pending = pending[1:]
		if at.level > 0 && m.match(args.Filter, at.a) {
			accounts, levels = append(accounts, at.a), append(levels, at.level)
		}
		if args.MaxLevel != nil && at.level >= *args.MaxLevel {
			continue
		}
		var below []visit
		for _, child := range m.list(m.children[at.a.ID], db.AccountArgs{}) {
			below = append(below, visit{child, at.level + 1})
		}
		if args.Traversal == db.DepthFirst {
			pending = append(below, pending...)
		} else {
			pending = append(pending, below...)
		}
	}
	return accounts, levels
}

func TestDescendants(t *testing.T) {
	t.Parallel()
	d, large, v := setupTwice(t)
	m := populate(t, d, v, 70)

	t.Run("lists every subtree as it is in memory, page by page", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(rt *rapid.T) {
			args := db.DescendantArgs{
				Traversal: rapid.SampledFrom([]db.Traversal{db.BreadthFirst, db.DepthFirst, ""}).Draw(rt, "traversal"),
				First:     ptr(rapid.IntRange(1, 20).Draw(rt, "first")),
				MaxLevel:  maybe(rt, "maxLevel", 40, func() int { return rapid.IntRange(0, 4).Draw(rt, "level") }),
			}
			if rapid.Bool().Draw(rt, "filter?") {
				args.Filter = drawFilter(rt, m, 1)
			}
			top := rapid.SampledFrom(m.accounts).Draw(rt, "top")
			other := rapid.SampledFrom(m.accounts).Draw(rt, "other")
			want, levels := m.descent(top, args)
			var got []*db.Account
			for {
				from := rapid.SampledFrom([]*db.DB{d, large}).Draw(rt, "from")
				tops := rapid.SampledFrom([][]db.AccountID{{top.ID}, {top.ID, other.ID, top.ID}}).Draw(rt, "tops")
				pages, err := from.Descendants(t.Context(), v, tops, args)
				if err != nil {
					rt.Fatal(err)
				}
				page := pages[top.ID]
				for i, edge := range page.Edges {
					if len(got)+i < len(levels) && edge.Level != levels[len(got)+i] {
						rt.Fatalf("%s: got level %d, want %d", edge.Node.Name, edge.Level, levels[len(got)+i])
					}
				}
				got = append(got, page.Nodes()...)
				if page.PageInfo.HasNextPage != (len(got) < len(want)) || page.PageInfo.HasPreviousPage != (args.After != nil) {
					rt.Fatalf("got %d so far, %+v, want %d", len(got), page.PageInfo, len(want))
				}
				if args.After = page.PageInfo.EndCursor(); !page.PageInfo.HasNextPage {
					if counts, err := d.CountDescendants(t.Context(), v, []db.DescendantList{page.List, pages[tops[len(tops)/2]].List, page.List}); err != nil || counts[page.List] != len(want) {
						rt.Fatalf("got the count %d, %v, want %d", counts[page.List], err, len(want))
					}
					break
				}
			}
			if !same(got, want) {
				rt.Fatalf("got %q, want %q", names(got), names(want))
			}
		})
	})

	t.Run("refuses arguments that can't be", func(t *testing.T) {
		t.Parallel()
		for name, args := range map[string]db.DescendantArgs{
			"too many":       {First: ptr(1001)},
			"negative first": {First: ptr(-1)},
			"negative level": {MaxLevel: ptr(-1)},
			"no cursor":      {After: ptr("x")},
		} {
			if _, err := d.Descendants(t.Context(), v, nil, args); err == nil {
				t.Errorf("%s: got no error", name)
			} else {
				wantCode(t, err, db.CodeBadUserInput)
			}
		}
	})
}

func TestDescendantsWhileTheyChange(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	top := create(t, d, v, "Top", nil)
	var children []*db.Account
	for _, name := range []string{"a", "b", "c", "d"} {
		children = append(children, create(t, d, v, name, top))
	}
	args := db.DescendantArgs{First: ptr(2)}
	pages, err := d.Descendants(t.Context(), v, []db.AccountID{top.ID}, args)
	if err != nil {
		t.Fatal(err)
	}
	remove(t, d, v, children[0], db.ChildrenReject)
	args.After = pages[top.ID].PageInfo.EndCursor()
	if pages, err = d.Descendants(t.Context(), v, []db.AccountID{top.ID}, args); err != nil || !slices.Equal(names(pages[top.ID].Nodes()), []string{"c", "d"}) {
		t.Errorf("after one before the cursor is gone: got %q, %v", names(pages[top.ID].Nodes()), err)
	}
}

// TestDescendantsOfOverlappingTops asks below every account of a chain at once: each has those of all below it.
func TestDescendantsOfOverlappingTops(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	const length, deep = 1000, 900
	ids := chain(t, d, v, "chain", length)
	quick(t, "descendants of a whole chain", func() {
		pages, err := d.Descendants(t.Context(), v, ids, db.DescendantArgs{First: ptr(0), MaxLevel: ptr(deep)})
		if err != nil {
			t.Fatal(err)
		}
		lists := make([]db.DescendantList, len(ids))
		for i, id := range ids {
			lists[i] = pages[id].List
		}
		counts, err := d.CountDescendants(t.Context(), v, lists)
		if err != nil {
			t.Fatal(err)
		}
		for i, list := range lists {
			if got, want := counts[list], min(length-1-i, deep); got != want {
				t.Fatalf("%d: got %d, want %d", i, got, want)
			}
		}
	})
}

func TestAccountTree(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	m := populate(t, d, v, 70)
	top := slices.MaxFunc(m.accounts, func(a, b *db.Account) int {
		x, _ := m.descent(a, db.DescendantArgs{})
		y, _ := m.descent(b, db.DescendantArgs{})
		return len(x) - len(y)
	})
	want, levels := m.descent(top, db.DescendantArgs{Traversal: db.DepthFirst})
	want, levels = append([]*db.Account{top}, want...), append([]int{0}, levels...)

	tree, err := d.AccountTree(t.Context(), v, top.ID, nil, 1000)
	if err != nil || len(tree.Nodes) != len(want) || tree.Truncated {
		t.Fatalf("got %v, %v, want %d nodes", tree, err, len(want))
	}
	for i, node := range tree.Nodes {
		if node.Account.ID != want[i].ID || node.Level != levels[i] || node.ChildCount != len(m.children[node.Account.ID]) {
			t.Errorf("%d: got %s at level %d with %d children", i, node.Account.Name, node.Level, node.ChildCount)
		}
		parent, known := node.Account.KnownParent()
		if !known || (parent == nil) != (want[i].ParentID == nil) || parent != nil && parent.ID != *want[i].ParentID {
			t.Errorf("%d: got the parent %v, known: %v", i, parent, known)
		}
	}
	if tree, err := d.AccountTree(t.Context(), v, top.ID, nil, 3); err != nil || len(tree.Nodes) != 3 || !tree.Truncated || tree.Nodes[2].Account.ID != want[2].ID {
		t.Errorf("3 nodes: got %v, %v", tree, err)
	}
	if tree, err := d.AccountTree(t.Context(), v, top.ID, ptr(0), 3); err != nil || len(tree.Nodes) != 1 || tree.Truncated {
		t.Errorf("no level: got %v, %v", tree, err)
	}
	if tree, err := d.AccountTree(t.Context(), v, db.AccountID{}, nil, 3); err != nil || tree != nil {
		t.Errorf("of nothing: got %v, %v", tree, err)
	}
	for _, size := range []int{0, 10_001} {
		_, err := d.AccountTree(t.Context(), v, top.ID, nil, size)
		wantCode(t, err, db.CodeBadUserInput)
	}
	_, err = d.AccountTree(t.Context(), v, top.ID, ptr(-1), 1)
	wantCode(t, err, db.CodeBadUserInput)
}

func TestCommonAncestorAndAccountPath(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	m := populate(t, d, v, 50)
	path := func(a *db.Account) []*db.Account {
		var up []*db.Account
		for {
			up = append(up, a)
			if a.ParentID == nil {
				return up
			}
			a = m.byID[*a.ParentID]
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		a, b := rapid.SampledFrom(m.accounts).Draw(rt, "a"), rapid.SampledFrom(m.accounts).Draw(rt, "b")
		var want *db.Account
		var way []*db.Account
		above := path(b)
		for _, up := range path(a) {
			way = append(way, up)
			if i := slices.Index(above, up); i >= 0 {
				want = up
				down := slices.Clone(above[:i])
				slices.Reverse(down)
				way = append(way, down...)
				break
			}
		}
		if want == nil {
			way = nil
		}
		got, err := d.CommonAncestor(t.Context(), v, []db.AccountID{a.ID, b.ID, a.ID})
		if err != nil || (got == nil) != (want == nil) || got != nil && got.ID != want.ID {
			rt.Fatalf("common ancestor of %v and %v: got %v, %v, want %v", a.Number, b.Number, got, err, want)
		}
		found, err := d.AccountPath(t.Context(), v, a.ID, b.ID)
		if err != nil || !same(found, way) {
			rt.Fatalf("way from %v to %v: got %q, %v, want %q", a.Number, b.Number, names(found), err, names(way))
		}
	})
	if got, err := d.CommonAncestor(t.Context(), v, []db.AccountID{m.accounts[0].ID, {}}); got != nil || err != nil {
		t.Errorf("with nothing: got %v, %v", got, err)
	}
	_, err := d.CommonAncestor(t.Context(), v, nil)
	wantCode(t, err, db.CodeBadUserInput)
	_, err = d.CommonAncestor(t.Context(), v, make([]db.AccountID, 1001))
	wantCode(t, err, db.CodeBadUserInput)
}
