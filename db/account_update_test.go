package db_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func update(t testing.TB, d *db.DB, v db.Viewer, a *db.Account, change func(*db.AccountChange)) *db.Account {
	t.Helper()
	updated, err := d.UpdateAccount(t.Context(), v, a.ID, nil, change)
	if err != nil {
		t.Fatalf("update %s: %v", a.Name, err)
	}
	return updated
}

func TestUpdateAccount(t *testing.T) {
	t.Parallel()
	full := func() db.CreateAccountInput {
		in := input("Globex", nil)
		in.SecondaryDomains = []string{"globex.de", "globex.fr"}
		in.Industry, in.Description, in.Employees = ptr("FINANCE"), ptr("words"), ptr(7)
		in.AnnualRevenue = &db.MoneyInput{Amount: "10.50", Currency: ptr("EUR")}
		in.BillingAddress = &db.AddressInput{City: ptr("Bern")}
		in.ExternalIDs = []*db.ExternalIDInput{{Source: "hubspot", ID: "1"}, {Source: "slack", ID: "T1"}}
		in.Identifiers = []*db.BusinessIdentifierInput{{Scheme: "OTHER", Value: "77"}}
		in.Metadata = json.RawMessage(`{"big": 12345678901234567890}`)
		return in
	}

	t.Run("changes what it says and leaves the rest", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := createWith(t, d, v, full())
		got := update(t, d, v, a, func(c *db.AccountChange) { c.Name, c.Employees = ptr("Initech"), ptr(8) })
		if got.Name != "Initech" || *got.Employees != 8 || got.Version != 2 || *got.Description != "words" || *got.IndustryKey != "FINANCE" || *got.Updater().Node() != v.User.ID() {
			t.Errorf("got %+v", got)
		}
		if !strings.Contains(string(got.Metadata), "12345678901234567890") || got.AnnualRevenue().Currency != "EUR" || *got.BillingAddress.City != "Bern" {
			t.Errorf("got %s, %v, %+v", got.Metadata, got.AnnualRevenue(), got.BillingAddress)
		}
		events := query[string](t, d, "SELECT CAST(before AS text) || CAST(after AS text) FROM events WHERE type = 'account.updated'")
		if want := []string{`{"name": "Globex", "employees": 7}{"name": "Initech", "employees": 8}`}; !slices.Equal(events, want) {
			t.Errorf("events: got %q, want %q", events, want)
		}
		if got := query[int](t, d, "SELECT count(*) FROM account_domains WHERE is_routing"); got[0] != 3 {
			t.Errorf("got %d routing domains, want 3", got[0])
		}
	})

	t.Run("clears with null", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		got := update(t, d, v, createWith(t, d, v, full()), func(c *db.AccountChange) {
			c.Industry, c.Description, c.Employees, c.AnnualRevenue, c.BillingAddress, c.Metadata = nil, nil, nil, nil, nil, nil
			c.ExternalIDs, c.Identifiers = &[]db.ExternalIDInput{}, &[]db.BusinessIdentifierInput{}
		})
		if got.IndustryKey != nil || got.Description != nil || got.Employees != nil || got.AnnualRevenue() != nil || got.BillingAddress != nil || string(got.Metadata) != "{}" {
			t.Errorf("got %+v", got)
		}
		if got := query[int](t, d, "SELECT (SELECT count(*) FROM account_external_ids) + (SELECT count(*) FROM account_identifiers)"); got[0] != 0 {
			t.Errorf("got %d names and numbers, want none", got[0])
		}
	})

	t.Run("writes nothing when nothing changes", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := createWith(t, d, v, full())
		for name, change := range map[string]func(*db.AccountChange){
			"nothing":       func(*db.AccountChange) {},
			"equal values":  func(c *db.AccountChange) { c.Name, c.Employees = ptr(" Globex "), ptr(7) },
			"equal money":   func(c *db.AccountChange) { c.AnnualRevenue = &db.MoneyInput{Amount: "10.5", Currency: ptr("eur")} },
			"equal domains": func(c *db.AccountChange) { c.SecondaryDomains = &[]string{"GLOBEX.de", "globex.fr"} },
			"equal names": func(c *db.AccountChange) {
				c.ExternalIDs = &[]db.ExternalIDInput{{Source: "hubspot", ID: "1"}, {Source: "slack", ID: "T1"}}
			},
			"equal numbers": func(c *db.AccountChange) {
				c.Identifiers = &[]db.BusinessIdentifierInput{{Scheme: "OTHER", Value: "77"}}
			},
			"equal object": func(c *db.AccountChange) { c.Metadata = json.RawMessage(` {"big":12345678901234567890} `) },
		} {
			if got := update(t, d, v, a, change); got.Version != 1 {
				t.Errorf("%s: got version %d, want 1", name, got.Version)
			}
		}
		if got := query[int](t, d, "SELECT count(*) FROM events WHERE type = 'account.updated'"); got[0] != 0 {
			t.Errorf("got %d events, want none", got[0])
		}
	})

	t.Run("tells digits of large numbers apart", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		got := update(t, d, v, createWith(t, d, v, full()), func(c *db.AccountChange) { c.Metadata = json.RawMessage(`{"big": 12345678901234567891}`) })
		if !strings.Contains(string(got.Metadata), "12345678901234567891") || got.Version != 2 {
			t.Errorf("got %s, version %d", got.Metadata, got.Version)
		}
		got = update(t, d, v, got, func(c *db.AccountChange) { c.Metadata = json.RawMessage(`{"big": 12345678901234567891.0}`) })
		if !strings.Contains(string(got.Metadata), "12345678901234567891.0") || got.Version != 3 {
			t.Errorf("got %s, version %d", got.Metadata, got.Version)
		}
	})

	t.Run("refuses another version than the caller has seen", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		rename := func(c *db.AccountChange) { c.Name = ptr("B") }
		if _, err := d.UpdateAccount(t.Context(), v, a.ID, ptr(1), rename); err != nil {
			t.Fatal(err)
		}
		_, err := d.UpdateAccount(t.Context(), v, a.ID, ptr(1), rename)
		wantProblems(t, err, "ifVersion CONFLICT")
	})

	t.Run("replaces domains, and hands over those that it drops", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := createWith(t, d, v, full())
		createWith(t, d, v, sharing("Child", "globex.de", a))
		got := update(t, d, v, a, func(c *db.AccountChange) {
			c.PrimaryDomain, c.SecondaryDomains = ptr("new.com"), &[]string{"globex.com"}
		})
		if *got.PrimaryDomain != "new.com" || got.Version != 2 {
			t.Errorf("got %+v", got)
		}
		holders := []string{}
		for _, domain := range []string{"new.com", "globex.com", "globex.de", "globex.fr"} {
			holders = append(holders, holder(t, d, v, domain))
		}
		if want := []string{"Globex", "Globex", "Child", ""}; !slices.Equal(holders, want) {
			t.Errorf("got %q, want %q", holders, want)
		}
		got = update(t, d, v, got, func(c *db.AccountChange) { c.PrimaryDomain = ptr("newer.com") })
		if domains, err := d.DomainsOf(t.Context(), v, []db.AccountID{a.ID}); err != nil || len(domains[a.ID]) != 2 || *got.PrimaryDomain != "newer.com" {
			t.Errorf("a new primary domain alone: got %v, %v", domains, err)
		}
	})

	t.Run("keeps a domain that it shares already, without being asked", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		child := createWith(t, d, v, sharing("Child", "a.com", a))
		update(t, d, v, child, func(c *db.AccountChange) { c.SecondaryDomains = &[]string{"child.com"} })
		if got := holder(t, d, v, "a.com"); got != "A" {
			t.Errorf("got %q", got)
		}
		_, err := d.UpdateAccount(t.Context(), v, a.ID, nil, func(c *db.AccountChange) { c.SecondaryDomains = &[]string{"child.com"} })
		wantProblems(t, err, "input.secondaryDomains.0 DOMAIN_TAKEN")
	})

	t.Run("keeps a mail provider's domain that it has already, without being asked", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		in := input("Globex", nil)
		in.PrimaryDomain, in.AllowFreeMailDomain = "gmail.com", true
		a := createWith(t, d, v, in)
		update(t, d, v, a, func(c *db.AccountChange) { c.SecondaryDomains = &[]string{"globex.com"} })
		update(t, d, v, a, func(c *db.AccountChange) {
			c.PrimaryDomain, c.SecondaryDomains = ptr("globex.com"), &[]string{"gmail.com"}
		})
		_, err := d.UpdateAccount(t.Context(), v, a.ID, nil, func(c *db.AccountChange) { c.SecondaryDomains = &[]string{"gmail.com", "yahoo.com"} })
		wantProblems(t, err, "input.secondaryDomains.1 FREE_MAIL_DOMAIN")
	})

	t.Run("tells all problems at once", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		_, err := d.UpdateAccount(t.Context(), v, a.ID, nil, func(c *db.AccountChange) {
			c.Name, c.PrimaryDomain, c.IsActive, c.Health, c.OwnerID = nil, nil, nil, ptr("BLUE"), &db.UserID{}
		})
		wantProblems(t, err, "input.name REQUIRED", "input.primaryDomain REQUIRED", "input.isActive REQUIRED", "input.health NOT_FOUND", "input.ownerId NOT_FOUND")
		_, err = d.UpdateAccount(t.Context(), dbtest.Organization(t, d, "Rival"), a.ID, nil, func(*db.AccountChange) {})
		wantProblems(t, err, "id NOT_FOUND")
	})
}

// An external id is kept verbatim, blanks around it as well, and its length counts with them.
func TestLengthOfExternalIDs(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	in := input("A", nil)
	in.ExternalIDs = []*db.ExternalIDInput{{Source: "crm", ID: strings.Repeat("x", 255) + "   "}, {Source: "crm", ID: strings.Repeat(" ", 300) + "x"}}
	_, err := d.CreateAccount(t.Context(), v, in)
	wantProblems(t, err, "input.externalIds.0.id TOO_LONG", "input.externalIds.1.id TOO_LONG")
	in.ExternalIDs = []*db.ExternalIDInput{{Source: "crm", ID: strings.Repeat("ü", 252) + "   "}}
	a := createWith(t, d, v, in)
	_, err = d.UpdateAccount(t.Context(), v, a.ID, nil, func(c *db.AccountChange) {
		c.ExternalIDs = &[]db.ExternalIDInput{{Source: "crm", ID: strings.Repeat("x", 256)}}
	})
	wantProblems(t, err, "input.externalIds.0.id TOO_LONG")
}
