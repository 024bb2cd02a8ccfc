package db_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// same tells whether two lists have the same accounts in the same order.
func same(a, b []*db.Account) bool {
	return slices.EqualFunc(a, b, func(x, y *db.Account) bool { return x.ID == y.ID })
}

func TestAccountsPages(t *testing.T) {
	t.Parallel()
	d, large, v := setupTwice(t)
	m := populate(t, d, v, 90)

	t.Run("every page size, order and direction loses nothing and repeats nothing", func(t *testing.T) {
		t.Parallel()
		for _, field := range []db.AccountOrderField{
			db.AccountByName, db.AccountByNumber, db.AccountByCreatedAt, db.AccountByUpdatedAt, db.AccountByAnnualRevenue, db.AccountByEmployees, db.AccountByHealth,
		} {
			for _, direction := range []db.OrderDirection{db.Ascending, db.Descending} {
				for _, size := range []int{7, 30} {
					args := db.AccountArgs{OrderBy: &db.AccountOrder{Field: field, Direction: direction}}
					want := m.list(m.accounts, args)
					name := fmt.Sprintf("%s %s by %d", field, direction, size)
					if got := forwards(t, d, v, args, size); !same(got, want) {
						t.Errorf("%s forwards: got %q, want %q", name, names(got), names(want))
					}
					if got := backwards(t, d, v, args, size); !same(got, want) {
						t.Errorf("%s backwards: got %q, want %q", name, names(got), names(want))
					}
				}
			}
		}
	})

	t.Run("any page of any filter is the model's", func(t *testing.T) {
		t.Parallel()
		cursors := m.cursors(t, d, v)
		rapid.Check(t, func(rt *rapid.T) {
			args, after, before := drawArgs(rt, m, cursors)
			want, next, previous := m.page(m.list(m.accounts, args), args, after, before)
			got, err := rapid.SampledFrom([]*db.DB{d, large}).Draw(rt, "from").Accounts(t.Context(), v, args)
			if err != nil {
				rt.Fatal(err)
			}
			if !same(got.Nodes(), want) || got.PageInfo.HasNextPage != next || got.PageInfo.HasPreviousPage != previous {
				rt.Fatalf("got %q, %+v; want %q, %v, %v", names(got.Nodes()), got.PageInfo, names(want), next, previous)
			}
			counts, err := d.CountAccounts(t.Context(), v, []db.AccountList{got.List})
			if err != nil || counts[got.List] != len(m.list(m.accounts, args)) {
				rt.Fatalf("got the count %d, %v, want %d", counts[got.List], err, len(m.list(m.accounts, args)))
			}
		})
	})

	t.Run("another organization has none of them", func(t *testing.T) {
		t.Parallel()
		rival := dbtest.Organization(t, d, "Rival")
		if got := listed(t, d, rival); len(got) != 0 {
			t.Errorf("got %q", got)
		}
		ids := db.AccountFilter{ID: &db.IDFilter{In: []db.ID{m.accounts[0].ID.ID()}}, Or: []*db.AccountFilter{{}}}
		if page, err := d.Accounts(t.Context(), rival, db.AccountArgs{Filter: &ids}); err != nil || len(page.Edges) != 0 {
			t.Errorf("got %v, %v", page, err)
		}
	})

	t.Run("refuses arguments that can't be", func(t *testing.T) {
		t.Parallel()
		deep := &db.AccountFilter{}
		for range 11 {
			deep = &db.AccountFilter{Not: deep}
		}
		page, err := d.Accounts(t.Context(), v, db.AccountArgs{})
		if err != nil {
			t.Fatal(err)
		}
		for name, args := range map[string]db.AccountArgs{
			"first and last":          {PageArgs: db.PageArgs{First: ptr(1), Last: ptr(1)}},
			"too many":                {PageArgs: db.PageArgs{First: ptr(101)}},
			"too few":                 {PageArgs: db.PageArgs{Last: ptr(-1)}},
			"no cursor":               {PageArgs: db.PageArgs{After: ptr("x")}},
			"cursor of another order": {PageArgs: db.PageArgs{After: page.PageInfo.EndCursor()}, OrderBy: &db.AccountOrder{Field: db.AccountByNumber}},
			"deep filter":             {Filter: deep},
			"no text":                 {Filter: &db.AccountFilter{Name: &db.TextFilter{Equals: ptr("\x00")}}},
			"no currency":             {Filter: &db.AccountFilter{AnnualRevenue: &db.MoneyFilter{Currency: ptr("money")}}},
		} {
			if _, err := d.Accounts(t.Context(), v, args); err == nil {
				t.Errorf("%s: got no error", name)
			} else {
				wantCode(t, err, db.CodeBadUserInput)
			}
		}
	})

	t.Run("takes limits of levels and numbers however large", func(t *testing.T) {
		t.Parallel()
		huge := 1 << 40
		root := m.accounts[0]
		filter := &db.AccountFilter{Under: &db.UnderFilter{ID: root.ID.ID(), MaxLevel: &huge}, Number: &db.IntFilter{Lt: &huge}, Employees: &db.IntFilter{Gt: ptr(-huge)}}
		got, err := d.Accounts(t.Context(), v, db.AccountArgs{Filter: filter, PageArgs: db.PageArgs{First: ptr(100)}})
		if want := m.list(m.accounts, db.AccountArgs{Filter: filter}); err != nil || len(got.Edges) != len(want) {
			t.Errorf("got %v, %v, want %d", got, err, len(want))
		}
		if _, err := d.Descendants(t.Context(), v, []db.AccountID{root.ID}, db.DescendantArgs{MaxLevel: &huge}); err != nil {
			t.Error(err)
		}
	})
}

