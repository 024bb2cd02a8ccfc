package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph/generated"
)

// Operations that name a record in every way there is; those of imports are the files. What stands in capitals is replaced: ACCOUNT, ACCOUNT2, DELETED,
// CONTACT, DELETED_CONTACT, USER, ORGANIZATION, PICKLIST, CHANGE, KEY (ids), DOMAIN, EMAIL, SOURCE, EXTERNAL, NUMBER; MINE is an account of the caller's.
var foreign = map[string][]string{
	"Query.node": {`{ node(id: "ACCOUNT") { id } }`, `{ node(id: "DELETED") { id } }`, `{ node(id: "CONTACT") { id } }`, `{ node(id: "USER") { id } }`,
		`{ node(id: "IMPORT") { id } }`, `{ node(id: "ORGANIZATION") { id } }`, `{ node(id: "PICKLIST") { id } }`, `{ node(id: "CHANGE") { id } }`, `{ node(id: "KEY") { id } }`},
	"Query.nodes":               {`{ nodes(ids: ["ACCOUNT", "MINE", "CONTACT", "USER", "ORGANIZATION", "PICKLIST", "CHANGE", "KEY"]) { id } }`},
	"Query.account":             {`{ account(id: "ACCOUNT") { name } }`, `{ account(id: "DELETED") { name } }`, `{ account(id: "MINE") { isDescendantOf(id: "ACCOUNT") } }`},
	"Query.accountsByIds":       {`{ accountsByIds(ids: ["ACCOUNT", "MINE", "ACCOUNT2"]) { name } }`},
	"Query.accountByNumber":     {`{ accountByNumber(number: NUMBER) { name } }`},
	"Query.accountByDomain":     {`{ accountByDomain(domain: "DOMAIN") { name } }`},
	"Query.accountsByDomains":   {`{ accountsByDomains(domains: ["DOMAIN", "mine.com"]) { name } }`},
	"Query.accountByEmail":      {`{ accountByEmail(email: "anyone@DOMAIN") { name } }`, `{ accountByEmail(email: "EMAIL") { name } }`},
	"Query.accountByExternalId": {`{ accountByExternalId(source: "SOURCE", id: "EXTERNAL") { name } }`},
	"Query.accounts": {
		`{ accounts(filter: {id: {in: ["ACCOUNT"]}}) { totalCount nodes { name } } }`, `{ accounts(filter: {parentId: {in: ["ACCOUNT"]}}) { totalCount nodes { name } } }`,
		`{ accounts(filter: {under: {id: "ACCOUNT", includeSelf: true}}) { totalCount nodes { name } } }`, `{ accounts(filter: {ownerId: {in: ["USER"]}}) { totalCount } }`,
		`{ accounts(filter: {domain: {equals: "DOMAIN"}}) { totalCount } }`, `{ accounts(filter: {not: {id: {in: ["ACCOUNT"]}}}) { totalCount nodes { name } } }`,
		`{ accounts(deleted: ONLY) { totalCount nodes { name } } }`, `{ accounts(deleted: ONLY, filter: {id: {in: ["DELETED"]}}) { totalCount nodes { name purgeAt deletedBy { __typename } } } }`,
		`{ account(id: "MINE") { children(filter: {parentId: {in: ["ACCOUNT"]}}) { totalCount } descendants(filter: {under: {id: "ACCOUNT"}}) { totalCount } } }`,
	},
	"Query.contact":          {`{ contact(id: "CONTACT") { name } }`, `{ contact(id: "DELETED_CONTACT") { name } }`},
	"Query.contactsByIds":    {`{ contactsByIds(ids: ["CONTACT"]) { name } }`},
	"Query.contactsByEmails": {`{ contactsByEmails(emails: ["EMAIL"]) { name } }`},
	"Query.contacts": {`{ contacts(filter: {accountId: {in: ["ACCOUNT"]}}) { totalCount nodes { name } } }`, `{ contacts(filter: {id: {in: ["CONTACT"]}}) { totalCount } }`,
		`{ contacts(deleted: ONLY) { totalCount nodes { name } } }`, `{ contacts(deleted: ONLY, filter: {id: {in: ["DELETED_CONTACT"]}}) { totalCount nodes { name purgeAt } } }`,
		`{ account(id: "MINE") { contacts(includeDescendants: true, filter: {accountId: {in: ["ACCOUNT"]}}) { totalCount } } }`},
	"Query.commonAncestor": {`{ commonAncestor(ids: ["ACCOUNT", "ACCOUNT2"]) { name } }`, `{ commonAncestor(ids: ["MINE", "ACCOUNT"]) { name } }`},
	"Query.accountPath":    {`{ accountPath(from: "ACCOUNT", to: "ACCOUNT2") { name } }`, `{ accountPath(from: "MINE", to: "ACCOUNT") { name } }`},
	"Query.accountTree":    {`{ accountTree(rootId: "ACCOUNT") { truncated nodes { level } } }`},
	"Query.viewer":         {`{ viewer { role organization { name } user { name } apiKey { name } } }`},
	"Query.organization":   {`{ organization { name lastPurge { purgedAt } } }`},
	"Query.user":           {`{ user(id: "USER") { name } }`},
	"Query.usersByIds":     {`{ usersByIds(ids: ["USER", "MINE_USER"]) { name } }`},
	"Query.users":          {`{ users { totalCount nodes { name } } }`},
	"Query.apiKeys":        {`{ apiKeys(includeRevoked: true) { totalCount nodes { name } } }`},
	"Query.picklistValues": {`{ picklistValues(picklist: TASK_STATUS) { key label } }`},

	"Query._entities": {
		`{ _entities(representations: [{__typename: "Account", id: "ACCOUNT"}, {__typename: "Account", id: "DELETED"}, {__typename: "Account", id: "MINE"}]) { ... on Account { name } } }`,
		`{ _entities(representations: [{__typename: "Account", number: NUMBER}, {__typename: "Account", externalIds: [{source: "SOURCE", id: "EXTERNAL"}]}]) { ... on Account { name } } }`,
		`{ _entities(representations: [{__typename: "Contact", id: "CONTACT"}, {__typename: "Contact", id: "DELETED_CONTACT"}, {__typename: "Contact", id: "MINE_CONTACT"}]) { ... on Contact { name } } }`,
		`{ _entities(representations: [{__typename: "User", id: "USER"}, {__typename: "Organization", id: "ORGANIZATION"}, {__typename: "User", id: "MINE_USER"}]) { ... on User { name } ... on Organization { name } } }`,
	},
	"Query._service": {`{ _service { __typename } }`},

	"Query.import":  {`{ import(id: "IMPORT") { fileName rejects { totalCount } } }`},
	"Query.imports": {`{ imports(first: 100) { nodes { fileName rejects { nodes { problems { value } } totalCount } startedBy { ... on User { name } } } } }`},
	"Mutation.importAccounts": {
		"external_id,parent_external_id,name,primary_domain,source\nEXTERNAL,,N,n3.com,SOURCE\nchild,EXTERNAL,N,,SOURCE\n",
		"id,parent_id,name\nACCOUNT,,N\n,ACCOUNT,N\nMINE,ACCOUNT2,N\n",
		"external_id,name,owner_email,primary_domain,source\n1,N,EMAIL,,crm\n2,N,,DOMAIN,crm\n",
	},
	"Mutation.importContacts": {"email,first_name,account_id,account_external_id,account_source,account_number,account_domain\n" +
		"a@x.org,A,ACCOUNT,,,,\nb@x.org,A,,EXTERNAL,SOURCE,,\nc@x.org,A,,,,NUMBER,\nd@x.org,A,,,,,DOMAIN\nEMAIL,A,,,,,\n"},

	"Mutation.createAccount": {
		`mutation { createAccount(input: {name: "N", primaryDomain: "n.com", parentId: "ACCOUNT"}) { account { name } ERRORS } }`,
		`mutation { createAccount(input: {name: "N", primaryDomain: "n.com", ownerId: "USER"}) { account { name } ERRORS } }`,
		`mutation { createAccount(input: {name: "N", primaryDomain: "DOMAIN", externalIds: [{source: "SOURCE", id: "EXTERNAL"}], addExistingUsersToAccountContacts: true}) { account { name domains { domain isRouting } } contactsAdded ERRORS } }`,
	},
	"Mutation.createAccounts": {`mutation { createAccounts(input: {onError: SKIP, accounts: [{account: {name: "N", primaryDomain: "n2.com", parentId: "ACCOUNT", ownerId: "USER"}}]}) { createdCount results { account { name } } ERRORS } }`},
	"Mutation.updateAccount":  {`mutation { updateAccount(id: "ACCOUNT", input: {name: "Mine now"}) { account { name } ERRORS } }`, `mutation { updateAccount(id: "MINE", input: {ownerId: "USER"}) { account { name } ERRORS } }`, `mutation { updateAccount(id: "ACCOUNT", input: {name: ""}, ifVersion: 99) { account { name } ERRORS } }`},
	"Mutation.deleteAccount":  {`mutation { deleteAccount(id: "ACCOUNT", children: CASCADE) { deletedAccountId deletedCount ERRORS } }`, `mutation { deleteAccount(id: "ACCOUNT") { deletedAccountId deletedCount ERRORS } }`, `mutation { deleteAccount(id: "DELETED") { deletedAccountId deletedCount ERRORS } }`},
	"Mutation.restoreAccount": {`mutation { restoreAccount(id: "DELETED") { account { name } restoredCount ERRORS } }`},
	"Mutation.setDomainRouting": {`mutation { setDomainRouting(accountId: "ACCOUNT", domain: "DOMAIN") { account { name } previousAccount { name } ERRORS } }`,
		`mutation { setDomainRouting(accountId: "MINE", domain: "DOMAIN") { account { name } previousAccount { name } ERRORS } }`},
	"Mutation.moveAccount":         {`mutation { moveAccount(id: "MINE", parentId: "ACCOUNT") { account { name } ERRORS } }`, `mutation { moveAccount(id: "ACCOUNT", parentId: null) { account { name } ERRORS } }`, `mutation { moveAccount(id: "ACCOUNT", parentId: "MINE") { account { name } ERRORS } }`, `mutation { moveAccount(id: "ACCOUNT", parentId: "ACCOUNT2") { account { name } ERRORS } }`},
	"Mutation.moveAccounts":        {`mutation { moveAccounts(input: {moves: [{id: "MINE", parentId: null}, {id: "ACCOUNT", parentId: "MINE"}, {id: "ACCOUNT2"}]}) { accounts { name } ERRORS } }`},
	"Mutation.createContact":       {`mutation { createContact(input: {firstName: "F", email: "f@mine.com", accountIds: ["MINE", "ACCOUNT"]}) { contact { name } ERRORS } }`, `mutation { createContact(input: {firstName: "F", email: "EMAIL", accountIds: ["MINE"]}) { contact { name } ERRORS } }`, `mutation { createContact(input: {firstName: "F", email: "f@DOMAIN"}) { contact { name accounts { totalCount } } ERRORS } }`},
	"Mutation.updateContact":       {`mutation { updateContact(id: "CONTACT", input: {firstName: "Mine"}) { contact { name } ERRORS } }`},
	"Mutation.deleteContact":       {`mutation { deleteContact(id: "CONTACT") { deletedContactId ERRORS } }`},
	"Mutation.restoreContact":      {`mutation { restoreContact(id: "DELETED_CONTACT") { contact { name } ERRORS } }`},
	"Mutation.linkContact":         {`mutation { linkContact(contactId: "CONTACT", accountId: "ACCOUNT", input: {role: "Spy"}) { contact { name } ERRORS } }`, `mutation { linkContact(contactId: "MINE_CONTACT", accountId: "ACCOUNT") { contact { name } ERRORS } }`, `mutation { linkContact(contactId: "CONTACT", accountId: "MINE") { contact { name } ERRORS } }`},
	"Mutation.unlinkContact":       {`mutation { unlinkContact(contactId: "CONTACT", accountId: "ACCOUNT") { contact { name } ERRORS } }`, `mutation { unlinkContact(contactId: "MINE_CONTACT", accountId: "ACCOUNT") { contact { name } ERRORS } }`},
	"Mutation.createApiKey":        {`mutation { createApiKey(input: {name: "N", scope: ADMIN}) { apiKey { name scope createdBy { ... on User { name } } } ERRORS } }`},
	"Mutation.revokeApiKey":        {`mutation { revokeApiKey(id: "KEY") { apiKey { name } ERRORS } }`},
	"Mutation.updateOrganization":  {`mutation { updateOrganization(input: {retentionDays: 7}) { organization { name retentionDays } ERRORS } }`},
	"Mutation.createUser":          {`mutation { createUser(input: {name: "N", email: "EMAIL", role: ADMIN}) { user { name } ERRORS } }`},
	"Mutation.updateUser":          {`mutation { updateUser(id: "USER", input: {role: VIEWER}) { user { name } ERRORS } }`, `mutation { updateUser(id: "USER", input: {name: ""}, ifVersion: 99) { user { name } ERRORS } }`},
	"Mutation.deactivateUser":      {`mutation { deactivateUser(id: "USER") { user { name } ownedAccountCount ERRORS } }`, `mutation { deactivateUser(id: "MINE_USER", reassignTo: "USER") { user { name } reassignedCount ERRORS } }`, `mutation { deactivateUser(id: "USER", reassignTo: "MINE_USER") { user { name } reassignedCount ERRORS } }`},
	"Mutation.reactivateUser":      {`mutation { reactivateUser(id: "USER") { user { name } ERRORS } }`},
	"Mutation.ingestCustomerUsers": {`mutation { ingestCustomerUsers(input: [{email: "EMAIL", channel: "slack"}]) { customerUsers { name channel } createdCount ERRORS } }`},
}

