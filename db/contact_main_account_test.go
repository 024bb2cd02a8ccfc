package db_test

import (
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

// TestMainAccountOfContactsMoves deletes main accounts: the next by name that is left takes over, and keeps it after a restore.
func TestMainAccountOfContactsMoves(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	top := create(t, d, v, "Top", nil)
	below := create(t, d, v, "Below", top)
	zeta, eta := create(t, d, v, "Zeta", nil), create(t, d, v, "Eta", nil)
	person := func(name string, at ...*db.Account) *db.Contact {
		in := db.CreateContactInput{FirstName: name, Email: name + "@example.org", IsActive: true}
		for _, a := range at {
			in.AccountIDs = append(in.AccountIDs, a.ID)
		}
		made, err := d.CreateContact(t.Context(), v, in)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	many, only, other := person("many", top, below, zeta, eta), person("only", top), person("other", eta, top)
	remove(t, d, v, top, db.ChildrenCascade)
	wantSame(t, places(t, d, v, many.ID), "Eta*", "Zeta")
	wantSame(t, kinds(t, d, many.ID), "contact.created", "contact.linked", "contact.linked", "contact.linked", "contact.linked", "contact.linked", "contact.linked")
	found, err := d.ContactsByID(t.Context(), v, []db.ContactID{many.ID, only.ID, other.ID})
	if err != nil {
		t.Fatal(err)
	}
	if found[many.ID].Version != 2 || found[only.ID].Version != 1 || found[other.ID].Version != 1 {
		t.Errorf("got the versions %d, %d, %d", found[many.ID].Version, found[only.ID].Version, found[other.ID].Version)
	}
	if _, err := d.RestoreAccount(t.Context(), v, top.ID); err != nil {
		t.Fatal(err)
	}
	wantSame(t, places(t, d, v, many.ID), "Eta*", "Below", "Top", "Zeta")
	wantSame(t, places(t, d, v, only.ID), "Top*")
	wantSame(t, places(t, d, v, other.ID), "Eta*", "Top")
}
