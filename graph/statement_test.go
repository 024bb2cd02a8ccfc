package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/loader"
)

// cost asks a query that has no errors and no unplanned loads, and returns its number of statements.
func (s *server) cost(query string, variables ...any) int {
	s.t.Helper()
	a := s.must(nil, query, variables...)
	if a.Loads != 0 {
		s.t.Errorf("got %d unplanned loads, want 0: %.300s", a.Loads, query)
	}
	if a.Statements == 0 {
		s.t.Errorf("got no statements: %.300s", query)
	}
	return a.Statements
}

// company is a world in which every link leads somewhere: 50 companies with all they can have, 50 contacts, and one
// company that was moved 50 times.
type company struct {
	*server
	ids map[string]string
}

// in is the company for a subtest.
func (c company) in(t *testing.T) company {
	s := *c.server
	s.t = t
	return company{server: &s, ids: c.ids}
}

func newCompany(t *testing.T) company {
	c := company{server: setup(t), ids: map[string]string{}}
	owner := c.user("Olga")
	rows := []row{{key: "Top"}, {key: "Other"}}
	for i := range 50 {
		name := fmt.Sprintf("Company %02d", i)
		rows = append(rows, row{key: name, parentKey: "Top", fields: object{
			"ownerId": owner, "industry": "FINANCE", "status": "ACTIVE", "classification": "SMB", "health": "RED",
			"secondaryDomains": []string{"second-" + domain(name)},
			"externalIds":      []object{{"source": "crm", "id": name}},
			"identifiers":      []object{{"scheme": "OTHER", "value": name}},
		}})
		for j := range 3 {
			rows = append(rows, row{key: fmt.Sprintf("Unit %02d-%d", i, j), parentKey: name})
		}
	}
	c.ids = c.bulk(rows...)
	var people []object
	for i := range 50 {
		people = append(people, object{"email": fmt.Sprintf("p%02d@example.org", i), "channel": "slack"})
	}
	c.must(nil, `mutation($input: [CustomerUserInput!]!) { ingestCustomerUsers(input: $input) { userErrors { code } } }`, "input", people)
	for i := range 50 {
		c.contact(fmt.Sprintf("p%02d@example.org", i), c.ids[fmt.Sprintf("Company %02d", i)], c.ids["Top"], c.ids[fmt.Sprintf("Unit %02d-1", i)])
	}
	for i := range 50 {
		c.must(nil, `mutation($name: String!) { createApiKey(input: {name: $name, scope: READ}) { userErrors { code } } }`, "name", fmt.Sprint("Key ", i))
	}
	var moves strings.Builder
	for i := range 50 {
		fmt.Fprintf(&moves, "m%d: moveAccount(id: %q, parentId: %q) { userErrors { code } } ", i, c.ids["Unit 00-0"], c.ids[[]string{"Other", "Top"}[i%2]])
	}
	c.must(nil, "mutation { "+moves.String()+"}")
	c.deleteMany()
	c.addImports(50)
	return c
}

// deleteMany deletes 50 accounts and 50 contacts that were made for it.
func (c company) deleteMany() {
	rows := []row{{key: "Gone"}}
	for i := range 49 {
		rows = append(rows, row{key: fmt.Sprintf("Gone %02d", i), parentKey: "Gone"})
	}
	gone := c.bulk(rows...)["Gone"]
	var leavers strings.Builder
	for i := range 50 {
		fmt.Fprintf(&leavers, "d%d: deleteContact(id: %q) { userErrors { code } } ", i, c.contact(fmt.Sprintf("gone%02d@example.org", i), gone))
	}
	c.must(nil, "mutation { "+leavers.String()+"}")
	c.must(nil, `mutation($id: ID!) { deleteAccount(id: $id, children: CASCADE) { deletedCount } }`, "id", gone)
}

