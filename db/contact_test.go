package db_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func TestContactsByID(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "Alpha", nil)
	ada, bob := hire(t, d, v, "Ada", a), hire(t, d, v, "Bob", a)
	_, _, stranger := foreign(t, d)
	if _, err := d.DeleteContact(t.Context(), v, bob.ID); err != nil {
		t.Fatal(err)
	}
	found, err := d.ContactsByID(t.Context(), v, []db.ContactID{ada.ID, bob.ID, ada.ID, stranger.ID, {}})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[ada.ID].Email != "ada@people.example" {
		t.Errorf("got %v, want Ada alone: neither the deleted nor the foreign one", found)
	}
}

func TestContactsByEmails(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "Alpha", nil)
	in := person("Ada", a)
	in.Email = "Ada@People.Example"
	hireWith(t, d, v, in)
	bob := hire(t, d, v, "Bob", a)
	foreign(t, d)

	t.Run("keeps the order, with nil for those that are not there", func(t *testing.T) {
		found, err := d.ContactsByEmails(t.Context(), v, []string{"nobody@people.example", "bob@people.example", "ADA@people.EXAMPLE", "stranger@people.example", " Bob@people.example"})
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, firstNames(found), "", "Bob", "Ada", "", "Bob")
	})
	t.Run("does not find deleted contacts", func(t *testing.T) {
		if _, err := d.DeleteContact(t.Context(), v, bob.ID); err != nil {
			t.Fatal(err)
		}
		found, err := d.ContactsByEmails(t.Context(), v, []string{bob.Email})
		if err != nil || found[0] != nil {
			t.Errorf("got %v, %v, want nil", found, err)
		}
	})
	t.Run("names the address that is none", func(t *testing.T) {
		_, err := d.ContactsByEmails(t.Context(), v, []string{"bob@people.example", "bob at people"})
		wantCode(t, err, db.CodeBadUserInput)
		if err == nil || !strings.Contains(err.Error(), "bob at people") {
			t.Errorf("got %v, want the address in the message", err)
		}
	})
	t.Run("refuses more than 1,000", func(t *testing.T) {
		_, err := d.ContactsByEmails(t.Context(), v, slices.Repeat([]string{"bob@people.example"}, 1001))
		wantCode(t, err, db.CodeBadUserInput)
		if _, err = d.ContactsByEmails(t.Context(), v, slices.Repeat([]string{"bob@people.example"}, 1000)); err != nil {
			t.Errorf("got %v for 1,000", err)
		}
	})
	t.Run("takes none", func(t *testing.T) {
		found, err := d.ContactsByEmails(t.Context(), v, nil)
		if err != nil || len(found) != 0 {
			t.Errorf("got %v, %v", found, err)
		}
	})
}

func TestContactName(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]db.Contact{
		"Ada":          {FirstName: "Ada"},
		"Ada Lovelace": {FirstName: "Ada", LastName: ptr("Lovelace")},
	} {
		if got := c.Name(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
