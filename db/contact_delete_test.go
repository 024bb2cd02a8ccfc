package db_test

import (
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func TestDeleteContact(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "Alpha", nil)
	c := hire(t, d, v, "Ada", a)
	_, _, stranger := foreign(t, d)
	if id, err := d.DeleteContact(t.Context(), v, c.ID); err != nil || id != c.ID {
		t.Fatalf("got %v, %v", id, err)
	}
	t.Run("takes the contact out of every read", func(t *testing.T) {
		if got := contact(t, d, v, c.ID); got != nil {
			t.Errorf("got %+v", got)
		}
		wantSame(t, firstNames(contactsOf(t, d, v, a, db.AccountContactArgs{}).Nodes()))
		wantSame(t, places(t, d, v, c.ID))
	})
	t.Run("makes a version and tells of it", func(t *testing.T) {
		wantSame(t, query[int](t, d, "SELECT version FROM contacts WHERE id = $1 AND deleted_at IS NOT NULL", c.ID), 2)
		wantSame(t, kinds(t, d, c.ID), "contact.created", "contact.linked", "contact.deleted")
	})
	t.Run("frees the e-mail", func(t *testing.T) {
		hire(t, d, v, "Ada", a)
	})
	t.Run("refuses an id that names nothing", func(t *testing.T) {
		for _, id := range []db.ContactID{{}, c.ID, stranger.ID} {
			_, err := d.DeleteContact(t.Context(), v, id)
			wantProblems(t, err, "id NOT_FOUND")
		}
	})
	t.Run("refuses a viewer who only reads", func(t *testing.T) {
		reader := v
		reader.Role = db.RoleViewer
		_, err := d.DeleteContact(t.Context(), reader, c.ID)
		wantCode(t, err, db.CodeForbidden)
	})
}

func TestRestoreContact(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a, b := create(t, d, v, "Alpha", nil), create(t, d, v, "Beta", nil)
	users := ingest(t, d, v, "user@people.example")
	lose := func(t *testing.T, name string) *db.Contact {
		t.Helper()
		c := hire(t, d, v, name, b, a)
		if _, err := d.DeleteContact(t.Context(), v, c.ID); err != nil {
			t.Fatal(err)
		}
		return c
	}
	t.Run("brings the contact back with its accounts", func(t *testing.T) {
		c := lose(t, "Ada")
		restored, err := d.RestoreContact(t.Context(), v, c.ID)
		if err != nil || restored.DeletedAt != nil || restored.Version != 3 {
			t.Fatalf("got %+v, %v", restored, err)
		}
		wantSame(t, places(t, d, v, c.ID), "Beta*", "Alpha")
		got := kinds(t, d, c.ID)
		wantSame(t, got[len(got)-2:], "contact.deleted", "contact.restored")
	})
	t.Run("refuses what is not deleted", func(t *testing.T) {
		_, _, stranger := foreign(t, d)
		for _, id := range []db.ContactID{{}, stranger.ID, hire(t, d, v, "Live", a).ID} {
			_, err := d.RestoreContact(t.Context(), v, id)
			wantProblems(t, err, "id NOT_FOUND")
		}
	})
	t.Run("refuses after the organization's retention", func(t *testing.T) {
		c := lose(t, "Old")
		run(t, d, "UPDATE contacts SET deleted_at = now() - interval '30 days 1 second' WHERE id = $1", c.ID)
		_, err := d.RestoreContact(t.Context(), v, c.ID)
		wantProblems(t, err, "id EXPIRED")
		run(t, d, "UPDATE contacts SET deleted_at = now() - interval '29 days 23 hours' WHERE id = $1", c.ID)
		if _, err := d.RestoreContact(t.Context(), v, c.ID); err != nil {
			t.Error(err)
		}
	})
	t.Run("refuses if another contact has the e-mail", func(t *testing.T) {
		c := lose(t, "Twin")
		hire(t, d, v, "TWIN", a)
		_, err := d.RestoreContact(t.Context(), v, c.ID)
		wantProblems(t, err, "id TAKEN")
	})
	t.Run("keeps the customer user if it is free, and leaves it to who has it", func(t *testing.T) {
		c := lose(t, "User")
		if c.CustomerUserID == nil || *c.CustomerUserID != users[0].ID {
			t.Fatalf("got %v, want %v", c.CustomerUserID, users[0].ID)
		}
		if restored, err := d.RestoreContact(t.Context(), v, c.ID); err != nil || restored.CustomerUserID == nil {
			t.Fatalf("got %+v, %v, want the connection kept", restored, err)
		}
		if _, err := d.DeleteContact(t.Context(), v, c.ID); err != nil {
			t.Fatal(err)
		}
		heir := hire(t, d, v, "USER", a)
		if heir.CustomerUserID == nil {
			t.Fatal("the customer user of a deleted contact is not free")
		}
		if _, err := d.UpdateContact(t.Context(), v, heir.ID, nil, func(c *db.ContactChange) { c.Email = ptr("heir@people.example") }); err != nil {
			t.Fatal(err)
		}
		if restored, err := d.RestoreContact(t.Context(), v, c.ID); err != nil || restored.CustomerUserID != nil {
			t.Errorf("got %+v, %v, want the connection freed", restored, err)
		}
	})
	t.Run("does not bring back being the main contact that another took over", func(t *testing.T) {
		c := hire(t, d, v, "Former", a)
		main := func(c *db.LinkContactChange) { c.IsPrimaryContact = ptr(true) }
		link(t, d, v, c, a, main)
		if _, err := d.DeleteContact(t.Context(), v, c.ID); err != nil {
			t.Fatal(err)
		}
		next := hire(t, d, v, "Next", a)
		link(t, d, v, next, a, main)
		if _, err := d.RestoreContact(t.Context(), v, c.ID); err != nil {
			t.Fatal(err)
		}
		wantSame(t, places(t, d, v, c.ID), "Alpha*")
		wantSame(t, places(t, d, v, next.ID), "Alpha*!")
	})
}
