package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lib/pq"

	"github.com/accountgraph/accountgraph/db/dbtest"
)

// TestPlacesWhileOthersWrite has a second writer begin before the first has committed. It waits, and then places by what the first left,
// or fails where it may not see that. That places are what the parents say is checked at the end of each test.
func TestPlacesWhileOthersWrite(t *testing.T) {
	t.Parallel()
	// The accounts are A > B > C and D, and O is their organization.
	for _, c := range []struct{ name, first, second string }{
		{"two inserts below one parent", insertByHand + "('O', gen_random_uuid(), 91, 'A', 'x')", insertByHand + "('O', gen_random_uuid(), 92, 'A', 'y')"},
		{"an insert below what is moved", "UPDATE accounts SET parent_id = 'D' WHERE id = 'B'", insertByHand + "('O', gen_random_uuid(), 91, 'C', 'x')"},
		{"a move of what something is inserted below", insertByHand + "('O', gen_random_uuid(), 91, 'C', 'x')", "UPDATE accounts SET parent_id = 'D' WHERE id = 'B'"},
		{"a move of what is above a move", "UPDATE accounts SET parent_id = 'D' WHERE id = 'C'", "UPDATE accounts SET parent_id = 'C' WHERE id = 'B'"},
		{"a delete by hand below what is moved", "UPDATE accounts SET parent_id = 'D' WHERE id = 'B'", "DELETE FROM accounts WHERE id = 'C'"},
		{"a delete by hand of what is moved with what is above it", "UPDATE accounts SET parent_id = 'D' WHERE id = 'A'", "DELETE FROM accounts WHERE id = 'B'"},
		{"a move of what is above a delete by hand", "DELETE FROM accounts WHERE id = 'C'", "UPDATE accounts SET parent_id = 'D' WHERE id = 'B'"},
		{"a restore below what is moved", "UPDATE accounts SET parent_id = 'A' WHERE id = 'D'", "UPDATE accounts SET deleted_at = NULL, deletion_id = NULL, parent_id = 'D' WHERE id = 'E'"},
	} {
		for _, level := range []sql.IsolationLevel{sql.LevelReadCommitted, sql.LevelRepeatableRead, sql.LevelSerializable} {
			t.Run(c.name+", "+level.String(), func(t *testing.T) {
				t.Parallel()
				d, v := setup(t)
				a := create(t, d, v, "A", nil)
				b := create(t, d, v, "B", a)
				deepest, other, deleted := create(t, d, v, "C", b), create(t, d, v, "D", nil), create(t, d, v, "E", nil)
				remove(t, d, v, deleted, "REJECT")
				run(t, d, "WITH none AS (UPDATE accounts SET primary_domain = NULL) DELETE FROM account_domains")
				named := strings.NewReplacer("'O'", "'"+v.Organization.ID().UUID.String()+"'",
					"'A'", "'"+rawID(a)+"'", "'B'", "'"+rawID(b)+"'", "'C'", "'"+rawID(deepest)+"'", "'D'", "'"+rawID(other)+"'", "'E'", "'"+rawID(deleted)+"'")
				first, second := beginAt(t, d, level), beginAt(t, d, level)
				if _, err := first.ExecContext(t.Context(), named.Replace(c.first)); err != nil {
					t.Fatal(err)
				}
				var pid int
				if err := second.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
					t.Fatal(err)
				}
				done := make(chan error)
				go func() {
					_, err := second.ExecContext(context.WithoutCancel(t.Context()), named.Replace(c.second))
					done <- errors.Join(err, second.Commit())
				}()
				awaitLock(t, d, pid)
				if err := first.Commit(); err != nil {
					t.Fatal(err)
				}
				err := <-done
				var e *pq.Error
				if level == sql.LevelReadCommitted && err != nil || level != sql.LevelReadCommitted && (!errors.As(err, &e) || e.Code != "40001") {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

// TestPlacesWithManyWriters has many write by hand at once, at two isolation levels. That places are what the parents say is checked at
// its end.
func TestPlacesWithManyWriters(t *testing.T) {
	t.Parallel()
	const writers, steps = 8, 50
	d := dbtest.New(t)
	organization := dbtest.Organization(t, d, "Acme").Organization
	id := func(n int) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n) }
	for n := range 30 {
		run(t, d, insertByHand+"($1, $2, $3, NULL, 'x')", organization, id(n), n+1)
	}
	// $1 is the organization, $2 and $3 are accounts, and $4 is a number.
	statements := []string{
		"UPDATE accounts SET parent_id = $3 WHERE organization_id = $1 AND id = $2 AND $4 > 0",
		"UPDATE accounts SET parent_id = NULLIF($3, id) WHERE organization_id = $1 AND (id = $2 OR number % 7 = $4 % 7)",
		"INSERT INTO accounts (organization_id, number, parent_id, name) VALUES ($1, 1000 + $4, $2, 'x'), ($1, 100000 + $4, $3, 'x')",
		"UPDATE accounts SET deleted_at = now(), deletion_id = id WHERE organization_id = $1 AND id IN ($2, $3) AND $4 > 0",
		"UPDATE accounts SET deleted_at = NULL, deletion_id = NULL, parent_id = NULL WHERE organization_id = $1 AND id IN ($2, $3) AND $4 > 0",
		"DELETE FROM accounts WHERE organization_id = $1 AND number > 100 AND (number % 5 = $4 % 5 OR parent_id IN ($2, $3))",
		insertByHand + "($1, $2, 200000 + $4, NULL, 'x') ON CONFLICT ON CONSTRAINT accounts_pkey DO UPDATE SET parent_id = $3",
	}
	refusals := []string{"accounts_no_cycle", "accounts_parent_live", "accounts_parent_check", "accounts_parent_fkey"}
	conflicts := []string{"40001", "40P01"} // a serialization failure, a deadlock
	write := func(random *rand.Rand, level sql.IsolationLevel, number int) error {
		tx, err := d.Pool().BeginTx(t.Context(), &sql.TxOptions{Isolation: level})
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(t.Context(), statements[random.IntN(len(statements))], organization, id(random.IntN(30)), id(random.IntN(30)), number)
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	}
	var wait sync.WaitGroup
	var committed atomic.Int64
	for writer := range writers {
		wait.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(writer)))
			level := []sql.IsolationLevel{sql.LevelReadCommitted, sql.LevelRepeatableRead}[writer/(writers-2)]
			for step := range steps {
				err := write(random, level, 1+writer*steps+step)
				var e *pq.Error
				switch {
				case err == nil:
					committed.Add(1)
				case !errors.As(err, &e) || !slices.Contains(refusals, e.Constraint) && !slices.Contains(conflicts, string(e.Code)):
					t.Errorf("writer %d: %v", writer, err)
				}
			}
		})
	}
	wait.Wait()
	if committed.Load() < writers*steps/4 {
		t.Errorf("%d of %d statements were committed, want more", committed.Load(), writers*steps)
	}
}
