package importer

import (
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func people() Options { return Options{Entity: db.ImportContacts, Source: "crm"} }

// places are the contacts at their accounts, a line each.
func (w world) places() []string {
	w.t.Helper()
	return query[string](w, `
		SELECT concat_ws(' ', c.email, c.first_name, c.last_name, c.type, a.name, CASE WHEN link.is_primary_account THEN 'main' END,
		  'for ' || link.primary_for_type, link.role, link.since, 'v' || c.version)
		FROM contacts c
		LEFT JOIN account_contacts link ON link.organization_id = c.organization_id AND link.contact_id = c.id
		LEFT JOIN accounts a ON a.organization_id = link.organization_id AND a.id = link.account_id
		WHERE c.organization_id = $1 AND c.deleted_at IS NULL
		ORDER BY c.email COLLATE "C", a.name`, w.v.Organization)
}

func withAccounts(t *testing.T) world {
	t.Helper()
	w := setup(t)
	w.create("Acme", "acme", nil)
	w.create("Bcme", "bcme", nil)
	return w
}

func TestImportContacts(t *testing.T) {
	t.Parallel()
	t.Run("puts them at the accounts that the rows name, else where their e-mail leads", func(t *testing.T) {
		t.Parallel()
		w := withAccounts(t)
		got := w.run(lines("Email,First Name,Last Name,Phone Number,Type,Account External ID,Account Number,Account Domain,Role,Since,Is Primary Contact",
			"ann@mail.acme.com,Ann,A,(415) 555-0101,billing,,,,,,",
			"ben@nowhere.org,Ben,,,,bcme,,,Boss,2024-02-29,yes",
			"cat@nowhere.org,Cat,,,,,1,,,,",
			"dan@nowhere.org,Dan,,,,,,https://bcme.com/,,,",
			"ben@nowhere.org,Ben,,,,acme,,,Adviser,,",
		), people())
		equal(t, "counts", got.counts(), "5 rows, 4 created")
		equal(t, "contacts", w.places(), []string{
			"ann@mail.acme.com Ann A BILLING Acme main v1", "ben@nowhere.org Ben OTHER Acme Adviser v1", "ben@nowhere.org Ben OTHER Bcme main for OTHER Boss 2024-02-29 v1",
			"cat@nowhere.org Cat OTHER Acme main v1", "dan@nowhere.org Dan OTHER Bcme main v1",
		})
		equal(t, "phone", one[string](w, "SELECT phone_number FROM contacts WHERE first_name = 'Ann'"), "+14155550101")
		equal(t, "events", query[string](w, "SELECT type || ' ' || count(*) FROM events WHERE entity = 'contact' GROUP BY type ORDER BY type"), []string{"contact.created 4", "contact.linked 5"})
	})
	t.Run("tells its events as other writes do, and connects customer users", func(t *testing.T) {
		t.Parallel()
		w := withAccounts(t)
		if _, _, err := w.d.IngestCustomerUsers(t.Context(), w.v, []*db.CustomerUserInput{{Email: "Eve@acme.com", Channel: "slack"}}); err != nil {
			t.Fatal(err)
		}
		w.run(lines("email,first_name", "eve@acme.com,Eve"), people())
		if _, err := w.d.CreateContact(t.Context(), w.v, db.CreateContactInput{FirstName: "Made", Email: "made@acme.com", IsActive: true}); err != nil {
			t.Fatal(err)
		}
		keys := query[string](w, `SELECT string_agg(key, ' ' ORDER BY key) FROM events, jsonb_object_keys(after) AS key WHERE type = 'contact.created' GROUP BY sequence ORDER BY sequence`)
		if len(keys) != 2 || keys[0] != keys[1] {
			t.Errorf("keys of the events: got %q, want two equal", keys)
		}
		equal(t, "customer users of contacts", one[int](w, "SELECT count(*) FROM contacts c JOIN customer_users u ON u.id = c.customer_user_id"), 1)
	})
	t.Run("changes what differs, and nothing the second time", func(t *testing.T) {
		t.Parallel()
		w := withAccounts(t)
		first := lines("email,first_name,last_name,type,account_external_id,is_primary_contact,role", "ann@x.org,Ann,A,billing,acme,yes,Boss", "ben@x.org,Ben,B,billing,acme,,")
		w.run(first, people())
		equal(t, "counts again", w.run(first, people()).counts(), "2 rows, 2 unchanged")
		got := w.run(lines("email,first_name,type,account_external_id,is_primary_account,is_primary_contact", "ANN@x.org,Anna,legal,bcme,true,", "ben@x.org,Ben,billing,acme,,true"), people())
		equal(t, "counts", got.counts(), "2 rows, 2 updated")
		equal(t, "contacts", w.places(), []string{"ANN@x.org Anna A LEGAL Acme Boss v3", "ANN@x.org Anna A LEGAL Bcme main v3", "ben@x.org Ben B BILLING Acme main for BILLING v2"})
		equal(t, "events of the change", query[string](w, `SELECT concat_ws(' ', type, before - 'account_id', after - 'account_id') FROM events WHERE entity = 'contact' ORDER BY sequence OFFSET 4`), []string{
			`contact.updated {"type": "BILLING", "email": "ann@x.org", "first_name": "Ann"} {"type": "LEGAL", "email": "ANN@x.org", "first_name": "Anna"}`,
			`contact.linked {"primary_for_type": "BILLING"} {"primary_for_type": null}`,
			`contact.linked {"is_primary_account": true} {"is_primary_account": false}`,
			`contact.linked {"role": null, "since": null, "primary_for_type": null, "is_primary_account": true}`,
			`contact.linked {"primary_for_type": null} {"primary_for_type": "BILLING"}`,
		})
	})
	t.Run("takes an address in another case for the same", func(t *testing.T) {
		t.Parallel()
		w := withAccounts(t)
		file := lines("email,first_name,account_external_id", "Ann@x.org,Ann,acme", "ANN@X.ORG,Ann,bcme", "ann@x.org,Ann,acme", "ann@x.org,Anna,bcme")
		got := w.run(file, people())
		equal(t, "rejects", got.rejects, []string{"5 email DUPLICATE"})
		equal(t, "contacts", w.places(), []string{"Ann@x.org Ann OTHER Acme main v1", "Ann@x.org Ann OTHER Bcme v1"})
		equal(t, "counts again", w.run(file, people()).counts(), "4 rows, 2 unchanged, 1 repeated, 1 rejected")
	})
	t.Run("takes over being the main contact", func(t *testing.T) {
		t.Parallel()
		w := withAccounts(t)
		w.run(lines("email,first_name,account_external_id,is_primary_contact", "ann@x.org,Ann,acme,yes"), people())
		got := w.run(lines("email,first_name,account_external_id,is_primary_contact", "ben@x.org,Ben,acme,yes", "cat@x.org,Cat,acme,yes"), people())
		equal(t, "rejects", got.rejects, []string{"3 is_primary_contact DUPLICATE"})
		equal(t, "contacts", w.places(), []string{"ann@x.org Ann OTHER Acme main v2", "ben@x.org Ben OTHER Acme main for OTHER v1"})
	})
	t.Run("tells what is wrong with rows", func(t *testing.T) {
		t.Parallel()
		w := withAccounts(t)
		got := w.run(lines("email,first_name,phone_number,type,account_external_id,account_number,account_domain,since,is_primary_account",
			"nobody,,12,GREY,,,,yesterday,maybe",
			"ann@x.org,Ann,,,,,,,",
			"ben@x.org,Ben,,,nowhere,,,,",
			"cat@x.org,Cat,,,,77,,,",
			"dan@x.org,Dan,,,,,absent.com,,",
			"eve@x.org,Eve,,,acme,,,,yes",
			"eve@x.org,Eve,,,bcme,,,,yes",
			"eve@x.org,Eve,,,acme,,,2020-01-01,",
			"eve@x.org,Eva,,,bcme,,,,",
			"eve@x.org,Eve,,,acme,,,,yes",
			"ben@x.org,Ben,,,acme,,,,",
			",No Mail,,,acme,,,,",
		), people())
		equal(t, "rejects", got.rejects, []string{
			"2 type NOT_FOUND, is_primary_account INVALID, first_name REQUIRED, email INVALID, phone_number INVALID, since INVALID",
			"3 email REQUIRED", "4 account_external_id NOT_FOUND", "5 account_number NOT_FOUND", "6 account_domain NOT_FOUND",
			"8 is_primary_account DUPLICATE", "9 email DUPLICATE", "10 email DUPLICATE, email DUPLICATE", "12 email NOT_FOUND", "13 email REQUIRED",
		})
		equal(t, "counts", got.counts(), "12 rows, 1 created, 1 repeated, 10 rejected")
		equal(t, "contacts", w.places(), []string{"eve@x.org Eve OTHER Acme main v1"})
	})
	t.Run("needs the columns that it needs", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		_, err := w.start("first_name,account_external_id\n", Options{Entity: db.ImportContacts})
		equal(t, "problems", len(problemsOf(t, err)), 2)
		got := w.run(lines("email,job_title", "new@x.org,Boss"), people())
		equal(t, "rejects", got.rejects, []string{"2 email REQUIRED, REQUIRED"})
	})
	t.Run("sees the accounts of the organization only", func(t *testing.T) {
		t.Parallel()
		w := withAccounts(t)
		other := w.beside("Other")
		secret := other.create("Secret", "secret", nil)
		got := w.run(lines("email,first_name,account_id,account_external_id,account_domain",
			"a@x.org,A,"+secret.ID.String()+",,", "b@x.org,B,,secret,", "c@x.org,C,,,secret.com", "d@secret.com,D,,,"), people())
		equal(t, "rejects", got.rejects, []string{"2 account_id NOT_FOUND", "3 account_external_id NOT_FOUND", "4 account_domain NOT_FOUND", "5 email REQUIRED"})
	})
}

