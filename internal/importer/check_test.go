package importer

import (
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func TestChecksOfTheHierarchy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before, file string
		rejects      []string
		tree         []string
	}{
		"parents that are nowhere, and what is below": {
			file:    lines("a,x,A", "b,a,B", "c,b,C", "d,,D"),
			rejects: []string{"2 parent_external_id NOT_FOUND", "3 parent_external_id NOT_FOUND", "4 parent_external_id NOT_FOUND"},
			tree:    []string{"d D"},
		},
		"all members of circles, and what is below": {
			file: lines("a,b,A", "b,a,B", "below,b,Below", "self,self,Self", "c,d,C", "d,e,D", "e,c,E", "f,,F"),
			rejects: []string{"2 parent_external_id CYCLE", "3 parent_external_id CYCLE", "4 parent_external_id NOT_FOUND", "5 parent_external_id CYCLE",
				"6 parent_external_id CYCLE", "7 parent_external_id CYCLE", "8 parent_external_id CYCLE"},
			tree: []string{"f F"},
		},
		"a circle with what is there already": {
			before:  lines("top,,Top", "mid,top,Mid", "low,mid,Low"),
			file:    lines("top,low,Top", "new,low,New"),
			rejects: []string{"2 parent_external_id CYCLE"},
			tree:    []string{"low Low <mid", "mid Mid <top", "new New <low", "top Top"},
		},
		"a circle that is there once another row is refused": {
			before:  lines("a,,A", "b,a,B"),
			file:    lines("a,b,A", "b,nowhere,B"),
			rejects: []string{"2 parent_external_id CYCLE", "3 parent_external_id NOT_FOUND"},
			tree:    []string{"a A", "b B <a"},
		},
		"accounts that change places": {
			before: lines("a,,A", "b,a,B", "c,b,C"),
			file:   lines("c,,C", "b,c,B", "a,b,A"),
			tree:   []string{"a A <b", "b B <c", "c C"},
		},
		"a refused row is a parent all the same where its account is there": {
			before:  lines("a,,A"),
			file:    lines("a,,", "b,a,B"),
			rejects: []string{"2 name REQUIRED"},
			tree:    []string{"a A", "b B <a"},
		},
		"one account on several lines": {
			file:    lines("a,,A", "b,,B", "a,b,A", "a,,A", "a,,Other", "c,a,C"),
			rejects: []string{"4 external_id DUPLICATE", "6 external_id DUPLICATE"},
			tree:    []string{"a A", "b B", "c C <a"},
		},
		"the first of several lines counts, whatever is wrong with it": {
			file:    lines("a,,", "a,,A", "b,a,B"),
			rejects: []string{"2 name REQUIRED", "3 external_id DUPLICATE", "4 parent_external_id NOT_FOUND"},
			tree:    []string{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			const header = "external_id,parent_external_id,name\n"
			if test.before != "" {
				if got := w.run(header+test.before, crm()); got.RejectedCount > 0 {
					t.Fatalf("before: got %q", got.rejects)
				}
			}
			got := w.run(header+test.file, crm())
			equal(t, "rejects", got.rejects, test.rejects)
			equal(t, "accounts", w.tree(), test.tree)
		})
	}
	t.Run("a chain of 12,000, from the bottom up", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		rows := [][]string{{"external_id", "parent_external_id", "name"}}
		for i := 12_000; i > 0; i-- {
			rows = append(rows, []string{itoa(i), itoa(i - 1), "Link"})
		}
		rows[12_000][1] = ""
		equal(t, "counts", w.run(table(rows), crm()).counts(), "12000 rows, 12000 created")
		depths, err := w.d.Depths(t.Context(), w.v, []db.AccountID{w.account("12000").ID})
		if err != nil || depths[w.account("12000").ID] != 11_999 {
			t.Errorf("got %v, %v; want the depth 11999", depths, err)
		}
	})
}

