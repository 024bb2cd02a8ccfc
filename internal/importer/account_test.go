package importer

import (
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func TestImportAccounts(t *testing.T) {
	t.Parallel()
	t.Run("takes rows in any order, and parents that are there already", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.create("Above", "above", nil)
		got := w.run(lines(
			"external_id,parent_external_id,name,primary_domain,secondary_domains",
			"leaf,branch,Leaf,,",
			"branch,root,Branch,branch.com,",
			"root,above,Root,WWW.Root.com,b.root.com;https://c.root.com/x",
		), crm())
		equal(t, "counts", got.counts(), "3 rows, 3 created")
		equal(t, "accounts", w.tree(), []string{
			"above Above above.com", "branch Branch <root branch.com", "leaf Leaf <branch", "root Root <above root.com b.root.com c.root.com",
		})
	})
	t.Run("writes what the columns say, by the rules of accounts", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		got := w.run(lines(
			"External ID;Source;Name;Website;Country;Region;City;Status;Industry;Description;Annual Revenue;Employees;Owner Email;Health;Account-Status;Identifiers;External IDs;Metadata;Is this read?",
			`7;sap; Acme ;HTTP://Acme.example/A;ch;ZH;Zürich;ACTIVE;Space travel; a text ;1250.5;12;ADMIN@example.com;red;Churned;LEI:5493001KJTIIGC8Y1R12;crm:1;"{""a"": 1}";yes`,
			`8;sap;Bcme;;;;;gone;technology;;;;;;;;;;`,
		), Options{Entity: db.ImportAccounts})
		equal(t, "counts", got.counts(), "2 rows, 2 created, 1 industries")
		equal(t, "rejects", got.rejects, []string(nil))
		equal(t, "columns that are not read", got.job.Ignored, []string{"Is this read?"})
		a, b := w.accountOf("sap", "7"), w.accountOf("sap", "8")
		equal(t, "texts", []string{a.Name, *a.Website, *a.BillingAddress.Country, *a.BillingAddress.City, *a.IndustryKey, *a.Description, *a.HealthKey, *a.StatusKey, *a.Source, string(a.Metadata)},
			[]string{"Acme", "http://acme.example/A", "CH", "Zürich", "SPACE_TRAVEL", "a text", "RED", "CHURNED", "sap", `{"a": 1}`})
		equal(t, "figures", []any{a.RevenueAmount.String(), *a.RevenueCurrency, *a.Employees, a.IsActive, *a.OwnerID == *w.v.User}, []any{"1250.5", "USD", 12, true, true})
		if b.IsActive || *b.IndustryKey != "TECHNOLOGY" {
			t.Errorf("got %+v; want an inactive account of TECHNOLOGY", b)
		}
		equal(t, "label of the new industry", one[string](w, "SELECT label FROM picklist_values WHERE organization_id = $1 AND key = 'SPACE_TRAVEL'", w.v.Organization), "Space travel")
		equal(t, "external ids", query[string](w, "SELECT source || ':' || external_id FROM account_external_ids WHERE account_id = $1 ORDER BY position", a.ID), []string{"sap:7", "crm:1"})
	})
	t.Run("tells its events as other writes do", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.run(lines("external_id,name,primary_domain", "i,Imported,i.com"), crm())
		w.create("Made", "m", nil)
		keys := query[string](w, `SELECT string_agg(key, ' ' ORDER BY key) FROM events, jsonb_object_keys(after) AS key
			WHERE organization_id = $1 AND type = 'account.created' GROUP BY sequence ORDER BY sequence`, w.v.Organization)
		if len(keys) != 2 || keys[0] != keys[1] {
			t.Errorf("keys of the events: got %q, want two equal", keys)
		}
		equal(t, "the event", one[string](w, `SELECT concat_ws(' ', actor_kind, after ->> 'name', after -> 'domains', after -> 'external_ids') FROM events
			WHERE type = 'account.created' AND after ->> 'name' = 'Imported' AND entity_id = CAST(after ->> 'id' AS uuid) AND actor_id = $1`, w.v.User),
			`USER Imported ["i.com"] [{"source": "crm", "external_id": "i"}]`)
		equal(t, "events of the import", query[string](w, `SELECT type || coalesce(' ' || (after ->> 'created_count'), '') FROM events WHERE entity = 'import' ORDER BY sequence`),
			[]string{"import.started", "import.finished 1"})
	})
}

