//go:build unix

package main

import (
	"syscall"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// TestPurge removes what was deleted long ago: at the command line, and by the server itself.
func TestPurge(t *testing.T) {
	t.Parallel()
	address := dbtest.NewURL(t)
	d := dbtest.Open(t, address)
	environment := []string{"DATABASE_URL=" + address, "ADDR=127.0.0.1:0"}
	doom := func(v db.Viewer, domain string) {
		t.Helper()
		made, err := d.CreateAccount(t.Context(), v, db.CreateAccountInput{Name: "Doomed", PrimaryDomain: domain})
		if err == nil {
			_, err = d.DeleteAccount(t.Context(), v, made.Account.ID, db.ChildrenReject)
		}
		if err == nil {
			_, err = d.Pool().ExecContext(t.Context(), "UPDATE accounts SET deleted_at = now() - interval '31 days' WHERE deleted_at IS NOT NULL")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	acme, rival := dbtest.Organization(t, d, "Acme"), dbtest.Organization(t, d, "Rival")
	doom(acme, "acme-doomed.com")
	doom(rival, "rival-doomed.com")
	succeeds(t, environment, []string{"purge", "--dry-run"}, "Acme: would be removed: accounts 1, contacts 0\nRival: would be removed: accounts 1, contacts 0\n")
	succeeds(t, environment, []string{"purge", "--organization=acme"}, "Acme: removed: accounts 1, contacts 0\n")
	succeeds(t, environment, []string{"purge"}, "Acme: removed: accounts 0, contacts 0\nRival: removed: accounts 1, contacts 0\n")
	fails(t, environment, []string{"purge", "--organization=nobody"}, `there is no organization "nobody"`)

	succeeds(t, environment, []string{"demo"}, "Loading the demo: done")
	doom(acme, "acme-doomed.com")
	queues := func() (n int) {
		t.Helper()
		if err := d.Pool().GetContext(t.Context(), &n, "SELECT count(*) FROM river_queue"); err != nil {
			t.Fatal(err)
		}
		return n
	}
	idle := start(t, append(environment, "JOBS=false"))
	idle.ready()
	if queues() != 0 {
		t.Error("a server with JOBS=false works on jobs")
	}
	idle.stop(syscall.SIGTERM)
	p := start(t, environment)
	p.ready()
	if queues() == 0 {
		t.Error("a server does not work on jobs")
	}
	p.waitFor("msg=purged organization=" + acme.Organization.String() + " accounts=1 contacts=0")
	p.stop(syscall.SIGTERM)
	succeeds(t, environment, []string{"purge"}, "Acme: removed: accounts 0, contacts 0\n")
}
