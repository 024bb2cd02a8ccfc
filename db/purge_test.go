package db_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// purge purges the viewer's organization, which has to do what was counted before, and tells how many accounts and contacts that removed.
func purge(t testing.TB, d *db.DB, v db.Viewer) [2]int {
	t.Helper()
	counted, err := d.CountExpired(t.Context(), v)
	if err != nil {
		t.Fatalf("count what is expired: %v", err)
	}
	purged, err := d.Purge(t.Context(), v)
	if err != nil {
		t.Fatalf("purge: %v", err)
	}
	if *purged != *counted {
		t.Errorf("purge: did %+v, counted %+v before", *purged, *counted)
	}
	return [2]int{purged.AccountCount, purged.ContactCount}
}

// age makes everything that is deleted, deleted a number of days and a minute ago.
func age(t testing.TB, d *db.DB, days int) {
	t.Helper()
	for _, table := range []string{"accounts", "contacts"} {
		run(t, d, "UPDATE "+table+" SET deleted_at = now() - make_interval(days => $1, mins => 1) WHERE deleted_at IS NOT NULL", days)
	}
}

// dismiss deletes contacts.
func dismiss(t testing.TB, d *db.DB, v db.Viewer, contacts ...*db.Contact) {
	t.Helper()
	for _, c := range contacts {
		if _, err := d.DeleteContact(t.Context(), v, c.ID); err != nil {
			t.Fatalf("delete %s: %v", c.Name(), err)
		}
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()

	t.Run("removes what can't be restored any more, and nothing else", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		live := create(t, d, v, "Firm", nil)
		old, young := create(t, d, v, "Old", live), create(t, d, v, "Young", live)
		ada, bob := hire(t, d, v, "Ada", live), hire(t, d, v, "Bob", live)
		remove(t, d, v, old, db.ChildrenReject)
		dismiss(t, d, v, ada)
		age(t, d, 30)
		remove(t, d, v, young, db.ChildrenReject)
		dismiss(t, d, v, bob)
		run(t, d, "UPDATE accounts SET deleted_at = now() - interval '29 days 23 hours' WHERE name = 'Young'")
		if got := purge(t, d, v); got != [2]int{1, 1} {
			t.Errorf("got %d accounts and contacts", got)
		}
		if got := query[string](t, d, "SELECT name FROM accounts UNION ALL SELECT first_name FROM contacts ORDER BY 1"); !slices.Equal(got, []string{"Bob", "Firm", "Young"}) {
			t.Errorf("left: got %q", got)
		}
		_, err := d.RestoreAccount(t.Context(), v, old.ID)
		wantProblems(t, err, "id NOT_FOUND")
		_, err = d.RestoreContact(t.Context(), v, ada.ID)
		wantProblems(t, err, "id NOT_FOUND")
		restore(t, d, v, young)
		if got := purge(t, d, v); got != [2]int{} {
			t.Errorf("the second time: got %d", got)
		}
	})

	t.Run("goes by each organization's own retention", func(t *testing.T) {
		t.Parallel()
		d, acme := setup(t)
		viewers := map[int]db.Viewer{30: acme, 0: dbtest.Organization(t, d, "Hasty"), 400: dbtest.Organization(t, d, "Patient")}
		for days, v := range viewers {
			run(t, d, "UPDATE organizations SET retention_days = $1 WHERE id = $2", days, v.Organization)
			a := create(t, d, v, "A", nil)
			dismiss(t, d, v, hire(t, d, v, "Ada", a))
			remove(t, d, v, a, db.ChildrenReject)
		}
		age(t, d, 40)
		if got := purge(t, d, acme); got != [2]int{1, 1} {
			t.Errorf("got %d", got)
		}
		if got := query[int](t, d, "SELECT count(*) FROM accounts"); got[0] != 2 {
			t.Errorf("got %d accounts of the others, want 2", got[0])
		}
		if got := [][2]int{purge(t, d, viewers[0]), purge(t, d, viewers[400])}; !slices.Equal(got, [][2]int{{1, 1}, {0, 0}}) {
			t.Errorf("got %d", got)
		}
		restored, err := d.Accounts(t.Context(), viewers[400], db.AccountArgs{Deleted: db.DeletedOnly})
		if err != nil || len(restored.Edges) != 1 {
			t.Fatalf("got %v, %v", restored, err)
		}
		restore(t, d, viewers[400], restored.Nodes()[0])
	})

	t.Run("takes what belongs to a record, and leaves what belongs to others", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		users := ingest(t, d, v, "ada@a.com")
		in := input("A", nil)
		in.SecondaryDomains = []string{"a.org"}
		in.ExternalIDs = []*db.ExternalIDInput{{Source: "crm", ID: "1"}}
		in.Identifiers = []*db.BusinessIdentifierInput{{Scheme: "OTHER", Value: "77"}}
		a, b := createWith(t, d, v, in), create(t, d, v, "B", nil)
		move(t, d, v, under(b, a))
		move(t, d, v, under(b, nil))
		ada := hire(t, d, v, "Ada", a, b)
		remove(t, d, v, a, db.ChildrenReject)
		age(t, d, 31)
		purge(t, d, v)
		for table, want := range map[string]int{"accounts": 1, "account_domains": 1, "account_external_ids": 0, "account_identifiers": 0, "account_contacts": 1, "contacts": 1, "parent_changes": 2} {
			if got := query[int](t, d, "SELECT count(*) FROM "+table); got[0] != want {
				t.Errorf("%s: got %d rows, want %d", table, got[0], want)
			}
		}
		wantSame(t, places(t, d, v, ada.ID), "B*")
		dismiss(t, d, v, ada)
		age(t, d, 31)
		purge(t, d, v)
		if got := query[int](t, d, "SELECT count(*) FROM account_contacts"); got[0] != 0 {
			t.Errorf("got %d links of purged contacts", got[0])
		}
		if found, err := d.CustomerUsersByID(t.Context(), v, []db.CustomerUserID{users[0].ID}); err != nil || len(found) != 1 {
			t.Errorf("the customer user: got %v, %v, want it kept: it is a record of its own", found, err)
		}
	})

	t.Run("erases the values in the events, and keeps what happened", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		ada := hire(t, d, v, "Ada", a)
		dismiss(t, d, v, ada)
		remove(t, d, v, a, db.ChildrenReject)
		age(t, d, 31)
		purge(t, d, v)
		wantSame(t, kinds(t, d, a.ID), "account.created", "account.deleted", "account.purged")
		wantSame(t, kinds(t, d, ada.ID), "contact.created", "contact.linked", "contact.deleted", "contact.purged")
		values := query[int](t, d, "SELECT count(*) FROM events WHERE entity IN ('account', 'contact') AND (before IS NOT NULL OR after IS NOT NULL)")
		secret := query[int](t, d, "SELECT count(*) FROM events WHERE concat(before, after) ~* 'ada'")
		actors := query[string](t, d, "SELECT DISTINCT type || ' ' || actor_kind FROM events WHERE type LIKE '%.purged' OR type LIKE '%.deleted' ORDER BY 1")
		if values[0] != 0 || secret[0] != 0 {
			t.Errorf("got %d events with values, %d with a purged name", values[0], secret[0])
		}
		wantSame(t, actors, "account.deleted USER", "account.purged USER", "contact.deleted USER", "contact.purged USER")
	})

	t.Run("leaves alone what is deleted below a purged account and can still be restored", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		top := create(t, d, v, "Top", nil)
		part := create(t, d, v, "Part", top)
		remove(t, d, v, part, db.ChildrenReject)
		remove(t, d, v, top, db.ChildrenReject)
		run(t, d, "UPDATE accounts SET deleted_at = now() - interval '31 days' WHERE name = 'Top'")
		if got := purge(t, d, v); got != [2]int{1, 0} {
			t.Fatalf("got %d", got)
		}
		if got := restore(t, d, v, part); got.NewRoot == nil || got.Account.ParentID != nil {
			t.Errorf("got %+v, want a root", got)
		}
	})

	t.Run("deletes contacts that would be at no account any more, if the organization does not allow that", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		rival := dbtest.Organization(t, d, "Rival")
		a, b := create(t, d, v, "A", nil), create(t, d, v, "B", nil)
		in := person("Ada", a)
		in.Email = "ada@people.com"
		ada, bob, cyd := hireWith(t, d, v, in), hire(t, d, v, "Bob", a, b), hire(t, d, v, "Cyd", a)
		other := create(t, d, rival, "Other", nil)
		hire(t, d, rival, "Eve", other)
		remove(t, d, rival, other, db.ChildrenReject)
		dismiss(t, d, v, cyd)
		remove(t, d, v, a, db.ChildrenReject)
		if found, err := d.ContactsByID(t.Context(), v, []db.ContactID{ada.ID}); err != nil || len(found) != 1 {
			t.Fatalf("before: got %v, %v, want the contact kept for as long as its account can come back", found, err)
		}
		run(t, d, "UPDATE accounts SET deleted_at = now() - interval '31 days' WHERE name = 'A'")
		if got := purge(t, d, v); got != [2]int{1, 0} {
			t.Fatalf("got %d", got)
		}
		found, err := d.ContactsByID(t.Context(), v, []db.ContactID{ada.ID, bob.ID, cyd.ID})
		if err != nil || len(found) != 1 || found[bob.ID] == nil {
			t.Errorf("got %v, %v, want the one that is at another account", found, err)
		}
		wantSame(t, kinds(t, d, ada.ID), "contact.created", "contact.linked", "contact.deleted")
		if got := query[int](t, d, "SELECT count(*) FROM contacts WHERE organization_id = $1 AND deleted_at IS NULL", rival.Organization); got[0] != 1 {
			t.Errorf("another organization: got %d contacts, want 1", got[0])
		}
		for _, c := range []*db.Contact{ada, cyd} {
			_, err := d.RestoreContact(t.Context(), v, c.ID)
			wantProblems(t, err, "id NOT_ALLOWED")
		}
		create(t, d, v, "People", nil)
		restored, err := d.RestoreContact(t.Context(), v, ada.ID)
		if err != nil || restored.DeletedAt != nil {
			t.Fatalf("restored: got %+v, %v", restored, err)
		}
		wantSame(t, places(t, d, v, ada.ID), "People*")
		got := kinds(t, d, ada.ID)
		wantSame(t, got[len(got)-2:], "contact.restored", "contact.linked")
		age(t, d, 31)
		if got := purge(t, d, v); got != [2]int{0, 1} {
			t.Errorf("a retention later: got %d, want the contact that was not restored", got)
		}
	})

	t.Run("is counted before, with the contacts that lose their last account", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		live, young := create(t, d, v, "Firm", nil), create(t, d, v, "Young", nil)
		one, other := create(t, d, v, "One", nil), create(t, d, v, "Other", nil)
		hire(t, d, v, "Ada", one)
		hire(t, d, v, "Bob", one, other)
		hire(t, d, v, "Cyd", one, young)
		hire(t, d, v, "Dee", other, live)
		dismiss(t, d, v, hire(t, d, v, "Eve", one))
		for _, a := range []*db.Account{one, other, young} {
			remove(t, d, v, a, db.ChildrenReject)
		}
		run(t, d, "UPDATE accounts SET deleted_at = now() - interval '31 days' WHERE name IN ('One', 'Other')")
		count := func() db.Purged {
			t.Helper()
			counted, err := d.CountExpired(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			return *counted
		}
		if got, want := count(), (db.Purged{AccountCount: 2, UnplacedContactCount: 2}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		allowFreeContacts(t, d, v)
		if got, want := count(), (db.Purged{AccountCount: 2}); got != want {
			t.Errorf("where contacts may be at no account: got %+v, want %+v", got, want)
		}
		run(t, d, "UPDATE organizations SET allow_free_contacts = false")
		purge(t, d, v)
		if got := query[string](t, d, "SELECT first_name FROM contacts WHERE deleted_at IS NULL ORDER BY 1"); !slices.Equal(got, []string{"Cyd", "Dee"}) {
			t.Errorf("left: got %q", got)
		}
		if got := count(); got != (db.Purged{}) {
			t.Errorf("after: got %+v", got)
		}
	})

	t.Run("leaves contacts without an account if the organization allows that", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		allowFreeContacts(t, d, v)
		a := create(t, d, v, "A", nil)
		ada, bob := hire(t, d, v, "Ada", a), hire(t, d, v, "Bob", a)
		dismiss(t, d, v, bob)
		remove(t, d, v, a, db.ChildrenReject)
		run(t, d, "UPDATE accounts SET deleted_at = now() - interval '31 days'")
		purge(t, d, v)
		if found, err := d.ContactsByID(t.Context(), v, []db.ContactID{ada.ID}); err != nil || len(found) != 1 {
			t.Errorf("got %v, %v", found, err)
		}
		if _, err := d.RestoreContact(t.Context(), v, bob.ID); err != nil {
			t.Error(err)
		}
	})

	t.Run("is for admins", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		v.Role = db.RoleManager
		_, err := d.Purge(t.Context(), v)
		wantCode(t, err, db.CodeForbidden)
		_, err = d.CountExpired(t.Context(), v)
		wantCode(t, err, db.CodeForbidden)
	})
}