// addImports adds imports of three rejected rows each, which by the API would take a while.
func (s *server) addImports(n int) {
	s.t.Helper()
	if _, err := s.db.Pool().ExecContext(s.t.Context(), `
		WITH made AS (
		  INSERT INTO imports (organization_id, entity, file_name, fingerprint, columns, options, is_upload, is_dry_run, state, finished_at, started_by_kind, started_by_id)
		  SELECT $1, 'ACCOUNT', 'a.csv', CAST(n AS text), '{}', '{}', true, false, 'DONE', now(), 'USER', $2 FROM generate_series(1, $3) AS n
		  RETURNING id
		)
		INSERT INTO import_rows (organization_id, import_id, line, cells, problems)
		SELECT $1, made.id, line, '[]', '[{"column": "", "value": "", "code": "INVALID", "reason": "broken"}, {"column": "name", "value": "", "code": "REQUIRED", "reason": "blank"}]' FROM made, generate_series(2, 4) AS line`,
		s.viewer.Organization, s.viewer.User, n); err != nil {
		s.t.Fatal(err)
	}
}

// linkFields are how each link is asked for, at its parent.
var linkFields = map[string]string{
	"Account.ancestors":                      `ancestors { name }`,
	"Account.childCount":                     `childCount`,
	"Account.children":                       `children(first: 2) { nodes { name } pageInfo { hasNextPage } }`,
	"Account.classification":                 `classification { label }`,
	"Account.contacts":                       `contacts { edges { node { name } isPrimaryAccount } }`,
	"Account.createdBy":                      `createdBy { ... on User { name } ... on ApiKey { prefix } ... on System { name } }`,
	"Account.deletedBy":                      `deletedBy { ... on User { name } }`,
	"Account.depth":                          `depth`,
	"Account.descendantCount":                `descendantCount`,
	"Account.descendants":                    `descendants(first: 2) { edges { level node { name } } totalCount }`,
	"Account.domains":                        `domains { domain isRouting }`,
	"Account.externalIds":                    `externalIds { source id }`,
	"Account.health":                         `health { label }`,
	"Account.identifiers":                    `identifiers { scheme value }`,
	"Account.industry":                       `industry { label }`,
	"Account.isDescendantOf":                 `isDescendantOf(id: $id)`,
	"Account.isLeaf":                         `isLeaf`,
	"Account.memberCount":                    `memberCount`,
	"Account.organization":                   `organization { name }`,
	"Account.owner":                          `owner { name }`,
	"Account.parent":                         `parent { name }`,
	"Account.parentChanges":                  `parentChanges { nodes { reason } }`,
	"Account.path":                           `path { name }`,
	"Account.purgeAt":                        `purgeAt`,
	"Account.root":                           `root { name }`,
	"Account.secondaryDomain":                `secondaryDomain`,
	"Account.siblings":                       `siblings(first: 2) { nodes { name } }`,
	"Account.status":                         `status { label }`,
	"Account.updatedBy":                      `updatedBy { ... on User { email } }`,
	"ApiKey.createdBy":                       `createdBy { ... on User { name } }`,
	"AccountDescendantConnection.totalCount": `totalCount`,
	"AccountConnection.totalCount":           `children(first: 0) { totalCount }`,
	"AccountContactConnection.totalCount":    `contacts(first: 0, includeDescendants: true) { totalCount }`,
	"Contact.accounts":                       `accounts(first: 2) { edges { node { name } isPrimaryAccount } }`,
	"Contact.createdBy":                      `createdBy { __typename }`,
	"Contact.customerUser":                   `customerUser { channel }`,
	"Contact.deletedBy":                      `deletedBy { ... on User { name } }`,
	"Contact.primaryAccount":                 `primaryAccount { name }`,
	"Contact.purgeAt":                        `purgeAt`,
	"Contact.type":                           `type { label }`,
	"Contact.updatedBy":                      `updatedBy { ... on User { email } }`,
	"ContactAccountConnection.totalCount":    `accounts(first: 0) { totalCount }`,
	"ContactConnection.totalCount":           `totalCount`,
	"Organization.lastPurge":                 `lastPurge { purgedAt accountCount }`,
	"ImportConnection.totalCount":            `totalCount`,
	"Import.rejects":                         `rejects(first: 2) { nodes { line problems { code } } }`,
	"Import.startedBy":                       `startedBy { ... on User { name } }`,
	"ImportRejectConnection.totalCount":      `totalCount`,
	"ParentChange.account":                   `account { name }`,
	"ParentChange.changedBy":                 `changedBy { ... on User { name } }`,
	"ParentChange.from":                      `from { name }`,
	"ParentChange.to":                        `to { name }`,
	"ParentChangeConnection.totalCount":      `totalCount`,
	"UserError.account":                      `account { name }`,
	"UserConnection.totalCount":              `totalCount`,
	"ApiKeyConnection.totalCount":            `totalCount`,
	"Viewer.apiKey":                          `apiKey { name }`,
	"Viewer.organization":                    `organization { name }`,
	"Viewer.user":                            `user { name }`,
}

