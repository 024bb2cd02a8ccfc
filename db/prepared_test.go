package db_test

import (
	"fmt"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func TestStatementsAreKeptPrepared(t *testing.T) {
	t.Parallel()
	d := oneConnection(t)
	get := func(into any, query string, args ...any) {
		t.Helper()
		if err := d.Pool().GetContext(t.Context(), into, query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	kept := func() (n int) {
		get(&n, "SELECT count(*) FROM pg_prepared_statements")
		return n
	}

	t.Run("once for a text", func(t *testing.T) {
		before := kept()
		for i := range 3 {
			var n int
			if get(&n, "SELECT CAST($1 AS integer) + 1", i); n != i+1 {
				t.Errorf("got %d, want %d", n, i+1)
			}
		}
		if got := kept() - before; got != 1 {
			t.Errorf("got %d more, want 1", got)
		}
	})
	t.Run("and no more than a connection should keep", func(t *testing.T) {
		for i := range 2 * db.KeptStatements {
			var n int
			get(&n, fmt.Sprintf("SELECT %d + CAST($1 AS integer)", i), 1)
		}
		if got := kept(); got != db.KeptStatements {
			t.Errorf("got %d, want %d", got, db.KeptStatements)
		}
	})
	t.Run("and once more after a migration changed what they return", func(t *testing.T) {
		const query = "SELECT * FROM organizations WHERE id = $1"
		v := dbtest.Organization(t, d, "Acme")
		columns := func() int {
			t.Helper()
			rows, err := d.Pool().QueryxContext(t.Context(), query, v.Organization)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			names, err := rows.Columns()
			if err != nil {
				t.Fatal(err)
			}
			return len(names)
		}
		before := columns()
		if _, err := d.Pool().ExecContext(t.Context(), "ALTER TABLE organizations ADD COLUMN added text"); err != nil {
			t.Fatal(err)
		}
		if got := columns(); got != before+1 {
			t.Errorf("got %d columns, want %d", got, before+1)
		}
	})
	t.Run("a statement that is wrong stays wrong", func(t *testing.T) {
		for range 2 {
			var n int
			if err := d.Pool().GetContext(t.Context(), &n, "SELECT nothing FROM nowhere WHERE id = $1", 1); err == nil {
				t.Error("got no error")
			}
		}
	})
}
