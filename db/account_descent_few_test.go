package db_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
)

// TestDescendantsFoundFirst pages through what passes a filter below an account, while the tree changes: each page is the same whether the
// accounts that pass are found first or come upon on the way down.
func TestDescendantsFoundFirst(t *testing.T) {
	t.Parallel()
	d, large, v := setupTwice(t)
	trees := 0
	rapid.Check(t, func(rt *rapid.T) {
		trees++
		// With long names a cursor has no room for the whole way, and begins at an account that may go.
		long := rapid.SampledFrom([]string{"", strings.Repeat("-", 240)}).Draw(rt, "long")
		name := func() string { return rapid.SampledFrom([]string{"a", "A", "ab", "a b", "b"}).Draw(rt, "name") + long }
		in := db.CreateAccountsInput{}
		for i := range 25 {
			row := db.CreateAccountInput{Name: name(), PrimaryDomain: fmt.Sprintf("t%dd%d.com", trees, i), IsActive: rapid.Bool().Draw(rt, "active")}
			link := &db.CreateAccountsRowInput{Key: ptr(fmt.Sprint(i)), Account: &row}
			if i > 0 {
				link.ParentKey = ptr(fmt.Sprint(rapid.IntRange(max(0, i-2), i-1).Draw(rt, "parent")))
			}
			in.Accounts = append(in.Accounts, link)
		}
		results, err := d.CreateAccounts(t.Context(), v, in)
		if err != nil {
			rt.Fatal(err)
		}
		var ids []db.AccountID
		for _, r := range results {
			ids = append(ids, r.Account.ID)
		}
		top := ids[0]
		args := db.DescendantArgs{
			Traversal: rapid.SampledFrom([]db.Traversal{db.BreadthFirst, db.DepthFirst}).Draw(rt, "traversal"),
			MaxLevel:  maybe(rt, "maxLevel", 30, func() int { return rapid.IntRange(1, 6).Draw(rt, "level") }),
			Filter:    &db.AccountFilter{IsActive: &db.BooleanFilter{Equals: true}},
		}
		for pages := 0; pages < 6; pages++ {
			args.First = ptr(rapid.IntRange(1, 4).Draw(rt, "first"))
			onTheWay, err := d.Descendants(t.Context(), v, []db.AccountID{top}, args)
			if err != nil {
				rt.Fatal(err)
			}
			found, err := large.Descendants(t.Context(), v, []db.AccountID{top}, args)
			if err != nil {
				rt.Fatal(err)
			}
			want, got := onTheWay[top], found[top]
			equal := func(a, b *db.AccountDescendantEdge) bool { return a.Node.ID == b.Node.ID && a.Level == b.Level }
			if !slices.EqualFunc(got.Edges, want.Edges, equal) || got.PageInfo.HasNextPage != want.PageInfo.HasNextPage {
				rt.Fatalf("page %d: got %q, %v, want %q, %v", pages, names(got.Nodes()), got.PageInfo.HasNextPage, names(want.Nodes()), want.PageInfo.HasNextPage)
			}
			if !got.PageInfo.HasNextPage {
				return
			}
			args.After = rapid.SampledFrom([]*db.AccountDescendantConnection{got, want}).Draw(rt, "cursor of").PageInfo.EndCursor()
			for range rapid.IntRange(0, 3).Draw(rt, "changes") {
				if len(ids) < 2 {
					break
				}
				at := rapid.IntRange(1, len(ids)-1).Draw(rt, "which")
				switch rapid.SampledFrom([]string{"rename", "move", "delete"}).Draw(rt, "change") {
				case "rename":
					run(t, d, "UPDATE accounts SET name = $1 WHERE id = $2", name(), ids[at])
				case "move": // away from the top, or anywhere; one that would be below itself stays
					to := maybe(rt, "to", 50, func() db.AccountID { return rapid.SampledFrom(ids).Draw(rt, "parent") })
					_, err := d.MoveAccounts(t.Context(), v, []db.AccountMove{{ID: ids[at], ParentID: to}}, bulkPath)
					if _, told := db.AsProblems(err); err != nil && !told {
						rt.Fatal(err)
					}
				case "delete":
					if _, err := d.DeleteAccount(t.Context(), v, ids[at], db.ChildrenReparent); err != nil {
						rt.Fatal(err)
					}
					ids = slices.Delete(ids, at, at+1)
				}
			}
		}
	})
}