// Contacts that are changed while their rows are about to be written are compared once more.
func TestChangesDuringAnImportOfContacts(t *testing.T) {
	t.Parallel()
	w := withAccounts(t)
	w.run(lines("email,first_name,job_title,account_external_id", "ann@x.org,Ann,Boss,acme"), people())
	once := false
	got := w.runWith(lines("email,first_name,account_external_id", "ann@x.org,Anna,acme", "new@x.org,New,bcme", "taken@x.org,Taken,acme"), people(), func(int, int) {
		if once {
			return
		}
		once = true
		ids := query[db.ContactID](w, "SELECT id FROM contacts")
		if _, err := w.d.UpdateContact(t.Context(), w.v, ids[0], nil, func(c *db.ContactChange) { title := "Chief"; c.JobTitle = &title }); err != nil {
			t.Error(err)
		}
		if _, err := w.d.CreateContact(t.Context(), w.v, db.CreateContactInput{FirstName: "Quick", Email: "taken@x.org", AccountIDs: []db.AccountID{w.account("bcme").ID}, IsActive: true}); err != nil {
			t.Error(err)
		}
		if _, err := w.d.DeleteAccount(t.Context(), w.v, w.account("bcme").ID, db.ChildrenReject); err != nil {
			t.Error(err)
		}
	})
	equal(t, "rejects", got.rejects, []string{"3 account_external_id NOT_FOUND"})
	equal(t, "contacts", w.places(), []string{
		"ann@x.org Anna OTHER Acme main v3", "taken@x.org Taken OTHER Acme main v3", "taken@x.org Taken OTHER Bcme v3",
	})
}

