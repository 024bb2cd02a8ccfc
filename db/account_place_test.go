package db_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/lib/pq"

	"github.com/accountgraph/accountgraph/db"
)

// addBelowSQL makes accounts below each of some, by one statement.
const addBelowSQL = `
INSERT INTO accounts (organization_id, number, parent_id, name)
SELECT a.organization_id, last.number + row_number() OVER (), a.id, 'Added ' || n
FROM (SELECT max(number) AS number FROM accounts) last, accounts a, generate_series(1, $2) n
WHERE a.name LIKE $1`

// TestPlaces adds accounts where there is little room. That places are what the parents say is checked at the end of each test.
func TestPlaces(t *testing.T) {
	t.Parallel()

	// line makes accounts, each below the one before and by a statement of its own: there is a hundredth of the room in each.
	line := func(t *testing.T, d *db.DB, v db.Viewer, length int) []db.AccountID {
		t.Helper()
		var ids []db.AccountID
		var last *db.Account
		for n := range length {
			last = create(t, d, v, fmt.Sprintf("Line %d", n), last)
			ids = append(ids, last.ID)
		}
		return ids
	}
	wantBelow := func(t *testing.T, d *db.DB, v db.Viewer, ids []db.AccountID, want func(n int) int) {
		t.Helper()
		counts, err := d.DescendantCounts(t.Context(), v, ids)
		if err != nil {
			t.Fatal(err)
		}
		for n, id := range ids {
			if counts[id] != want(n) {
				t.Errorf("below account %d: got %d, want %d", n, counts[id], want(n))
			}
		}
	}

	t.Run("finds room for thousands below thousands", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		ids := line(t, d, v, 7)
		run(t, d, addBelowSQL, "Line 6", 8000)
		run(t, d, addBelowSQL, "Line 6", 5000)
		wantBelow(t, d, v, ids, func(n int) int { return 6 - n + 13000 })
	})

	t.Run("finds room below many by one statement", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		ids := line(t, d, v, 30)
		for range 3 {
			run(t, d, addBelowSQL, "Line %", 100)
		}
		wantBelow(t, d, v, ids, func(n int) int { return 29 - n + 300*(30-n) })
	})

	t.Run("gives up the places of what is deleted by hand", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		ids := line(t, d, v, 4)
		run(t, d, "DELETE FROM accounts WHERE name = 'Line 1'")
		wantBelow(t, d, v, ids, func(n int) int { return []int{0, 0, 1, 0}[n] })
	})

	t.Run("gives up all places with all accounts", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		line(t, d, v, 3)
		run(t, d, "TRUNCATE accounts CASCADE")
		line(t, d, v, 3)
	})

	t.Run("moves no mark for 3,000 that come one by one", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		top := create(t, d, v, "Top", nil)
		create(t, d, v, "Child", create(t, d, v, "First", top))
		run(t, d, "CREATE TABLE before AS SELECT * FROM account_places")
		run(t, d, `
			DO $$
			BEGIN
			  FOR n IN 1 .. 3000 LOOP
			    INSERT INTO accounts (organization_id, number, parent_id, name) SELECT organization_id, 100 + n, id, 'x' FROM accounts WHERE number = 1;
			  END LOOP;
			END
			$$`)
		if moved := query[int](t, d, "SELECT count(*) FROM (TABLE before EXCEPT TABLE account_places) moved"); moved[0] > 0 {
			t.Errorf("%d of 3 places have moved", moved[0])
		}
		wantBelow(t, d, v, []db.AccountID{top.ID}, func(int) int { return 3002 })
	})

	t.Run("says when a tree is full", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		top := create(t, d, v, "Top", nil)
		create(t, d, v, "Child", top)
		_, err := d.Pool().ExecContext(t.Context(), "SELECT spread_places($1, $2, CAST(1 AS bigint) << 62)", v.Organization, rawID(top))
		var e *pq.Error
		if !errors.As(err, &e) || e.Code.Name() != "program_limit_exceeded" {
			t.Errorf("got %v", err)
		}
	})
}
