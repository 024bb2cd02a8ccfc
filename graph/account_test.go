package graph_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const wholeAccount = `fragment Whole on Account {
	id number name primaryDomain secondaryDomain domains { domain isPrimary isRouting } logo industry { key } status { key label } classification { key } health { key category }
	description annualRevenue { amount currency } employees website billingAddress { street city state postalCode country formatted } shippingAddress { formatted street }
	owner { id name } organization { id name } source externalIds { source id } identifiers { scheme value } metadata isActive memberCount
	createdAt createdBy { __typename ... on User { id name } } updatedAt updatedBy { ... on User { id } } deletedAt version parent { id name }
}`

const (
	createOne  = `mutation($input: CreateAccountInput!) { createAccount(input: $input) { account { ...Whole } contactsAdded userErrors { field message code account { name } } } } ` + wholeAccount
	createMany = `mutation($input: CreateAccountsInput!) { createAccounts(input: $input) { results { key account { name number parent { name } } contactsAdded userErrors { field code } } createdCount userErrors { field message code account { name } } } }`
	updateOne  = `mutation($id: ID!, $input: UpdateAccountInput!, $ifVersion: Int) { updateAccount(id: $id, input: $input, ifVersion: $ifVersion) { account { ...Whole } userErrors { field message code account { name } } } } ` + wholeAccount
	deleteOne  = `mutation($id: ID!, $children: ChildrenOnDelete! = REJECT) { deleteAccount(id: $id, children: $children) { deletedAccountId deletedCount reparentedCount userErrors { field message code } } }`
	restoreOne = `mutation($id: ID!) { restoreAccount(id: $id) { account { name parent { name } } restoredCount becameRoot newRoot { name } sharedDomains userErrors { field message code account { name } } } }`
	absentID   = "acc_00000000000000000000000001"
)

func full(owner, parent string) object {
	return object{
		"name": "  Acme Corp. ", "primaryDomain": "ACME.com", "secondaryDomains": []string{"acme.de"}, "parentId": parent, "logo": "https://acme.com/logo.png",
		"industry": "FINANCE", "status": "ACTIVE", "classification": "ENTERPRISE", "health": "GREEN", "description": "Makes\neverything.",
		"annualRevenue": object{"amount": "1234.5", "currency": "eur"}, "employees": 12, "website": "http://acme.com",
		"billingAddress":  object{"street": "1 Main St", "city": "Springfield", "state": "IL", "postalCode": "62701", "country": "us"},
		"shippingAddress": object{"formatted": "The dock, left of the crane"}, "ownerId": owner, "source": "hubspot",
		"externalIds": []object{{"source": "crm", "id": " 1 "}, {"source": "erp", "id": "1"}}, "identifiers": []object{{"scheme": "DUNS", "value": "12-345-6789"}, {"scheme": "LEI", "value": "5493 001KJTIIGC8Y1R12"}},
		"metadata": object{"b": 1.50, "a": []any{nil, true}}, "isActive": false,
	}
}

func TestAccountFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	owner, parent := s.user("Olga"), s.account("Holding", "")
	id := s.tell("made with everything", createOne, "input", full(owner, parent)).at("createAccount", "account", "id").(string)
	s.tell("made with the least", createOne, "input", object{"name": "Least", "primaryDomain": "least.com"})
	s.tell("a few fields changed, others cleared", updateOne, "id", id, "ifVersion", 1, "input", object{"name": "Acme", "employees": nil, "annualRevenue": object{"amount": 5}, "externalIds": []object{{"source": "erp", "id": "1"}}, "billingAddress": nil, "metadata": nil, "status": nil, "isActive": true})
	s.tell("nothing changed", updateOne, "id", id, "input", object{"name": "Acme"})
	s.tell("a version that is old", updateOne, "id", id, "ifVersion", 1, "input", object{"name": "Acme 2"})
	s.tell("looked up in every way", `query($id: ID!) { account(id: $id) { name } node(id: $id) { ... on Account { name } } accountByNumber(number: 2) { name } accountByExternalId(source: "erp", id: "1") { name }
		accountByDomain(domain: "acme.com") { name } accountByEmail(email: "x@de.acme.com") { name } accountsByIds(ids: [$id, "acc_00000000000000000000000001", $id]) { name } nodes(ids: [$id, "con_00000000000000000000000001"]) { id } }`, "id", id)
	s.tell("refused with children", deleteOne, "id", parent)
	s.tell("deleted", deleteOne, "id", id)
	s.tell("deleted again", deleteOne, "id", id)
	s.tell("nowhere", `query($id: ID!) { account(id: $id) { name } node(id: $id) { id } accountByNumber(number: 2) { name } accountByExternalId(source: "erp", id: "1") { name } accountByDomain(domain: "acme.com") { name } accounts { totalCount nodes { name } } }`, "id", id)
	s.tell("restored", restoreOne, "id", id)
	s.tell("restored again", restoreOne, "id", id)
	golden(t, "account.txt", s.text.String())

	var events []string
	err := s.db.Pool().SelectContext(t.Context(), &events, `SELECT type || ' ' || coalesce(after ->> 'name', '') FROM events WHERE entity_id = $1 ORDER BY sequence`, uuidOf(id))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "events", events, []string{"account.created Acme Corp.", "account.updated Acme", "account.deleted ", "account.restored "})
	s.none("events without the one who did it", `SELECT type FROM events WHERE entity = 'account' AND (actor_kind <> 'USER' OR actor_id IS NULL)`)
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	inactive := s.user("Ina")
	for _, statement := range []string{`UPDATE users SET is_active = false WHERE name = 'Ina'`, `UPDATE picklist_values SET is_archived = true WHERE key = 'SMB'`} {
		if _, err := s.db.Pool().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	s.must(nil, createOne, "input", object{"name": "Taken", "primaryDomain": "taken.com", "externalIds": []object{{"source": "crm", "id": "1"}}, "identifiers": []object{{"scheme": "DUNS", "value": "123456789"}}})
	long := strings.Repeat("x", 256)
	bad := object{
		"name": " ", "primaryDomain": "taken.com", "secondaryDomains": []string{"taken.com", "no domain", "gmail.com", "ok.com", "ok.com"}, "parentId": absentID, "logo": "ftp://x", "industry": "NOTHING",
		"classification": "SMB", "status": long, "description": strings.Repeat("x", 32769), "annualRevenue": object{"amount": "-1.234", "currency": "XXQ"}, "employees": -1, "website": "nothing",
		"billingAddress": object{"street": long, "country": "ZZ", "formatted": "both"}, "ownerId": inactive, "source": long,
		"externalIds": []object{{"source": "crm", "id": "1"}, {"source": "", "id": ""}, {"source": "a", "id": "b"}, {"source": "a", "id": "b"}}, "identifiers": []object{{"scheme": "LEI", "value": "5493 001KJTIIGC8Y1R13"}, {"scheme": "DUNS", "value": "123456789"}},
		"metadata": []int{1},
	}
	s.tell("a new account with everything wrong", createOne, "input", bad)
	delete(bad, "parentId")
	s.tell("a change with everything wrong", updateOne, "id", s.account("Fine", ""), "input", bad)
	s.tell("a change of nothing there", updateOne, "id", absentID, "input", bad)
	s.tell("what can't be cleared", updateOne, "id", s.account("Fine too", ""), "input", object{"name": nil, "primaryDomain": nil, "isActive": nil})
	s.tell("an owner and a parent that are of another kind", createOne, "input", object{"name": "N", "primaryDomain": "n.com", "ownerId": absentID, "parentId": inactive})
	golden(t, "account_problems.txt", s.text.String())
	s.none("half written accounts", `SELECT name FROM accounts WHERE name NOT IN ('Taken', 'Fine', 'Fine too')`)
}