func TestImportAgain(t *testing.T) {
	t.Parallel()
	first := lines(
		"external_id,parent_external_id,name,primary_domain,secondary_domains,website,employees",
		"top,,Top,top.com,,https://top.com,10",
		"a,top,A,a.com,a2.com;a3.com,,",
		"b,top,B,,,,",
	)
	start := func(t *testing.T) world {
		w := setup(t)
		equal(t, "counts at first", w.run(first, crm()).counts(), "3 rows, 3 created")
		return w
	}
	t.Run("changes nothing, and says so", func(t *testing.T) {
		t.Parallel()
		w := start(t)
		before := query[string](w, "SELECT CAST(a AS text) FROM accounts a ORDER BY id")
		equal(t, "counts", w.run(first, crm()).counts(), "3 rows, 3 unchanged")
		equal(t, "accounts", query[string](w, "SELECT CAST(a AS text) FROM accounts a ORDER BY id"), before)
		equal(t, "rows that are kept", one[int](w, "SELECT count(*) FROM import_rows"), 0)
	})
	t.Run("changes what differs: an empty cell clears, an absent column leaves", func(t *testing.T) {
		t.Parallel()
		w := start(t)
		got := w.run(lines("external_id,name,primary_domain,employees", "top,Top,top.com,", "a,A!,a4.com,3", "b,B,,"), crm())
		equal(t, "counts", got.counts(), "3 rows, 2 updated, 1 unchanged")
		equal(t, "accounts", w.tree(), []string{"a A! <top a4.com a2.com a3.com", "b B <top", "top Top top.com"})
		a, top := w.account("a"), w.account("top")
		equal(t, "values", []any{*a.Employees, a.Version, top.Employees == nil, top.Version, *top.Website}, []any{3, 2, true, 2, "https://top.com"})
		equal(t, "event", one[string](w, `SELECT concat_ws(' ', before, after) FROM events WHERE type = 'account.updated' AND entity_id = $1`, top.ID), `{"employees": 10} {"employees": null}`)
		equal(t, "domains in the event", one[string](w, `SELECT concat_ws(' ', before -> 'domains', after -> 'domains') FROM events WHERE type = 'account.updated' AND entity_id = $1`, a.ID),
			`["a.com", "a2.com", "a3.com"] ["a4.com", "a2.com", "a3.com"]`)
	})
	t.Run("moves accounts, and keeps the changes", func(t *testing.T) {
		t.Parallel()
		w := start(t)
		got := w.run(lines("external_id,parent_external_id,name", "a,,A", "b,a,B", "top,a,Top"), crm())
		equal(t, "counts", got.counts(), "3 rows, 3 moved")
		equal(t, "accounts", w.tree(), []string{"a A a.com a2.com a3.com", "b B <a", "top Top <a top.com"})
		equal(t, "changes", query[string](w, `SELECT e.external_id || ': ' || c.reason FROM parent_changes c JOIN account_external_ids e USING (account_id) ORDER BY 1`),
			[]string{"a: import of file.csv", "b: import of file.csv", "top: import of file.csv"})
		equal(t, "events", one[int](w, "SELECT count(*) FROM events WHERE type = 'account.moved'"), 3)
	})
	t.Run("hands on a domain that is given up", func(t *testing.T) {
		t.Parallel()
		w := start(t)
		o := crm()
		o.ShareDomains = true
		w.run(lines("external_id,name,primary_domain", "b,B,a.com"), o)
		equal(t, "shared", w.tree()[1], "b B <top (a.com)")
		w.run(lines("external_id,name,primary_domain", "a,A,a5.com"), crm())
		equal(t, "handed on", w.tree(), []string{"a A <top a5.com a2.com a3.com", "b B <top a.com", "top Top top.com"})
	})
	t.Run("updates accounts without a column of names, and makes none", func(t *testing.T) {
		t.Parallel()
		w := start(t)
		got := w.run(lines("external_id,employees", "b,5", "new,6"), crm())
		equal(t, "counts", got.counts(), "2 rows, 1 updated, 1 rejected")
		equal(t, "rejects", got.rejects, []string{"3 REQUIRED"})
	})
	t.Run("finds accounts by their own ids, and adds external ids to them", func(t *testing.T) {
		t.Parallel()
		w := start(t)
		a := w.account("a")
		got := w.run(lines("id,external_id,source,name", a.ID.String()+",A-1,erp,Aa"), Options{Entity: db.ImportAccounts})
		equal(t, "counts", got.counts(), "1 rows, 1 updated")
		equal(t, "external ids", query[string](w, "SELECT source || ':' || external_id FROM account_external_ids WHERE account_id = $1 ORDER BY position", a.ID), []string{"crm:a", "erp:A-1"})
	})
}

func TestImportOfRejectedRows(t *testing.T) {
	t.Parallel()
	w := setup(t)
	got := w.run("external_id,name,primary_domain,employees,note\r\n"+
		"1,\"Has, a comma\",nowhere,-3,\"two\r\nlines\"\r\n2,,two.com,4,\r\n3,Three,three.com,5,x\r\n", crm())
	equal(t, "counts", got.counts(), "3 rows, 1 created, 2 rejected")
	equal(t, "file", got.file, strings.Join([]string{
		"problem_line,problem_column,problem_value,problem_code,problem_reason,external_id,name,primary_domain,employees,note",
		`2,employees | primary_domain,-3 | nowhere,OUT_OF_RANGE | INVALID,"-3 is not from 0 to 2147483647 | ""nowhere"" is not a whole domain: it needs a dot, as in example.com",1,"Has, a comma",nowhere,-3,"two`,
		`lines"`,
		"4,name,,REQUIRED,can't be blank,2,,two.com,4,",
		"",
	}, "\n"))
	mended := strings.NewReplacer(",nowhere,-3,", ",one.com,3,", ",2,,", ",2,Two,").Replace(got.file)
	again := w.run(mended, crm())
	equal(t, "counts of what was mended", again.counts(), "2 rows, 2 created")
	equal(t, "accounts", w.tree(), []string{"1 Has, a comma one.com", "2 Two two.com", "3 Three three.com"})
	equal(t, "a file of rejected rows again", w.run(strings.ReplaceAll(got.file, "external_id,name", "external_id,Name"), crm()).file,
		strings.NewReplacer("external_id,name", "external_id,Name").Replace(strings.ReplaceAll(got.file, "\n4,name", "\n4,Name")))
}
