package db_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// crowdSQL makes 20,000 accounts, in trees of 200, a third of them without figures, each with a domain, an external id, an
// identifier, a change of its parent, an event and a contact.
const crowdSQL = `
WITH made AS (
  INSERT INTO accounts (organization_id, id, number, parent_id, name, status, health, employees, annual_revenue, annual_revenue_currency)
  SELECT CAST($1 AS uuid), CAST(md5('account' || n) AS uuid), n, CASE WHEN n % 200 > 0 THEN CAST(md5('account' || n - n % 200 + n % 200 / 8) AS uuid) END,
    'Account ' || md5(CAST(n AS text)), CASE n % 3 WHEN 0 THEN 'ACTIVE' END, (ARRAY['RED', 'YELLOW', 'GREEN'])[n % 4 + 1],
    CASE WHEN n % 3 > 0 THEN n % 1000 END, CASE WHEN n % 3 > 0 THEN n END, CASE WHEN n % 3 > 0 THEN 'USD' END
  FROM generate_series(200, 20199) n
), with_identifiers AS (
  INSERT INTO account_identifiers (organization_id, account_id, scheme, value, position)
  SELECT CAST($1 AS uuid), CAST(md5('account' || n) AS uuid), 'OTHER', n, 0 FROM generate_series(200, 20199) n
), with_changes AS (
  INSERT INTO parent_changes (organization_id, account_id) SELECT CAST($1 AS uuid), CAST(md5('account' || n) AS uuid) FROM generate_series(200, 20199) n
), with_events AS (
  INSERT INTO events (organization_id, type, entity, entity_id, actor_kind)
  SELECT CAST($1 AS uuid), 'account.created', 'account', CAST(md5('account' || n) AS uuid), 'SYSTEM' FROM generate_series(200, 20199) n
), with_domains AS (
  INSERT INTO account_domains (organization_id, account_id, domain, position, is_routing)
  SELECT CAST($1 AS uuid), CAST(md5('account' || n) AS uuid), 'd' || n || '.com', 0, true FROM generate_series(200, 20199) n
), with_external_ids AS (
  INSERT INTO account_external_ids (organization_id, account_id, source, external_id, position)
  SELECT CAST($1 AS uuid), CAST(md5('account' || n) AS uuid), 'crm', n, 0 FROM generate_series(200, 20199) n
), people AS (
  INSERT INTO contacts (organization_id, id, first_name, email, type)
  SELECT CAST($1 AS uuid), CAST(md5('contact' || n) AS uuid), 'Contact ' || md5(CAST(n AS text)), 'p' || n || '@d' || n || '.com', 'OTHER' FROM generate_series(200, 20199) n
)
INSERT INTO account_contacts (organization_id, account_id, contact_id, is_primary_account)
SELECT CAST($1 AS uuid), CAST(md5('account' || n) AS uuid), CAST(md5('contact' || n) AS uuid), true FROM generate_series(200, 20199) n`

// large are the tables that no read goes through from end to end.
const large = `('accounts', 'account_places', 'account_domains', 'account_external_ids', 'account_identifiers', 'account_contacts', 'contacts', 'parent_changes', 'events')`