// linkQueries are how to get at n parents of a type, or at those of one link, where FIELD stands for the link.
var linkQueries = map[string]string{
	"Account.deletedBy":           `query($n: Int!, $id: ID!) { account(id: $id) { id } accounts(first: $n, deleted: ONLY) { nodes { FIELD } } }`,
	"Account.purgeAt":             `query($n: Int!, $id: ID!) { account(id: $id) { id } accounts(first: $n, deleted: ONLY) { nodes { FIELD } } }`,
	"Contact.deletedBy":           `query($n: Int!, $id: ID!) { account(id: $id) { id } contacts(first: $n, deleted: ONLY) { nodes { FIELD } } }`,
	"Contact.purgeAt":             `query($n: Int!, $id: ID!) { account(id: $id) { id } contacts(first: $n, deleted: ONLY) { nodes { FIELD } } }`,
	"Organization":                `query($n: Int!, $id: ID!) { account(id: $id) { children(first: $n) { nodes { organization { FIELD } } } } }`,
	"Account":                     `query($n: Int!, $id: ID!) { account(id: $id) { id } accounts(first: $n, filter: {name: {startsWith: "company"}}) { nodes { FIELD } } }`,
	"AccountConnection":           `query($n: Int!, $id: ID!) { account(id: $id) { id } accounts(first: $n, filter: {name: {startsWith: "company"}}) { nodes { FIELD } } }`,
	"AccountContactConnection":    `query($n: Int!, $id: ID!) { account(id: $id) { id } accounts(first: $n, filter: {name: {startsWith: "company"}}) { nodes { FIELD } } }`,
	"AccountDescendantConnection": `query($n: Int!, $id: ID!) { account(id: $id) { children(first: $n) { nodes { descendants(first: 0) { FIELD } } } } }`,
	"ApiKey":                      `query($n: Int!, $id: ID!) { account(id: $id) { id } apiKeys(first: $n) { nodes { FIELD } } }`,
	"Contact":                     `query($n: Int!, $id: ID!) { account(id: $id) { id } contacts(first: $n) { nodes { FIELD } } }`,
	"ContactAccountConnection":    `query($n: Int!, $id: ID!) { account(id: $id) { id } contacts(first: $n) { nodes { FIELD } } }`,
	"ContactConnection":           `query($n: Int!, $id: ID!) { account(id: $id) { id } contacts(first: $n) { FIELD } }`,
	"Import":                      `query($n: Int!, $id: ID!) { account(id: $id) { id } imports(first: $n) { nodes { FIELD } } }`,
	"ImportConnection":            `query($n: Int!, $id: ID!) { account(id: $id) { id } imports(first: $n) { FIELD } }`,
	"ImportRejectConnection":      `query($n: Int!, $id: ID!) { account(id: $id) { id } imports(first: $n) { nodes { rejects(first: 0) { FIELD } } } }`,
	"ParentChange":                `query($n: Int!, $id: ID!) { account(id: $id) { parentChanges(first: $n) { nodes { FIELD } } } }`,
	"ParentChangeConnection":      `query($n: Int!, $id: ID!) { account(id: $id) { parentChanges(first: $n) { FIELD } } }`,
	"ApiKeyConnection":            `query($n: Int!, $id: ID!) { account(id: $id) { children(first: $n) { nodes { id } } } apiKeys(first: $n) { FIELD } }`,
	"UserConnection":              `query($n: Int!, $id: ID!) { account(id: $id) { children(first: $n) { nodes { id } } } users(first: $n) { FIELD } }`,
	"Viewer":                      `query($n: Int!, $id: ID!) { account(id: $id) { children(first: $n) { nodes { id } } } viewer { FIELD } }`,
}

