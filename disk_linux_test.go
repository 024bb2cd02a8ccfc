package main

import (
	"crypto/rand"
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
	"github.com/accountgraph/accountgraph/internal/postgres/pgtest"
)

// ownMounts tells the test binary that it runs with file systems that nobody else sees.
const ownMounts = "ACCOUNTGRAPH_TEST_OWN_MOUNTS"

// withOwnMounts runs a test once more in a process that may mount file systems, which end with it: as root, or where the kernel
// gives users namespaces of their own; elsewhere the test fails. It tells whether this is that process.
func withOwnMounts(t *testing.T) bool {
	t.Helper()
	if os.Getenv(ownMounts) != "" {
		return true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	again := exec.CommandContext(t.Context(), self, "-test.run=^"+t.Name()+"$", "-test.v")
	again.Env = append(os.Environ(), ownMounts+"=1", "TEST_DATABASE_URL=") // one that sees the mounts
	again.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if user, group := os.Geteuid(), os.Getegid(); user != 0 {
		const capSysAdmin = 21
		again.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		again.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: user, HostID: user, Size: 1}}
		again.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: group, HostID: group, Size: 1}}
		again.SysProcAttr.AmbientCaps = []uintptr{capSysAdmin}
	}
	said, err := again.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	t.Logf("%s", said)
	return false
}

// disk is a file system of 64 MB that belongs to the user whom PostgreSQL runs as.
type disk struct {
	t   *testing.T
	dir string
}

func mountDisk(t *testing.T, server *db.DB) *disk {
	t.Helper()
	var data syscall.Stat_t
	if err := syscall.Stat(value[string](t, server, "SHOW data_directory"), &data); err != nil {
		t.Fatal(err)
	}
	above, err := os.MkdirTemp("", "accountgraph-disk-*")
	if err != nil {
		t.Fatal(err)
	}
	d := &disk{t: t, dir: filepath.Join(above, "disk")}
	if err := errors.Join(os.Chmod(above, 0o755), os.Mkdir(d.dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", d.dir, "tmpfs", 0, fmt.Sprintf("size=64m,mode=0700,uid=%d,gid=%d", data.Uid, data.Gid)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(syscall.Unmount(d.dir, syscall.MNT_DETACH), os.RemoveAll(above)); err != nil {
			t.Error(err)
		}
	})
	return d
}

// fill leaves no room on the disk.
func (d *disk) fill() {
	d.t.Helper()
	ballast, err := os.Create(filepath.Join(d.dir, "ballast"))
	if err != nil {
		d.t.Fatal(err)
	}
	for piece := make([]byte, 4096); err == nil; {
		_, err = ballast.Write(piece)
	}
	if _ = ballast.Close(); !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatal(err)
	}
}

func (d *disk) free() {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.dir, "ballast")); err != nil {
		d.t.Fatal(err)
	}
}

