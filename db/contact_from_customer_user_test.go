package db_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func TestContactsFromCustomerUsers(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	holder := create(t, d, v, "Holder", nil)
	if _, _, err := d.IngestCustomerUsers(t.Context(), v, []*db.CustomerUserInput{
		{Email: "ada.lovelace@alpha.com", Name: ptr("Ada Lovelace"), Channel: "slack"},
		{Email: "bob@ALPHA.com", Channel: "email"},
		{Email: "carl@alpha.net", Channel: "email"},
		{Email: "deep@mail.alpha.com", Channel: "email"},
		{Email: "known@alpha.com", Channel: "email"},
		{Email: "moved@alpha.com", Channel: "email"},
		{Email: "deleted@alpha.com", Channel: "email"},
		{Email: "shared@holder.com", Channel: "email"},
	}); err != nil {
		t.Fatal(err)
	}
	other, _, _ := foreign(t, d)
	ingest(t, d, other, "stranger@alpha.com")
	for _, email := range []string{"known@alpha.com", "moved@alpha.com", "deleted@alpha.com"} {
		in := person("Known", holder)
		in.Email = email
		c := hireWith(t, d, v, in)
		var err error
		switch email {
		case "known@alpha.com":
			run(t, d, "UPDATE contacts SET customer_user_id = NULL WHERE id = $1", c.ID)
		case "moved@alpha.com":
			_, err = d.UpdateContact(t.Context(), v, c.ID, nil, func(c *db.ContactChange) { c.Email = ptr("away@people.example") })
		default:
			_, err = d.DeleteContact(t.Context(), v, c.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}

	in := input("Alpha", nil)
	in.SecondaryDomains, in.AddExistingUsersToAccountContacts = []string{"alpha.net"}, true
	result, err := d.CreateAccount(t.Context(), v, in)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("makes contacts of those at exactly the domains who are none yet", func(t *testing.T) {
		page := contactsOf(t, d, v, result.Account, db.AccountContactArgs{OrderBy: &db.ContactOrder{Field: db.ContactByEmail, Direction: db.Ascending}})
		var emails []string
		for _, e := range page.Edges {
			emails = append(emails, e.Node.Email)
			if e.Node.CustomerUserID == nil || e.Node.TypeKey != "OTHER" || !e.IsPrimaryAccount || *e.Node.Creator().Node() != v.User.ID() {
				t.Errorf("got %+v at %+v, want a connected contact of the default type", e.Node, e)
			}
			wantSame(t, kinds(t, d, e.Node.ID), "contact.created", "contact.linked")
		}
		wantSame(t, emails, "ada.lovelace@alpha.com", "bob@alpha.com", "carl@alpha.net", "deleted@alpha.com")
		wantSame(t, firstNames(page.Nodes()), "Ada Lovelace", "bob", "carl", "deleted")
		if result.ContactsAdded != 4 {
			t.Errorf("got %d, want 4", result.ContactsAdded)
		}
	})
	t.Run("adds nobody twice", func(t *testing.T) {
		in := input("Alpha site", nil)
		in.PrimaryDomain, in.ShareDomain, in.AddExistingUsersToAccountContacts = "alpha.com", true, true
		result, err := d.CreateAccount(t.Context(), v, in)
		if err != nil || result.ContactsAdded != 0 {
			t.Errorf("got %+v, %v, want nobody added", result, err)
		}
	})
	t.Run("takes the first type if the list has no default", func(t *testing.T) {
		run(t, d, "UPDATE picklist_values SET is_default = false WHERE organization_id = $1", v.Organization)
		in := input("Site", nil)
		in.PrimaryDomain, in.ShareDomain, in.AddExistingUsersToAccountContacts = "holder.com", true, true
		result, err := d.CreateAccount(t.Context(), v, in)
		if err != nil || result.ContactsAdded != 1 {
			t.Fatalf("got %+v, %v, want one added", result, err)
		}
		if c := contactsOf(t, d, v, result.Account, db.AccountContactArgs{}).Edges[0].Node; c.TypeKey != "PRIMARY" {
			t.Errorf("got %s, want PRIMARY", c.TypeKey)
		}
	})
	t.Run("costs as many statements for 50 people as for 2", func(t *testing.T) {
		var counts []int64
		for _, n := range []int{2, 50} {
			var emails []string
			name := fmt.Sprintf("Crowd%d", n)
			for i := range n {
				emails = append(emails, fmt.Sprintf("p%d@%s", i, domainOf(name)))
			}
			ingest(t, d, v, emails...)
			in := input(name, nil)
			in.AddExistingUsersToAccountContacts = true
			counts = append(counts, statements(t, func(ctx context.Context) error {
				result, err := d.CreateAccount(ctx, v, in)
				if err == nil && result.ContactsAdded != n {
					t.Errorf("got %d, want %d", result.ContactsAdded, n)
				}
				return err
			}))
		}
		if counts[0] != counts[1] {
			t.Errorf("got %v statements", counts)
		}
	})
}
