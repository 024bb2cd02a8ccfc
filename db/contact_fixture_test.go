package db_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// person is a new contact with the least that one needs.
func person(name string, accounts ...*db.Account) db.CreateContactInput {
	in := db.CreateContactInput{FirstName: name, Email: strings.ToLower(name) + "@people.example", IsActive: true}
	for _, a := range accounts {
		in.AccountIDs = append(in.AccountIDs, a.ID)
	}
	return in
}

// hire makes a contact with the least that one needs.
func hire(t testing.TB, d *db.DB, v db.Viewer, name string, accounts ...*db.Account) *db.Contact {
	t.Helper()
	return hireWith(t, d, v, person(name, accounts...))
}

func hireWith(t testing.TB, d *db.DB, v db.Viewer, in db.CreateContactInput) *db.Contact {
	t.Helper()
	c, err := d.CreateContact(t.Context(), v, in)
	if err != nil {
		t.Fatalf("create contact %s: %v", in.FirstName, err)
	}
	return c
}

// contact reads a contact; nil if there is none.
func contact(t testing.TB, d *db.DB, v db.Viewer, id db.ContactID) *db.Contact {
	t.Helper()
	found, err := d.ContactsByID(t.Context(), v, []db.ContactID{id})
	if err != nil {
		t.Fatal(err)
	}
	return found[id]
}

// link puts a contact at an account.
func link(t testing.TB, d *db.DB, v db.Viewer, c *db.Contact, a *db.Account, change func(*db.LinkContactChange)) {
	t.Helper()
	if _, _, err := d.LinkContact(t.Context(), v, c.ID, a.ID, change); err != nil {
		t.Fatalf("link %s to %s: %v", c.FirstName, a.Name, err)
	}
}

// erase deletes an account by hand, as far as reads see it.
func erase(t testing.TB, d *db.DB, a *db.Account) {
	t.Helper()
	run(t, d, "UPDATE account_domains SET is_routing = false WHERE account_id = $1", a.ID)
	run(t, d, "UPDATE accounts SET deleted_at = now(), deletion_id = id WHERE id = $1", a.ID)
}

// allowFreeContacts lets the organization have contacts without an account.
func allowFreeContacts(t testing.TB, d *db.DB, v db.Viewer) {
	t.Helper()
	run(t, d, "UPDATE organizations SET allow_free_contacts = true WHERE id = $1", v.Organization)
}

// places are the accounts of a contact in order, each as "name", with "*" for its main one, "!" where it is the main
// contact, and the role in brackets.
func places(t testing.TB, d *db.DB, v db.Viewer, id db.ContactID) []string {
	t.Helper()
	pages, err := d.AccountsOf(t.Context(), v, []db.ContactID{id}, db.PageArgs{})
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, e := range pages[id].Edges {
		text := e.Node.Name
		if e.IsPrimaryAccount {
			text += "*"
		}
		if e.IsPrimaryContact {
			text += "!"
		}
		if e.Role != nil {
			text += " (" + *e.Role + ")"
		}
		out = append(out, text)
	}
	return out
}

func firstNames(contacts []*db.Contact) []string {
	out := []string{}
	for _, c := range contacts {
		if c == nil {
			out = append(out, "")
		} else {
			out = append(out, c.FirstName)
		}
	}
	return out
}

// told are the events of a record in their order, each as "type before after".
func told(t testing.TB, d *db.DB, id fmt.Stringer) []string {
	t.Helper()
	parsed, err := db.ParseID(id.String())
	if err != nil {
		t.Fatal(err)
	}
	return query[string](t, d, `
		SELECT type || coalesce(' ' || CAST(before AS text), '') || coalesce(' -> ' || CAST(after AS text), '')
		FROM events WHERE entity_id = $1 ORDER BY sequence`, parsed.UUID)
}

// kinds are the types of a record's events in their order.
func kinds(t testing.TB, d *db.DB, id fmt.Stringer) []string {
	t.Helper()
	var out []string
	for _, text := range told(t, d, id) {
		kind, _, _ := strings.Cut(text, " ")
		out = append(out, kind)
	}
	return out
}

// statements counts the statements of a call.
func statements(t testing.TB, call func(context.Context) error) int64 {
	t.Helper()
	ctx, count := db.WithStatements(t.Context())
	if err := call(ctx); err != nil {
		t.Fatal(err)
	}
	return count.Count()
}

// wantSame checks that lists are equal.
func wantSame[T comparable](t testing.TB, got []T, want ...T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// foreign is a viewer of another organization of the same database, with an account and a contact there.
func foreign(t testing.TB, d *db.DB) (db.Viewer, *db.Account, *db.Contact) {
	t.Helper()
	v := dbtest.Organization(t, d, "Other")
	a := create(t, d, v, "Elsewhere", nil)
	return v, a, hire(t, d, v, "Stranger", a)
}
