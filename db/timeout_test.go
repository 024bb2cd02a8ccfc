package db_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/internal/eventually"
)

// limited opens a database with an organization, and a second pool on it with limits of time.
func limited(t *testing.T, o db.Options) (limited, other *db.DB, v db.Viewer) {
	t.Helper()
	o.URL = dbtest.NewURL(t)
	other = dbtest.Open(t, o.URL)
	limited, err := db.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := limited.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return limited, other, dbtest.Organization(t, other, "Acme")
}

var newUser = db.NewUser{Name: "Ann", Email: "ann@example.com", Role: db.RoleMember}

// lock locks organizations and users until release is called: who reads them waits.
func lock(t *testing.T, d *db.DB) (release func()) {
	t.Helper()
	tx, err := d.Pool().BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE organizations, users IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	return func() { _ = tx.Rollback() }
}

func TestStatementTimeout(t *testing.T) {
	t.Parallel()
	d, other, v := limited(t, db.Options{StatementTimeout: 50 * time.Millisecond})
	t.Run("stops a statement that takes longer", func(t *testing.T) {
		release := lock(t, other)
		_, err := d.Organization(t.Context(), v)
		release()
		if !db.IsTimeout(err) || db.IsUnavailable(err) {
			t.Fatalf("got %v, want a timeout", err)
		}
	})
	t.Run("lets the next one pass", func(t *testing.T) {
		if _, err := d.Organization(db.WithoutStatementTimeout(t.Context()), v); err != nil {
			t.Error(err)
		}
	})
	t.Run("does not count for work in the background", func(t *testing.T) {
		if _, err := d.Pool().ExecContext(db.WithoutStatementTimeout(t.Context()), "SELECT pg_sleep(0.3)"); err != nil {
			t.Error(err)
		}
	})
	t.Run("stops a write, which changes nothing", func(t *testing.T) {
		release := lock(t, other)
		_, err := d.CreateUser(t.Context(), v, newUser)
		release()
		if !db.IsTimeout(err) {
			t.Fatalf("got %v, want a timeout", err)
		}
		if n, err := other.CountUsers(t.Context(), v, nil); err != nil || n[db.AllUsers] != 1 {
			t.Errorf("got %d users, %v, want 1", n[db.AllUsers], err)
		}
	})
}

func TestCallerThatGoes(t *testing.T) {
	t.Parallel()
	d, other, v := limited(t, db.Options{PoolWait: time.Hour})
	release := lock(t, other)
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { _, err := d.Organization(ctx, v); ended <- err }()
	eventually.So(t, "the statement waits", func() bool { return waiting(t, other) == 1 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) && !db.IsTimeout(err) {
		t.Errorf("got %v, want it cancelled", err)
	}
	eventually.So(t, "the server stops the statement", func() bool { return waiting(t, other) == 0 })
}

// waiting is how many statements of the test's database wait for a lock.
func waiting(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	err := d.Pool().GetContext(t.Context(), &n, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPoolWait(t *testing.T) {
	t.Parallel()
	d, other, v := limited(t, db.Options{MaxConnections: 1, PoolWait: 500 * time.Millisecond})
	hold := func(t *testing.T) *sqlx.Tx {
		t.Helper()
		tx, err := d.Pool().BeginTxx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return tx
	}
	t.Run("ends for reads and writes when no connection is to be had", func(t *testing.T) {
		tx := hold(t)
		_, read := d.Organization(t.Context(), v)
		_, write := d.CreateUser(t.Context(), v, newUser)
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if !db.IsUnavailable(read) || !db.IsUnavailable(write) || db.IsTimeout(read) {
			t.Errorf("got %v and %v, want them unavailable", read, write)
		}
	})
	t.Run("does not hide that the caller has gone", func(t *testing.T) {
		tx := hold(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := d.Organization(ctx, v)
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want it cancelled", err)
		}
	})
	t.Run("does not count for what has a connection", func(t *testing.T) {
		release := lock(t, other)
		ended := make(chan error)
		go func() { _, err := d.Organization(t.Context(), v); ended <- err }()
		eventually.So(t, "the statement has waited twice as long as for a connection", func() bool {
			var n int
			err := other.Pool().GetContext(t.Context(), &n, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
				AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '1 second'`)
			return err == nil && n == 1
		})
		release()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Run("does not hide the health of the database", func(t *testing.T) {
		tx := hold(t)
		defer func() { _ = tx.Rollback() }()
		h := d.Health(t.Context())
		if !h.IsReady() || h.Pool != (db.PoolHealth{Status: "saturated", InUse: 1, Max: 1}) || h.Schema.Status != "ok" || h.Schema.Known == 0 {
			t.Errorf("got %+v, want it ready, and saturated", h)
		}
	})
}

func TestHealth(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	migrated := func(t *testing.T, statement string) db.Health {
		t.Helper()
		if _, err := d.Pool().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
		return d.Health(t.Context())
	}
	if h := migrated(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)"); !h.IsReady() || h.Schema.Status != "newer" || h.Schema.Version != 9999 {
		t.Errorf("newer: got %+v, want it ready", h)
	}
	if h := migrated(t, "DELETE FROM goose_db_version WHERE version_id > 1"); h.IsReady() || h.Schema.Status != "older" || h.Err != nil {
		t.Errorf("older: got %+v, want it not ready", h)
	}
	if h := migrated(t, "DROP TABLE goose_db_version"); h.IsReady() || h.Schema.Status != "unknown" || h.Database.Status != "ok" || h.Err == nil {
		t.Errorf("no migrations: got %+v, want it not ready, and why", h)
	}
	gone, err := db.Open(db.Options{URL: "postgres://nobody@127.0.0.1:1/nothing?sslmode=disable"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = gone.Close() }()
	if h := gone.Health(t.Context()); h.IsReady() || h.Database.Status != "unreachable" || h.Err == nil {
		t.Errorf("no database: got %+v, want it unreachable", h)
	}
}

// watched collects what Options.Watch tells.
type watched struct {
	mutex sync.Mutex
	all   []db.Executed
}

func (w *watched) tell(_ context.Context, e db.Executed) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.all = append(w.all, e)
}

func TestWatch(t *testing.T) {
	t.Parallel()
	var w watched
	d, _, _ := limited(t, db.Options{Watch: w.tell})
	var rows []int
	if err := d.Pool().SelectContext(t.Context(), &rows, "SELECT generate_series(1, $1)", 3); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Pool().ExecContext(t.Context(), "UPDATE organizations SET name = 'B'"); err != nil {
		t.Fatal(err)
	}
	if err := d.Pool().GetContext(t.Context(), &rows, "SELECT 1/0"); err == nil {
		t.Fatal("want an error")
	}
	tx, err := d.Pool().BeginTx(t.Context(), &sql.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if len(w.all) != 3 {
		t.Fatalf("got %d statements, want 3: BEGIN and ROLLBACK are none", len(w.all))
	}
	for i, want := range []db.Executed{{Text: "SELECT generate_series(1, $1)", Rows: 3}, {Text: "UPDATE organizations SET name = 'B'", Rows: 1}, {Text: "SELECT 1/0"}} {
		got := w.all[i]
		if got.Text != want.Text || got.Rows != want.Rows || (got.Err != nil) != (i == 2) || got.Duration <= 0 || got.Begin.IsZero() {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}