func TestBulkCreation(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	s.account("Old", "")
	rows := []object{
		row{key: "child", parentKey: "parent"}.input(), row{key: "parent"}.input(),
		row{key: "bad", fields: object{"name": ""}}.input(), row{key: "below bad", parentKey: "bad"}.input(), row{key: "below that", parentKey: "below bad"}.input(),
		row{key: "lost", parentKey: "nobody"}.input(), row{key: "a", parentKey: "b"}.input(), row{key: "b", parentKey: "a"}.input(),
		row{key: "parent", fields: object{"primaryDomain": "second.com"}}.input(), row{key: "same domain", fields: object{"primaryDomain": "parent.com"}}.input(), row{key: "old domain", fields: object{"primaryDomain": "old.com"}}.input(),
		row{key: "two parents", parentKey: "parent", parent: absentID}.input(), row{key: "itself", parentKey: "itself"}.input(),
	}
	s.tell("all or nothing", createMany, "input", object{"accounts": rows})
	want(t, "accounts after nothing", s.must(nil, `{ accounts { totalCount } }`).at("accounts", "totalCount"), any(1.0))
	s.tell("the good ones", createMany, "input", object{"accounts": rows, "onError": "SKIP"})
	s.tell("all are bad", createMany, "input", object{"accounts": rows[2:3], "onError": "SKIP"})
	s.tell("none", createMany, "input", object{"accounts": []object{}})
	golden(t, "account_bulk.txt", s.text.String())
	many := make([]object, 1001)
	for i := range many {
		many[i] = row{key: fmt.Sprint("many ", i)}.input()
	}
	want(t, "too many", s.must(nil, createMany, "input", object{"accounts": many}).problems("createAccounts"), []string{"input.accounts: TOO_LONG"})
}

func TestRestore(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	ids := s.bulk(row{key: "Top"}, row{key: "Mid", parentKey: "Top", fields: object{"externalIds": []object{{"source": "crm", "id": "1"}}}}, row{key: "Low", parentKey: "Mid"}, row{key: "Side", parentKey: "Mid"}, row{key: "Old"})
	s.tell("one of the lowest is deleted", deleteOne, "id", ids["Side"])
	s.tell("all is deleted", deleteOne, "id", ids["Mid"], "children", "CASCADE")
	s.tell("its parent is deleted", deleteOne, "id", ids["Top"])
	other := s.must(nil, createOne, "input", object{"name": "Other", "primaryDomain": "mid.com", "externalIds": []object{{"source": "crm", "id": "1"}}}).at("createAccount", "account", "id")
	s.tell("an external id is taken meanwhile", restoreOne, "id", ids["Low"])
	s.must(nil, updateOne, "id", other, "input", object{"externalIds": []object{}})
	s.tell("what went together comes back together, as a root", restoreOne, "id", ids["Low"])
	s.tell("what went before comes back to its parent", restoreOne, "id", ids["Side"])
	s.tell("the children move up", deleteOne, "id", ids["Mid"], "children", "REPARENT")
	s.tell("the parent comes back without them", restoreOne, "id", ids["Mid"])
	s.tell("where all are", `{ accounts { nodes { name parent { name } } } }`)
	s.must(nil, deleteOne, "id", ids["Old"])
	if _, err := s.db.Pool().ExecContext(t.Context(), `UPDATE accounts SET deleted_at = deleted_at - interval '31 days' WHERE name = 'Old'`); err != nil {
		t.Fatal(err)
	}
	s.tell("the time is over", restoreOne, "id", ids["Old"])
	golden(t, "account_restore.txt", s.text.String())
}

