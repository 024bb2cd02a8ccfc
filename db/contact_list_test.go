package db_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

// crowd makes contacts that differ in everything that lists look at.
func crowd(t *testing.T) (*db.DB, db.Viewer, map[string]*db.Account) {
	t.Helper()
	d, v := setup(t)
	allowFreeContacts(t, d, v)
	accounts := map[string]*db.Account{"Alpha": create(t, d, v, "Alpha", nil), "Beta": create(t, d, v, "Beta", nil), "Gone": create(t, d, v, "Gone", nil)}
	for _, p := range []struct {
		first, last, email, job, kind string
		marketing, idle               bool
		at                            []*db.Account
	}{
		{"Ada", "Lovelace", "zeta@people.example", "Engineer", "PRIMARY", true, false, []*db.Account{accounts["Alpha"], accounts["Beta"]}},
		{"Émile", "Zola", "a100%@people.example", "", "OTHER", false, false, []*db.Account{accounts["Beta"]}},
		{"bob", "", "Bob@people.example", "Chief Engineer", "BILLING", false, true, []*db.Account{accounts["Alpha"]}},
		{"Zoë", "de Vries", "a100x@people.example", "Clerk", "OTHER", false, false, []*db.Account{accounts["Gone"]}},
		{"Nobody", "", "n@people.example", "", "LEGAL", false, false, nil},
	} {
		in := person(p.first, p.at...)
		in.Email, in.Type, in.IsMarketingContact, in.IsActive = p.email, &p.kind, p.marketing, !p.idle
		in.LastName, in.JobTitle = &p.last, &p.job
		hireWith(t, d, v, in)
	}
	erase(t, d, accounts["Gone"])
	deleted := hire(t, d, v, "Deleted", accounts["Alpha"])
	if _, err := d.DeleteContact(t.Context(), v, deleted.ID); err != nil {
		t.Fatal(err)
	}
	foreign(t, d)
	return d, v, accounts
}