// TestDatabaseWhoseDiskIsFull fills the disk of a database while a file is imported, and makes room again.
func TestDatabaseWhoseDiskIsFull(t *testing.T) {
	t.Parallel()
	if !withOwnMounts(t) {
		return
	}
	server := dbtest.Open(t, pgtest.URL(t))
	small := mountDisk(t, server)
	if _, err := server.Pool().ExecContext(t.Context(), "CREATE TABLESPACE small LOCATION '"+small.dir+"'"); err != nil {
		t.Fatal(err)
	}
	address := dbtest.NewURLWith(t, " TABLESPACE small")
	if _, _, err := db.Migrate(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	d := dbtest.Open(t, address)
	dbtest.Organization(t, d, "Acme")
	environment := []string{"DATABASE_URL=" + address, "ADDR=127.0.0.1:0"}
	key := result(t, environment, "apikey", "create", "Writer", "--scope=write")
	api := start(t, environment, "serve").ready()
	path := chain(t)
	waiting, release := holdPortions(t, d)
	importing := start(t, environment, "import", path, "--source=crm")
	eventually.So(t, "the second portion waits", func() bool { return waiting() == 1 })
	small.fill()
	release()

	// With a text that takes room, since it can't be compressed.
	create := func(domain string) string {
		var text strings.Builder
		for range 1000 {
			text.WriteString(rand.Text())
		}
		return fmt.Sprintf(`mutation { createAccount(input: {name: "Late", primaryDomain: "%s", description: "%s"}) { account { name } userErrors { code } } }`, domain, text.String())
	}
	ask := func(query string) string {
		t.Helper()
		said, err := askAs(t.Context(), api, key, "", query)
		if err != nil {
			t.Fatal(err)
		}
		return said
	}
	t.Run("ends an import with what to do, and keeps what was written", func(t *testing.T) {
		if code := importing.wait(); code != 1 {
			t.Errorf("exit code %d, want 1", code)
		}
		for _, words := range []string{
			"7,001 rows of chain.csv: 1,000 created so far, and 6,001 wait to be written: import the same file again to go on",
			"has no space left on its disk: make room, and do the same again", "No space left on device",
		} {
			if !strings.Contains(importing.output(), words) {
				t.Errorf("no %q in\n%s", words, importing.output())
			}
		}
		accounts, whole := value[int](t, d, "SELECT count(*) FROM accounts"), value[int](t, d, "SELECT count(*) FROM accounts a JOIN events e ON e.entity_id = a.id")
		if accounts != 1000 || whole != 1000 {
			t.Errorf("got %d accounts, %d of them with their event, want the 1000 of the first portion", accounts, whole)
		}
	})
	t.Run("refuses writes, and has none by half", func(t *testing.T) {
		// The first ones may find what room the tables have left.
		var domain, said string
		for n := 0; n < 1000 && !strings.Contains(said, `"errors"`); n++ {
			domain = fmt.Sprintf("late-%d.com", n)
			said = ask(create(domain))
		}
		if !strings.Contains(said, `"code":"UNAVAILABLE"`) || !strings.Contains(said, "has no space left, and nothing was changed") {
			t.Errorf("got %s, want UNAVAILABLE that says why", said)
		}
		if n := value[int](t, d, "SELECT (SELECT count(*) FROM account_domains WHERE domain = '"+domain+"') + (SELECT count(*) FROM accounts WHERE primary_domain = '"+domain+"')"); n != 0 {
			t.Errorf("got %d parts of an account that was refused", n)
		}
		if said := ask(`{ accountByExternalId(source: "crm", id: "0") { name } }`); !strings.Contains(said, "Top") {
			t.Errorf("a query meanwhile: got %s", said)
		}
	})
	small.free()
	t.Run("goes on when there is room", func(t *testing.T) {
		if said := ask(create("late.com")); !strings.Contains(said, `"account":{"name":"Late"}`) {
			t.Errorf("a write: got %s", said)
		}
		code, said := ends(t, environment, "import", path, "--source=crm")
		if code != 0 || !strings.Contains(said, "it is continued") || !strings.Contains(said, "7,001 rows of chain.csv: 7,001 created\n") {
			t.Errorf("the same file again: got %d\n%s", code, said)
		}
		wantLinks(t, d)
	})
}

// TestRejectsThatCannotBeWritten has files of rejected rows on a full disk, and beyond the size that a file may have.
func TestRejectsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	address := dbtest.NewURL(t)
	d := dbtest.Open(t, address)
	dbtest.Organization(t, d, "Acme")
	environment := []string{"DATABASE_URL=" + address}
	path := file(t, "companies.csv", "external_id,name\n1,One\n"+strings.Repeat("2,"+strings.Repeat("x", 300)+"\n", 100))
	dir := filepath.Dir(path)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const advice = ": make room, or choose another place with --rejects; to have the rejected rows, import the same file again: what went in is found there\n"
	t.Run("on a full disk", func(t *testing.T) {
		code, said := ends(t, environment, "import", path, "--source=crm", "--rejects=/dev/full")
		if code != 1 || !strings.Contains(said, "101 rows of companies.csv: 1 created, 100 rejected\n") || !strings.Contains(said, "/dev/full can't be written (no space left on device)"+advice) {
			t.Errorf("got %d\n%s", code, said)
		}
	})
	t.Run("beyond the size of a file, of which nothing is left", func(t *testing.T) {
		command := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -f 1; exec "$0" import "$1" --source=crm`, self, path)
		command.Env = settings(environment)
		text, err := command.CombinedOutput()
		said := string(text)
		var status *exec.ExitError
		if !errors.As(err, &status) || status.ExitCode() != 1 || !strings.Contains(said, "101 rows of companies.csv: 1 unchanged, 100 rejected\n") ||
			!strings.Contains(said, filepath.Join(dir, "companies.rejects.csv")+" can't be written (file too large)"+advice) {
			t.Errorf("got %v\n%s", err, said)
		}
		if found, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(found) != 1 {
			t.Errorf("files beside the one that was imported: got %v, %v", found, err)
		}
	})
	t.Run("into a folder, which is told before", func(t *testing.T) {
		fails(t, environment, []string{"import", path, "--source=crm", "--rejects=" + dir}, dir+" can't be made (is a directory)", "--rejects")
	})
	t.Run("and to the output, which is written to as it is", func(t *testing.T) {
		out, _ := output(t, environment, "export", "--output=/dev/stdout", "--format=ndjson")
		if !strings.HasPrefix(out, `{"id":`) || !strings.Contains(out, "1 accounts are in /dev/stdout") {
			t.Errorf("got %s", out)
		}
	})
	if n := value[int](t, d, "SELECT count(*) FROM accounts"); n != 1 {
		t.Errorf("got %d accounts, want 1", n)
	}
}
