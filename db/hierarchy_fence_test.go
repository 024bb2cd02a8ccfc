package db_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"

	"github.com/lib/pq"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// wantBroken checks that the fence refused something.
func wantBroken(t testing.TB, err error, constraint string) {
	t.Helper()
	var e *pq.Error
	if !errors.As(err, &e) || e.Constraint != constraint {
		t.Errorf("got the error %v, want the constraint %s", err, constraint)
	}
}

// rawID is an account's id in SQL.
func rawID(a *db.Account) string { return a.ID.ID().UUID.String() }

const insertByHand = "INSERT INTO accounts (organization_id, id, number, parent_id, name) VALUES "

func TestFence(t *testing.T) {
	t.Parallel()

	// Each is typed by somebody who knows nothing of the API. $1 is the organization, $2, $3 and $4 a chain A > B > C.
	for _, c := range []struct{ name, text, constraint string }{
		{"an update that closes a circle", "UPDATE accounts SET parent_id = $4 WHERE id = $2 AND organization_id = $1 AND id <> $3", "accounts_no_cycle"},
		{"an account below itself", "UPDATE accounts SET parent_id = id WHERE organization_id = $1 AND id IN ($2, $3, $4)", "accounts_parent_check"},
		{"an update of many rows that makes a circle of them", `UPDATE accounts SET parent_id = CASE id WHEN $3 THEN $4 ELSE $3 END
			WHERE organization_id = $1 AND id IN ($3, $4) AND id <> $2`, "accounts_no_cycle"},
		{"an insert of rows that are each other's parents", insertByHand + `($1, gen_random_uuid(), 90, NULL, 'fine'),
			($1, overlay(CAST(CAST($2 AS uuid) AS text) PLACING 'ffff' FROM 1 FOR 4)::uuid, 91, overlay(CAST(CAST($3 AS uuid) AS text) PLACING 'eeee' FROM 1 FOR 4)::uuid, 'x'),
			($1, overlay(CAST(CAST($3 AS uuid) AS text) PLACING 'eeee' FROM 1 FOR 4)::uuid, 92, overlay(CAST(CAST($2 AS uuid) AS text) PLACING 'ffff' FROM 1 FOR 4)::uuid, CAST($4 AS text))`, "accounts_no_cycle"},
		{"a new id that closes a circle", `UPDATE accounts SET id = CASE id WHEN $2 THEN $5 ELSE id END, parent_id = CASE id WHEN $2 THEN $3 ELSE $5 END
			WHERE organization_id = $1 AND id IN ($2, $3) AND id <> $4`, "accounts_no_cycle"},
		{"an insert and an update in one statement", `WITH made AS (` + insertByHand + `($1, $5, 90, $4, 'made') RETURNING id)
			UPDATE accounts SET parent_id = $5 WHERE organization_id = $1 AND id = $2 AND id <> $3`, "accounts_no_cycle"},
		{"an upsert", insertByHand + `($1, $2, 1, NULL, 'A'), ($1, $5, 90, $3, 'made')
			ON CONFLICT ON CONSTRAINT accounts_pkey DO UPDATE SET parent_id = $4`, "accounts_no_cycle"},
		{"a child of a deleted account", "UPDATE accounts SET deleted_at = now(), deletion_id = $5 WHERE organization_id = $1 AND id = $3 AND id NOT IN ($2, $4)", "accounts_parent_live"},
		{"a move below a deleted account", `UPDATE accounts SET parent_id = $5 WHERE organization_id = $1 AND id = $4 AND id NOT IN ($2, $3)`, "accounts_parent_live"},
		{"an insert below a deleted account", insertByHand + "($1, gen_random_uuid(), 90, $5, 'x' || coalesce(CAST($2 AS uuid), $3, $4))", "accounts_parent_live"},
		{"a restore below a deleted account", `UPDATE accounts SET deleted_at = NULL, deletion_id = NULL
			WHERE organization_id = $1 AND name = 'Orphan' AND id NOT IN ($2, $3, $4)`, "accounts_parent_live"},
	} {
		t.Run("refuses "+c.name, func(t *testing.T) {
			t.Parallel()
			d, v := setup(t)
			a := create(t, d, v, "A", nil)
			b := create(t, d, v, "B", a)
			deepest := create(t, d, v, "C", b)
			deleted := create(t, d, v, "Deleted", nil)
			create(t, d, v, "Orphan", deleted)
			remove(t, d, v, deleted, db.ChildrenCascade)
			args := []any{v.Organization, rawID(a), rawID(b), rawID(deepest), rawID(deleted)}
			run(t, d, "WITH none AS (UPDATE accounts SET primary_domain = NULL) DELETE FROM account_domains")
			if c.constraint == "accounts_no_cycle" { // then $5 is the id of something new
				args[4] = db.NewUUID().String()
			}
			for i := range slices.Backward(args) {
				if !hasParameter(c.text, i+1) {
					args = args[:i]
					continue
				}
				break
			}
			_, err := d.Pool().ExecContext(t.Context(), c.text, args...)
			wantBroken(t, err, c.constraint)
		})
	}

	t.Run("refuses COPY of a circle", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		x, y := db.NewUUID().String(), db.NewUUID().String()
		tx, err := d.Pool().BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		in, err := tx.PrepareContext(t.Context(), "COPY accounts (organization_id, id, number, parent_id, name) FROM STDIN")
		if err != nil {
			t.Fatal(err)
		}
		for i, ids := range [][2]string{{x, y}, {y, x}} {
			if _, err := in.ExecContext(t.Context(), v.Organization, ids[0], 90+i, ids[1], "x"); err != nil {
				t.Fatal(err)
			}
		}
		_, err = in.ExecContext(t.Context())
		wantBroken(t, errors.Join(err, in.Close()), "accounts_no_cycle")
	})

	t.Run("refuses a parent of another organization", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		theirs := create(t, d, dbtest.Organization(t, d, "Rival"), "Theirs", nil)
		_, err := d.Pool().ExecContext(t.Context(), "UPDATE accounts SET parent_id = $1 WHERE id = $2", rawID(theirs), rawID(a))
		wantBroken(t, err, "accounts_parent_fkey")
	})

	t.Run("lets a chain turn round in one statement", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		b := create(t, d, v, "B", a)
		run(t, d, "UPDATE accounts SET parent_id = CASE id WHEN CAST($1 AS uuid) THEN CAST($2 AS uuid) END", rawID(a), rawID(b))
		if got := place(t, d, v, a.ID); got != "B/A" {
			t.Errorf("got %s", got)
		}
	})

	t.Run("lets a purge make roots", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		b := create(t, d, v, "B", a)
		run(t, d, "DELETE FROM accounts WHERE name = 'A'")
		if got := place(t, d, v, b.ID); got != "B" {
			t.Errorf("got %s", got)
		}
	})
}