func TestChecksOfClaims(t *testing.T) {
	t.Parallel()
	t.Run("of rows with one domain the highest has it, then the first", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		got := w.run(lines("external_id,parent_external_id,name,primary_domain,secondary_domains",
			"low,top,Low,x.com,", "top,,Top,x.com,", "one,,One,y.com,", "two,,Two,y.com,", "three,,Three,three.com,x.com", "child,low,Child,z.com,", "late,,Late,z.com,"), crm())
		equal(t, "rejects", got.rejects, []string{"2 primary_domain DOMAIN_TAKEN", "5 primary_domain DOMAIN_TAKEN", "6 secondary_domains DOMAIN_TAKEN", "7 primary_domain DOMAIN_TAKEN, parent_external_id NOT_FOUND"})
		equal(t, "accounts", w.tree(), []string{"late Late z.com", "one One y.com", "top Top x.com"})
	})
	t.Run("domains that route elsewhere are refused, or shared", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.create("Holder", "holder", nil)
		file := lines("external_id,name,primary_domain", "a,A,holder.com", "b,B,b.com", "c,C,b.com")
		got := w.run(file, crm())
		equal(t, "rejects", got.rejects, []string{"2 primary_domain DOMAIN_TAKEN", "4 primary_domain DOMAIN_TAKEN"})
		if !strings.Contains(got.file, "routes to account 1 (Holder)") || !strings.Contains(got.file, "line 3 has the domain as well") {
			t.Errorf("got %s", got.file)
		}
		o := crm()
		o.ShareDomains = true
		equal(t, "counts", w.run(file, o).counts(), "3 rows, 2 created, 1 unchanged")
		equal(t, "accounts", w.tree(), []string{"a A (holder.com)", "b B b.com", "c C (b.com)", "holder Holder holder.com"})
		equal(t, "counts of what is shared already", w.run(file, crm()).counts(), "3 rows, 3 unchanged")
	})
	t.Run("domains of mail providers are refused, unless they are meant or there already", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		file := lines("external_id,name,primary_domain,secondary_domains", "a,A,gmail.com,", "b,B,b.com,gmx.de")
		equal(t, "rejects", w.run(file, crm()).rejects, []string{"2 primary_domain FREE_MAIL_DOMAIN", "3 secondary_domains FREE_MAIL_DOMAIN"})
		o := crm()
		o.AllowFreeMailDomains = true
		equal(t, "counts", w.run(file, o).counts(), "2 rows, 2 created")
		equal(t, "counts again", w.run(file, crm()).counts(), "2 rows, 2 unchanged")
	})
	t.Run("external ids and identifiers of others are refused", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.run(lines("external_id,name,external_ids,identifiers", "a,A,erp:1;x:1,DUNS:123456789"), crm())
		got := w.run(lines("external_id,name,external_ids,identifiers", "b,B,erp:1,", "c,C,,DUNS:12-345-6789", "d,D,erp:2,", "e,E,erp:2,", "f,F,colonless,"), crm())
		equal(t, "rejects", got.rejects, []string{"2 external_ids TAKEN", "3 identifiers TAKEN", "5 external_ids DUPLICATE", "6 external_ids INVALID"})
	})
	t.Run("all that is wrong with a row is told at once", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.create("Holder", "holder", nil)
		got := w.run(lines("external_id,parent_external_id,name,primary_domain,secondary_domains,country,website,employees,status,health,owner_email",
			"a,nowhere,A,holder.com,gmail.com,ZZ,ftp://x,1e3,active,GREY,nobody@example.com"), crm())
		equal(t, "rejects", got.rejects, []string{"2 employees INVALID, health NOT_FOUND, owner_email NOT_FOUND, website INVALID, country INVALID, parent_external_id NOT_FOUND"})
	})
}

