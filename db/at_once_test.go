package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
)

func TestUpdatesAreOneStatement(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "A", nil)
	ann := hire(t, d, v, "Ann", a)
	for name, change := range map[string]func(*db.AccountChange){
		"name":   func(c *db.AccountChange) { c.Name = ptr("B") },
		"owner":  func(c *db.AccountChange) { c.OwnerID = v.User },
		"status": func(c *db.AccountChange) { c.Status = ptr("ACTIVE") },
		"all else": func(c *db.AccountChange) {
			c.Logo, c.Website, c.Source, c.Description = ptr("https://a.com/a.png"), ptr("https://a.com"), ptr("crm"), ptr("words")
			c.Industry, c.Classification, c.Health, c.Employees = ptr("FINANCE"), ptr("SMB"), ptr("RED"), ptr(7)
			c.AnnualRevenue = &db.MoneyInput{Amount: "10.5", Currency: ptr("EUR")}
			c.BillingAddress, c.ShippingAddress = &db.AddressInput{City: ptr("Bern")}, &db.AddressInput{City: ptr("Basel")}
			c.Metadata, c.IsActive = json.RawMessage(`{"a": 1}`), ptr(false)
		},
		"nothing": func(*db.AccountChange) {},
	} {
		if got := statements(t, func(ctx context.Context) error { _, err := d.UpdateAccount(ctx, v, a.ID, nil, change); return err }); got != 1 {
			t.Errorf("%s of an account: got %d statements, want 1", name, got)
		}
	}
	for name, change := range map[string]func(*db.ContactChange){
		"e-mail": func(c *db.ContactChange) { c.Email = ptr("new@people.example") },
		"all else": func(c *db.ContactChange) {
			c.FirstName, c.LastName, c.PhoneNumber, c.Avatar, c.JobTitle = ptr("Anna"), ptr("Bee"), ptr("+4930123456"), ptr("https://a.com/a.png"), ptr("Boss")
			c.IsMarketingContact, c.IsActive, c.Metadata = ptr(true), ptr(false), json.RawMessage(`{"a": 1}`)
		},
		"nothing": func(*db.ContactChange) {},
	} {
		if got := statements(t, func(ctx context.Context) error { _, err := d.UpdateContact(ctx, v, ann.ID, nil, change); return err }); got != 1 {
			t.Errorf("%s of a contact: got %d statements, want 1", name, got)
		}
	}
}

// saying makes a change that puts one of several values in place of a field, or, more often, leaves it.
func saying[C, T any](t *rapid.T, name string, field func(*C) *T, values ...T) func(*C) {
	if rapid.IntRange(0, 4).Draw(t, name+" is said if 0") > 0 {
		return func(*C) {}
	}
	value := rapid.SampledFrom(values).Draw(t, name)
	return func(c *C) { *field(c) = value }
}

// together makes one change of several.
func together[C any](changes ...func(*C)) func(*C) {
	return func(c *C) {
		for _, change := range changes {
			change(c)
		}
	}
}

