package demo

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// testFigures compares with what data/README.md says of the sources, counted there by other means.
func testFigures(t *testing.T, d *db.DB, v db.Viewer) {
	for _, figure := range []struct {
		what, query string
		want        int
	}{
		{"accounts", "SELECT count(*) FROM accounts WHERE organization_id = $1", 36_868},
		{"NIC roots", "SELECT count(*) FROM accounts WHERE organization_id = $1 AND source = 'NIC' AND parent_id IS NULL", 29},
		{"ROR roots", "SELECT count(*) FROM accounts WHERE organization_id = $1 AND source = 'ROR' AND parent_id IS NULL", 14_766},
		{"active", "SELECT count(*) FROM accounts WHERE organization_id = $1 AND is_active", 36_868 - 593 - 616},
		{"external ids", "SELECT count(*) FROM account_external_ids WHERE organization_id = $1", 36_868},
		{"highest number", "SELECT last_account_number FROM organizations WHERE id = $1", 36_868},
		{"numbers", "SELECT count(DISTINCT number) FROM accounts WHERE organization_id = $1 AND number BETWEEN 1 AND 36868", 36_868},
		// Of 18,223 in the sources two are none of the Internet, and both accounts have another.
		{"primary domains", "SELECT count(primary_domain) FROM accounts WHERE organization_id = $1", 18_223},
		{"domains", "SELECT count(*) FROM account_domains WHERE organization_id = $1 AND is_routing", 18_223 + 335 - 3},
		{"domains of NIC", "SELECT count(primary_domain) FROM accounts WHERE organization_id = $1 AND source = 'NIC'", 0},
		{"websites", "SELECT count(website) FROM accounts WHERE organization_id = $1", 23_581 - 1_493},
		{"countries", "SELECT count(billing_address ->> 'country') FROM accounts WHERE organization_id = $1", 36_866},
		{"what the sources do not know", "SELECT count(*) FROM accounts WHERE organization_id = $1 AND num_nonnulls(status, health, classification, annual_revenue, employees, logo, description) > 0", 0},
		{"without an industry", "SELECT count(*) FROM accounts WHERE organization_id = $1 AND industry IS NULL", 0},
		{"active roots without an owner", "SELECT count(*) FROM accounts WHERE organization_id = $1 AND parent_id IS NULL AND is_active AND owner_id IS NULL", 0},
		{"owners", "SELECT count(DISTINCT owner_id) FROM accounts WHERE organization_id = $1", 10},
		{"users", "SELECT count(*) FROM users WHERE organization_id = $1", 11},
		{"types of contacts", "SELECT count(DISTINCT type) FROM contacts WHERE organization_id = $1", 5},
		{"customer users who are contacts", "SELECT count(customer_user_id) FROM contacts WHERE organization_id = $1", 169},
		{"contacts at two accounts", "SELECT count(*) FROM account_contacts WHERE organization_id = $1 AND NOT is_primary_account", 283},
	} {
		t.Run(figure.what, func(t *testing.T) {
			if got := read[int](t, d, figure.query, v.Organization); got != figure.want {
				t.Errorf("got %d, want %d", got, figure.want)
			}
		})
	}
}

func testTrees(t *testing.T, d *db.DB, v db.Viewer) {
	for _, tree := range []struct {
		source, id                   string
		name                         string
		depth, children, descendants int
	}{
		{SourceNIC, GoldmanSachs, "GOLDMAN SACHS GROUP, INC., THE", 0, 124, 2_919},
		{SourceNIC, USAA, "UNITED SERVICES AUTOMOBILE ASSOCIATION", 0, 21, 681},
		{SourceNIC, WPTLand2, "WPT LAND 2 LP", 16, 0, 0},
		{SourceNIC, BankOfAmerica, "BANK OF AMERICA, NATIONAL ASSOCIATION", 4, 590, 868},
		{SourceROR, INRAE, "Institut National de Recherche pour l'Agriculture, l'Alimentation et l'Environnement", 0, 305, 342},
		{SourceROR, USGovernment, "Government of the United States of America", 0, 22, 827},
		{SourceROR, Merck, "Merck & Co., Inc., Rahway, NJ, USA (United States)", 0, 29, 29},
	} {
		t.Run(tree.id, func(t *testing.T) {
			a := accountOf(t, d, v, tree.source, tree.id)
			ids := []db.AccountID{a.ID}
			children, err := d.ChildCounts(t.Context(), v, ids)
			if err != nil {
				t.Fatal(err)
			}
			descendants, err := d.DescendantCounts(t.Context(), v, ids)
			if err != nil {
				t.Fatal(err)
			}
			depths, err := d.Depths(t.Context(), v, ids)
			if err != nil {
				t.Fatal(err)
			}
			if a.Name != tree.name || depths[a.ID] != tree.depth || children[a.ID] != tree.children || descendants[a.ID] != tree.descendants {
				t.Errorf("got %s, depth %d, %d children, %d descendants; want %+v", a.Name, depths[a.ID], children[a.ID], descendants[a.ID], tree)
			}
		})
	}
}

