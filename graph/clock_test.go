package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
)

// clock is that of a database whose now() and clock_timestamp() are found before PostgreSQL's own, by every statement, default
// and function that the migrations and the server have.
type clock struct {
	t *testing.T
	*db.DB
}

// newClock makes a database whose clock is an hour ahead.
func newClock(t *testing.T) clock {
	t.Helper()
	address := dbtest.NewEmptyURL(t)
	c := clock{t, dbtest.Open(t, address)}
	for _, statement := range []string{
		"CREATE SCHEMA clock",
		"CREATE TABLE clock.is (ahead interval NOT NULL)",
		"INSERT INTO clock.is VALUES ('1 hour')",
		"CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT pg_catalog.now() + ahead FROM clock.is'",
		"CREATE FUNCTION clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM clock.is'",
		`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, clock, pg_catalog', current_database()); END $$`,
	} {
		c.run(statement)
	}
	if _, _, err := db.Migrate(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	c.DB = dbtest.Open(t, address) // of connections that see the clock
	return c
}

func (c clock) run(statement string) {
	c.t.Helper()
	if _, err := c.Pool().ExecContext(c.t.Context(), statement); err != nil {
		c.t.Fatal(err)
	}
}

// isAhead tells whether a record of the table has a time that is to come.
func (c clock) isAhead(what string) (is bool) {
	c.t.Helper()
	if err := c.Pool().GetContext(c.t.Context(), &is, "SELECT EXISTS (SELECT FROM "+what+" > pg_catalog.now())"); err != nil {
		c.t.Fatal(err)
	}
	return is
}

// TestClockThatIsSetBack is about a database whose clock was an hour ahead, and is put right while the server runs: what is made
// from now on has times, and ids, before those of what is there.
func TestClockThatIsSetBack(t *testing.T) {
	t.Parallel()
	clock := newClock(t)
	s := setupOn(t, clock.DB, graph.Options{MaxDepth: 150, MaxTokens: 20_000, MaxAliases: 500, MaxRecords: 25_000, Introspection: true})
	program := s.behindDoor().with(s.apiKey("Program", "WRITE"))
	parent := program.account("Parent", "")
	child, sibling := s.account("Child", parent), s.account("Sibling", parent)
	move := func(account, to string) {
		a := s.must(nil, `mutation($id: ID!, $to: ID) { moveAccount(id: $id, parentId: $to) { account { id } userErrors { code } } }`, "id", account, "to", to)
		want(t, "problems", a.problems("moveAccount"), []string{})
	}
	move(child, sibling)
	gone := s.account("Gone", "")
	remove := func(account string) {
		a := s.must(nil, `mutation($id: ID!) { deleteAccount(id: $id) { deletedCount userErrors { code } } }`, "id", account)
		want(t, "deleted", a.at("deleteAccount", "deletedCount"), any(1.0))
	}
	remove(gone)
	for _, what := range []string{"accounts WHERE created_at", "accounts WHERE deleted_at", "parent_changes WHERE changed_at", "events WHERE at", "api_keys WHERE created_at"} {
		want(t, what+" ahead", clock.isAhead(what), true)
	}
	clock.run("UPDATE clock.is SET ahead = '0'")
	late := []string{s.account("Late 1", parent), s.account("Late 2", parent)}
	move(child, parent)
	a := s.must(nil, `mutation($id: ID!) { updateAccount(id: $id, ifVersion: 1, input: {description: "later"}) { account { version } userErrors { code } } }`, "id", parent)
	want(t, "a write on what has a later time", a.at("updateAccount", "account", "version"), any(2.0))
	remove(sibling)
	if purged, err := s.db.Purge(t.Context(), s.viewer); err != nil || purged.AccountCount != 0 {
		t.Errorf("a purge: got %+v, %v", purged, err)
	}
	for _, account := range []string{sibling, gone} {
		a = s.must(nil, `mutation($id: ID!) { restoreAccount(id: $id) { restoredCount userErrors { code } } }`, "id", account)
		want(t, "restored", a.at("restoreAccount", "restoredCount"), any(1.0))
	}
	a = program.must(nil, `{ viewer { apiKey { name } } }`)
	want(t, "a key that was made an hour later", a.at("viewer", "apiKey", "name"), any("Program"))
	if done := s.imported(s.importFile("importAccounts", "external_id,name\n1,One\n", "source", "crm")); !strings.Contains(done, `"DONE"`) {
		t.Errorf("an import: got %s", done)
	}

	lists := lists(parent, child, "")
	for _, order := range []string{"CREATED_AT", "UPDATED_AT", "NAME"} {
		for _, direction := range []string{"ASC", "DESC"} {
			p := lists["children"]
			chosen := "orderBy: {field: " + order + ", direction: " + direction + "}"
			forward, backward := p.turn(s, chosen, 1, 4, false), p.turn(s, chosen, 1, 4, true)
			want(t, chosen+" backward", backward, forward)
			if sorted := slices.Sorted(slices.Values(forward)); !slices.Equal(sorted, slices.Sorted(slices.Values([]string{child, sibling, late[0], late[1]}))) {
				t.Errorf("%s: got %v, want each child once", chosen, forward)
			}
			if order == "CREATED_AT" && direction == "ASC" {
				want(t, "those with the earlier times", forward[:2], late)
			}
		}
	}
	want(t, "changes of the parent", len(lists["changes of a parent"].turn(s, "", 1, 2, false)), 2)
	var types []string
	if err := s.db.Pool().SelectContext(t.Context(), &types, "SELECT type FROM events WHERE entity_id = $1 ORDER BY sequence", uuidOf(sibling)); err != nil {
		t.Fatal(err)
	}
	want(t, "events in the order in which they happened", types, []string{"account.created", "account.deleted", "account.restored"})
}
