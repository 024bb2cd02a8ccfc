package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func TestCreateContact(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	alpha, beta := create(t, d, v, "Alpha", nil), create(t, d, v, "Beta", nil)
	gone := create(t, d, v, "Gone", nil)
	erase(t, d, gone)
	_, elsewhere, _ := foreign(t, d)

	t.Run("writes the whole record, its accounts and the events", func(t *testing.T) {
		c := hireWith(t, d, v, db.CreateContactInput{
			FirstName: " Ada ", LastName: ptr("Lovelace"), Email: "Ada@PEOPLE.example", PhoneNumber: ptr("650 253 0000"), Type: ptr("EXECUTIVE"),
			Avatar: ptr("https://people.example/ada"), JobTitle: ptr("Boss"), IsMarketingContact: true, IsActive: true,
			Metadata: []byte(`{"b":1,"a":[null]}`), AccountIDs: []db.AccountID{beta.ID, alpha.ID},
		})
		if got := fmt.Sprint(c.FirstName, *c.LastName, c.Email, *c.PhoneNumber, c.TypeKey, *c.Avatar, *c.JobTitle, c.IsMarketingContact, c.IsActive, string(c.Metadata), c.Version); got !=
			`AdaLovelaceAda@people.example+16502530000EXECUTIVEhttps://people.example/adaBosstrue true{"a": [null], "b": 1}1` {
			t.Errorf("got %s", got)
		}
		if c.CreatedAt.IsZero() || c.Creator().ID == nil || *c.Creator().Node() != v.User.ID() || *c.Updater().Node() != v.User.ID() {
			t.Errorf("got made by %+v at %v", c.Creator(), c.CreatedAt)
		}
		wantSame(t, places(t, d, v, c.ID), "Beta*", "Alpha")
		wantSame(t, kinds(t, d, c.ID), "contact.created", "contact.linked", "contact.linked")
	})
	t.Run("takes the list's default type", func(t *testing.T) {
		if c := hire(t, d, v, "Default", alpha); c.TypeKey != "OTHER" || string(c.Metadata) != "{}" {
			t.Errorf("got %s and %s, want OTHER and {}", c.TypeKey, c.Metadata)
		}
	})
	t.Run("looks up the account by the domain of the e-mail, then above it", func(t *testing.T) {
		in := person("Routed")
		in.Email = "routed@mail.eu.beta.com"
		wantSame(t, places(t, d, v, hireWith(t, d, v, in).ID), "Beta*")
	})
	t.Run("tells all problems at once", func(t *testing.T) {
		hire(t, d, v, "Taken", alpha)
		in := person("", alpha, beta, alpha, gone, elsewhere)
		in.Email, in.Type, in.PhoneNumber = "TAKEN@people.example", ptr("NONE"), ptr("x")
		_, err := d.CreateContact(t.Context(), v, in)
		wantProblems(t, err, "input.firstName REQUIRED", "input.email TAKEN", "input.phoneNumber INVALID", "input.type NOT_FOUND",
			"input.accountIds.2 DUPLICATE", "input.accountIds.3 NOT_FOUND", "input.accountIds.4 NOT_FOUND")
	})
	t.Run("refuses a type that is archived", func(t *testing.T) {
		run(t, d, "UPDATE picklist_values SET is_archived = true WHERE key = 'LEGAL' AND organization_id = $1", v.Organization)
		in := person("Archived", alpha)
		in.Type = ptr("LEGAL")
		_, err := d.CreateContact(t.Context(), v, in)
		wantProblems(t, err, "input.type INACTIVE")
	})
	t.Run("refuses a contact without an account, unless the organization allows it", func(t *testing.T) {
		_, err := d.CreateContact(t.Context(), v, person("Free"))
		wantProblems(t, err, "input.accountIds REQUIRED")
		in := person("Free")
		in.Email = "free@gone.com"
		_, err = d.CreateContact(t.Context(), v, in)
		wantProblems(t, err, "input.accountIds REQUIRED")
		in.Email = "free"
		_, err = d.CreateContact(t.Context(), v, in)
		wantProblems(t, err, "input.email INVALID")
		allowFreeContacts(t, d, v)
		wantSame(t, places(t, d, v, hire(t, d, v, "Free").ID))
	})
	t.Run("refuses more than 100 accounts", func(t *testing.T) {
		in := person("Many")
		in.AccountIDs = make([]db.AccountID, 101)
		_, err := d.CreateContact(t.Context(), v, in)
		wantProblems(t, err, "input.accountIds TOO_LONG")
	})
	t.Run("refuses a viewer who only reads", func(t *testing.T) {
		reader := v
		reader.Role = db.RoleViewer
		_, err := d.CreateContact(t.Context(), reader, person("Reader", alpha))
		wantCode(t, err, db.CodeForbidden)
	})
	t.Run("asks for a type if the list has no default", func(t *testing.T) {
		run(t, d, "UPDATE picklist_values SET is_default = false WHERE organization_id = $1", v.Organization)
		_, err := d.CreateContact(t.Context(), v, person("Typeless", alpha))
		wantProblems(t, err, "input.type REQUIRED")
	})
	t.Run("has written nothing of what it refused", func(t *testing.T) {
		left := query[string](t, d, "SELECT first_name FROM contacts WHERE first_name IN ('Archived', 'Many', 'Reader', 'Typeless')")
		wantSame(t, left)
	})
	t.Run("costs as many statements for 50 accounts as for 2", func(t *testing.T) {
		run(t, d, "UPDATE picklist_values SET is_default = true WHERE organization_id = $1 AND picklist = 'contact_type' AND key = 'OTHER'", v.Organization)
		ids := chain(t, d, v, "Many", 50)
		var counts []int64
		for i, n := range []int{2, 50} {
			in := person(fmt.Sprintf("Spread%d", i))
			in.AccountIDs = ids[:n]
			counts = append(counts, statements(t, func(ctx context.Context) error {
				_, err := d.CreateContact(ctx, v, in)
				return err
			}))
		}
		if counts[0] != counts[1] {
			t.Errorf("got %v statements", counts)
		}
	})
}

