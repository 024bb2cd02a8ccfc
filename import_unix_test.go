//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/internal/eventually"
)

// file writes a file and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ends runs the program to its end and returns its exit code and what it wrote.
func ends(t *testing.T, environment []string, args ...string) (int, string) {
	t.Helper()
	p := start(t, environment, args...)
	return p.wait(), p.output()
}

func TestImportAndExport(t *testing.T) {
	t.Parallel()
	address := dbtest.NewURL(t)
	dbtest.Organization(t, dbtest.Open(t, address), "Acme")
	environment := []string{"DATABASE_URL=" + address, "SOURCE=not a setting", "MAP=a=b"}
	path := file(t, "companies.csv", "external_id,parent_external_id,name,primary_domain,note\n1,,One,one.com,x\n2,1,Two,nowhere,\n3,2,Three,,\n")
	rejects := filepath.Join(filepath.Dir(path), "companies.rejects.csv")

	code, said := ends(t, environment, "import", path, "--source=crm", "--dry-run")
	if code != 2 || !strings.Contains(said, "3 rows of companies.csv: 1 would be created, 2 rejected") {
		t.Errorf("a dry run: got %d\n%s", code, said)
	}
	code, said = ends(t, environment, "import", path, "--source=crm")
	for _, words := range []string{
		"Columns that are not read: note\n", "3 rows of companies.csv: 1 created, 2 rejected\n", "The rejected rows are in " + rejects,
		`line 3, primary_domain "nowhere": "nowhere" is not a whole domain: it needs a dot, as in example.com (INVALID)`,
		`line 4, parent_external_id "2": the parent, on line 3, is rejected itself: mend that line as well (NOT_FOUND)`,
	} {
		if code != 2 || !strings.Contains(said, words) {
			t.Errorf("an import: got %d, no %q in\n%s", code, words, said)
		}
	}
	text, err := os.ReadFile(rejects)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rejects, []byte(strings.Replace(string(text), ",nowhere,", ",two.com,", 2)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := ends(t, environment, "import", rejects, "--source", "crm"); code != 0 || !strings.Contains(said, "2 rows of companies.rejects.csv: 2 created\n") {
		t.Errorf("the rejected rows, mended: got %d\n%s", code, said)
	}
	if code, said := ends(t, environment, "import", path, "--source=crm", "--map", "primary_domain="); code != 0 || !strings.Contains(said, "3 rows of companies.csv: 3 unchanged\n") {
		t.Errorf("the file again, without its domains: got %d\n%s", code, said)
	}
	contacts := file(t, "people.csv", "email,first_name\nann@one.com,Ann\n")
	if code, said := ends(t, environment, "import", contacts, "--entity=contact"); code != 0 || !strings.Contains(said, "1 rows of people.csv: 1 created") {
		t.Errorf("contacts: got %d\n%s", code, said)
	}

	exported := filepath.Join(t.TempDir(), "out.csv")
	succeeds(t, environment, []string{"export", "--output", exported}, "3 accounts are in "+exported)
	succeeds(t, environment, []string{"import", exported}, "3 rows of out.csv: 3 unchanged\n")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--under=2", "--format=ndjson"}, `"external_id":"2"`},
		{[]string{`--filter={"name": {"equals": "three"}}`, "--format=ndjson"}, `"external_id":"3"`},
		{[]string{"--entity=contact"}, "email,first_name,"},
	} {
		if code, said := ends(t, environment, append([]string{"export"}, test.args...)...); code != 0 || !strings.Contains(said, test.want) || strings.Contains(said, `"external_id":"1"`) {
			t.Errorf("export %q: got %d\n%s", test.args, code, said)
		}
	}
}

