package db_test

import (
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

// Upper and lower case of an address are the same in any script, whatever the database's locale is.
func TestEmailAddressesAreTheSameInAnyCase(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"Eva", "EVA"}, {"éva", "ÉVA"}, {"ΟΔΥΣΣΕΥΣ", "οδυσσευς"}, {"Жанна", "жанна"}, {"mañana", "MAÑANA"}} {
		t.Run(pair[0], func(t *testing.T) {
			t.Parallel()
			d, v := setup(t)
			site := create(t, d, v, "Site", nil)
			mine, theirs := pair[0]+"@site.com", pair[1]+"@SITE.com"
			hired := person("One", site)
			hired.Email = mine
			one := hireWith(t, d, v, hired)

			hired.Email = theirs
			_, err := d.CreateContact(t.Context(), v, hired)
			wantProblems(t, err, "input.email TAKEN")
			two := hire(t, d, v, "Two", site)
			_, err = d.UpdateContact(t.Context(), v, two.ID, nil, func(c *db.ContactChange) { c.Email = &theirs })
			wantProblems(t, err, "input.email TAKEN")
			_, err = d.Pool().ExecContext(t.Context(), "UPDATE contacts SET email = $1 WHERE id = $2", theirs, two.ID)
			wantBroken(t, err, "contacts_email_key")

			found, err := d.ContactsByEmails(t.Context(), v, []string{theirs, mine})
			if err != nil || found[0] == nil || found[1] == nil || found[0].ID != one.ID || found[1].ID != one.ID {
				t.Errorf("by e-mail: got %v, %v", found, err)
			}
			for name, filter := range map[string]*db.TextFilter{
				"equals": {Equals: &theirs}, "in": {In: []string{theirs}}, "startsWith": {StartsWith: &pair[1]}, "contains": {Contains: &pair[1]},
			} {
				page, err := d.Contacts(t.Context(), v, db.ContactArgs{Filter: &db.ContactFilter{Email: filter}})
				if err != nil || len(page.Edges) != 1 || page.Edges[0].Node.ID != one.ID {
					t.Errorf("%s: got %v, %v", name, page, err)
				}
			}

			known := ingest(t, d, v, mine)
			if again := ingest(t, d, v, theirs); again[0].ID != known[0].ID {
				t.Errorf("customer user: got %v, want the one who is known", again[0])
			}
			_, _, err = d.IngestCustomerUsers(t.Context(), v, seen("x@"+domainOf("other"), mine, theirs))
			wantProblems(t, err, "input.2.email DUPLICATE")
			added, err := d.CreateAccount(t.Context(), v, db.CreateAccountInput{
				Name: "Shared", PrimaryDomain: "site.com", ShareDomain: true, AddExistingUsersToAccountContacts: true,
			})
			if err != nil || added.ContactsAdded != 0 {
				t.Errorf("a customer user who is a contact by e-mail: got %+v, %v, want none added", added, err)
			}

			if _, err := d.DeleteContact(t.Context(), v, one.ID); err != nil {
				t.Fatal(err)
			}
			if again := hireWith(t, d, v, hired); again.CustomerUserID == nil || *again.CustomerUserID != known[0].ID {
				t.Errorf("a contact with the address of a customer user: got %v, want them connected", again.CustomerUserID)
			}
			_, err = d.RestoreContact(t.Context(), v, one.ID)
			wantProblems(t, err, "id TAKEN")

			user := db.NewUser{Name: "Somebody", Email: mine, Role: db.RoleMember}
			if _, err := d.CreateUser(t.Context(), v, user); err != nil {
				t.Fatal(err)
			}
			user.Email = theirs
			_, err = d.CreateUser(t.Context(), v, user)
			wantProblems(t, err, "input.email TAKEN")
		})
	}
}