func accountOf(t *testing.T, d *db.DB, v db.Viewer, source, id string) *db.Account {
	t.Helper()
	a := lookUp(t, d, v, source, id)
	if a == nil {
		t.Fatalf("there is no account %s", id)
	}
	return a
}

// lookUp finds an account by its external id; nil if there is none.
func lookUp(t *testing.T, d *db.DB, v db.Viewer, source, id string) *db.Account {
	t.Helper()
	asked := db.ExternalID{Source: source, ID: id}
	found, err := d.AccountsByExternalID(t.Context(), v, []db.ExternalID{asked})
	if err != nil {
		t.Fatal(err)
	}
	return found[asked]
}

// testRules checks what the writes of package db check and the database does not.
func testRules(t *testing.T, d *db.DB) {
	for _, text := range readAll[string](t, d, "SELECT domain FROM account_domains") {
		if normal, err := db.NormalizeDomain(text); err != nil || normal != text {
			t.Errorf("domain %s: normalized it is %s (%v)", text, normal, err)
		}
	}
	for _, text := range readAll[string](t, d, "SELECT website FROM accounts WHERE website IS NOT NULL") {
		if normal, err := db.NormalizeURL(text); err != nil || normal != text {
			t.Errorf("website %s: normalized it is %s (%v)", text, normal, err)
		}
	}
	for _, text := range readAll[string](t, d, "SELECT email FROM contacts UNION SELECT email FROM customer_users UNION SELECT email FROM users") {
		if normal, err := db.NormalizeEmail(text); err != nil || normal != text {
			t.Errorf("e-mail %s: normalized it is %s (%v)", text, normal, err)
		}
	}
	for what, query := range map[string]string{
		"domains of mail providers":                  "SELECT d.domain FROM account_domains d JOIN free_mail_domains USING (organization_id, domain)",
		"accounts of inactive owners":                "SELECT a.id FROM accounts a JOIN users u ON (u.organization_id, u.id) = (a.organization_id, a.owner_id) WHERE NOT u.is_active",
		"contacts without an account":                "SELECT c.id FROM contacts c WHERE NOT EXISTS (SELECT FROM account_contacts l WHERE (l.organization_id, l.contact_id) = (c.organization_id, c.id) AND l.is_primary_account)",
		"main contacts of another type":              "SELECT c.id FROM contacts c JOIN account_contacts l ON (l.organization_id, l.contact_id) = (c.organization_id, c.id) WHERE l.primary_for_type <> c.type",
		"accounts with contacts and no main one":     "SELECT account_id FROM account_contacts WHERE is_primary_account GROUP BY organization_id, account_id HAVING count(primary_for_type) = 0",
		"contacts with another's customer user":      "SELECT c.id FROM contacts c JOIN customer_users u ON (u.organization_id, u.id) = (c.organization_id, c.customer_user_id) WHERE u.email <> c.email",
		"contacts of known people, not connected":    "SELECT c.id FROM contacts c JOIN customer_users u ON (u.organization_id, u.email) = (c.organization_id, c.email) WHERE c.customer_user_id IS NULL",
		"addresses that could reach somebody":        "SELECT email FROM (SELECT email FROM contacts UNION ALL SELECT email FROM customer_users UNION ALL SELECT email FROM users) all_of_them WHERE email !~ '(\\.example|@example\\.(com|org|net))$'",
		"people who are not marked as made up":       "SELECT id FROM contacts WHERE metadata <> '{\"synthetic\": true}'",
		"two accounts with people at the same host":  "SELECT split_part(c.email, '@', 2) FROM contacts c JOIN account_contacts l ON (l.organization_id, l.contact_id) = (c.organization_id, c.id) WHERE l.is_primary_account GROUP BY c.organization_id, 1 HAVING count(DISTINCT l.account_id) > 1",
		"ids that are no UUIDs of version 7":         "SELECT id FROM accounts WHERE CAST(id AS text) !~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]'",
		"constraints that are not checked":           "SELECT conname FROM pg_constraint WHERE NOT convalidated",
		"accounts whose primary domain is not first": "SELECT a.id FROM accounts a JOIN account_domains d ON (d.organization_id, d.account_id) = (a.organization_id, a.id) WHERE (d.position = 0) <> (d.domain = a.primary_domain)",
	} {
		if found := readAll[string](t, d, query); len(found) > 0 {
			t.Errorf("%s: there are %d, as %s", what, len(found), found[0])
		}
	}
}