// hasParameter tells whether SQL has the n-th parameter.
func hasParameter(text string, n int) bool {
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '$' && text[i+1] == byte('0'+n) {
			return true
		}
	}
	return false
}

// TestFenceRaces moves A below B and B below A in two transactions, at each isolation level and in each interleaving in
// which both have looked before either has written.
func TestFenceRaces(t *testing.T) {
	t.Parallel()
	for _, level := range []sql.IsolationLevel{sql.LevelReadCommitted, sql.LevelRepeatableRead, sql.LevelSerializable} {
		for _, known := range []bool{false, true} {
			name := level.String() + ", the hierarchy's first change"
			if known {
				name = level.String() + ", a later change"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d, v := setup(t)
				a, b := create(t, d, v, "A", nil), create(t, d, v, "B", nil)
				if known {
					create(t, d, v, "C", a)
				}
				first, second := beginAt(t, d, level), beginAt(t, d, level)
				moveByHand := "UPDATE accounts SET parent_id = $1 WHERE id = $2"
				if _, err := first.ExecContext(t.Context(), moveByHand, rawID(b), rawID(a)); err != nil {
					t.Fatal(err)
				}
				// The second waits for the first, which commits when that is so.
				var pid int
				if err := second.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
					t.Fatal(err)
				}
				done := make(chan error)
				go func() {
					_, err := second.ExecContext(context.WithoutCancel(t.Context()), moveByHand, rawID(a), rawID(b))
					done <- errors.Join(err, second.Commit())
				}()
				awaitLock(t, d, pid)
				if err := first.Commit(); err != nil {
					t.Fatal(err)
				}
				err := <-done
				if level == sql.LevelReadCommitted {
					wantBroken(t, err, "accounts_no_cycle")
				} else if e := (&pq.Error{}); !errors.As(err, &e) || e.Code != "40001" {
					t.Errorf("got %v, want a serialization failure", err)
				}
				if got := place(t, d, v, a.ID); got != "B/A" {
					t.Errorf("got %s", got)
				}
			})
		}
	}

	t.Run("a child made while its parent is deleted is refused", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		first, second := beginAt(t, d, sql.LevelReadCommitted), beginAt(t, d, sql.LevelReadCommitted)
		run(t, d, "UPDATE account_domains SET is_routing = false")
		if _, err := first.ExecContext(t.Context(), "UPDATE accounts SET deleted_at = now(), deletion_id = id"); err != nil {
			t.Fatal(err)
		}
		var pid int
		if err := second.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			_, err := second.ExecContext(context.WithoutCancel(t.Context()), insertByHand+"($1, gen_random_uuid(), 90, $2, 'x')", v.Organization, rawID(a))
			done <- errors.Join(err, second.Rollback())
		}()
		awaitLock(t, d, pid)
		if err := first.Commit(); err != nil {
			t.Fatal(err)
		}
		wantBroken(t, <-done, "accounts_parent_live")
	})
}

// beginAt begins a transaction that has looked at the accounts.
func beginAt(t testing.TB, d *db.DB, level sql.IsolationLevel) *sql.Tx {
	t.Helper()
	tx, err := d.Pool().BeginTx(context.WithoutCancel(t.Context()), &sql.TxOptions{Isolation: level})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	var count int
	if err := tx.QueryRowContext(t.Context(), "SELECT count(*) FROM accounts").Scan(&count); err != nil {
		t.Fatal(err)
	}
	return tx
}

// awaitLock returns when a connection waits for another.
func awaitLock(t testing.TB, d *db.DB, pid int) {
	t.Helper()
	for t.Context().Err() == nil {
		if query[int](t, d, "SELECT cardinality(pg_blocking_pids($1))", pid)[0] > 0 {
			return
		}
	}
}