func TestLastPurges(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	rival := dbtest.Organization(t, d, "Rival")
	last := func(v db.Viewer) *db.Purge {
		t.Helper()
		found, err := d.LastPurges(t.Context(), v, []db.OrganizationID{rival.Organization, v.Organization})
		if err != nil || len(found) > 1 {
			t.Fatalf("got %v, %v", found, err)
		}
		return found[v.Organization]
	}
	remove(t, d, v, create(t, d, v, "A", nil), db.ChildrenReject)
	age(t, d, 31)
	if got := last(v); got != nil {
		t.Errorf("before the first: got %+v", got)
	}
	purge(t, d, v)
	if got := last(v); got == nil || got.AccountCount != 1 || got.ContactCount != 0 || got.PurgedAt.IsZero() {
		t.Errorf("got %+v", got)
	}
	if got := last(rival); got != nil {
		t.Errorf("another organization: got %+v", got)
	}
	purge(t, d, v)
	if got := last(v); got.AccountCount != 0 {
		t.Errorf("the second: got %+v", got)
	}
}

// TestPurgeOfAChain checks that what a purge costs does not go by the number of accounts that one deletion took.
func TestPurgeOfAChain(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	cost := func(length int) int64 {
		t.Helper()
		ids := chain(t, d, v, fmt.Sprintf("Chain of %d", length), length)
		if _, err := d.DeleteAccount(t.Context(), v, ids[0], db.ChildrenCascade); err != nil {
			t.Fatal(err)
		}
		age(t, d, 31)
		ctx, statements := db.WithStatements(t.Context())
		begin := time.Now()
		purged, err := d.Purge(ctx, v)
		if err != nil || purged.AccountCount != length {
			t.Fatalf("got %+v, %v, want %d accounts", purged, err, length)
		}
		t.Logf("%d accounts: %d statements, %v", length, statements.Count(), time.Since(begin).Round(time.Millisecond))
		if got := query[int](t, d, "SELECT count(*) FROM accounts"); got[0] != 0 {
			t.Errorf("%d are left", got[0])
		}
		return statements.Count()
	}
	few, many := cost(600), cost(10_000)
	if few != many {
		t.Errorf("got %d statements for 600 accounts and %d for 10,000, want the same", few, many)
	}
}

// TestPurgeInPortions purges more separate deletions than one transaction does.
func TestPurgeInPortions(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	chain(t, d, v, "Each", 1200)
	run(t, d, "UPDATE account_domains SET is_routing = false")
	run(t, d, "UPDATE accounts SET deleted_at = now() - interval '31 days' - make_interval(secs => number), deletion_id = new_id()")
	ctx, statements := db.WithStatements(t.Context())
	purged, err := d.Purge(ctx, v)
	if err != nil || purged.AccountCount != 1200 {
		t.Fatalf("got %+v, %v", purged, err)
	}
	if got := statements.Count(); got > 3*10 {
		t.Errorf("got %d statements for three portions", got)
	}
	if got := query[int](t, d, "SELECT count(*) FROM events WHERE type = 'account.purged'"); got[0] != 1200 {
		t.Errorf("got %d events", got[0])
	}
}