func TestContactFilter(t *testing.T) {
	t.Parallel()
	d, v, accounts := crowd(t)
	all := []string{"bob", "Zoë", "Ada", "Nobody", "Émile"}
	id := func(name string) db.ID { return accounts[name].ID.ID() }
	for _, test := range []struct {
		claim  string
		filter *db.ContactFilter
		want   []string
	}{
		{"lets all pass without a filter", nil, all},
		{"lets all pass if it is empty", &db.ContactFilter{}, all},
		{"finds names as they are shown", &db.ContactFilter{Name: &db.TextFilter{Equals: ptr("ada lovelace")}}, []string{"Ada"}},
		{"finds names as they are ordered", &db.ContactFilter{Name: &db.TextFilter{StartsWith: ptr("LOVE")}}, []string{"Ada"}},
		{"finds parts of names, upper and lower case the same", &db.ContactFilter{Name: &db.TextFilter{Contains: ptr("ÉMILE Z")}}, []string{"Émile"}},
		{"finds names of one word", &db.ContactFilter{Name: &db.TextFilter{In: []string{"BOB", "nobody"}}}, []string{"bob", "Nobody"}},
		{"takes wildcards as they are", &db.ContactFilter{Email: &db.TextFilter{StartsWith: ptr("a100%")}}, []string{"Émile"}},
		{"looks at the e-mail, upper and lower case the same", &db.ContactFilter{Email: &db.TextFilter{Equals: ptr("bob@PEOPLE.example")}}, []string{"bob"}},
		{"finds e-mails of several, upper and lower case the same", &db.ContactFilter{Email: &db.TextFilter{In: []string{"BOB@people.example", "nobody@else.example"}}}, []string{"bob"}},
		{"looks at the job title", &db.ContactFilter{JobTitle: &db.TextFilter{Contains: ptr("engineer")}}, []string{"bob", "Ada"}},
		{"finds who has no job title", &db.ContactFilter{JobTitle: &db.TextFilter{IsNull: ptr(true)}}, []string{"Nobody", "Émile"}},
		{"looks at the type", &db.ContactFilter{Type: &db.PicklistFilter{In: []string{"PRIMARY", "LEGAL"}}}, []string{"Ada", "Nobody"}},
		{"looks away from a type", &db.ContactFilter{Type: &db.PicklistFilter{NotIn: []string{"OTHER"}}}, []string{"bob", "Ada", "Nobody"}},
		{"looks at the accounts", &db.ContactFilter{AccountID: &db.IDFilter{In: []db.ID{id("Beta"), id("Gone")}}}, []string{"Ada", "Émile"}},
		{"leaves out who is at an account among others", &db.ContactFilter{AccountID: &db.IDFilter{NotIn: []db.ID{id("Beta")}}}, []string{"bob", "Zoë", "Nobody"}},
		{"finds who is at no live account", &db.ContactFilter{AccountID: &db.IDFilter{IsNull: ptr(true)}}, []string{"Zoë", "Nobody"}},
		{"finds who is at a live account", &db.ContactFilter{AccountID: &db.IDFilter{IsNull: ptr(false)}}, []string{"bob", "Ada", "Émile"}},
		{"finds nobody for an id that names nothing", &db.ContactFilter{AccountID: &db.IDFilter{In: []db.ID{{Kind: db.KindUser, UUID: db.NewUUID()}}}}, []string{}},
		{"finds who may be sent marketing", &db.ContactFilter{IsMarketingContact: &db.BooleanFilter{Equals: true}}, []string{"Ada"}},
		{"finds who is not active", &db.ContactFilter{IsActive: &db.BooleanFilter{}}, []string{"bob"}},
		{"looks at times", &db.ContactFilter{CreatedAt: &db.DateTimeFilter{Gt: ptr(time.Now().Add(time.Hour))}}, []string{}},
		{"joins with and", &db.ContactFilter{And: []*db.ContactFilter{{JobTitle: &db.TextFilter{Contains: ptr("e")}}, {IsActive: &db.BooleanFilter{Equals: true}}}}, []string{"Zoë", "Ada"}},
		{"joins with or", &db.ContactFilter{Or: []*db.ContactFilter{{IsActive: &db.BooleanFilter{}}, {Name: &db.TextFilter{Equals: ptr("Nobody")}}}}, []string{"bob", "Nobody"}},
		{"matches nothing with an empty or", &db.ContactFilter{Or: []*db.ContactFilter{}}, []string{}},
		{"turns round with not", &db.ContactFilter{Not: &db.ContactFilter{JobTitle: &db.TextFilter{Contains: ptr("engineer")}}}, []string{"Zoë", "Nobody", "Émile"}},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			page, err := d.Contacts(t.Context(), v, db.ContactArgs{Filter: test.filter})
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, firstNames(page.Nodes()), test.want...)
			counts, err := d.CountContacts(t.Context(), v, []db.ContactList{page.List})
			if err != nil || counts[page.List] != len(test.want) {
				t.Errorf("got the count %d, %v, want %d", counts[page.List], err, len(test.want))
			}
		})
	}
	t.Run("refuses to be nested deeper than ten levels", func(t *testing.T) {
		t.Parallel()
		filter := &db.ContactFilter{}
		for range 11 {
			filter = &db.ContactFilter{Not: filter}
		}
		_, err := d.Contacts(t.Context(), v, db.ContactArgs{Filter: filter})
		wantCode(t, err, db.CodeBadUserInput)
	})
}

