package db_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

func contactsOf(t testing.TB, d *db.DB, v db.Viewer, a *db.Account, args db.AccountContactArgs) *db.AccountContactConnection {
	t.Helper()
	pages, err := d.ContactsOf(t.Context(), v, []db.AccountID{a.ID}, args)
	if err != nil {
		t.Fatal(err)
	}
	return pages[a.ID]
}

func TestContactsOf(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	root := create(t, d, v, "Root", nil)
	middle := create(t, d, v, "Middle", root)
	leaf := create(t, d, v, "Leaf", middle)
	gone := create(t, d, v, "Gone", root)
	ada, bob := hire(t, d, v, "Ada", root), hire(t, d, v, "Bob", middle, root)
	hire(t, d, v, "Carl", leaf, middle, root)
	hire(t, d, v, "Dora", leaf)
	hire(t, d, v, "Gail", gone)
	erase(t, d, gone)
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	link(t, d, v, ada, root, func(c *db.LinkContactChange) {
		c.Role, c.Since, c.IsPrimaryContact = ptr("Director"), ptr("2024-02-29"), ptr(true)
	})
	link(t, d, v, bob, middle, func(c *db.LinkContactChange) { c.Role, c.IsPrimaryContact = ptr("Clerk"), ptr(true) })
	_, elsewhere, _ := foreign(t, d)

	t.Run("lists the people at each account, and nobody at those that are not there", func(t *testing.T) {
		t.Parallel()
		ids := []db.AccountID{root.ID, middle.ID, leaf.ID, gone.ID, elsewhere.ID, root.ID, {}}
		pages, err := d.ContactsOf(t.Context(), v, ids, db.AccountContactArgs{})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range [][]string{{"Ada", "Bob", "Carl"}, {"Bob", "Carl"}, {"Carl", "Dora"}, {}, {}, {"Ada", "Bob", "Carl"}, {}} {
			if pages[ids[i]] == nil {
				t.Fatalf("no page for %v", ids[i])
			}
			wantSame(t, firstNames(pages[ids[i]].Nodes()), want...)
		}
	})
	t.Run("tells what the contact is there", func(t *testing.T) {
		t.Parallel()
		edges := contactsOf(t, d, v, root, db.AccountContactArgs{}).Edges
		if e := edges[0]; !e.IsPrimaryAccount || !e.IsPrimaryContact || *e.Role != "Director" || !e.Since.Equal(day) {
			t.Errorf("got %+v, want Ada as the main contact, Director since %v", e, day)
		}
		if e := edges[1]; e.IsPrimaryAccount || e.IsPrimaryContact || e.Role != nil || e.Since != nil {
			t.Errorf("got %+v, want Bob as nothing in particular", e)
		}
	})
	t.Run("includes those below, each once", func(t *testing.T) {
		t.Parallel()
		pages, err := d.ContactsOf(t.Context(), v, []db.AccountID{root.ID, middle.ID, gone.ID}, db.AccountContactArgs{IncludeDescendants: true})
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, firstNames(pages[root.ID].Nodes()), "Ada", "Bob", "Carl", "Dora")
		wantSame(t, firstNames(pages[middle.ID].Nodes()), "Bob", "Carl", "Dora")
		wantSame(t, firstNames(pages[gone.ID].Nodes()))
		for _, e := range pages[root.ID].Edges {
			if !e.IsPrimaryAccount {
				t.Errorf("%s: got no main account, want one of the subtree", e.Node.FirstName)
			}
		}
		if e := pages[root.ID].Edges[1]; e.IsPrimaryContact || e.Role != nil {
			t.Errorf("got %+v, want what Bob is at the account itself, not below", e)
		}
		if e := pages[root.ID].Edges[0]; !e.IsPrimaryContact || *e.Role != "Director" || !e.Since.Equal(day) {
			t.Errorf("got %+v, want what Ada is at the account itself", e)
		}
	})
	t.Run("pages either way, with a filter, for all accounts alike", func(t *testing.T) {
		t.Parallel()
		for _, below := range []bool{false, true} {
			args := db.AccountContactArgs{
				PageArgs: db.PageArgs{First: ptr(1)}, IncludeDescendants: below,
				Filter: &db.ContactFilter{Name: &db.TextFilter{In: []string{"Bob", "Carl"}}},
			}
			first := contactsOf(t, d, v, root, args)
			wantSame(t, firstNames(first.Nodes()), "Bob")
			if !first.PageInfo.HasNextPage || first.PageInfo.HasPreviousPage {
				t.Errorf("got %+v, want a next page", first.PageInfo)
			}
			args.After = first.PageInfo.EndCursor()
			second := contactsOf(t, d, v, root, args)
			wantSame(t, firstNames(second.Nodes()), "Carl")
			if second.PageInfo.HasNextPage {
				t.Errorf("got %+v, want no next page", second.PageInfo)
			}
			last := contactsOf(t, d, v, root, db.AccountContactArgs{PageArgs: db.PageArgs{Last: ptr(2)}, IncludeDescendants: below,
				OrderBy: &db.ContactOrder{Field: db.ContactByEmail, Direction: db.Descending}})
			wantSame(t, firstNames(last.Nodes()), "Bob", "Ada")
		}
	})
	t.Run("takes pages of up to 1,000", func(t *testing.T) {
		t.Parallel()
		contactsOf(t, d, v, root, db.AccountContactArgs{PageArgs: db.PageArgs{First: ptr(1000)}})
		_, err := d.ContactsOf(t.Context(), v, nil, db.AccountContactArgs{PageArgs: db.PageArgs{First: ptr(1001)}})
		wantCode(t, err, db.CodeBadUserInput)
	})
	t.Run("stops at the budget", func(t *testing.T) {
		t.Parallel()
		for _, below := range []bool{false, true} {
			_, err := d.ContactsOf(db.WithBudget(t.Context(), 2), v, []db.AccountID{root.ID, middle.ID}, db.AccountContactArgs{IncludeDescendants: below})
			wantCode(t, err, db.CodeTooComplex)
			if _, err := d.ContactsOf(db.WithBudget(t.Context(), 7), v, []db.AccountID{root.ID, middle.ID}, db.AccountContactArgs{IncludeDescendants: below}); err != nil {
				t.Errorf("got %v within the budget", err)
			}
		}
	})
}