// An update at once does what a transaction does that looks first: the same record and event, or the same problems. The
// transaction is had by saying of a list that it be as it is.
func TestAccountsChangedAtOnceAreAsIfLookedFirst(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	gone, err := d.CreateUser(t.Context(), v, db.NewUser{Name: "Gone", Email: "gone@acme.com", Role: db.RoleMember})
	if err != nil {
		t.Fatal(err)
	}
	run(t, d, "UPDATE users SET is_active = false WHERE id = $1", gone.ID)
	var accounts []*db.Account
	for _, domain := range []string{"one.com", "other.com"} {
		in := input("Globex", nil)
		in.PrimaryDomain, in.Classification = domain, ptr("SMB")
		accounts = append(accounts, createWith(t, d, v, in))
	}
	one, other := accounts[0], accounts[1]
	run(t, d, "UPDATE picklist_values SET is_archived = true WHERE key = 'SMB' AND organization_id = $1", v.Organization)
	stored := func(a *db.Account) string {
		return query[string](t, d, "SELECT CAST(to_jsonb(a) - ARRAY['id', 'number', 'primary_domain', 'created_at', 'updated_at'] AS text) FROM accounts a WHERE id = $1", a.ID)[0]
	}
	rapid.Check(t, func(rt *rapid.T) {
		type c = db.AccountChange
		urls := []*string{nil, ptr(""), ptr("https://globex.com"), ptr("globex")}
		names := []*string{ptr("Globex"), ptr(" Initech "), ptr("a\tb"), nil}
		addresses := []*db.AddressInput{nil, {}, {City: ptr("Bern")}, {City: ptr(" Bern ")}, {City: ptr("B"), Formatted: ptr("B")}}
		change := together(
			saying(rt, "name", func(c *c) **string { return &c.Name }, names...),
			saying(rt, "logo", func(c *c) **string { return &c.Logo }, urls...),
			saying(rt, "website", func(c *c) **string { return &c.Website }, urls...),
			saying(rt, "source", func(c *c) **string { return &c.Source }, names...),
			saying(rt, "description", func(c *c) **string { return &c.Description }, ptr("words"), ptr("\twords"), ptr("a\x01b"), nil),
			saying(rt, "industry", func(c *c) **string { return &c.Industry }, ptr("FINANCE"), ptr("NONE"), nil),
			saying(rt, "status", func(c *c) **string { return &c.Status }, ptr("ACTIVE"), ptr("PROSPECT"), nil),
			saying(rt, "classification", func(c *c) **string { return &c.Classification }, ptr("SMB"), ptr("ENTERPRISE"), nil),
			saying(rt, "health", func(c *c) **string { return &c.Health }, ptr("RED"), ptr(" GREEN"), nil),
			saying(rt, "revenue", func(c *c) **db.MoneyInput { return &c.AnnualRevenue }, nil, &db.MoneyInput{Amount: "10.5", Currency: ptr("EUR")},
				&db.MoneyInput{Amount: "10.50", Currency: ptr("eur")}, &db.MoneyInput{Amount: "1"}, &db.MoneyInput{Amount: "-1", Currency: ptr("EUR")}),
			saying(rt, "employees", func(c *c) **int { return &c.Employees }, nil, ptr(0), ptr(7), ptr(-1)),
			saying(rt, "billing address", func(c *c) **db.AddressInput { return &c.BillingAddress }, addresses...),
			saying(rt, "shipping address", func(c *c) **db.AddressInput { return &c.ShippingAddress }, addresses...),
			saying(rt, "owner", func(c *c) **db.UserID { return &c.OwnerID }, nil, v.User, &gone.ID, &db.UserID{}),
			saying(rt, "metadata", func(c *c) *json.RawMessage { return &c.Metadata }, nil, json.RawMessage(`{"a": 1}`), json.RawMessage(`{"a":1.0}`), json.RawMessage(`[]`)),
			saying(rt, "activity", func(c *c) **bool { return &c.IsActive }, ptr(true), ptr(false), nil),
		)
		got, errOne := d.UpdateAccount(t.Context(), v, one.ID, nil, change)
		_, errOther := d.UpdateAccount(t.Context(), v, other.ID, nil, together(change, func(c *c) { c.ExternalIDs = &[]db.ExternalIDInput{} }))
		if fmt.Sprint(errOne) != fmt.Sprint(errOther) || stored(one) != stored(other) {
			rt.Fatalf("got %v and %s, want %v and %s", errOne, stored(one), errOther, stored(other))
		}
		if errOne == nil && !reflect.DeepEqual(got, account(t, d, v, one.ID)) {
			rt.Fatalf("got %+v, want it as it is stored", got)
		}
	})
	events := told(t, d, one.ID)
	wantSame(t, events[1:], told(t, d, other.ID)[1:]...)
	if len(events) < 10 {
		t.Errorf("got %d events, want more", len(events))
	}
}