// tenants are two organizations in one database: what the operations name belongs to the other one, or to nobody.
type tenants struct {
	mine, other *server
	// foreign and absent stand for the same names: of the other's records, and of records that are nowhere.
	foreign, absent map[string]string
}

func newTenants(t *testing.T) tenants {
	mine := setup(t)
	other := mine.as(dbtest.Organization(t, mine.db, "Other"))
	rows := []row{{key: "Holding"}, {key: "Part", parentKey: "Holding"}, {key: "Deleted"}}
	for i := range 100 {
		rows = append(rows, row{key: fmt.Sprintf("Other %d", i)}) // so that the operations do not make accounts of the same number
	}
	ids := other.bulk(append(rows, row{key: "Secret", parentKey: "Part", fields: object{"externalIds": []object{{"source": "crm", "id": "77"}}}})...)
	other.must(nil, `mutation($id: ID!) { deleteAccount(id: $id) { deletedCount } }`, "id", ids["Deleted"])
	other.must(nil, `mutation($id: ID!, $to: ID!) { moveAccount(id: $id, parentId: $to) { account { id } } }`, "id", ids["Secret"], "to", ids["Holding"])
	other.must(nil, `mutation { ingestCustomerUsers(input: [{email: "known@secret.com", channel: "mail", name: "Known"}]) { createdCount } }`)
	contact := other.contact("known@secret.com", ids["Secret"])
	deleted := other.contact("gone@secret.com", ids["Secret"])
	other.must(nil, `mutation($id: ID!) { deleteContact(id: $id) { deletedContactId } }`, "id", deleted)
	key := other.must(nil, `mutation { createApiKey(input: {name: "Secret", scope: READ}) { apiKey { id } } }`).at("createApiKey", "apiKey", "id").(string)
	more := other.must(nil, `query($id: ID!) { organization { id } viewer { user { id } } picklistValues(picklist: ACCOUNT_STATUS) { id } account(id: $id) { number parentChanges { nodes { id } } } }`, "id", ids["Secret"])
	imported := other.importFile("importAccounts", "external_id,name,employees\n1,Secret,many\n", "source", "crm")
	other.imported(imported)
	own := mine.account("Mine", "")
	ownContact := mine.contact("me@mine.com", own)
	ownUser := mine.user("Colleague")
	absent := func(kind, n string) string { return kind + "_0000000000000000000000000" + n }
	return tenants{
		mine: mine, other: other,
		foreign: map[string]string{
			"ACCOUNT": ids["Secret"], "ACCOUNT2": ids["Part"], "DELETED": ids["Deleted"], "CONTACT": contact, "DELETED_CONTACT": deleted,
			"USER": more.at("viewer", "user", "id").(string), "ORGANIZATION": more.at("organization", "id").(string),
			"PICKLIST": more.at("picklistValues", 0, "id").(string), "CHANGE": more.at("account", "parentChanges", "nodes", 0, "id").(string),
			"DOMAIN": "secret.com", "EMAIL": "known@secret.com", "SOURCE": "crm", "EXTERNAL": "77", "NUMBER": fmt.Sprint(more.at("account", "number")), "KEY": key, "IMPORT": imported, "MINE": own, "MINE_CONTACT": ownContact, "MINE_USER": ownUser,
		},
		absent: map[string]string{
			"ACCOUNT": absent("acc", "1"), "ACCOUNT2": absent("acc", "2"), "DELETED": absent("acc", "3"), "CONTACT": absent("con", "1"), "DELETED_CONTACT": absent("con", "2"),
			"USER": absent("usr", "1"), "ORGANIZATION": absent("org", "1"), "PICKLIST": absent("pkv", "1"), "CHANGE": absent("pch", "1"),
			"DOMAIN": "absent.com", "EMAIL": "known@absent.com", "SOURCE": "erp", "EXTERNAL": "78", "NUMBER": "400", "KEY": absent("key", "1"), "IMPORT": absent("imp", "1"), "MINE": own, "MINE_CONTACT": ownContact, "MINE_USER": ownUser,
		},
	}
}