// testEvents compares the events of the load with those that package db writes of the same things.
func testEvents(t *testing.T, d *db.DB, v db.Viewer) {
	other := dbtest.Organization(t, d, "A third")
	text := func(s string) *string { return &s }
	made, err := d.CreateAccount(t.Context(), other, db.CreateAccountInput{Name: "An account", PrimaryDomain: "example.com", IsActive: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateContact(t.Context(), other, db.CreateContactInput{FirstName: "Ada", Email: "ada@example.com", IsActive: true, AccountIDs: []db.AccountID{made.Account.ID}}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.IngestCustomerUsers(t.Context(), other, []*db.CustomerUserInput{{Email: "bob@example.com", Name: text("Bob"), Channel: "web"}}); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"account.created", "contact.created", "contact.linked", "customer_user.created", "user.created", "organization.created"} {
		shapes := map[db.OrganizationID][]string{}
		for _, organization := range []db.OrganizationID{v.Organization, other.Organization} {
			after := map[string]any{}
			if err := json.Unmarshal(read[[]byte](t, d, "SELECT after FROM events WHERE organization_id = $1 AND type = $2 LIMIT 1", organization, kind), &after); err != nil {
				t.Fatal(err)
			}
			shapes[organization] = slices.Sorted(maps.Keys(after))
		}
		if kind == "contact.linked" { // creating tells what it sets, linking tells all
			equal(t, kind, shapes[v.Organization], []string{"account_id", "is_primary_account", "primary_for_type", "role", "since"})
			continue
		}
		equal(t, kind, shapes[v.Organization], shapes[other.Organization])
	}
	if found := readAll[string](t, d, `SELECT type FROM events WHERE concat(before, after) ~ '"[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}"' LIMIT 1`); len(found) > 0 {
		t.Errorf("%s has an id that is no UUID", found[0])
	}
	for table, kind := range map[string]string{
		"accounts": "account.created", "contacts": "contact.created", "account_contacts": "contact.linked", "customer_users": "customer_user.created",
		"users": "user.created",
	} {
		want := read[int](t, d, "SELECT count(*) FROM "+table+" WHERE organization_id = $1", v.Organization)
		got := read[int](t, d, "SELECT count(*) FROM events WHERE organization_id = $1 AND type = $2", v.Organization, kind)
		if got != want {
			t.Errorf("%s: got %d events, want %d", kind, got, want)
		}
	}
}

func testTenancy(t *testing.T, d *db.DB, viewer, second db.Viewer) {
	if n := read[int](t, d, "SELECT count(*) FROM accounts WHERE organization_id = $1", second.Organization); n != 33 {
		t.Errorf("the second organization: got %d accounts, want 33", n)
	}
	for _, lookup := range []struct {
		source, id  string
		demo, other bool
	}{
		{SourceDemo, ExampleHolding, false, true},
		{SourceNIC, GoldmanSachs, true, false},
		{SourceROR, Merck, true, true},
	} {
		here, there := lookUp(t, d, viewer, lookup.source, lookup.id), lookUp(t, d, second, lookup.source, lookup.id)
		if (here != nil) != lookup.demo || (there != nil) != lookup.other {
			t.Errorf("%s: got %t in Demo and %t in the other, want %t and %t", lookup.id, here != nil, there != nil, lookup.demo, lookup.other)
		}
		if here != nil && there != nil && here.ID == there.ID {
			t.Errorf("%s has the same id in both", lookup.id)
		}
	}
	for domain, v := range map[string][2]bool{"merck.com": {true, true}, "example.com": {false, true}} {
		for i, viewer := range []db.Viewer{viewer, second} {
			found, err := d.AccountsByDomains(t.Context(), viewer, []string{domain})
			if err != nil {
				t.Fatal(err)
			}
			if (found[0] != nil) != v[i] {
				t.Errorf("%s for organization %d: got %v, want %t", domain, i, found[0], v[i])
			}
		}
	}
}