func TestContactLinksInFewStatements(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	ids := chain(t, d, v, "Link", 50)
	var contacts []db.ContactID
	for i, id := range ids {
		in := person(fmt.Sprintf("Person%02d", i))
		in.AccountIDs = []db.AccountID{id, ids[(i+1)%len(ids)]}
		contacts = append(contacts, hireWith(t, d, v, in).ID)
	}
	for name, call := range map[string]func(ctx context.Context, n int) error{
		"ContactsOf": func(ctx context.Context, n int) error {
			_, err := d.ContactsOf(ctx, v, ids[:n], db.AccountContactArgs{})
			return err
		},
		"ContactsOf with descendants": func(ctx context.Context, n int) error {
			_, err := d.ContactsOf(ctx, v, ids[:n], db.AccountContactArgs{IncludeDescendants: true})
			return err
		},
		"AccountsOf": func(ctx context.Context, n int) error {
			_, err := d.AccountsOf(ctx, v, contacts[:n], db.PageArgs{})
			return err
		},
		"CountAccountsOf":  func(ctx context.Context, n int) error { _, err := d.CountAccountsOf(ctx, v, contacts[:n]); return err },
		"PrimaryAccounts":  func(ctx context.Context, n int) error { _, err := d.PrimaryAccounts(ctx, v, contacts[:n]); return err },
		"MemberCounts":     func(ctx context.Context, n int) error { _, err := d.MemberCounts(ctx, v, ids[:n]); return err },
		"ContactsByID":     func(ctx context.Context, n int) error { _, err := d.ContactsByID(ctx, v, contacts[:n]); return err },
		"ContactsByEmails": func(ctx context.Context, n int) error { _, err := d.ContactsByEmails(ctx, v, make50(n)); return err },
		"Contacts": func(ctx context.Context, n int) error {
			_, err := d.Contacts(ctx, v, db.ContactArgs{PageArgs: db.PageArgs{First: &n}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := int64(1)
			if name == "ContactsOf with descendants" {
				want = 3 // the shape, who is there, the records
			}
			for _, n := range []int{2, 50} {
				if got := statements(t, func(ctx context.Context) error { return call(ctx, n) }); got != want {
					t.Errorf("got %d statements for %d, want %d", got, n, want)
				}
			}
		})
	}
	t.Run("the people below the top of a chain are all of them", func(t *testing.T) {
		t.Parallel()
		pages, err := d.ContactsOf(t.Context(), v, ids, db.AccountContactArgs{IncludeDescendants: true, PageArgs: db.PageArgs{First: ptr(1000)}})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(pages[ids[0]].Edges); got != 50 {
			t.Errorf("got %d below the top, want 50", got)
		}
		if got := len(pages[ids[49]].Edges); got != 2 {
			t.Errorf("got %d at the end, want 2", got)
		}
	})
}

func make50(n int) []string {
	emails := make([]string, n)
	for i := range emails {
		emails[i] = fmt.Sprintf("person%02d@people.example", i)
	}
	return emails
}