// listReads are the reads of lists, beside those of many accounts.
func listReads(v db.Viewer, account *db.Account, person *db.Contact) map[string]func(ctx context.Context, d *db.DB) error {
	found := map[string]func(ctx context.Context, d *db.DB) error{
		"AccountsByNumber": func(ctx context.Context, d *db.DB) error {
			_, err := d.AccountsByNumber(ctx, v, []int{account.Number})
			return err
		},
		"AccountByEmail": func(ctx context.Context, d *db.DB) error {
			_, err := d.AccountByEmail(ctx, v, person.Email)
			return err
		},
		"AccountsByExternalID": func(ctx context.Context, d *db.DB) error {
			_, err := d.AccountsByExternalID(ctx, v, []db.ExternalID{{Source: "crm", ID: "300"}})
			return err
		},
		"AccountsByDomains": func(ctx context.Context, d *db.DB) error {
			_, err := d.AccountsByDomains(ctx, v, []string{"d300.com", "d301.com", "nobody.com"})
			return err
		},
		"ContactsByID": func(ctx context.Context, d *db.DB) error {
			_, err := d.ContactsByID(ctx, v, []db.ContactID{person.ID})
			return err
		},
		"ContactsByEmails": func(ctx context.Context, d *db.DB) error {
			_, err := d.ContactsByEmails(ctx, v, []string{person.Email})
			return err
		},
		"AccountsOf": func(ctx context.Context, d *db.DB) error {
			_, err := d.AccountsOf(ctx, v, []db.ContactID{person.ID}, db.PageArgs{})
			return err
		},
		"PrimaryAccounts": func(ctx context.Context, d *db.DB) error {
			_, err := d.PrimaryAccounts(ctx, v, []db.ContactID{person.ID})
			return err
		},
		"CountAccountsOf": func(ctx context.Context, d *db.DB) error {
			_, err := d.CountAccountsOf(ctx, v, []db.ContactID{person.ID})
			return err
		},
	}
	accounts := func(name string, args db.AccountArgs) {
		for _, size := range []db.PageArgs{{}, {Last: ptr(25)}} {
			args.PageArgs.First, args.PageArgs.Last = size.First, size.Last
			found[fmt.Sprintf("Accounts %s, from the end: %t", name, size.Last != nil)] = func(ctx context.Context, d *db.DB) error {
				first, err := d.Accounts(ctx, v, args)
				if err != nil {
					return err
				}
				next := args
				if next.Last == nil {
					next.After = first.PageInfo.EndCursor()
				} else {
					next.Before = first.PageInfo.StartCursor()
				}
				_, err = d.Accounts(ctx, v, next)
				return err
			}
		}
	}
	for _, field := range []db.AccountOrderField{
		db.AccountByName, db.AccountByNumber, db.AccountByCreatedAt, db.AccountByUpdatedAt, db.AccountByAnnualRevenue, db.AccountByEmployees, db.AccountByHealth,
	} {
		for _, direction := range []db.OrderDirection{db.Ascending, db.Descending} {
			accounts(fmt.Sprintf("by %s %s", field, direction), db.AccountArgs{OrderBy: &db.AccountOrder{Field: field, Direction: direction}})
		}
	}
	for name, filter := range map[string]*db.AccountFilter{
		"of ids":            {ID: &db.IDFilter{In: []db.ID{account.ID.ID()}}},
		"of a name":         {Name: &db.TextFilter{Equals: &account.Name}},
		"of a beginning":    {Name: &db.TextFilter{StartsWith: ptr("Account ab")}},
		"of a domain":       {Domain: &db.TextFilter{Equals: ptr("d300.com")}},
		"of a status":       {Status: &db.PicklistFilter{In: []string{"ACTIVE"}}},
		"of a rare status":  {Status: &db.PicklistFilter{In: []string{"CHURNED"}}},
		"of a health":       {Health: &db.PicklistFilter{In: []string{"RED"}}},
		"of a parent":       {ParentID: &db.IDFilter{In: []db.ID{account.ID.ID()}}},
		"under an account":  {Under: &db.UnderFilter{ID: account.ID.ID()}},
		"two levels under":  {Under: &db.UnderFilter{ID: account.ID.ID(), MaxLevel: ptr(2), IncludeSelf: true}},
		"with children":     {HasChildren: &db.BooleanFilter{Equals: true}},
		"with a contact":    {HasContact: &db.BooleanFilter{Equals: true}},
		"that are roots":    {IsRoot: &db.BooleanFilter{Equals: true}},
		"of many employees": {Employees: &db.IntFilter{Gte: ptr(990)}},
	} {
		accounts(name, db.AccountArgs{Filter: filter})
	}
	for _, field := range []db.ContactOrderField{db.ContactByName, db.ContactByEmail, db.ContactByCreatedAt, db.ContactByUpdatedAt} {
		for _, direction := range []db.OrderDirection{db.Ascending, db.Descending} {
			args := db.ContactArgs{OrderBy: &db.ContactOrder{Field: field, Direction: direction}}
			found[fmt.Sprintf("Contacts by %s %s", field, direction)] = func(ctx context.Context, d *db.DB) error {
				first, err := d.Contacts(ctx, v, args)
				if err != nil {
					return err
				}
				next := args
				next.After = first.PageInfo.EndCursor()
				_, err = d.Contacts(ctx, v, next)
				return err
			}
		}
	}
	for name, filter := range map[string]*db.ContactFilter{
		"of an address":  {Email: &db.TextFilter{Equals: &person.Email}},
		"of a beginning": {Email: &db.TextFilter{StartsWith: ptr("p30")}},
		"of an account":  {AccountID: &db.IDFilter{In: []db.ID{account.ID.ID()}}},
	} {
		found["Contacts "+name] = func(ctx context.Context, d *db.DB) error {
			_, err := d.Contacts(ctx, v, db.ContactArgs{Filter: filter})
			return err
		}
	}
	return found
}

