package db_test

import (
	"crypto/md5"
	"fmt"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// largeSQL makes 6,000 accounts alone and then a tree of 11,111, ten below each, a third of them without employees. Names are hashes, so
// that those of the tree are among the others; numbers are not: all of the tree is behind the others.
const largeSQL = `
INSERT INTO accounts (organization_id, id, number, parent_id, name, health, employees, is_active)
SELECT CAST($1 AS uuid), CAST(md5('account' || n) AS uuid), n + 7000, CASE WHEN n > 0 THEN CAST(md5('account' || (n - 1) / 10) AS uuid) END,
  'Account ' || md5(CAST(n AS text)), (ARRAY['RED', 'YELLOW', 'GREEN'])[n % 4 + 1], CASE WHEN n % 3 > 0 THEN n % 1000 END, n % 500 > 0
FROM generate_series(-6000, 11110) n`

// largeTree makes an organization in which the account with the number 7000 has 11,110 below it, in a database with one connection.
func largeTree(t testing.TB) (*db.DB, db.Viewer, *db.Account) {
	t.Helper()
	d := oneConnection(t)
	v := dbtest.Organization(t, d, "Large")
	run(t, d, largeSQL, v.Organization)
	run(t, d, "VACUUM ANALYZE")
	numbered, err := d.AccountsByNumber(t.Context(), v, []int{7000})
	if err != nil {
		t.Fatal(err)
	}
	return d, v, numbered[7000]
}

// TestAccountsUnderMany reads lists of a subtree so large that it is not found first: those where the page is full soon, and those where
// it is not. They are those of a filter within another, which knows one way only.
func TestAccountsUnderMany(t *testing.T) {
	t.Parallel()
	d, v, top := largeTree(t)
	under := func(maxLevel *int) *db.UnderFilter {
		return &db.UnderFilter{ID: top.ID.ID(), IncludeSelf: maxLevel != nil, MaxLevel: maxLevel}
	}
	lists := map[string]db.AccountArgs{}
	for _, field := range []db.AccountOrderField{
		db.AccountByName, db.AccountByNumber, db.AccountByCreatedAt, db.AccountByUpdatedAt, db.AccountByAnnualRevenue, db.AccountByEmployees, db.AccountByHealth,
	} {
		for _, direction := range []db.OrderDirection{db.Ascending, db.Descending} {
			lists[fmt.Sprintf("by %s %s", field, direction)] = db.AccountArgs{
				Filter: &db.AccountFilter{Under: under(nil)}, OrderBy: &db.AccountOrder{Field: field, Direction: direction},
			}
		}
	}
	for name, filter := range map[string]*db.AccountFilter{
		"and the account":     {Under: under(ptr(4))},
		"two levels":          {Under: under(ptr(2))},
		"that most pass":      {Under: under(nil), IsActive: &db.BooleanFilter{Equals: true}},
		"that few pass":       {Under: under(nil), IsActive: &db.BooleanFilter{Equals: false}},
		"that one passes":     {Under: under(nil), Name: &db.TextFilter{Equals: ptr(fmt.Sprintf("Account %x", md5.Sum([]byte("11110"))))}},
		"that none passes":    {Under: under(nil), Name: &db.TextFilter{Equals: &top.Name}},
		"of one of two names": {Under: under(nil), Or: []*db.AccountFilter{{Name: &db.TextFilter{Equals: ptr(fmt.Sprintf("Account %x", md5.Sum([]byte("7"))))}}, {Name: &db.TextFilter{Equals: &top.Name}}}},
	} {
		lists[name] = db.AccountArgs{Filter: filter}
	}
	for name, args := range lists {
		oneWay := *args.Filter
		oneWay.Under, oneWay.And = nil, []*db.AccountFilter{{Under: args.Filter.Under}}
		for _, size := range []db.PageArgs{{First: ptr(100)}, {Last: ptr(100)}} {
			args.PageArgs = size
			for range 2 {
				got, err := d.Accounts(t.Context(), v, args)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				filter := args.Filter
				args.Filter = &oneWay
				want, err := d.Accounts(t.Context(), v, args)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if !same(got.Nodes(), want.Nodes()) || got.PageInfo.HasNextPage != want.PageInfo.HasNextPage || got.PageInfo.HasPreviousPage != want.PageInfo.HasPreviousPage {
					t.Errorf("%s: got %q, want %q", name, names(got.Nodes()), names(want.Nodes()))
				}
				args.Filter = filter
				if size.First != nil {
					args.After = got.PageInfo.EndCursor()
				} else {
					args.Before = got.PageInfo.StartCursor()
				}
			}
		}
	}
}

// TestLargeSubtreesAreNotGoneThrough counts what lists of such a subtree read, whatever the plan: 10,000 entries of an index tell that there
// are many, and at least twice as many would be read to come by them all.
func TestLargeSubtreesAreNotGoneThrough(t *testing.T) {
	t.Parallel()
	d, v, top := largeTree(t)
	accounts := func(filter db.AccountFilter) func() error {
		filter.Under = &db.UnderFilter{ID: top.ID.ID()}
		return func() error { _, err := d.Accounts(t.Context(), v, db.AccountArgs{Filter: &filter}); return err }
	}
	descendants := func(traversal db.Traversal, filter db.AccountFilter) func() error {
		return func() error {
			_, err := d.Descendants(t.Context(), v, []db.AccountID{top.ID}, db.DescendantArgs{Traversal: traversal, Filter: &filter})
			return err
		}
	}
	ofAName, ofAStatus := db.AccountFilter{Name: &db.TextFilter{Equals: &top.Name}}, db.AccountFilter{Status: &db.PicklistFilter{In: []string{"CHURNED"}}}
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		run(t, d, "SET plan_cache_mode = "+mode)
		for name, read := range map[string]func() error{
			"accounts":                     accounts(db.AccountFilter{}),
			"accounts, most of which pass": accounts(db.AccountFilter{IsActive: &db.BooleanFilter{Equals: true}}),
			"descendants of a name":        descendants(db.BreadthFirst, ofAName),
			"descendants of a status":      descendants(db.DepthFirst, ofAStatus),
		} {
			before, entries := scans(t, d), entriesRead(t, d)
			if err := read(); err != nil {
				t.Fatal(err)
			}
			wantNoScan(t, d, before, name+" ("+mode+")")
			if n := entriesRead(t, d) - entries; n > 12_000 {
				t.Errorf("%s (%s): read %d entries of indexes", name, mode, n)
			}
		}
	}
}