// ask asks an operation with names in place, and tells the answer with the names taken out again.
func (n tenants) ask(operation string, names map[string]string) string {
	order := slices.SortedFunc(maps.Keys(names), func(a, b string) int { return len(b) - len(a) })
	var in, out []string
	for _, name := range order {
		in, out = append(in, name, names[name]), append(out, names[name], name)
	}
	operation = strings.ReplaceAll(operation, "ERRORS", "userErrors { field message code account { name } }")
	operation = strings.NewReplacer(in...).Replace(operation)
	answer := ""
	switch first, _, _ := strings.Cut(operation, ","); first {
	case "external_id", "id":
		answer = n.mine.outcome("importAccounts", operation)
	case "email":
		answer = n.mine.outcome("importContacts", operation)
	default:
		answer = n.mine.ask(operation).Body
	}
	return strings.NewReplacer(out...).Replace(answer)
}

// checksum is of all rows of an organization.
func (s *server) checksum() string {
	s.t.Helper()
	var tables, sums []string
	pool := s.db.Pool()
	if err := pool.SelectContext(s.t.Context(), &tables, `SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'organization_id' ORDER BY 1`); err != nil {
		s.t.Fatal(err)
	}
	for _, table := range tables {
		var sum string
		if err := pool.GetContext(s.t.Context(), &sum, fmt.Sprintf(`SELECT count(*) || ' ' || coalesce(md5(string_agg(CAST(r AS text), '|' ORDER BY CAST(r AS text))), '') FROM %s r WHERE organization_id = $1`, table), s.viewer.Organization); err != nil {
			s.t.Fatal(err)
		}
		sums = append(sums, table+" "+sum)
	}
	return strings.Join(sums, "\n")
}