// manyOrganizationsSQL makes 1,500 organizations of two accounts and a contact, beside which a plan for all organizations would take
// one for a handful of rows.
const manyOrganizationsSQL = `
WITH made AS (
  INSERT INTO organizations (id, name) SELECT CAST(md5('small' || n) AS uuid), 'Small ' || n FROM generate_series(1, 1500) n RETURNING id
), types AS (
  INSERT INTO picklist_values (organization_id, picklist, key, label, position) SELECT id, 'contact_type', 'OTHER', 'Other', 0 FROM made
), people AS (
  INSERT INTO contacts (organization_id, first_name, email, type) SELECT id, 'Somebody', 'somebody@example.com', 'OTHER' FROM made
)
INSERT INTO accounts (organization_id, id, number, parent_id, name, employees)
SELECT id, CAST(md5(CAST(id AS text) || n) AS uuid), n, CASE WHEN n > 1 THEN CAST(md5(CAST(id AS text) || 1) AS uuid) END, 'Small', n
FROM made, generate_series(1, 2) n`

// manyAccounts makes an organization of 20,000 accounts among many small ones, in a database with one connection.
func manyAccounts(t testing.TB) (*db.DB, db.Viewer) {
	t.Helper()
	d := oneConnection(t)
	v := dbtest.Organization(t, d, "Large")
	run(t, d, crowdSQL, v.Organization)
	run(t, d, "UPDATE accounts SET primary_domain = d.domain FROM account_domains d WHERE d.account_id = accounts.id")
	run(t, d, manyOrganizationsSQL)
	run(t, d, "VACUUM ANALYZE")
	return d, v
}

