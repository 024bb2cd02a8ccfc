package db_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// TestEventsHaveTheColumnsIDs makes every sort of change that names another record: ids in events are UUIDs, as the columns have them.
func TestEventsHaveTheColumnsIDs(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "A", nil)
	b := createWith(t, d, v, sharing("B", "a.com", a))
	if _, _, err := d.IngestCustomerUsers(t.Context(), v, []*db.CustomerUserInput{{Email: "ada@a.com", Channel: "web"}, {Email: "bob@new.com", Channel: "web"}}); err != nil {
		t.Fatal(err)
	}
	ada, err := d.CreateContact(t.Context(), v, db.CreateContactInput{FirstName: "Ada", Email: "ada@a.com", IsActive: true, AccountIDs: []db.AccountID{a.ID}})
	if err != nil {
		t.Fatal(err)
	}
	fresh := input("New", nil)
	fresh.AddExistingUsersToAccountContacts = true
	createWith(t, d, v, fresh)
	if _, _, err := d.LinkContact(t.Context(), v, ada.ID, b.ID, func(c *db.LinkContactChange) { c.IsPrimaryAccount, c.IsPrimaryContact = ptr(true), ptr(true) }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.UnlinkContact(t.Context(), v, ada.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.SetDomainRouting(t.Context(), v, b.ID, "a.com"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.DeleteAccount(t.Context(), v, b.ID, db.ChildrenReject); err != nil {
		t.Fatal(err)
	}
	if got := query[string](t, d, `SELECT type || ' ' || concat(before, after) FROM events WHERE concat(before, after) ~ '"[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}"'`); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	routed := query[string](t, d, `
		SELECT (SELECT name FROM accounts WHERE CAST(id AS text) = before ->> 'routed_to') || ' to ' || (SELECT name FROM accounts WHERE CAST(id AS text) = after ->> 'routed_to')
		FROM events WHERE type = 'account.domain_routed' ORDER BY sequence`)
	if !slices.Equal(routed, []string{"A to B", "B to A"}) {
		t.Errorf("got %q", routed)
	}
	linked := query[int](t, d, `SELECT count(*) FROM events JOIN accounts ON CAST(accounts.id AS text) = after ->> 'account_id' WHERE type = 'contact.linked'`)
	connected := query[int](t, d, `SELECT count(*) FROM events JOIN customer_users u ON CAST(u.id AS text) = after ->> 'customer_user_id' WHERE type = 'contact.created'`)
	if linked[0] < 4 || connected[0] != 2 {
		t.Errorf("got %d events of links with their account, %d of contacts with their customer user", linked[0], connected[0])
	}
}

// TestEventsHaveTheLists checks that an account's events hold its domains, external ids and identifiers, before and after.
func TestEventsHaveTheLists(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	plain := create(t, d, v, "Plain", nil)
	in := input("A", nil)
	in.SecondaryDomains = []string{"a.org"}
	in.ExternalIDs = []*db.ExternalIDInput{{Source: "crm", ID: "1"}}
	in.Identifiers = []*db.BusinessIdentifierInput{{Scheme: "OTHER", Value: "77"}}
	a := createWith(t, d, v, in)
	_, err := d.UpdateAccount(t.Context(), v, a.ID, nil, func(c *db.AccountChange) {
		c.SecondaryDomains, c.ExternalIDs, c.Identifiers = &[]string{"a.net"}, &[]db.ExternalIDInput{}, &[]db.BusinessIdentifierInput{{Scheme: "OTHER", Value: "78"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	lists := func(id db.AccountID, state string) []string {
		return query[string](t, d, `
			SELECT type || ' ' || concat_ws(' ', `+state+` -> 'domains', `+state+` -> 'external_ids', `+state+` -> 'identifiers')
			FROM events WHERE entity_id = $1 ORDER BY sequence`, id)
	}
	for _, check := range []struct {
		got, want []string
	}{
		{lists(plain.ID, "after"), []string{`account.created ["plain.com"] [] []`}},
		{lists(a.ID, "before"), []string{`account.created `, `account.updated ["a.com", "a.org"] [{"source": "crm", "external_id": "1"}] [{"value": "77", "scheme": "OTHER"}]`}},
		{lists(a.ID, "after"), []string{
			`account.created ["a.com", "a.org"] [{"source": "crm", "external_id": "1"}] [{"value": "77", "scheme": "OTHER"}]`,
			`account.updated ["a.com", "a.net"] [] [{"value": "78", "scheme": "OTHER"}]`}},
	} {
		if diff := cmp.Diff(check.want, check.got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestEventsOfUsersAndOrganizations checks that making them is told, and forbidden to those who only read.
func TestEventsOfUsersAndOrganizations(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	organization, err := d.CreateOrganization(t.Context(), db.NewOrganization{Name: "Acme", DefaultCurrency: "EUR", DefaultRegion: "DE"})
	if err != nil {
		t.Fatal(err)
	}
	v := db.SystemViewer(organization.ID)
	if _, err := d.CreateUser(t.Context(), v, db.NewUser{Name: "Ada", Email: "ada@acme.com", Role: db.RoleMember}); err != nil {
		t.Fatal(err)
	}
	got := query[string](t, d, "SELECT type || ' ' || (after ->> 'name') || ' ' || actor_kind FROM events ORDER BY sequence")
	if !slices.Equal(got, []string{"organization.created Acme SYSTEM", "user.created Ada SYSTEM"}) {
		t.Errorf("got %q", got)
	}
	v.Role = db.RoleViewer
	_, err = d.CreateUser(t.Context(), v, db.NewUser{Name: "Bob", Email: "bob@acme.com", Role: db.RoleAdmin})
	wantCode(t, err, db.CodeForbidden)
}