func TestForeignIsAbsent(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	known := map[string]bool{}
	for _, root := range []string{"Query", "Mutation"} {
		for _, field := range schema.Types[root].Fields {
			name := root + "." + field.Name
			known[name] = true
			if foreign[name] == nil && !strings.HasPrefix(field.Name, "__") {
				t.Errorf("%s: got no operation with another organization's records, want one in foreign", name)
			}
		}
	}
	// Each asks in a fresh world: what a mutation makes must not change the answers to the next.
	first, second := newTenants(t), newTenants(t)
	before := first.other.checksum()
	for _, name := range slices.Sorted(maps.Keys(foreign)) {
		if !known[name] {
			t.Errorf("%s: got an operation for a field that the schema does not have", name)
		}
		for _, operation := range foreign[name] {
			got, want := first.ask(operation, first.foreign), second.ask(operation, second.absent)
			if got != want {
				t.Errorf("%s: foreign and absent can be told apart\noperation: %s\nforeign: %s\nabsent:  %s", name, operation, got, want)
			}
			if strings.Contains(got, "Secret") || strings.Contains(got, "Known") || strings.Contains(got, "INTERNAL") || strings.Contains(got, "GRAPHQL_") {
				t.Errorf("%s: got %s", operation, got)
			}
		}
	}
	if after := first.other.checksum(); after != before {
		t.Errorf("the other organization changed:\ngot  %s\nwant %s", after, before)
	}
}

// Cursors of another organization's lists open nothing.
func TestForeignCursors(t *testing.T) {
	t.Parallel()
	n := newTenants(t)
	cursor := n.other.must(nil, `{ accounts(first: 1) { edges { cursor } } contacts(first: 1) { edges { cursor } } }`)
	a := n.mine.must(nil, `query($a: Cursor, $c: Cursor) { accounts(after: $a) { nodes { name } } contacts(after: $c) { nodes { email } } }`,
		"a", cursor.at("accounts", "edges", 0, "cursor"), "c", cursor.at("contacts", "edges", 0, "cursor"))
	want(t, "accounts", texts(a.at("accounts", "nodes"), "name"), []string{"Mine"})
	for _, email := range texts(a.at("contacts", "nodes"), "email") {
		want(t, "contact", email, "me@mine.com")
	}
}