func TestContacts(t *testing.T) {
	t.Parallel()
	d, v, _ := crowd(t)
	for _, test := range []struct {
		claim string
		order *db.ContactOrder
		want  []string
	}{
		{"are by last name, then first name, if nothing else is asked", nil, []string{"bob", "Zoë", "Ada", "Nobody", "Émile"}},
		{"are by name downwards", &db.ContactOrder{Field: db.ContactByName, Direction: db.Descending}, []string{"Émile", "Nobody", "Ada", "Zoë", "bob"}},
		{"are by e-mail", &db.ContactOrder{Field: db.ContactByEmail, Direction: db.Ascending}, []string{"Émile", "Zoë", "bob", "Nobody", "Ada"}},
		{"are by when they were made", &db.ContactOrder{Field: db.ContactByCreatedAt, Direction: db.Descending}, []string{"Nobody", "Zoë", "bob", "Émile", "Ada"}},
		{"are by when they were written", &db.ContactOrder{Field: db.ContactByUpdatedAt, Direction: db.Ascending}, []string{"Ada", "Émile", "bob", "Zoë", "Nobody"}},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			for size := range 4 {
				var forwards, backwards []string
				args := db.ContactArgs{OrderBy: test.order, PageArgs: db.PageArgs{First: ptr(size + 1)}}
				for more := true; more; {
					page, err := d.Contacts(t.Context(), v, args)
					if err != nil {
						t.Fatal(err)
					}
					forwards = append(forwards, firstNames(page.Nodes())...)
					more, args.After = page.PageInfo.HasNextPage, page.PageInfo.EndCursor()
				}
				wantSame(t, forwards, test.want...)
				args = db.ContactArgs{OrderBy: test.order, PageArgs: db.PageArgs{Last: ptr(size + 1)}}
				for more := true; more; {
					page, err := d.Contacts(t.Context(), v, args)
					if err != nil {
						t.Fatal(err)
					}
					backwards = append(firstNames(page.Nodes()), backwards...)
					more, args.Before = page.PageInfo.HasPreviousPage, page.PageInfo.StartCursor()
				}
				wantSame(t, backwards, test.want...)
			}
		})
	}
	t.Run("refuse a cursor of another order", func(t *testing.T) {
		t.Parallel()
		page, err := d.Contacts(t.Context(), v, db.ContactArgs{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Contacts(t.Context(), v, db.ContactArgs{
			PageArgs: db.PageArgs{After: ptr(page.Edges[0].Cursor())}, OrderBy: &db.ContactOrder{Field: db.ContactByEmail, Direction: db.Ascending},
		})
		wantCode(t, err, db.CodeBadUserInput)
	})
	t.Run("refuse pages of more than 100", func(t *testing.T) {
		t.Parallel()
		_, err := d.Contacts(t.Context(), v, db.ContactArgs{PageArgs: db.PageArgs{First: ptr(101)}})
		wantCode(t, err, db.CodeBadUserInput)
	})
}

func TestCountContacts(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	root := create(t, d, v, "Root", nil)
	middle := create(t, d, v, "Middle", root)
	leaf := create(t, d, v, "Leaf", middle)
	hire(t, d, v, "Ada", root, leaf)
	hire(t, d, v, "Bob", middle)
	hire(t, d, v, "Carl", leaf, middle)

	lists := func(ctx context.Context, below bool, filter *db.ContactFilter, accounts ...db.AccountID) []db.ContactList {
		pages, err := d.ContactsOf(ctx, v, accounts, db.AccountContactArgs{Filter: filter, IncludeDescendants: below})
		if err != nil {
			t.Fatal(err)
		}
		out := make([]db.ContactList, len(accounts))
		for i, id := range accounts {
			out[i] = pages[id].List
		}
		return out
	}
	named := &db.ContactFilter{Name: &db.TextFilter{In: []string{"ada", "bob"}}}
	same := &db.ContactFilter{Name: &db.TextFilter{In: []string{"ada", "bob"}}}
	all, err := d.Contacts(t.Context(), v, db.ContactArgs{Filter: named})
	if err != nil {
		t.Fatal(err)
	}
	nothing := db.AccountID{}
	asked := slices.Concat(
		lists(t.Context(), false, nil, root.ID, middle.ID, leaf.ID, nothing),
		lists(t.Context(), true, nil, root.ID, middle.ID, leaf.ID),
		lists(t.Context(), true, named, root.ID), lists(t.Context(), true, same, middle.ID),
		[]db.ContactList{all.List})
	ctx, count := db.WithStatements(t.Context())
	counts, err := d.CountContacts(ctx, v, asked)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, list := range asked {
		got = append(got, counts[list])
	}
	wantSame(t, got, 1, 2, 2, 0, 3, 3, 2, 2, 2, 2)
	if count.Count() != 6 {
		t.Errorf("got %d statements, want 6: lists of the same kind and filter share one, or two with those below", count.Count())
	}
}

func TestMemberCounts(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a, b, empty := create(t, d, v, "Alpha", nil), create(t, d, v, "Beta", nil), create(t, d, v, "Empty", nil)
	hire(t, d, v, "Ada", a, b)
	gone := hire(t, d, v, "Gone", a)
	if _, err := d.DeleteContact(t.Context(), v, gone.ID); err != nil {
		t.Fatal(err)
	}
	_, elsewhere, _ := foreign(t, d)
	counts, err := d.MemberCounts(t.Context(), v, []db.AccountID{a.ID, b.ID, empty.ID, elsewhere.ID})
	if err != nil || fmt.Sprint(counts[a.ID], counts[b.ID], counts[empty.ID], counts[elsewhere.ID]) != "1 1 0 0" {
		t.Errorf("got %v, %v, want one each at Alpha and Beta: the deleted one does not count", counts, err)
	}
}