func TestExportedContactsComeBack(t *testing.T) {
	t.Parallel()
	w := withAccounts(t)
	w.run(lines("email,first_name,last_name,phone_number,type,job_title,avatar,is_marketing_contact,is_active,metadata,account_external_id,is_primary_account,is_primary_contact,role,since",
		`ann@x.org,Ann,"A, B",+14155550101,billing,Boss,https://x.org/a.png,yes,no,"{""a"": [1]}",acme,no,yes,"Head; of ""all""",2001-02-03`,
		`ann@x.org,Ann,"A, B",+14155550101,billing,Boss,https://x.org/a.png,yes,no,"{""a"": [1]}",bcme,yes,no,,`,
		`ben@x.org,Ben,,,,,,,,,bcme,,,,`), people())
	o := Options{Entity: db.ImportContacts}
	file := w.export(ExportOptions{Entity: db.ImportContacts})
	before := w.places()
	equal(t, "counts", w.run(file, o).counts(), "3 rows, 3 unchanged")
	equal(t, "contacts", w.places(), before)
	empty := w.beside("Empty")
	empty.run(w.export(ExportOptions{}), Options{Entity: db.ImportAccounts})
	equal(t, "counts in another organization", empty.run(file, o).counts(), "3 rows, 2 created")
	equal(t, "contacts there", empty.places(), before)
	if filtered := w.export(ExportOptions{Entity: db.ImportContacts, Accounts: &db.AccountFilter{Name: &db.TextFilter{Equals: ptr("acme")}}}); strings.Count(filtered, "\n") != 2 {
		t.Errorf("got %s, want the contact at one account", filtered)
	}
}
