package graph_test

import (
	"strings"
	"testing"
)

const wholeContact = `fragment Whole on Contact {
	id firstName lastName name email phoneNumber type { key label } avatar jobTitle isMarketingContact isActive metadata customerUser { id email channel }
	accounts { totalCount edges { isPrimaryAccount isPrimaryContact role since node { name } } } primaryAccount { name }
	createdAt createdBy { ... on User { name } } updatedAt updatedBy { ... on User { name } } deletedAt version
}`

const (
	createContact  = `mutation($input: CreateContactInput!) { createContact(input: $input) { contact { ...Whole } userErrors { field message code } } } ` + wholeContact
	updateContact  = `mutation($id: ID!, $input: UpdateContactInput!, $ifVersion: Int) { updateContact(id: $id, input: $input, ifVersion: $ifVersion) { contact { ...Whole } userErrors { field message code } } } ` + wholeContact
	deleteContact  = `mutation($id: ID!) { deleteContact(id: $id) { deletedContactId userErrors { field message code } } }`
	restoreContact = `mutation($id: ID!) { restoreContact(id: $id) { contact { email version accounts { nodes { name } } primaryAccount { name } } userErrors { field message code } } }`
	linkContact    = `mutation($id: ID!, $account: ID!, $input: LinkContactInput) { linkContact(contactId: $id, accountId: $account, input: $input) { contact { version accounts { edges { isPrimaryAccount isPrimaryContact role since node { name } } } } account { name memberCount } userErrors { field message code } } }`
	unlinkContact  = `mutation($id: ID!, $account: ID!) { unlinkContact(contactId: $id, accountId: $account) { contact { accounts { nodes { name } } primaryAccount { name } } account { name memberCount } userErrors { field message code } } }`
)

func TestContactFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	acme, other := s.account("Acme", ""), s.account("Other", "")
	s.must(nil, `mutation { ingestCustomerUsers(input: [{email: "Ann@Acme.com", channel: "slack"}]) { createdCount } }`)
	id := s.tell("made with everything", createContact, "input", object{
		"firstName": " Ann ", "lastName": "Lee", "email": "ann@ACME.com", "phoneNumber": "(212) 555-2368", "type": "BILLING", "avatar": "https://acme.com/ann.png",
		"jobTitle": "CFO", "isMarketingContact": true, "isActive": false, "metadata": object{"a": 1}, "accountIds": []string{other, acme},
	}).at("createContact", "contact", "id").(string)
	s.tell("made with the least: the account is that of the e-mail", createContact, "input", object{"firstName": "Bob", "email": "bob@sales.acme.com"})
	s.tell("a few fields changed, others cleared", updateContact, "id", id, "ifVersion", 1, "input", object{"firstName": "Anna", "jobTitle": nil, "phoneNumber": "+41 44 668 18 00", "type": "LEGAL", "isActive": true, "metadata": nil})
	s.tell("a version that is old", updateContact, "id", id, "ifVersion", 1, "input", object{"firstName": "Anne"})
	s.tell("looked up in every way", `query($id: ID!) { contact(id: $id) { name } node(id: $id) { ... on Contact { name } } contactsByIds(ids: [$id, "con_00000000000000000000000001"]) { name }
		contactsByEmails(emails: ["ANN@acme.com", "nobody@acme.com"]) { name } contacts(filter: {name: {startsWith: "anna"}}) { totalCount nodes { name } } accounts { nodes { name memberCount contacts { edges { isPrimaryAccount node { name } } } } } }`, "id", id)
	s.tell("deleted", deleteContact, "id", id)
	s.tell("deleted again", deleteContact, "id", id)
	s.tell("nowhere", `query($id: ID!) { contact(id: $id) { name } node(id: $id) { id } contactsByEmails(emails: ["ann@acme.com"]) { name } contacts { totalCount } accounts { nodes { memberCount contacts { totalCount } } } }`, "id", id)
	s.tell("restored", restoreContact, "id", id)
	s.must(nil, deleteContact, "id", id)
	s.must(nil, createContact, "input", object{"firstName": "New", "email": "ANN@acme.com"})
	s.tell("its e-mail is taken meanwhile", restoreContact, "id", id)
	if _, err := s.db.Pool().ExecContext(t.Context(), `UPDATE contacts SET deleted_at = deleted_at - interval '31 days' WHERE deleted_at IS NOT NULL`); err != nil {
		t.Fatal(err)
	}
	s.tell("the time is over", restoreContact, "id", id)
	golden(t, "contact.txt", s.text.String())

	var events []string
	if err := s.db.Pool().SelectContext(t.Context(), &events, `SELECT type FROM events WHERE entity_id = $1 ORDER BY sequence`, uuidOf(id)); err != nil {
		t.Fatal(err)
	}
	want(t, "events", strings.Join(events, " "), "contact.created contact.linked contact.linked contact.updated contact.deleted contact.restored contact.deleted")
}

