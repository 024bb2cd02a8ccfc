package db_test

import (
	"slices"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

// TestVersionsOfThoseWhoAreChangedByOthers checks that who inherits a domain, or is no longer the main contact, has a new version.
func TestVersionsOfThoseWhoAreChangedByOthers(t *testing.T) {
	t.Parallel()

	t.Run("the heirs of a deleted account's domains", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		b := createWith(t, d, v, sharing("B", "a.com", a))
		c := create(t, d, v, "C", b)
		if _, err := d.DeleteAccount(t.Context(), v, a.ID, db.ChildrenReparent); err != nil {
			t.Fatal(err)
		}
		if got := holder(t, d, v, "a.com"); got != "B" {
			t.Fatalf("got %q", got)
		}
		if got := account(t, d, v, b.ID); got.Version <= b.Version || got.UpdatedAt.Equal(b.UpdatedAt) {
			t.Errorf("the heir has version %d of %v", got.Version, got.UpdatedAt)
		}
		if got := account(t, d, v, c.ID); got.Version != c.Version {
			t.Errorf("who has nothing to do with it has version %d", got.Version)
		}
	})

	t.Run("the heirs of a domain that is taken away by an update", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		in := input("A", nil)
		in.SecondaryDomains = []string{"more.com"}
		a := createWith(t, d, v, in)
		b := createWith(t, d, v, sharing("B", "more.com", a))
		if _, err := d.UpdateAccount(t.Context(), v, a.ID, nil, func(c *db.AccountChange) { c.SecondaryDomains = &[]string{} }); err != nil {
			t.Fatal(err)
		}
		if got := account(t, d, v, b.ID); got.Version != b.Version+1 {
			t.Errorf("the heir has version %d", got.Version)
		}
	})

	t.Run("the former main contact", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		var contacts []db.ContactID
		for _, name := range []string{"ada", "bob", "cid"} {
			made, err := d.CreateContact(t.Context(), v, db.CreateContactInput{FirstName: name, Email: name + "@a.com", IsActive: true, AccountIDs: []db.AccountID{a.ID}})
			if err != nil {
				t.Fatal(err)
			}
			contacts = append(contacts, made.ID)
		}
		for _, id := range contacts[:2] {
			if _, _, err := d.LinkContact(t.Context(), v, id, a.ID, func(c *db.LinkContactChange) { c.IsPrimaryContact = ptr(true) }); err != nil {
				t.Fatal(err)
			}
		}
		found, err := d.ContactsByID(t.Context(), v, contacts)
		if err != nil {
			t.Fatal(err)
		}
		var versions []int
		for _, id := range contacts {
			versions = append(versions, found[id].Version)
		}
		if !slices.Equal(versions, []int{3, 2, 1}) {
			t.Errorf("got the versions %d", versions)
		}
	})
}
