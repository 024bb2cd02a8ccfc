package importer

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func itoa(n int) string { return strconv.Itoa(n) }

// family is a file of a root, its children and theirs: 1 + n + n*n accounts, the lowest first.
func family(n int) string {
	rows := [][]string{{"external_id", "parent_external_id", "name", "primary_domain"}}
	for i := range n {
		for j := range n {
			rows = append(rows, []string{fmt.Sprintf("%d-%d", i, j), itoa(i), "Leaf", fmt.Sprintf("l%d-%d.com", i, j)})
		}
	}
	for i := range n {
		rows = append(rows, []string{itoa(i), "root", "Branch", fmt.Sprintf("b%d.com", i)})
	}
	return table(append(rows, []string{"root", "", "Root", "root.com"}))
}

func TestStoppedImports(t *testing.T) {
	t.Parallel()
	w := setup(t)
	file := family(80) // 6,481 rows: seven portions
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	job, err := Start(ctx, w.d, w.v, File{Name: "family.csv", ReadSeeker: strings.NewReader(file)}, crm(), nil)
	if err != nil {
		t.Fatal(err)
	}
	err = job.Finish(ctx, func(done, total int) {
		if total != 6481 {
			t.Errorf("got %d of %d rows to write, want 6481", done, total)
		}
		if done > 3000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got the error %v, want %v", err, context.Canceled)
	}
	w.close(job)
	written := one[int](w, "SELECT count(*) FROM accounts")
	if written <= 3000 || written == 6481 {
		t.Errorf("got %d accounts that are in, want some of the file, and more than 3000", written)
	}
	equal(t, "what the import counted, stopped", []int{job.CreatedCount, job.PendingCount}, []int{written, 6481 - written})
	equal(t, "events of accounts that are in", one[int](w, "SELECT count(*) FROM events WHERE type = 'account.created'"), written)
	equal(t, "rows that wait", one[int](w, "SELECT count(*) FROM import_rows"), 6481-written)
	equal(t, "the import", one[string](w, "SELECT state || ' ' || created_count FROM imports"), fmt.Sprint("WRITING ", written))
	equal(t, "accounts without their parent", one[int](w, "SELECT count(*) FROM accounts WHERE parent_id IS NULL"), 1)
	waiting := query[string](w, "SELECT fresh_id FROM import_rows ORDER BY line")
	highest := one[int](w, "SELECT last_account_number FROM organizations")

	t.Run("are continued by the same file, where they were", func(t *testing.T) {
		job, err := Start(t.Context(), w.d, w.v, File{Name: "family.csv", ReadSeeker: strings.NewReader(file)}, crm(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer w.close(job)
		first := -1
		if err := job.Finish(t.Context(), func(done, total int) {
			if first < 0 {
				first = total
			}
		}); err != nil {
			t.Fatal(err)
		}
		equal(t, "continued", job.Continued, true)
		equal(t, "rows to write", first, 6481-written)
		equal(t, "counts", outcome{Import: job.Import}.counts(), "6481 rows, 6481 created")
		equal(t, "imports", one[string](w, "SELECT state || ' ' || row_count FROM imports"), "DONE 6481")
		equal(t, "rows that wait", one[int](w, "SELECT count(*) FROM import_rows"), 0)
		equal(t, "ids of what waited, in the order of the lines", query[string](w, "SELECT id FROM accounts WHERE number > $1 ORDER BY number", highest), waiting)
		equal(t, "accounts without an event, a domain or an external id", one[int](w, `SELECT count(*) FROM accounts a
			WHERE (SELECT count(*) FROM events e WHERE e.entity_id = a.id) <> 1 OR (SELECT count(*) FROM account_domains d WHERE d.account_id = a.id) <> 1
			  OR (SELECT count(*) FROM account_external_ids e WHERE e.account_id = a.id) <> 1`), 0)
	})
	t.Run("make no difference to what results", func(t *testing.T) {
		equal(t, "counts", w.run(file, crm()).counts(), "6481 rows, 6481 unchanged")
	})
	t.Run("are given up for another file", func(t *testing.T) {
		w := w.beside("other")
		w.t = t
		job, err := w.start("external_id,name\n1,One\n", crm())
		if err != nil {
			t.Fatal(err)
		}
		w.close(job)
		equal(t, "counts", w.run("external_id,name\n2,Two\n", crm()).counts(), "1 rows, 1 created")
		equal(t, "accounts", w.tree(), []string{"2 Two"})
		equal(t, "imports", query[string](w, "SELECT state FROM imports WHERE organization_id = $1 ORDER BY id", w.v.Organization), []string{"ABANDONED", "DONE"})
		equal(t, "rows that wait", one[int](w, "SELECT count(*) FROM import_rows"), 0)
	})
}

// breaksOff is a file whose rows can't be read to the end.
type breaksOff struct {
	*strings.Reader
	isSurveyed bool
}

var errBrokenOff = errors.New("the disk is gone")

func (b *breaksOff) Seek(offset int64, whence int) (int64, error) {
	b.isSurveyed = true
	return b.Reader.Seek(offset, whence)
}

func (b *breaksOff) Read(into []byte) (int, error) {
	if b.isSurveyed && b.Len() < int(b.Size()/2) {
		return 0, errBrokenOff
	}
	return b.Reader.Read(into)
}

func TestFilesThatBreakOff(t *testing.T) {
	t.Parallel()
	w := setup(t)
	file := family(80)
	_, err := Start(t.Context(), w.d, w.v, File{Name: "family.csv", ReadSeeker: &breaksOff{Reader: strings.NewReader(file)}}, crm(), nil)
	if !errors.Is(err, errBrokenOff) {
		t.Fatalf("got the error %v, want %v", err, errBrokenOff)
	}
	equal(t, "rows", one[int](w, "SELECT count(*) FROM import_rows"), 0)
	equal(t, "the import", one[string](w, "SELECT state FROM imports"), "READING")
	equal(t, "the whole file", w.run(file, crm()).counts(), "6481 rows, 6481 created")
}

func TestOneImportAtATime(t *testing.T) {
	t.Parallel()
	w := setup(t)
	job, err := w.start("external_id,name\n1,One\n", crm())
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.start("external_id,name\n2,Two\n", crm())
	equal(t, "problems", problemsOf(t, err), []string{" CONFLICT: another import of the organization is running: wait until it is done"})
	equal(t, "an import of another organization", w.beside("Other").run("external_id,name\n2,Two\n", crm()).counts(), "1 rows, 1 created")
	w.close(job)
	equal(t, "counts once it has ended", w.run("external_id,name\n1,One\n", crm()).counts(), "1 rows, 1 created")
}

// What others write between the check of the rows and their writing is seen all the same.
func TestChangesDuringAnImport(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.run(lines("external_id,parent_external_id,name", "parent,,Parent", "gone,,Gone", "changed,,Changed", "b,,B"), crm())
	o := crm()
	once := false
	got := w.runWith(lines("external_id,parent_external_id,name,primary_domain",
		"x,parent,X,x.com", "y,gone,Y,y.com", "changed,,Changed by the file,changed.com", "new,,New,taken.com", "z,b,Z,z.com", "b,z1,B,b.com", "z1,,Z1,z1.com"), o, func(int, int) {
		if once {
			return
		}
		once = true
		if _, err := w.d.DeleteAccount(t.Context(), w.v, w.account("gone").ID, db.ChildrenReject); err != nil {
			t.Error(err)
		}
		if _, err := w.d.UpdateAccount(t.Context(), w.v, w.account("changed").ID, nil, func(c *db.AccountChange) { text := "meanwhile"; c.Description = &text }); err != nil {
			t.Error(err)
		}
		if _, err := w.d.CreateAccount(t.Context(), w.v, db.CreateAccountInput{Name: "Quick", PrimaryDomain: "taken.com", IsActive: true}); err != nil {
			t.Error(err)
		}
	})
	equal(t, "counts", got.counts(), "7 rows, 3 created, 2 updated, 1 moved, 2 rejected")
	equal(t, "rejects", got.rejects, []string{"3 parent_external_id NOT_FOUND", "5 primary_domain DOMAIN_TAKEN"})
	changed := w.account("changed")
	equal(t, "both changes", []any{changed.Name, *changed.Description, changed.Version}, []any{"Changed by the file", "meanwhile", 3})
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create("There", "there", nil)
	o := crm()
	o.DryRun = true
	before := w.checksum()
	got := w.run(lines("external_id,name,primary_domain,industry", "1,One,one.com,Wizardry", "there,Changed,there.com,", "3,Three,nowhere,", "4,Four,there.com,"), o)
	equal(t, "counts", got.counts(), "4 rows, 1 created, 1 updated, 2 rejected, 1 industries")
	equal(t, "rejects", got.rejects, []string{"4 primary_domain INVALID", "5 primary_domain DOMAIN_TAKEN"})
	equal(t, "all rows of all tables", w.checksum(), before)
	o.DryRun = false
	equal(t, "counts of the import", w.run(lines("external_id,name", "1,One"), o).counts(), "1 rows, 1 created")
}

// checksum is of all rows of the organization, but for what counts the starts of writes.
func (w world) checksum() string {
	w.t.Helper()
	var sums []string
	for _, table := range query[string](w, "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'organization_id' ORDER BY 1") {
		sums = append(sums, table+" "+one[string](w, fmt.Sprintf("SELECT count(*) || ' ' || coalesce(md5(string_agg(CAST(r AS text), '|' ORDER BY CAST(r AS text))), '') FROM %s r WHERE organization_id = $1", table), w.v.Organization))
	}
	return strings.Join(sums, "\n")
}

// purge purges the organization, which has to do what was counted before.
func (w world) purge() db.Purged {
	w.t.Helper()
	counted, err := w.d.CountExpired(w.t.Context(), w.v)
	if err != nil {
		w.t.Fatal(err)
	}
	purged, err := w.d.Purge(w.t.Context(), w.v)
	if err != nil {
		w.t.Fatal(err)
	}
	equal(w.t, "what was counted before the purge", *counted, *purged)
	return *purged
}

func TestRejectedRowsArePurged(t *testing.T) {
	t.Parallel()
	w := setup(t)
	other := w.beside("Other")
	for _, w := range []world{w, other} {
		w.run("external_id,name,employees\n1,Old,few\n", crm())
	}
	if _, err := w.d.Pool().ExecContext(t.Context(), "UPDATE imports SET finished_at = now() - interval '30 days 1 minute'"); err != nil {
		t.Fatal(err)
	}
	w.run("external_id,name,employees\n1,Young,few\n", crm())
	equal(t, "rejected rows before", one[int](w, "SELECT count(*) FROM import_rows"), 3)
	equal(t, "purged", w.purge(), db.Purged{RejectedRowCount: 1})
	equal(t, "rejected rows that are left", strings.Join(query[string](w, "SELECT cells->>1 FROM import_rows WHERE organization_id = $1", w.v.Organization), " "), "Young")
	equal(t, "rejected rows of the other organization", one[int](other, "SELECT count(*) FROM import_rows WHERE organization_id = $1", other.v.Organization), 1)
	equal(t, "imports that are told of", one[int](w, "SELECT sum(rejected_count) FROM imports WHERE organization_id = $1", w.v.Organization), 2)
}

func TestImportsArePurged(t *testing.T) {
	t.Parallel()
	address := dbtest.NewURL(t)
	for name, test := range map[string]struct {
		days int
		kept []string
	}{
		"after a year":                 {365, []string{"young.csv"}},
		"never":                        {0, []string{"old.csv", "rejecting.csv", "young.csv"}},
		"not before what was rejected": {7, []string{"young.csv"}},
	} {
		d, err := db.Open(db.Options{URL: address, ImportRetentionDays: test.days})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		w := world{t, d, dbtest.Organization(t, d, name)}
		other := w.beside("beside " + name)
		for _, w := range []world{w, other} {
			w.run("external_id,name\n1,Old\n", crm())
			w.run("external_id,name\n,Rejected\n", crm())
			w.run("external_id,name\n2,Young\n", crm())
			for n, name := range []string{"old.csv", "rejecting.csv", "young.csv"} {
				days := []int{366, 366, 29}[n]
				if _, err := d.Pool().ExecContext(t.Context(), `UPDATE imports SET file_name = $2, finished_at = now() - make_interval(days => $3)
					WHERE organization_id = $1 AND file_name = 'file.csv' AND id = (SELECT id FROM imports WHERE organization_id = $1 AND file_name = 'file.csv' ORDER BY started_at LIMIT 1)`,
					w.v.Organization, name, days); err != nil {
					t.Fatal(err)
				}
			}
		}
		gone := 3 - len(test.kept)
		equal(t, name+": purged", w.purge(), db.Purged{ImportCount: gone, RejectedRowCount: 1})
		const names = "SELECT file_name FROM imports WHERE organization_id = $1 ORDER BY 1"
		equal(t, name, query[string](w, names, w.v.Organization), test.kept)
		equal(t, "imports of the other organization", query[string](other, names, other.v.Organization), []string{"old.csv", "rejecting.csv", "young.csv"})
		equal(t, "accounts", w.tree(), []string{"1 Old", "2 Young"})
		equal(t, "events of the purge", one[int](w, "SELECT count(*) FROM events WHERE organization_id = $1 AND type = 'import.purged'", w.v.Organization), gone)
		equal(t, "events without values", one[int](w, "SELECT count(*) FROM events WHERE organization_id = $1 AND type = 'import.started' AND after IS NULL", w.v.Organization), gone)
	}
}

// Between the purge of rejected rows and that of imports, an import may become old enough for both.
func TestPurgedImportsTakeTheirRowsAlong(t *testing.T) {
	t.Parallel()
	address := dbtest.NewURL(t)
	d, err := db.Open(db.Options{URL: address, ImportRetentionDays: 30})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	w := world{t, d, dbtest.Organization(t, d, "Acme")}
	w.run("external_id,name\n,Rejected\n", crm())
	if _, err := d.Pool().ExecContext(t.Context(), `
		CREATE FUNCTION age() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE imports SET finished_at = now() - interval '31 days'; RETURN NULL; END $$;
		CREATE TRIGGER age AFTER DELETE ON import_rows FOR EACH STATEMENT EXECUTE FUNCTION age()`); err != nil {
		t.Fatal(err)
	}
	purged, err := d.Purge(t.Context(), w.v)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "purged", *purged, db.Purged{ImportCount: 1, RejectedRowCount: 1})
	equal(t, "imports", one[int](w, "SELECT count(*) FROM imports"), 0)
	equal(t, "rows", one[int](w, "SELECT count(*) FROM import_rows"), 0)
}

func TestWhoMayImport(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for role, may := range map[db.Role]bool{db.RoleAdmin: true, db.RoleManager: true, db.RoleMember: false, db.RoleViewer: false} {
		w.v.Role = role
		job, err := w.start("external_id,name\n", crm())
		if may {
			if err != nil {
				t.Errorf("%s: got %v", role, err)
			} else {
				w.close(job)
			}
			continue
		}
		var refused *db.Error
		if !errors.As(err, &refused) || refused.Code != db.CodeForbidden {
			t.Errorf("%s: got %v, want FORBIDDEN", role, err)
		}
	}
}

// What belongs to another organization is as absent as what is nowhere.
func TestImportsSeeTheirOrganizationOnly(t *testing.T) {
	t.Parallel()
	w := setup(t)
	other := w.beside("Other")
	secret := other.create("Secret", "secret", nil)
	if _, err := w.d.CreateUser(t.Context(), other.v, db.NewUser{Name: "Spy", Email: "spy@example.com", Role: db.RoleAdmin}); err != nil {
		t.Fatal(err)
	}
	before := other.checksum()
	file := lines("id,external_id,parent_external_id,parent_id,name,primary_domain,owner_email",
		secret.ID.String()+",secret,,,Mine,secret.com,", ",child,secret,,Child,child.com,", ",below,,"+secret.ID.String()+",Below,below.com,", ",owned,,,Owned,owned.com,spy@example.com")
	got := w.run(file, crm())
	equal(t, "rejects", got.rejects, []string{"4 parent_id NOT_FOUND", "5 owner_email NOT_FOUND"})
	equal(t, "accounts", w.tree(), []string{"child Child <secret child.com", "secret Mine secret.com"})
	if w.account("secret").ID == secret.ID {
		t.Error("the account of the other organization was found")
	}
	equal(t, "the other organization", other.checksum(), before)
	if _, err := w.d.FindAccount(t.Context(), w.v, secret.ID.String()); err == nil {
		t.Error("another organization's account was found by its id")
	}
	job, err := w.start(file, crm())
	if err != nil {
		t.Fatal(err)
	}
	w.close(job)
	found, err := w.d.ResumeImport(t.Context(), other.v, job.ID)
	if err != nil || found != nil {
		t.Errorf("an import of another organization: got %v, %v, want none", found, err)
	}
}
