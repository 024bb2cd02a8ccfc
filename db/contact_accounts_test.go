package db_test

import (
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func TestAccountsOf(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	var accounts []*db.Account
	for _, name := range []string{"Zeta", "beta", "Alpha", "Éclair", "Gone"} {
		accounts = append(accounts, create(t, d, v, name, nil))
	}
	ada := hire(t, d, v, "Ada", accounts...)
	bob := hire(t, d, v, "Bob", accounts[4])
	link(t, d, v, ada, accounts[1], func(c *db.LinkContactChange) { c.Role = ptr("Clerk") })
	erase(t, d, accounts[4])
	_, _, stranger := foreign(t, d)
	want := []string{"Zeta", "Alpha", "beta", "Éclair"}

	t.Run("lists the main account, then the others by name", func(t *testing.T) {
		t.Parallel()
		ids := []db.ContactID{ada.ID, bob.ID, stranger.ID, ada.ID}
		pages, err := d.AccountsOf(t.Context(), v, ids, db.PageArgs{})
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, names(pages[ada.ID].Nodes()), want...)
		wantSame(t, names(pages[bob.ID].Nodes()))
		wantSame(t, names(pages[stranger.ID].Nodes()))
		if e := pages[ada.ID].Edges; !e[0].IsPrimaryAccount || e[1].IsPrimaryAccount || *e[2].Role != "Clerk" {
			t.Errorf("got %+v", e)
		}
		if pages[ada.ID].Contact != ada.ID {
			t.Errorf("got %v, want whose accounts they are", pages[ada.ID].Contact)
		}
	})
	t.Run("pages either way", func(t *testing.T) {
		t.Parallel()
		for size := 1; size <= 5; size++ {
			var forwards, backwards []string
			args := db.PageArgs{First: &size}
			for more := true; more; {
				pages, err := d.AccountsOf(t.Context(), v, []db.ContactID{ada.ID}, args)
				if err != nil {
					t.Fatal(err)
				}
				page := pages[ada.ID]
				forwards = append(forwards, names(page.Nodes())...)
				more, args.After = page.PageInfo.HasNextPage, page.PageInfo.EndCursor()
			}
			wantSame(t, forwards, want...)
			args = db.PageArgs{Last: &size}
			for more := true; more; {
				pages, err := d.AccountsOf(t.Context(), v, []db.ContactID{ada.ID}, args)
				if err != nil {
					t.Fatal(err)
				}
				page := pages[ada.ID]
				backwards = append(names(page.Nodes()), backwards...)
				more, args.Before = page.PageInfo.HasPreviousPage, page.PageInfo.StartCursor()
			}
			wantSame(t, backwards, want...)
		}
	})
	t.Run("are counted", func(t *testing.T) {
		t.Parallel()
		counts, err := d.CountAccountsOf(t.Context(), v, []db.ContactID{ada.ID, bob.ID, stranger.ID})
		if err != nil || counts[ada.ID] != 4 || counts[bob.ID] != 0 || counts[stranger.ID] != 0 {
			t.Errorf("got %v, %v, want 4 for Ada alone", counts, err)
		}
	})
	t.Run("stops at the budget", func(t *testing.T) {
		t.Parallel()
		_, err := d.AccountsOf(db.WithBudget(t.Context(), 3), v, []db.ContactID{ada.ID}, db.PageArgs{})
		wantCode(t, err, db.CodeTooComplex)
	})
}

func TestPrimaryAccounts(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	allowFreeContacts(t, d, v)
	a, b, gone := create(t, d, v, "Alpha", nil), create(t, d, v, "Beta", nil), create(t, d, v, "Gone", nil)
	ada, bob := hire(t, d, v, "Ada", b, a), hire(t, d, v, "Bob", gone, a)
	free := hire(t, d, v, "Free")
	erase(t, d, gone)
	_, _, stranger := foreign(t, d)
	found, err := d.PrimaryAccounts(t.Context(), v, []db.ContactID{ada.ID, bob.ID, free.ID, stranger.ID})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[ada.ID].Name != "Beta" {
		t.Errorf("got %v, want Beta for Ada; a deleted account is nobody's", found)
	}
}