// TestImportOfEndlessInput interrupts an import of what never comes to its end.
func TestImportOfEndlessInput(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	temporary := t.TempDir()
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(temporary, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	cmd := exec.Command(self, "import", "-", "--rejects", filepath.Join(t.TempDir(), "r.csv"))
	cmd.Env = settings([]string{"DATABASE_URL=" + dbtest.NewEmptyURL(t), "TMPDIR=" + temporary})
	var said bytes.Buffer
	cmd.Stderr = &said
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = input.Close() }()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	eventually.So(t, "it reads", func() bool { return len(files()) == 1 })
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	var status *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &status) || status.ExitCode() != 1 || !strings.Contains(said.String(), "interrupted: start it again") {
		t.Errorf("got %v\n%s", err, said.String())
	}
	if left := files(); len(left) != 0 {
		t.Errorf("got %v left", left)
	}
}

// TestImportOfInputIsRefusedBeforeItIsRead imports what never comes to its end, where rejected rows can't be kept.
func TestImportOfInputIsRefusedBeforeItIsRead(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	temporary := t.TempDir()
	cmd := exec.CommandContext(t.Context(), self, "import", "-", "--rejects=/nowhere/r.csv")
	cmd.Env = settings([]string{"DATABASE_URL=" + dbtest.NewEmptyURL(t), "TMPDIR=" + temporary})
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = input.Close() }()
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var status *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &status) || status.ExitCode() != 1 || !strings.Contains(said.String(), "/nowhere/r.csv can't be made") {
		t.Errorf("got %v\n%s", err, said.String())
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("got %v, %v left", left, err)
	}
}

func TestImportsThatFail(t *testing.T) {
	t.Parallel()
	address := dbtest.NewURL(t)
	d := dbtest.Open(t, address)
	v := dbtest.Organization(t, d, "Acme")
	environment := []string{"DATABASE_URL=" + address}
	path := file(t, "a.csv", "external_id,name\n1,One\n")
	fails(t, environment, []string{"import", "/nowhere/a.csv"}, "/nowhere/a.csv", "no such file")
	fails(t, environment, []string{"import", path, "--source=crm", "--rejects=/nowhere/r.csv"}, "/nowhere/r.csv can't be made", "--rejects")
	fails(t, environment, []string{"import", path, "--source=crm", "--organization=Nobody"}, "there is no organization")
	fails(t, environment, []string{"export", "--output=/nowhere/out.csv"}, "can't be made", "--output")
	fails(t, environment, []string{"export", "--under=nobody"}, "there is no account")
	fails(t, environment, []string{"export", `--filter={"nix": 1}`}, "--filter is no filter of accounts")
	if code, said := ends(t, environment, "import", path, "--map=nix=name"); code != 1 || !strings.Contains(said, "2 things are wrong with the file: (1) ") || !strings.Contains(said, `no column "nix"`) {
		t.Errorf("a header that does not fit: got %d\n%s", code, said)
	}
	running, err := d.BeginImport(t.Context(), v, db.NewImport{Entity: db.ImportAccounts, FileName: "b.csv", Fingerprint: "b", Columns: map[string]string{}})
	if err != nil {
		t.Fatal(err)
	}
	if code, said := ends(t, environment, "import", path, "--source=crm"); code != 1 || !strings.Contains(said, "another import of the organization is running: wait until it is done") {
		t.Errorf("beside another import: got %d\n%s", code, said)
	}
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	if code, said := ends(t, environment, "import", path, "--source=crm"); code != 0 || !strings.Contains(said, "The import of b.csv, which was not finished, is given up") {
		t.Errorf("after another import that was stopped: got %d\n%s", code, said)
	}
	if found, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(found) != 1 {
		t.Errorf("files beside the one that was imported: got %v, %v", found, err)
	}
}

// chain writes a file of 7,001 accounts, each above the one before: eight portions, one after the other.
func chain(t *testing.T) string {
	t.Helper()
	return links(t, "chain.csv", func(i int) int { return i - 1 })
}

// star writes a file of 7,001 accounts, one above all others: eight portions, those after the first side by side.
func star(t *testing.T) string {
	t.Helper()
	return links(t, "star.csv", func(int) int { return 0 })
}

func links(t *testing.T, name string, parent func(int) int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("external_id,parent_external_id,name\n")
	for i := 7000; i > 0; i-- {
		fmt.Fprintf(&text, "%d,%d,Link\n", i, parent(i))
	}
	return file(t, name, text.String()+"0,,Top\n")
}