// TestReadsGoThroughIndexes reads an organization of 20,000 accounts as often as it takes for the database to choose between a plan
// for the values at hand and one for all values: no read goes through a large table from end to end, nor through an index of one,
// with either.
func TestReadsGoThroughIndexes(t *testing.T) {
	t.Parallel()
	d, v := manyAccounts(t)
	numbered, err := d.AccountsByNumber(t.Context(), v, []int{401})
	if err != nil {
		t.Fatal(err)
	}
	account := numbered[401]
	people, err := d.ContactsByEmails(t.Context(), v, []string{"p401@d401.com"})
	if err != nil {
		t.Fatal(err)
	}
	below, err := d.Accounts(t.Context(), v, db.AccountArgs{PageArgs: db.PageArgs{First: ptr(100)}, Filter: &db.AccountFilter{Under: &db.UnderFilter{ID: account.ID.ID(), IncludeSelf: true}}})
	if err != nil || len(below.Edges) < 50 {
		t.Fatalf("got %v, %v, want many accounts", below, err)
	}
	var ids []db.AccountID
	for _, a := range below.Nodes() {
		ids = append(ids, a.ID)
	}
	all := listReads(v, account, people[0])
	for _, r := range reads {
		all[r.name] = func(ctx context.Context, d *db.DB) error { return r.read(ctx, d, v, ids) }
	}
	for _, below := range []bool{false, true} {
		all[fmt.Sprintf("ContactsOf, below: %t", below)] = func(ctx context.Context, d *db.DB) error {
			_, err := d.ContactsOf(ctx, v, ids, db.AccountContactArgs{IncludeDescendants: below})
			return err
		}
	}
	all["MemberCounts"] = func(ctx context.Context, d *db.DB) error { _, err := d.MemberCounts(ctx, v, ids); return err }

	for _, mode := range []string{"auto", "force_generic_plan"} {
		run(t, d, "SET plan_cache_mode = "+mode)
		for _, name := range slices.Sorted(maps.Keys(all)) {
			before, entries := scans(t, d), entriesRead(t, d)
			for range 8 { // the sixth is the first for which a plan for all values may be taken
				if err := all[name](t.Context(), d); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			wantNoScan(t, d, before, name+" ("+mode+")")
			// How many of an organization are roots, it guesses from all organizations, and how many have so many employees, a plan for all
			// values can't know: it goes by names until the page is full.
			isGuess := strings.HasPrefix(name, "Accounts that are roots") || strings.HasPrefix(name, "Accounts of many employees") && mode == "force_generic_plan"
			if n := (entriesRead(t, d) - entries) / 8; n > 5000 && !isGuess {
				t.Errorf("%s (%s): read %d entries of indexes each time", name, mode, n)
			}
		}
	}
}

// TestPurgesGoThroughIndexes lets the foreign keys look for what refers to a purged account, with either plan.
func TestPurgesGoThroughIndexes(t *testing.T) {
	t.Parallel()
	d, v := manyAccounts(t)
	for i, mode := range []string{"auto", "force_generic_plan"} {
		run(t, d, "SET plan_cache_mode = "+mode)
		number := 401 + 200*i
		numbered, err := d.AccountsByNumber(t.Context(), v, []int{number})
		if err != nil {
			t.Fatal(err)
		}
		remove(t, d, v, numbered[number], db.ChildrenCascade)
		age(t, d, 30)
		before := scans(t, d)
		if got := purge(t, d, v); got[0] < 50 {
			t.Errorf("purged %d accounts, want many", got[0])
		}
		wantNoScan(t, d, before, "purge ("+mode+")")
	}
}

// wantNoScan fails where a large table was gone through from end to end since the scans were counted.
func wantNoScan(t testing.TB, d *db.DB, before map[string]int64, what string) {
	t.Helper()
	for table, n := range scans(t, d) {
		if n -= before[table]; n > 0 {
			t.Errorf("%s: went through %s from end to end, %d times", what, table, n)
		}
	}
}

// entriesRead is how many entries of the large tables' indexes were read.
func entriesRead(t testing.TB, d *db.DB) int {
	t.Helper()
	run(t, d, "SELECT pg_stat_force_next_flush()")
	return query[int](t, d, "SELECT CAST(sum(idx_tup_read) AS bigint) FROM pg_stat_user_indexes WHERE relname IN "+large)[0]
}

// scans is how often each table was gone through from end to end.
func scans(t testing.TB, d *db.DB) map[string]int64 {
	t.Helper()
	run(t, d, "SELECT pg_stat_force_next_flush()")
	var rows []struct {
		Table string `db:"relname"`
		Scans int64  `db:"seq_scan"`
	}
	if err := d.Pool().SelectContext(t.Context(), &rows, "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname IN "+large); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		t.Fatal("no table is known")
	}
	counts := map[string]int64{}
	for _, r := range rows {
		counts[r.Table] = r.Scans
	}
	return counts
}
