package db_test

import (
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

// held runs something in a database where it stops before it reads or writes a table, until release is called. It returns when it has
// stopped there.
func held(t testing.TB, d *db.DB, table string, do func() error) (release func() error) {
	t.Helper()
	tx, err := d.Pool().BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- do() }()
	awaitWaiters(t, d, 1)
	return func() error {
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		return <-done
	}
}

// awaitWaiters waits until so many sessions of the database wait for a lock.
func awaitWaiters(t testing.TB, d *db.DB, n int) {
	t.Helper()
	for query[int](t, d, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")[0] < n {
		if err := t.Context().Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPurgeRacesWithRestore lets a purge and a restore of the same records meet: who is first has them as a whole.
func TestPurgeRacesWithRestore(t *testing.T) {
	t.Parallel()
	const generous, over = "UPDATE organizations SET retention_days = 365", "UPDATE organizations SET retention_days = 30"
	world := func(t *testing.T) (*db.DB, db.Viewer, *db.Account, *db.Contact) {
		t.Helper()
		d, v := setup(t)
		site := create(t, d, v, "Site", nil)
		top := create(t, d, v, "Top", nil)
		create(t, d, v, "Leaf", create(t, d, v, "Mid", top))
		ada := hire(t, d, v, "Ada", site)
		remove(t, d, v, top, db.ChildrenCascade)
		dismiss(t, d, v, ada)
		age(t, d, 31)
		return d, v, top, ada
	}

	t.Run("an account's restore that is under way is not undone", func(t *testing.T) {
		t.Parallel()
		d, v, top, _ := world(t)
		run(t, d, "DELETE FROM contacts")
		run(t, d, generous)
		restored := held(t, d, "account_identifiers", func() error {
			_, err := d.RestoreAccount(t.Context(), v, top.ID)
			return err
		})
		run(t, d, over)
		purged := make(chan *db.Purged, 1)
		go func() {
			result, err := d.Purge(t.Context(), v)
			if err != nil {
				t.Errorf("purge: %v", err)
			}
			purged <- result
		}()
		awaitWaiters(t, d, 2)
		if err := restored(); err != nil {
			t.Errorf("restore: %v", err)
		}
		if got := <-purged; got == nil || got.AccountCount != 0 {
			t.Errorf("purged %+v, want nothing", got)
		}
		wantSame(t, listed(t, d, v), "Leaf", "Mid", "Site", "Top")
	})

	t.Run("an account's purge that is under way leaves nothing to restore", func(t *testing.T) {
		t.Parallel()
		d, v, top, _ := world(t)
		purged := held(t, d, "parent_changes", func() error {
			_, err := d.Purge(t.Context(), v)
			return err
		})
		run(t, d, generous)
		restored := make(chan error, 1)
		go func() {
			_, err := d.RestoreAccount(t.Context(), v, top.ID)
			restored <- err
		}()
		awaitWaiters(t, d, 2)
		if err := purged(); err != nil {
			t.Errorf("purge: %v", err)
		}
		wantProblems(t, <-restored, "id NOT_FOUND")
		wantSame(t, query[string](t, d, "SELECT name FROM accounts"), "Site")
	})

	t.Run("a contact's restore that is under way is not undone", func(t *testing.T) {
		t.Parallel()
		d, v, _, ada := world(t)
		run(t, d, generous)
		restored := held(t, d, "events", func() error {
			_, err := d.RestoreContact(t.Context(), v, ada.ID)
			return err
		})
		run(t, d, "DELETE FROM accounts WHERE deleted_at IS NOT NULL; "+over)
		purged := make(chan *db.Purged, 1)
		go func() {
			result, err := d.Purge(t.Context(), v)
			if err != nil {
				t.Errorf("purge: %v", err)
			}
			purged <- result
		}()
		awaitWaiters(t, d, 2)
		if err := restored(); err != nil {
			t.Errorf("restore: %v", err)
		}
		if got := <-purged; got == nil || got.ContactCount != 0 {
			t.Errorf("purged %+v, want nothing", got)
		}
		wantSame(t, places(t, d, v, ada.ID), "Site*")
	})

	t.Run("a contact's purge that is under way leaves nothing to restore", func(t *testing.T) {
		t.Parallel()
		d, v, _, ada := world(t)
		run(t, d, "DELETE FROM accounts WHERE deleted_at IS NOT NULL")
		purged := held(t, d, "account_contacts", func() error {
			_, err := d.Purge(t.Context(), v)
			return err
		})
		run(t, d, generous)
		restored := make(chan error, 1)
		go func() {
			_, err := d.RestoreContact(t.Context(), v, ada.ID)
			restored <- err
		}()
		awaitWaiters(t, d, 2)
		if err := purged(); err != nil {
			t.Errorf("purge: %v", err)
		}
		wantProblems(t, <-restored, "id NOT_FOUND")
	})
}