// As TestAccountsChangedAtOnceAreAsIfLookedFirst. Contacts are looked at first if their type is said, be it as it is.
func TestContactsChangedAtOnceAreAsIfLookedFirst(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "Acme", nil)
	hire(t, d, v, "Holder", a)
	var contacts []*db.Contact
	for _, email := range []string{"one@people.example", "other@people.example"} {
		in := person("Ann", a)
		in.Email = email
		contacts = append(contacts, hireWith(t, d, v, in))
	}
	one, other := contacts[0], contacts[1]
	// As it would not be written today; what is said again stays.
	run(t, d, "UPDATE contacts SET avatar = 'https://A.com' WHERE first_name = 'Ann'")
	for _, ann := range contacts {
		if got, err := d.UpdateContact(t.Context(), v, ann.ID, nil, func(c *db.ContactChange) { c.Avatar = ptr("https://A.com") }); err != nil || got.Version != 1 {
			t.Errorf("got %+v, %v, want nothing written", got, err)
		}
	}
	stored := func(c *db.Contact) string {
		return query[string](t, d, "SELECT CAST(to_jsonb(c) - ARRAY['id', 'email', 'created_at', 'updated_at'] AS text) FROM contacts c WHERE id = $1", c.ID)[0]
	}
	rapid.Check(t, func(rt *rapid.T) {
		type c = db.ContactChange
		names := []*string{ptr("Ann"), ptr(" Bee "), ptr("a\tb"), nil}
		change := together(
			saying(rt, "first name", func(c *c) **string { return &c.FirstName }, names...),
			saying(rt, "last name", func(c *c) **string { return &c.LastName }, names...),
			saying(rt, "job title", func(c *c) **string { return &c.JobTitle }, names...),
			saying(rt, "phone number", func(c *c) **string { return &c.PhoneNumber }, ptr("+49 30 123456"), ptr("+4930123456"), ptr("212 555 0100"), ptr("x"), nil),
			saying(rt, "avatar", func(c *c) **string { return &c.Avatar }, ptr("https://A.com"), ptr("https://a.com/a.png"), ptr("x"), nil),
			saying(rt, "marketing", func(c *c) **bool { return &c.IsMarketingContact }, ptr(true), ptr(false), nil),
			saying(rt, "activity", func(c *c) **bool { return &c.IsActive }, ptr(true), ptr(false), nil),
			saying(rt, "metadata", func(c *c) *json.RawMessage { return &c.Metadata }, nil, json.RawMessage(`{"a": 1}`), json.RawMessage(`{"a":1.0}`), json.RawMessage(`[]`)),
		)
		got, errOne := d.UpdateContact(t.Context(), v, one.ID, nil, change)
		_, errOther := d.UpdateContact(t.Context(), v, other.ID, nil, together(change, func(c *c) { c.Type = &other.TypeKey }))
		if fmt.Sprint(errOne) != fmt.Sprint(errOther) || stored(one) != stored(other) {
			rt.Fatalf("got %v and %s, want %v and %s", errOne, stored(one), errOther, stored(other))
		}
		if errOne == nil && !reflect.DeepEqual(got, contact(t, d, v, one.ID)) {
			rt.Fatalf("got %+v, want it as it is stored", got)
		}
	})
	events := told(t, d, one.ID)
	wantSame(t, events[2:], told(t, d, other.ID)[2:]...)
	if len(events) < 10 {
		t.Errorf("got %d events, want more", len(events))
	}
}

func TestUpdatesOfOneAccountQueue(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "0", nil)
	const writers, each = 8, 20
	var wait sync.WaitGroup
	for i := range writers {
		wait.Go(func() {
			for j := range each {
				name := fmt.Sprint(i, "-", j)
				got, err := d.UpdateAccount(t.Context(), v, a.ID, nil, func(c *db.AccountChange) { c.Name = &name })
				if err != nil || got.Name != name {
					t.Errorf("got %+v, %v, want the name %s", got, err, name)
				}
			}
		})
	}
	wait.Wait()
	if got := account(t, d, v, a.ID).Version; got != 1+writers*each {
		t.Errorf("got version %d, want %d", got, 1+writers*each)
	}
	names := query[string](t, d, `
		SELECT e.before ->> 'name' || ' ' || (lag(e.after) OVER (ORDER BY sequence) ->> 'name')
		FROM events e WHERE e.entity_id = $1 ORDER BY sequence OFFSET 1`, a.ID)
	for _, pair := range names {
		if before, after, _ := strings.Cut(pair, " "); before != after {
			t.Errorf("got an event that changes the name %s after one that made it %s", before, after)
		}
	}
	if len(names) != writers*each {
		t.Errorf("got %d events, want %d", len(names), writers*each)
	}
}