func TestStatementsOfLinks(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	ask := func(field, selection string, n int) int {
		t.Helper()
		parent, _, _ := strings.Cut(field, ".")
		if field == "UserError.account" {
			return c.takenDomains(n, selection)
		}
		query, ok := linkQueries[field]
		if !ok {
			query, ok = linkQueries[parent]
		}
		if !ok {
			t.Fatalf("linkQueries: got none for parents of the type %s, want one", parent)
		}
		return c.cost(strings.ReplaceAll(query, "FIELD", selection), "n", n, "id", c.ids["Unit 00-0"])
	}
	known := loader.NewLinks().Fields()
	slices.Sort(known)
	for _, field := range known {
		selection, ok := linkFields[field]
		if !ok {
			t.Errorf("linkFields: got none for the link %s, want how to ask for it", field)
			continue
		}
		few, many := ask(field, selection, 2), ask(field, selection, 50)
		if few != many || few > 6 {
			t.Errorf("%s: got %d statements for 2 rows and %d for 50, want the same", field, few, many)
		}
	}
	for field := range linkFields {
		if !slices.Contains(known, field) {
			t.Errorf("linkFields: got %s, which is no link any more", field)
		}
	}
}

// takenDomains asks who has the domains that n new accounts want as well.
func (c company) takenDomains(n int, selection string) int {
	c.t.Helper()
	var rows []object
	for i := range n {
		r := row{key: fmt.Sprintf("New %d", i), fields: object{"primaryDomain": domain(fmt.Sprintf("Company %02d", i))}}
		rows = append(rows, r.input())
	}
	a := c.must(nil, `mutation($input: CreateAccountsInput!) { createAccounts(input: $input) { userErrors { code `+selection+` } results { userErrors { `+selection+` } } } }`,
		"input", object{"accounts": rows})
	if got := len(list(a.at("createAccounts", "userErrors"))); got != n {
		c.t.Errorf("got %d user errors, want %d", got, n)
	}
	want(c.t, "holder", a.at("createAccounts", "userErrors", n-1, "account", "name"), any(fmt.Sprintf("Company %02d", n-1)))
	want(c.t, "unplanned loads", a.Loads, 0)
	return a.Statements
}

// nested is a selection of children within children, with contacts, owner and status on each level.
func nested(depth int) string {
	const leaf = `id name owner { name } status { key } classification { label } contacts(first: 2) { nodes { id email type { label } } }`
	if depth == 0 {
		return leaf
	}
	return leaf + ` children(first: 3) { nodes { ` + nested(depth-1) + ` } }`
}

