package db_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

func mainContact(c *db.LinkContactChange) { c.IsPrimaryContact = ptr(true) }
func mainAccount(c *db.LinkContactChange) { c.IsPrimaryAccount = ptr(true) }

func TestLinkContact(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	allowFreeContacts(t, d, v)
	a, b, gone := create(t, d, v, "Alpha", nil), create(t, d, v, "Beta", nil), create(t, d, v, "Gone", nil)
	lost := hire(t, d, v, "Lost", gone)
	erase(t, d, gone)
	_, elsewhere, stranger := foreign(t, d)

	t.Run("puts the contact there and changes it later", func(t *testing.T) {
		t.Parallel()
		c := hire(t, d, v, "Ada", a)
		got, at, err := d.LinkContact(t.Context(), v, c.ID, b.ID, func(l *db.LinkContactChange) {
			if *l.IsPrimaryAccount || *l.IsPrimaryContact || l.Role != nil || l.Since != nil {
				t.Errorf("got %+v, want nothing to begin with", l)
			}
			l.Role, l.Since = ptr(" Clerk "), ptr(" 2024-02-29 ")
		})
		if err != nil || got.ID != c.ID || got.Version != 2 || at.Name != "Beta" {
			t.Fatalf("got %+v, %+v, %v", got, at, err)
		}
		wantSame(t, places(t, d, v, c.ID), "Alpha*", "Beta (Clerk)")
		got, _, err = d.LinkContact(t.Context(), v, c.ID, b.ID, func(l *db.LinkContactChange) {
			if *l.Role != "Clerk" || *l.Since != "2024-02-29" {
				t.Errorf("got %+v, want what was stored", l)
			}
			l.Since = nil
		})
		if err != nil || got.Version != 3 {
			t.Fatalf("got %+v, %v", got, err)
		}
		wantSame(t, places(t, d, v, c.ID), "Alpha*", "Beta (Clerk)")
		events := told(t, d, c.ID)[2:]
		for i, want := range []string{`"since": "2024-02-29"`, `contact.linked {"since": "2024-02-29", "account_id": "`} {
			if !strings.Contains(events[i], want) {
				t.Errorf("got %s, want %s in it", events[i], want)
			}
		}
	})
	t.Run("writes nothing if nothing changes", func(t *testing.T) {
		t.Parallel()
		c := hire(t, d, v, "Same", a)
		got, _, err := d.LinkContact(t.Context(), v, c.ID, a.ID, nil)
		if err != nil || got.Version != 1 || len(told(t, d, c.ID)) != 2 {
			t.Errorf("got %+v, %v and %q", got, err, told(t, d, c.ID))
		}
	})
	t.Run("makes the first account the main one, unless told otherwise", func(t *testing.T) {
		t.Parallel()
		c, other := hire(t, d, v, "First"), hire(t, d, v, "Second")
		link(t, d, v, c, a, nil)
		wantSame(t, places(t, d, v, c.ID), "Alpha*")
		link(t, d, v, other, a, func(l *db.LinkContactChange) { l.IsPrimaryAccount = ptr(false) })
		wantSame(t, places(t, d, v, other.ID), "Alpha")
		link(t, d, v, lost, a, nil)
		wantSame(t, places(t, d, v, lost.ID), "Alpha*")
	})
	t.Run("takes the main account over, and clears it with null", func(t *testing.T) {
		t.Parallel()
		c := hire(t, d, v, "Mover", a, b)
		link(t, d, v, c, b, mainAccount)
		wantSame(t, places(t, d, v, c.ID), "Beta*", "Alpha")
		link(t, d, v, c, b, func(l *db.LinkContactChange) { l.IsPrimaryAccount = nil })
		wantSame(t, places(t, d, v, c.ID), "Alpha", "Beta")
	})
	t.Run("takes the main contact of its type over", func(t *testing.T) {
		t.Parallel()
		at := create(t, d, v, "Gamma", nil)
		in := person("Banker", at)
		in.Type = ptr("BILLING")
		banker, first, second := hireWith(t, d, v, in), hire(t, d, v, "Before", at), hire(t, d, v, "After", at)
		for _, c := range []*db.Contact{banker, first, second} {
			link(t, d, v, c, at, mainContact)
		}
		wantSame(t, places(t, d, v, banker.ID), "Gamma*!")
		wantSame(t, places(t, d, v, first.ID), "Gamma*")
		wantSame(t, places(t, d, v, second.ID), "Gamma*!")
		events := told(t, d, first.ID)
		if last := events[len(events)-1]; !strings.Contains(last, `"primary_for_type": "OTHER"`) || !strings.Contains(last, `-> {"account_id": "`+at.ID.ID().UUID.String()+`", "primary_for_type": null}`) {
			t.Errorf("got %s, want that the former one was told of", last)
		}
	})
	t.Run("tells all problems at once", func(t *testing.T) {
		t.Parallel()
		c := hire(t, d, v, "Wrong", a)
		bad := func(l *db.LinkContactChange) {
			l.Role, l.Since = ptr(strings.Repeat("x", 256)), ptr("2023-02-29")
		}
		for _, id := range []db.AccountID{{}, gone.ID, elsewhere.ID} {
			_, _, err := d.LinkContact(t.Context(), v, c.ID, id, bad)
			wantProblems(t, err, "accountId NOT_FOUND", "input.role TOO_LONG", "input.since INVALID")
		}
		_, _, err := d.LinkContact(t.Context(), v, stranger.ID, elsewhere.ID, bad)
		wantProblems(t, err, "contactId NOT_FOUND", "accountId NOT_FOUND", "input.role TOO_LONG", "input.since INVALID")
		wantSame(t, places(t, d, v, c.ID), "Alpha*")
	})
	t.Run("refuses a viewer who only reads", func(t *testing.T) {
		t.Parallel()
		reader := v
		reader.Role = db.RoleViewer
		_, _, err := d.LinkContact(t.Context(), reader, stranger.ID, a.ID, nil)
		wantCode(t, err, db.CodeForbidden)
		_, _, err = d.UnlinkContact(t.Context(), reader, stranger.ID, a.ID)
		wantCode(t, err, db.CodeForbidden)
	})
	t.Run("costs as many statements at 50 accounts as at 2", func(t *testing.T) {
		t.Parallel()
		ids := chain(t, d, v, "Many", 51)
		var counts []int64
		for i, n := range []int{2, 50} {
			in := person(fmt.Sprintf("Spread%d", i))
			in.AccountIDs = ids[:n]
			c := hireWith(t, d, v, in)
			counts = append(counts, statements(t, func(ctx context.Context) error {
				_, _, err := d.LinkContact(ctx, v, c.ID, ids[50], mainAccount)
				return err
			}), statements(t, func(ctx context.Context) error {
				_, _, err := d.UnlinkContact(ctx, v, c.ID, ids[50])
				return err
			}))
		}
		if counts[0] != counts[2] || counts[1] != counts[3] {
			t.Errorf("got %v statements", counts)
		}
	})
}