func TestChecksOfReferences(t *testing.T) {
	t.Parallel()
	w := setup(t)
	owner, err := w.d.CreateUser(t.Context(), w.v, db.NewUser{Name: "Olga", Email: "olga@example.com", Role: db.RoleMember})
	if err != nil {
		t.Fatal(err)
	}
	const file = "external_id,name,owner_email,classification\n1,One,Olga@Example.com,Strategic\n"
	equal(t, "counts", w.run(file, crm()).counts(), "1 rows, 1 created")
	query[string](w, "UPDATE users SET is_active = false WHERE id = $1 RETURNING name", owner.ID)
	query[string](w, "UPDATE picklist_values SET is_archived = true WHERE organization_id = $1 AND key = 'STRATEGIC' RETURNING key", w.v.Organization)
	t.Run("what is inactive or archived stays where it is", func(t *testing.T) {
		equal(t, "counts", w.run(file, crm()).counts(), "1 rows, 1 unchanged")
	})
	t.Run("and is refused where it is new", func(t *testing.T) {
		got := w.run(strings.ReplaceAll(file, "1,One", "2,Two"), crm())
		equal(t, "rejects", got.rejects, []string{"2 classification INACTIVE, owner_email INACTIVE"})
	})
	t.Run("industries are added, unless that is refused", func(t *testing.T) {
		o := crm()
		o.RejectNewIndustries = true
		const file = "external_id,name,industry\n3,Three,Wizardry; magic\n4,Four,Финансы\n5,Five,real estate\n6,,Unused\n"
		equal(t, "rejects", w.run(file, o).rejects, []string{"2 industry NOT_FOUND", "3 industry NOT_FOUND", "5 industry NOT_FOUND, name REQUIRED"})
		got := w.run(file, crm())
		equal(t, "counts", got.counts(), "4 rows, 1 created, 1 unchanged, 2 rejected, 1 industries")
		equal(t, "industries", query[string](w, "SELECT industry FROM accounts WHERE industry IS NOT NULL ORDER BY number"), []string{"REAL_ESTATE", "WIZARDRY"})
		equal(t, "values", query[string](w, `SELECT label || ' ' || position FROM picklist_values WHERE organization_id = $1 AND key IN ('WIZARDRY', 'UNUSED')`, w.v.Organization), []string{"Wizardry 16"})
		equal(t, "events", query[string](w, "SELECT after ->> 'key' FROM events WHERE type = 'picklist_value.created'"), []string{"WIZARDRY"})
	})
	t.Run("too many new industries are refused", func(t *testing.T) {
		rows := [][]string{{"external_id", "name", "industry"}}
		for i := range 502 {
			rows = append(rows, []string{"i" + itoa(i), "Name", "Kind " + itoa(i)})
		}
		equal(t, "rejects", w.run(table(rows), crm()).rejects, []string{"502 industry TOO_LONG", "503 industry TOO_LONG"})
	})
}

func TestKeysOfRows(t *testing.T) {
	t.Parallel()
	w := setup(t)
	long := strings.Repeat("x", 256)
	t.Run("are told where they are wrong, beside what else is", func(t *testing.T) {
		got := w.run(lines("external_id,source,name,parent_external_id,parent_source,employees",
			"1,"+long+",A,2,,1", "2,c\u202erm,B,,,1", "3,,C,2,,1", long+",erp,D,,,1", ",,,5,erp,some", "6,erp,F,"+long+","+long+",1", "7,erp,G,2,\u202e,1"),
			Options{Entity: db.ImportAccounts})
		equal(t, "rejects", got.rejects, []string{
			"2 source TOO_LONG", "3 source INVALID", "4 source REQUIRED", "5 external_id TOO_LONG",
			"6 employees INVALID, external_id REQUIRED, name REQUIRED",
			"7 parent_source TOO_LONG, parent_external_id TOO_LONG", "8 parent_source INVALID",
		})
	})
	t.Run("are not told to be missing where they can't be read", func(t *testing.T) {
		equal(t, "rejects", w.run("external_id,name\n1\x00,A\n2,B\xff\n3,Ää\n\xff4,Ä\n", crm()).rejects, []string{"2 external_id INVALID", "3 name INVALID", "5 external_id INVALID"})
		equal(t, "rejects of ids", w.run("id,name\nnone,A\n,B\n", crm()).rejects, []string{"2 id INVALID", "3 id REQUIRED"})
		equal(t, "rejects of contacts", w.run("email,first_name\na@\x00acme.com,A\n", people()).rejects, []string{"2 email INVALID"})
	})
}