// holdPortions lets an import wait before it writes portions after its first, until release is called. Waiting tells how many do.
func holdPortions(t *testing.T, d *db.DB) (waiting func() int, release func()) {
	t.Helper()
	for _, statement := range []string{
		`CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		  IF EXISTS (SELECT FROM imports WHERE created_count > 0) THEN PERFORM pg_advisory_xact_lock_shared(42); END IF;
		  RETURN NULL;
		END $$`,
		"CREATE TRIGGER wait_for_test BEFORE INSERT ON accounts FOR EACH STATEMENT EXECUTE FUNCTION wait_for_test()",
	} {
		if _, err := d.Pool().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	tx, err := d.Pool().BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	release = func() { _ = tx.Rollback() }
	t.Cleanup(release)
	if _, err := tx.ExecContext(t.Context(), "SELECT pg_advisory_xact_lock(42)"); err != nil {
		t.Fatal(err)
	}
	return func() int {
		return value[int](t, d, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	}, release
}

// value is the one value that a statement finds.
func value[T any](t *testing.T, d *db.DB, statement string) (found T) {
	t.Helper()
	if err := d.Pool().GetContext(t.Context(), &found, statement); err != nil {
		t.Fatal(err)
	}
	return found
}

// wantLinks checks that the accounts of a chain or a star are there, each once and whole, and that one import has brought them.
func wantLinks(t *testing.T, d *db.DB) {
	t.Helper()
	for query, want := range map[string]int{
		"SELECT count(*) FROM accounts WHERE name = 'Link' AND parent_id IS NOT NULL":                        7000,
		"SELECT count(*) FROM accounts WHERE name = 'Top' AND parent_id IS NULL":                             1,
		"SELECT count(*) FROM events WHERE type = 'account.created' AND after ->> 'name' IN ('Link', 'Top')": 7001,
		"SELECT count(*) FROM imports":     1,
		"SELECT count(*) FROM import_rows": 0,
	} {
		if n := value[int](t, d, query); n != want {
			t.Errorf("%s: got %d, want %d", query, n, want)
		}
	}
}

// TestKilledImport kills an import while it writes, and imports the file again.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file func(*testing.T) string
		held int
	}{
		"one portion after the other": {chain, 1},
		"portions side by side":       {star, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := dbtest.NewURL(t)
			d := dbtest.Open(t, address)
			dbtest.Organization(t, d, "Acme")
			environment := []string{"DATABASE_URL=" + address}
			path := test.file(t)
			waiting, release := holdPortions(t, d)
			p := start(t, environment, "import", path, "--source=crm")
			eventually.So(t, "the portions wait", func() bool { return waiting() == test.held })
			p.signal(syscall.SIGKILL)
			p.wait()
			// What a process leaves under way holds the import, whichever of its sessions is left.
			for left := test.held; left > 0; left-- {
				if code, said := ends(t, environment, "import", path, "--source=crm"); code != 1 || !strings.Contains(said, "another import of the organization is running") {
					t.Errorf("with %d portions under way: got %d\n%s", left, code, said)
				}
				value[int](t, d, `SELECT count(pg_terminate_backend(pid, 60000)) FROM (
					SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid <> 42
					AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY mode = 'ExclusiveLock' DESC LIMIT 1) session`)
			}
			release()
			eventually.So(t, "the server has noticed", func() bool {
				return value[bool](t, d, "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))")
			})
			if n := value[int](t, d, "SELECT count(*) FROM accounts"); n != 1000 {
				t.Errorf("got %d accounts, want the 1000 of the first portion", n)
			}
			code, said := ends(t, environment, "import", path, "--source=crm")
			if code != 0 || !strings.Contains(said, "it is continued") || !strings.Contains(said, ": 7,001 created\n") {
				t.Errorf("the same file again: got %d\n%s", code, said)
			}
			wantLinks(t, d)
		})
	}
}
