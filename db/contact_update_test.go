package db_test

import (
	"context"
	"sync"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func TestUpdateContact(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a, b := create(t, d, v, "Alpha", nil), create(t, d, v, "Beta", nil)
	_, _, stranger := foreign(t, d)
	update := func(t *testing.T, c *db.Contact, change func(*db.ContactChange)) *db.Contact {
		t.Helper()
		updated, err := d.UpdateContact(t.Context(), v, c.ID, nil, change)
		if err != nil {
			t.Fatal(err)
		}
		return updated
	}

	t.Run("writes what changed, a version and an event of nothing else", func(t *testing.T) {
		t.Parallel()
		c := hire(t, d, v, "Ada", a)
		updated := update(t, c, func(c *db.ContactChange) { c.LastName, c.JobTitle = ptr("Lovelace"), ptr("Boss") })
		if updated.Version != 2 || updated.Name() != "Ada Lovelace" || !updated.UpdatedAt.After(c.UpdatedAt) || !updated.CreatedAt.Equal(c.CreatedAt) {
			t.Errorf("got %+v", updated)
		}
		wantSame(t, told(t, d, c.ID)[2:], `contact.updated {"job_title": null, "last_name": null} -> {"job_title": "Boss", "last_name": "Lovelace"}`)
		cleared := update(t, c, func(c *db.ContactChange) { c.LastName = nil })
		if cleared.LastName != nil || *cleared.JobTitle != "Boss" || cleared.Version != 3 {
			t.Errorf("got %+v", cleared)
		}
	})
	t.Run("writes nothing if nothing changes", func(t *testing.T) {
		t.Parallel()
		c := hire(t, d, v, "Same", a)
		same := update(t, c, func(c *db.ContactChange) { c.FirstName = ptr(" Same ") })
		if same.Version != 1 || !same.UpdatedAt.Equal(c.UpdatedAt) || len(told(t, d, c.ID)) != 2 {
			t.Errorf("got %+v and %q", same, told(t, d, c.ID))
		}
	})
	t.Run("tells all problems at once", func(t *testing.T) {
		t.Parallel()
		hire(t, d, v, "Holder", a)
		c := hire(t, d, v, "Wrong", a)
		_, err := d.UpdateContact(t.Context(), v, c.ID, nil, func(c *db.ContactChange) {
			c.FirstName, c.Email, c.Type, c.IsActive, c.Avatar = nil, ptr("HOLDER@people.example"), ptr("NONE"), nil, ptr("x")
		})
		wantProblems(t, err, "input.firstName REQUIRED", "input.email TAKEN", "input.type NOT_FOUND", "input.isActive REQUIRED", "input.avatar INVALID")
		if got := contact(t, d, v, c.ID); got.Version != 1 {
			t.Errorf("got %+v, want nothing written", got)
		}
	})
	t.Run("keeps its own e-mail in another case", func(t *testing.T) {
		t.Parallel()
		c := hire(t, d, v, "Own", a)
		if got := update(t, c, func(c *db.ContactChange) { c.Email = ptr("OWN@people.example") }); got.Email != "OWN@people.example" {
			t.Errorf("got %s", got.Email)
		}
	})
	t.Run("refuses an id that names nothing", func(t *testing.T) {
		t.Parallel()
		gone := hire(t, d, v, "Gone", a)
		if _, err := d.DeleteContact(t.Context(), v, gone.ID); err != nil {
			t.Fatal(err)
		}
		for _, id := range []db.ContactID{{}, gone.ID, stranger.ID} {
			_, err := d.UpdateContact(t.Context(), v, id, nil, func(*db.ContactChange) {})
			wantProblems(t, err, "id NOT_FOUND")
		}
	})
	t.Run("refuses another version", func(t *testing.T) {
		t.Parallel()
		c := hire(t, d, v, "Versioned", a)
		_, err := d.UpdateContact(t.Context(), v, c.ID, ptr(2), func(*db.ContactChange) {})
		wantProblems(t, err, "ifVersion CONFLICT")
		if _, err := d.UpdateContact(t.Context(), v, c.ID, ptr(1), func(c *db.ContactChange) { c.JobTitle = ptr("Boss") }); err != nil {
			t.Error(err)
		}
	})
	t.Run("keeps a type that was archived meanwhile", func(t *testing.T) {
		t.Parallel()
		in := person("Archived", a)
		in.Type = ptr("LEGAL")
		c := hireWith(t, d, v, in)
		run(t, d, "UPDATE picklist_values SET is_archived = true WHERE key = 'LEGAL' AND organization_id = $1", v.Organization)
		update(t, c, func(c *db.ContactChange) { c.JobTitle = ptr("Lawyer") })
		other := hire(t, d, v, "Newcomer", a)
		_, err := d.UpdateContact(t.Context(), v, other.ID, nil, func(c *db.ContactChange) { c.Type = ptr("LEGAL") })
		wantProblems(t, err, "input.type INACTIVE")
	})
	t.Run("ends being the main contact of the old type", func(t *testing.T) {
		t.Parallel()
		c := hire(t, d, v, "Main", a, b)
		for _, at := range []*db.Account{a, b} {
			link(t, d, v, c, at, func(c *db.LinkContactChange) { c.IsPrimaryContact = ptr(true) })
		}
		wantSame(t, places(t, d, v, c.ID), "Alpha*!", "Beta!")
		update(t, c, func(c *db.ContactChange) { c.Type = ptr("BILLING") })
		wantSame(t, places(t, d, v, c.ID), "Alpha*", "Beta")
		got := kinds(t, d, c.ID)
		wantSame(t, got[len(got)-3:], "contact.updated", "contact.linked", "contact.linked")
	})
	t.Run("replaces metadata, and keeps numbers to the last digit", func(t *testing.T) {
		t.Parallel()
		c := hire(t, d, v, "Meta", a)
		if got := update(t, c, func(c *db.ContactChange) { c.Metadata = []byte(`{"id":12345678901234567890}`) }); string(got.Metadata) != `{"id": 12345678901234567890}` {
			t.Errorf("got %s", got.Metadata)
		}
		if got := update(t, c, func(c *db.ContactChange) { c.Metadata = []byte(`{"id":12345678901234567891}`) }); string(got.Metadata) != `{"id": 12345678901234567891}` {
			t.Errorf("got %s", got.Metadata)
		}
		if got := update(t, c, func(c *db.ContactChange) { c.Metadata = nil }); string(got.Metadata) != `{}` {
			t.Errorf("got %s", got.Metadata)
		}
	})
	t.Run("refuses a viewer who only reads", func(t *testing.T) {
		t.Parallel()
		reader := v
		reader.Role = db.RoleViewer
		_, err := d.UpdateContact(t.Context(), reader, stranger.ID, nil, func(*db.ContactChange) {})
		wantCode(t, err, db.CodeForbidden)
	})
}

func TestUpdateContactRaces(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "Alpha", nil)
	c := hire(t, d, v, "Ada", a)
	ctx := context.WithoutCancel(t.Context())
	t.Run("loses no write", func(t *testing.T) {
		var group sync.WaitGroup
		for _, change := range []func(*db.ContactChange){
			func(c *db.ContactChange) { c.LastName = ptr("Lovelace") },
			func(c *db.ContactChange) { c.JobTitle = ptr("Boss") },
			func(c *db.ContactChange) { c.PhoneNumber = ptr("+16502530000") },
			func(c *db.ContactChange) { c.IsMarketingContact = ptr(true) },
		} {
			group.Go(func() {
				if _, err := d.UpdateContact(ctx, v, c.ID, nil, change); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if got := contact(t, d, v, c.ID); got.Version != 5 || got.LastName == nil || got.JobTitle == nil || got.PhoneNumber == nil || !got.IsMarketingContact {
			t.Errorf("got %+v, want all four changes", got)
		}
	})
	t.Run("lets one of those pass who have seen the same version", func(t *testing.T) {
		var group sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			group.Go(func() {
				_, errs[i] = d.UpdateContact(ctx, v, c.ID, ptr(5), func(c *db.ContactChange) { c.FirstName = ptr(string(rune('A' + i))) })
			})
		}
		group.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			wantProblems(t, err, "ifVersion CONFLICT")
		}
		if won != 1 {
			t.Errorf("got %d writes, want 1", won)
		}
	})
}