func TestMoves(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	ids := s.bulk(append(tree("T", 2, 2), row{key: "Root"})...)
	const move = `mutation($id: ID!, $to: ID, $why: String) { moveAccount(id: $id, parentId: $to, reason: $why) { account { name parent { name } version } userErrors { field message code } } }`
	const moves = `mutation($input: MoveAccountsInput!) { moveAccounts(input: $input) { accounts { name parent { name } } userErrors { field message code } } }`
	s.tell("under another", move, "id", ids["T-1"], "to", ids["Root"], "why", "  sold ")
	s.tell("to where it is", move, "id", ids["T-1"], "to", ids["Root"])
	s.tell("to the top", move, "id", ids["T-1"], "to", nil, "why", " ")
	s.tell("under itself", move, "id", ids["T-1"], "to", ids["T-1"])
	s.tell("below itself", move, "id", ids["T"], "to", ids["T-2-1"])
	s.tell("everything wrong", move, "id", absentID, "to", absentID, "why", strings.Repeat("x", 1001))
	s.tell("two change places", moves, "input", object{"moves": []object{{"id": ids["T"], "parentId": ids["T-2"]}, {"id": ids["T-2"], "parentId": nil}}})
	s.tell("in a circle", moves, "input", object{"moves": []object{{"id": ids["T-1"], "parentId": ids["Root"]}, {"id": ids["Root"], "parentId": ids["T-1-1"]}}})
	s.tell("twice the same, and nobody", moves, "input", object{"moves": []object{{"id": ids["T"], "parentId": ids["Root"]}, {"id": ids["T"], "parentId": nil}, {"id": absentID, "parentId": nil}, {"id": ids["T-1"], "parentId": absentID}}})
	s.tell("nobody says where to, by a variable without a value", move, "id", ids["T-2-1"])
	s.tell("nobody says where to, in one of several", moves, "input", object{"moves": []object{{"id": ids["T-1"], "parentId": ids["Root"]}, {"id": ids["T-2-1"]}}})
	s.tell("nobody says where to, in any way", `mutation($id: ID!, $to: ID) { bare: moveAccount(id: $id) { userErrors { field code } } said: moveAccount(id: $id, parentId: null) { account { isRoot } userErrors { code } }
		variable: moveAccounts(input: {moves: [{id: $id, parentId: $to}]}) { userErrors { field code } } }`, "id", ids["T-2-1"])
	s.tell("none", moves, "input", object{"moves": []object{}})
	s.tell("the changes", `query($id: ID!) { account(id: $id) { parentChanges { totalCount nodes { id account { name } from { name } to { name } reason changedAt changedBy { ... on User { name } } } } } }`, "id", ids["T-1"])
	golden(t, "moves.txt", s.text.String())
}

// The mutations of one request run in their order, and each answer shows what is true when it is given.
func TestMutationsInOneRequest(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ids := s.bulk(row{key: "A"}, row{key: "B"}, row{key: "C", parentKey: "A"})
	a := s.must(nil, `mutation($a: ID!, $b: ID!, $c: ID!) {
		first: updateAccount(id: $a, input: {name: "A1"}) { account { name children { totalCount nodes { name parent { name } } } } }
		second: moveAccount(id: $c, parentId: $b) { account { parent { name } siblings { totalCount } root { name childCount } } }
		third: updateAccount(id: $a, input: {name: "A2"}) { account { name childCount children { totalCount } } }
		bad: moveAccount(id: $b, parentId: $c) { account { id } userErrors { code } }
		fourth: deleteAccount(id: $b, children: REPARENT) { reparentedCount }
		fifth: updateAccount(id: $c, input: {name: "C2"}) { account { parent { name } isRoot path { name } } }
	}`, "a", ids["A"], "b", ids["B"], "c", ids["C"])
	want(t, "answers", string(a.Data), `{"first":{"account":{"name":"A1","children":{"totalCount":1,"nodes":[{"name":"C","parent":{"name":"A1"}}]}}},`+
		`"second":{"account":{"parent":{"name":"B"},"siblings":{"totalCount":0},"root":{"name":"B","childCount":1}}},`+
		`"third":{"account":{"name":"A2","childCount":0,"children":{"totalCount":0}}},"bad":{"account":null,"userErrors":[{"code":"CYCLE"}]},`+
		`"fourth":{"reparentedCount":1},"fifth":{"account":{"parent":null,"isRoot":true,"path":[{"name":"C2"}]}}}`)
	want(t, "unplanned loads", a.Loads, 0)
}

// Every code of user errors is told by some golden file.
func TestEveryCodeIsTold(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	for _, code := range schema().Types["UserErrorCode"].EnumValues {
		if !strings.Contains(all.String(), `"code": "`+code.Name+`"`) {
			t.Errorf("%s: got no golden file with it", code.Name)
		}
	}
	if strings.Contains(all.String(), "INTERNAL") {
		t.Error("got an internal error in a golden file")
	}
}
