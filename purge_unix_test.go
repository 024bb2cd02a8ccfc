//go:build unix

package main

import (
	"fmt"
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
	doom := func(v db.Viewer, domain string, people ...string) {
		t.Helper()
		made, err := d.CreateAccount(t.Context(), v, db.CreateAccountInput{Name: "Doomed", PrimaryDomain: domain})
		for _, name := range people {
			if err == nil {
				_, err = d.CreateContact(t.Context(), v, db.CreateContactInput{FirstName: name, Email: name + "@" + domain, AccountIDs: []db.AccountID{made.Account.ID}})
			}
		}
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
	purged := func(organization, would string, accounts, imports, rows, unplaced int) string {
		return fmt.Sprintf("%s: %[2]sremoved: accounts %d, contacts 0, imports %d, rejected rows %d; %[2]sdeleted: contacts %[6]d\n", organization, would, accounts, imports, rows, unplaced)
	}
	doom(acme, "acme-doomed.com", "ann", "bob")
	doom(rival, "rival-doomed.com")
	if code, said := ends(t, environment, "import", file(t, "bad.csv", "external_id,name\n1,\n2,\n3,\n"), "--source=crm", "--organization=acme"); code != 2 {
		t.Fatalf("import: got %d\n%s", code, said)
	}
	if _, err := d.Pool().ExecContext(t.Context(), "UPDATE imports SET finished_at = now() - interval '366 days'"); err != nil {
		t.Fatal(err)
	}
	succeeds(t, environment, []string{"purge", "--dry-run"}, purged("Acme", "would be ", 1, 1, 3, 2)+purged("Rival", "would be ", 1, 0, 0, 0))
	succeeds(t, environment, []string{"purge", "--organization=acme"}, purged("Acme", "", 1, 1, 3, 2))
	succeeds(t, environment, []string{"purge"}, purged("Acme", "", 0, 0, 0, 0)+purged("Rival", "", 1, 0, 0, 0))
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
	succeeds(t, environment, []string{"purge"}, purged("Acme", "", 0, 0, 0, 0))
}