func TestContactsAtAccounts(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	acme, other := s.account("Acme", ""), s.account("Other", "")
	ann, bob := s.contact("ann@acme.com", acme), s.contact("bob@acme.com", acme)
	s.tell("at another account", linkContact, "id", ann, "account", other, "input", object{"role": "Advisor", "since": "2020-02-29"})
	s.tell("its main contact", linkContact, "id", ann, "account", acme, "input", object{"isPrimaryContact": true})
	s.tell("another one instead", linkContact, "id", bob, "account", acme, "input", object{"isPrimaryContact": true})
	s.tell("her main account is the other", linkContact, "id", ann, "account", other, "input", object{"isPrimaryAccount": true, "role": nil})
	s.tell("nothing new", linkContact, "id", ann, "account", other)
	s.tell("who is who", `{ accounts { nodes { name contacts { edges { node { name } isPrimaryAccount isPrimaryContact role } } } } }`)
	s.tell("a role that is too long, since no day, of nobody, nowhere", linkContact, "id", "con_00000000000000000000000001", "account", absentID, "input", object{"role": strings.Repeat("x", 256), "since": "2026-02-30"})
	s.tell("away from the main account", unlinkContact, "id", ann, "account", other)
	s.tell("away from where she is not", unlinkContact, "id", ann, "account", other)
	s.tell("away from the only account", unlinkContact, "id", ann, "account", acme)
	s.tell("nobody away from nowhere", unlinkContact, "id", "con_00000000000000000000000001", "account", absentID)
	if _, err := s.db.Pool().ExecContext(t.Context(), `UPDATE organizations SET allow_free_contacts = true`); err != nil {
		t.Fatal(err)
	}
	s.tell("free, where that is allowed", unlinkContact, "id", ann, "account", acme)
	golden(t, "contact_links.txt", s.text.String())
}

func TestContactProblems(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	acme := s.account("Acme", "")
	id := s.contact("taken@acme.com", acme)
	if _, err := s.db.Pool().ExecContext(t.Context(), `UPDATE picklist_values SET is_archived = true WHERE key = 'LEGAL'`); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 256)
	bad := object{"firstName": " ", "lastName": long, "email": "no address", "phoneNumber": "123", "type": "LEGAL", "avatar": "x", "jobTitle": long, "metadata": "text"}
	created := object{"accountIds": []string{acme, absentID, acme}}
	for name, value := range bad {
		created[name] = value
	}
	s.tell("a new contact with everything wrong", createContact, "input", created)
	s.tell("a change with everything wrong", updateContact, "id", id, "input", bad)
	s.tell("an e-mail that is taken, a type that is none", createContact, "input", object{"firstName": "A", "email": "TAKEN@acme.com", "type": "NOTHING"})
	s.tell("nobody's domain", createContact, "input", object{"firstName": "A", "email": "a@nowhere.org"})
	s.tell("what can't be cleared", updateContact, "id", id, "input", object{"firstName": nil, "email": nil, "type": nil, "isActive": nil, "isMarketingContact": nil})
	golden(t, "contact_problems.txt", s.text.String())
}

// People of a whole subtree are listed once each, whatever the number of its accounts that they are at.
func TestContactsOfSubtrees(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ids := s.bulk(tree("T", 2, 3)...)
	s.contact("top@t.com", ids["T"])
	s.contact("both@t.com", ids["T-1"], ids["T-1-2"], ids["T-2"])
	s.contact("low@t.com", ids["T-1-1-1"])
	s.contact("side@t.com", ids["T-2-2"])
	for key, emails := range map[string][]string{
		"T": {"both@t.com", "low@t.com", "side@t.com", "top@t.com"}, "T-1": {"both@t.com", "low@t.com"}, "T-2": {"both@t.com", "side@t.com"}, "T-1-1": {"low@t.com"}, "T-2-1": {},
	} {
		a := s.must(nil, `query($id: ID!) { account(id: $id) { contacts(includeDescendants: true, orderBy: {field: EMAIL}) { totalCount nodes { email } } } }`, "id", ids[key])
		want(t, key, texts(a.at("account", "contacts", "nodes"), "email"), emails)
		want(t, key+": total", a.at("account", "contacts", "totalCount"), any(float64(len(emails))))
	}
}
