package demo

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// One load for all claims about it: it takes seconds.
func TestLoad(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	if _, err := Viewer(t.Context(), d); !errors.Is(err, ErrNotLoaded) {
		t.Errorf("viewer without a demo: got %v, want %v", err, ErrNotLoaded)
	}
	mustLoad(t, d)
	viewer, err := Viewer(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	second, err := SecondViewer(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("the viewer is an admin", func(t *testing.T) {
		for _, v := range []db.Viewer{viewer, second} {
			users, err := d.UsersByID(t.Context(), v, []db.UserID{*v.User})
			if err != nil {
				t.Fatal(err)
			}
			if user := users[*v.User]; v.Role != db.RoleAdmin || user == nil || !user.IsActive {
				t.Errorf("got %+v, want an active ADMIN", user)
			}
		}
	})
	t.Run("has the real figures", func(t *testing.T) { testFigures(t, d, viewer) })
	t.Run("has the real trees", func(t *testing.T) { testTrees(t, d, viewer) })
	t.Run("keeps the rules that no constraint holds", func(t *testing.T) { testRules(t, d) })
	t.Run("tells its events as other writes do", func(t *testing.T) { testEvents(t, d, viewer) })
	t.Run("the organizations do not see each other", func(t *testing.T) { testTenancy(t, d, viewer, second) })
	t.Run("finds the customer users who wait for an account", func(t *testing.T) {
		made, err := d.CreateAccount(t.Context(), viewer, db.CreateAccountInput{
			Name: "Example", PrimaryDomain: ReservedDomains[0], IsActive: true, AddExistingUsersToAccountContacts: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		if made.ContactsAdded != reservedPeople || made.Account.Number != 36_869 {
			t.Errorf("got account %d with %d contacts, want 36869 with %d", made.Account.Number, made.ContactsAdded, reservedPeople)
		}
	})
	t.Run("a second load does nothing", func(t *testing.T) {
		before := read[int](t, d, "SELECT count(*) FROM events")
		called := false
		if err := Load(t.Context(), d, func(int, int, string) { called = true }); err != nil || called {
			t.Errorf("got error %v, progress %t; want neither", err, called)
		}
		if after := read[int](t, d, "SELECT count(*) FROM events"); after != before {
			t.Errorf("got %d more events, want none", after-before)
		}
	})
}

func TestLoadAllOrNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := Load(ctx, d, func(done, total int, what string) {
		if what == "contacts" {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a load that is stopped: got %v, want %v", err, context.Canceled)
	}
	for _, table := range []string{"organizations", "users", "accounts", "account_domains", "contacts", "events", "hierarchies"} {
		if n := read[int](t, d, "SELECT count(*) FROM "+table); n != 0 {
			t.Errorf("a stopped load left %d rows in %s", n, table)
		}
	}

	// What autovacuum may do meanwhile: the planner takes a table for empty that it has seen empty, and plans of foreign
	// keys from then would take minutes.
	if _, err := d.Pool().ExecContext(t.Context(), "VACUUM"); err != nil {
		t.Fatal(err)
	}

	// Two at once do it once, and whoever waited is content.
	errs := make(chan error)
	for range 2 {
		go func() { errs <- Load(t.Context(), d, nil) }()
	}
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Fatal(err)
	}
	if n := read[int](t, d, "SELECT count(*) FROM accounts WHERE organization_id = $1", organizationID(Name)); n != 36_868 {
		t.Errorf("after two loads at once: got %d accounts, want 36868", n)
	}

	// The same in every database: this is what the first one to load had, and documents speak of its ids.
	if got, want := checksum(t, d), "ad9c098b85b43debf7cb46d31efaf611"; got != want {
		t.Errorf("the demo has changed: got %s, want %s; if it should, change what documents say of its ids as well", got, want)
	}
}

// mustLoad loads, and checks what the progress says.
func mustLoad(t *testing.T, d *db.DB) {
	t.Helper()
	last, whole, said := 0, 0, ""
	err := Load(t.Context(), d, func(done, total int, what string) {
		if done < last || done > total || whole != 0 && total != whole || what == "" {
			t.Errorf("progress %d of %d (%s) after %d of %d", done, total, what, last, whole)
		}
		last, whole, said = done, total, what
	})
	if err != nil {
		t.Fatal(err)
	}
	if last != whole {
		t.Errorf("the last progress is %d of %d", last, whole)
	}
	equal(t, "the last of the progress", said, "36868 accounts, 16878 contacts, 260 customer users (left out, because a rule refuses them: 3 domains, 0 websites)")
	if loaded, err := Loaded(t.Context(), d); err != nil || !loaded {
		t.Fatalf("loaded: got %t, %v", loaded, err)
	}
}

// checksum is of all that must be the same in every database.
func checksum(t *testing.T, d *db.DB) string {
	t.Helper()
	return read[string](t, d, `
		SELECT md5(string_agg(row, E'\n' ORDER BY row COLLATE "C")) FROM (
		  SELECT concat_ws('|', 'user', organization_id, id, name, email, role, is_active) AS row FROM users
		  UNION ALL
		  SELECT concat_ws('|', 'account', organization_id, id, number, parent_id, name, primary_domain, industry, website, billing_address, owner_id, source, is_active) FROM accounts
		  UNION ALL
		  SELECT concat_ws('|', 'domain', organization_id, account_id, domain, position, is_routing) FROM account_domains
		  UNION ALL
		  SELECT concat_ws('|', 'external id', organization_id, account_id, source, external_id) FROM account_external_ids
		  UNION ALL
		  SELECT concat_ws('|', 'contact', organization_id, id, first_name, last_name, email, phone_number, type, job_title, is_active, customer_user_id) FROM contacts
		  UNION ALL
		  SELECT concat_ws('|', 'link', organization_id, account_id, contact_id, is_primary_account, primary_for_type, role, since) FROM account_contacts
		  UNION ALL
		  SELECT concat_ws('|', 'customer user', organization_id, id, email, name, channel) FROM customer_users
		) everything`)
}

func read[T any](t *testing.T, d *db.DB, query string, args ...any) T {
	t.Helper()
	var value T
	if err := d.Pool().GetContext(t.Context(), &value, query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

func readAll[T any](t *testing.T, d *db.DB, query string, args ...any) []T {
	t.Helper()
	var values []T
	if err := d.Pool().SelectContext(t.Context(), &values, query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return values
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if difference := cmp.Diff(want, got); difference != "" {
		t.Errorf("%s: (-want +got)\n%s", what, difference)
	}
}