func forwards(t testing.TB, d *db.DB, v db.Viewer, args db.AccountArgs, size int) []*db.Account {
	t.Helper()
	var all []*db.Account
	for args.First = &size; ; {
		page, err := d.Accounts(t.Context(), v, args)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Nodes()...)
		if args.After = page.PageInfo.EndCursor(); !page.PageInfo.HasNextPage || args.After == nil {
			return all
		}
	}
}

func backwards(t testing.TB, d *db.DB, v db.Viewer, args db.AccountArgs, size int) []*db.Account {
	t.Helper()
	var all []*db.Account
	for args.Last = &size; ; {
		page, err := d.Accounts(t.Context(), v, args)
		if err != nil {
			t.Fatal(err)
		}
		all = append(page.Nodes(), all...)
		if args.Before = page.PageInfo.StartCursor(); !page.PageInfo.HasPreviousPage || args.Before == nil {
			return all
		}
	}
}

// orderKey names an order for a map of cursors.
func orderKey(o *db.AccountOrder) db.AccountOrder {
	if o == nil {
		return db.AccountOrder{Field: db.AccountByName, Direction: db.Ascending}
	}
	return *o
}

// cursors are those of all accounts in all orders.
func (m *model) cursors(t testing.TB, d *db.DB, v db.Viewer) map[db.AccountOrder]map[db.AccountID]string {
	t.Helper()
	cursors := map[db.AccountOrder]map[db.AccountID]string{}
	for _, field := range []db.AccountOrderField{
		db.AccountByName, db.AccountByNumber, db.AccountByCreatedAt, db.AccountByUpdatedAt, db.AccountByAnnualRevenue, db.AccountByEmployees, db.AccountByHealth,
	} {
		for _, direction := range []db.OrderDirection{db.Ascending, db.Descending} {
			o := db.AccountOrder{Field: field, Direction: direction}
			page, err := d.Accounts(t.Context(), v, db.AccountArgs{OrderBy: &o, PageArgs: db.PageArgs{First: ptr(100)}})
			if err != nil {
				t.Fatal(err)
			}
			cursors[o] = map[db.AccountID]string{}
			for _, edge := range page.Edges {
				cursors[o][edge.Node.ID] = edge.Cursor()
			}
		}
	}
	return cursors
}

// drawArgs draws a page of a list, with the accounts that its cursors are of.
func drawArgs(rt *rapid.T, m *model, cursors map[db.AccountOrder]map[db.AccountID]string) (args db.AccountArgs, after, before *db.Account) {
	args.OrderBy = drawOrder(rt)
	if rapid.IntRange(0, 3).Draw(rt, "filter?") > 0 {
		args.Filter = drawFilter(rt, m, 0)
	}
	size := func() int { return rapid.IntRange(0, 12).Draw(rt, "size") }
	if args.First = maybe(rt, "first", 50, size); args.First == nil {
		args.Last = maybe(rt, "last", 70, size)
	}
	at := func(label string) (*db.Account, *string) {
		if rapid.IntRange(0, 3).Draw(rt, label+"?") > 0 {
			return nil, nil
		}
		a := rapid.SampledFrom(m.accounts).Draw(rt, label)
		return a, ptr(cursors[orderKey(args.OrderBy)][a.ID])
	}
	after, args.After = at("after")
	before, args.Before = at("before")
	return args, after, before
}

func TestFilterByDomain(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	in := input("Books", nil)
	in.PrimaryDomain, in.SecondaryDomains = "bücher-zzq.de", []string{"books.com"}
	createWith(t, d, v, in)
	create(t, d, v, "Other", nil)
	for name, test := range map[string]struct {
		filter db.TextFilter
		found  bool
	}{
		"its form of people":       {db.TextFilter{Equals: ptr("bücher-zzq.de")}, true},
		"its form of machines":     {db.TextFilter{Equals: ptr("xn--bcher-zzq-q9a.de")}, true},
		"in upper case":            {db.TextFilter{Equals: ptr("BÜCHER-ZZQ.DE")}, true},
		"as a web address":         {db.TextFilter{Equals: ptr("https://www.Books.com/new")}, true},
		"one of several":           {db.TextFilter{In: []string{"nobody.com", "@bücher-zzq.de"}}, true},
		"none of several":          {db.TextFilter{In: []string{"nobody.com", "no domain"}}, false},
		"what can't be a domain":   {db.TextFilter{Equals: ptr("no domain")}, false},
		"a part":                   {db.TextFilter{Contains: ptr("OOKS")}, true},
		"a beginning":              {db.TextFilter{StartsWith: ptr("Books.")}, true},
		"a beginning with www":     {db.TextFilter{StartsWith: ptr("www.books")}, false},
		"two conditions, not both": {db.TextFilter{Equals: ptr("books.com"), Contains: ptr("zzq")}, false},
	} {
		page, err := d.Accounts(t.Context(), v, db.AccountArgs{Filter: &db.AccountFilter{Domain: &test.filter}})
		if err != nil || test.found != slices.Equal(names(page.Nodes()), []string{"Books"}) || !test.found && len(page.Edges) > 0 {
			t.Errorf("%s: got %v, %v, want found %t", name, page, err, test.found)
		}
	}
}