func TestLinkContactRaces(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a, b := create(t, d, v, "Alpha", nil), create(t, d, v, "Beta", nil)
	ctx := context.WithoutCancel(t.Context())
	var people []*db.Contact
	for i := range 6 {
		people = append(people, hire(t, d, v, fmt.Sprintf("Racer%d", i), a, b))
	}
	t.Run("leave one main contact at each account", func(t *testing.T) {
		for range 5 {
			var group sync.WaitGroup
			for i, c := range people {
				for j, at := range []*db.Account{a, b} {
					group.Go(func() {
						change := func(l *db.LinkContactChange) {
							l.IsPrimaryContact = ptr(true)
							l.Role = ptr(fmt.Sprint(i, j, time.Now().UnixNano()))
						}
						if _, _, err := d.LinkContact(ctx, v, c.ID, at.ID, change); err != nil {
							t.Error(err)
						}
					})
				}
			}
			group.Wait()
			wantSame(t, query[int](t, d, "SELECT count(*) FROM account_contacts WHERE primary_for_type IS NOT NULL GROUP BY account_id"), 1, 1)
		}
	})
	t.Run("leave one main account of each contact", func(t *testing.T) {
		c := people[0]
		for range 5 {
			var group sync.WaitGroup
			for _, at := range []*db.Account{a, b, a, b} {
				group.Go(func() {
					if _, _, err := d.LinkContact(ctx, v, c.ID, at.ID, mainAccount); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			wantSame(t, query[int](t, d, "SELECT count(*) FROM account_contacts WHERE is_primary_account AND contact_id = $1", c.ID), 1)
		}
	})
	t.Run("leave one account of a contact that is taken away from both at once", func(t *testing.T) {
		for _, c := range people {
			var group sync.WaitGroup
			errs := make([]error, 2)
			for i, at := range []*db.Account{a, b} {
				group.Go(func() { _, _, errs[i] = d.UnlinkContact(ctx, v, c.ID, at.ID) })
			}
			group.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Errorf("got %v, want one to be refused", errs)
			}
			if got := places(t, d, v, c.ID); len(got) != 1 || !strings.Contains(got[0], "*") {
				t.Errorf("got %v, want one main account", got)
			}
		}
	})
}

func TestUnlinkContact(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a, b, c, gone := create(t, d, v, "Alpha", nil), create(t, d, v, "beta", nil), create(t, d, v, "Ceta", nil), create(t, d, v, "Aardvark", nil)
	ada := hire(t, d, v, "Ada", c, b, gone, a)
	erase(t, d, gone)
	_, elsewhere, stranger := foreign(t, d)
	unlink := func(t *testing.T, at *db.Account) *db.Contact {
		t.Helper()
		got, account, err := d.UnlinkContact(t.Context(), v, ada.ID, at.ID)
		if err != nil || account.ID != at.ID {
			t.Fatalf("got %v, %v", account, err)
		}
		return got
	}
	t.Run("makes the next live account by name the main one", func(t *testing.T) {
		wantSame(t, places(t, d, v, ada.ID), "Ceta*", "Alpha", "beta")
		if got := unlink(t, c); got.Version != 2 {
			t.Errorf("got version %d, want 2", got.Version)
		}
		wantSame(t, places(t, d, v, ada.ID), "Alpha*", "beta")
		got := kinds(t, d, ada.ID)
		wantSame(t, got[len(got)-2:], "contact.unlinked", "contact.linked")
	})
	t.Run("leaves the main one if another goes", func(t *testing.T) {
		unlink(t, b)
		wantSame(t, places(t, d, v, ada.ID), "Alpha*")
	})
	t.Run("keeps the only live account, unless the organization allows contacts without one", func(t *testing.T) {
		_, _, err := d.UnlinkContact(t.Context(), v, ada.ID, a.ID)
		wantProblems(t, err, "accountId NOT_ALLOWED")
		allowFreeContacts(t, d, v)
		unlink(t, a)
		wantSame(t, places(t, d, v, ada.ID))
	})
	t.Run("refuses what is not there", func(t *testing.T) {
		for _, id := range []db.AccountID{a.ID, b.ID} {
			_, _, err := d.UnlinkContact(t.Context(), v, ada.ID, id)
			wantProblems(t, err, "accountId NOT_FOUND")
		}
		for _, id := range []db.AccountID{gone.ID, elsewhere.ID, {}} {
			_, _, err := d.UnlinkContact(t.Context(), v, stranger.ID, id)
			wantProblems(t, err, "contactId NOT_FOUND", "accountId NOT_FOUND")
		}
	})
}