func TestStatementsOfDepth(t *testing.T) {
	t.Parallel()
	s := setup(t)
	owner := s.user("Olga")
	rows := chain("Link", 60)
	for i := range rows {
		rows[i].fields = object{"ownerId": owner, "classification": "SMB", "status": "ACTIVE"}
	}
	ids := s.bulk(rows...)
	for i, r := range rows {
		s.contact(fmt.Sprintf("p%d@example.com", i), ids[r.key])
	}
	top, bottom := ids["Link-00000"], ids["Link-00059"]
	ask := func(depth int) int {
		return s.cost(`query($id: ID!) { account(id: $id) { `+nested(depth)+` } }`, "id", top)
	}
	three, fifty := ask(3), ask(50)
	if three != fifty || three > 7 {
		t.Errorf("children: got %d statements for depth 3 and %d for depth 50, want the same, at most 7", three, fifty)
	}
	up := func(depth int) int {
		return s.cost(`query($id: ID!) { account(id: $id) { `+strings.Repeat("parent { name owner { name } contacts(first: 1) { nodes { name } } ", depth)+
			"id"+strings.Repeat(" }", depth)+" } }", "id", bottom)
	}
	three, fifty = up(3), up(50)
	if three != fifty || three > 5 {
		t.Errorf("parents: got %d statements for depth 3 and %d for depth 50, want the same, at most 5", three, fifty)
	}
	for _, field := range []string{`ancestors { name owner { name } }`, `path { status { label } }`, `depth`, `root { name }`, `isDescendantOf(id: $top)`} {
		query := `query($id: ID!, $top: ID!) { account(id: $top) { id } deep: account(id: $id) { ` + field + ` } }`
		few, many := s.cost(query, "id", ids["Link-00003"], "top", top), s.cost(query, "id", bottom, "top", top)
		want(t, "statements of "+field+" at depth 59 against 3", many, few)
	}
}

func TestStatementsOfWidth(t *testing.T) {
	t.Parallel()
	s := setupWith(t, graph.Options{MaxDepth: 150, MaxRecords: 25_000})
	rows := []row{{key: "Wide"}, {key: "Narrow"}, {key: "Narrow 1", parentKey: "Narrow"}, {key: "Narrow 2", parentKey: "Narrow"}}
	for i := range 1000 {
		rows = append(rows, row{key: fmt.Sprintf("Wide %04d", i), parentKey: "Wide"})
	}
	ids := s.bulk(rows...)
	query := `query($id: ID!) { account(id: $id) {
		children(first: 1000) { totalCount nodes { name childCount memberCount depth status { label } owner { name } createdBy { ... on User { name } }
			contacts(first: 3) { nodes { name } totalCount } parent { name root { id } } children(first: 2) { nodes { id } totalCount } } }
		descendants(first: 1000) { nodes { name parent { id } domains { domain } } } } }`
	narrow, wide := s.cost(query, "id", ids["Narrow"]), s.cost(query, "id", ids["Wide"])
	want(t, "statements for 1,000 children against 2", wide, narrow)
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			if got := s.cost(query, "id", ids["Narrow"]); got != narrow {
				t.Errorf("statements under load: got %d, want %d", got, narrow)
			}
		})
	}
	wait.Wait()
}

// BEGIN and COMMIT are not counted; what is one statement is without them.
func TestStatementsOfWrites(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ids := s.bulk(row{key: "Acme"}, row{key: "Unit"})
	ann := s.contact("ann@acme.com", ids["Acme"])
	for mutation, statements := range map[string]int{
		`updateAccount(id: "` + ids["Acme"] + `", input: {name: "Globex", employees: 7, status: "ACTIVE"}) { account { name } userErrors { code } }`:    1,
		`updateAccount(id: "` + ids["Acme"] + `", input: {secondaryDomains: ["globex.com"]}) { account { name } userErrors { code } }`:                  8,
		`updateContact(id: "` + ann + `", input: {firstName: "Anna", email: "anna@acme.com"}) { contact { name } userErrors { code } }`:                 1,
		`createAccount(input: {name: "New", primaryDomain: "new.com"}) { account { name } userErrors { code } }`:                                        4,
		`createContact(input: {firstName: "Bob", email: "bob@acme.com", accountIds: ["` + ids["Acme"] + `"]}) { contact { name } userErrors { code } }`: 6,
		`moveAccount(id: "` + ids["Unit"] + `", parentId: "` + ids["Acme"] + `") { account { name } userErrors { code } }`:                              5,
		`linkContact(contactId: "` + ann + `", accountId: "` + ids["Unit"] + `", input: {role: "Boss"}) { contact { name } userErrors { code } }`:       6,
	} {
		want(t, "statements of "+mutation, s.must(nil, "mutation { "+mutation+" }").Statements, statements)
	}
}