func TestCreateContactWithCustomerUser(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "Alpha", nil)
	users := ingest(t, d, v, "Ada@people.example", "bob@people.example")
	ada := hire(t, d, v, "ada", a)
	if ada.CustomerUserID == nil || *ada.CustomerUserID != users[0].ID {
		t.Errorf("got %v, want %v: upper and lower case are the same", ada.CustomerUserID, users[0].ID)
	}
	if carl := hire(t, d, v, "Carl", a); carl.CustomerUserID != nil {
		t.Errorf("got %v, want none", carl.CustomerUserID)
	}
	if _, err := d.UpdateContact(t.Context(), v, ada.ID, nil, func(c *db.ContactChange) { c.Email = ptr("lovelace@people.example") }); err != nil {
		t.Fatal(err)
	}
	if again := hire(t, d, v, "Ada", a); again.CustomerUserID != nil {
		t.Errorf("got %v, want none: it is connected with another contact", again.CustomerUserID)
	}
}

func TestCreateContactRaces(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "Alpha", nil)
	ingest(t, d, v, "same@people.example")
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() {
			in := person(fmt.Sprintf("Racer%d", i), a)
			in.Email = "same@people.example"
			if i%2 == 0 {
				in.Email = strings.ToUpper(in.Email[:4]) + in.Email[4:]
			}
			_, errs[i] = d.CreateContact(context.WithoutCancel(t.Context()), v, in)
		})
	}
	group.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		wantProblems(t, err, "input.email TAKEN")
	}
	if won != 1 {
		t.Errorf("got %d contacts with one e-mail, want 1: %v", won, errors.Join(errs...))
	}
}
