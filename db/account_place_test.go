package db_test

import (
	"database/sql"
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

	t.Run("makes all places anew", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		ids := line(t, d, v, 20)
		remove(t, d, v, create(t, d, v, "Gone", nil), db.ChildrenReject)
		run(t, d, addBelowSQL, "Line %", 3)
		run(t, d, "TRUNCATE account_places")
		run(t, d, "SELECT place_accounts(organization_id, array_agg(id), count(*)) FROM accounts WHERE deleted_at IS NULL AND parent_id IS NULL GROUP BY organization_id")
		wantBelow(t, d, v, ids, func(n int) int { return 19 - n + 3*(20-n) })
	})

	t.Run("leaves the settings of the session as they are", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		line(t, d, v, 30)
		tx := beginAt(t, d, sql.LevelReadCommitted)
		const settings = "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings"
		var before, after string
		if err := tx.QueryRowContext(t.Context(), settings).Scan(&before); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), addBelowSQL, "Line %", 100); err != nil {
			t.Fatal(err)
		}
		if err := tx.QueryRowContext(t.Context(), settings).Scan(&after); err != nil {
			t.Fatal(err)
		}
		if before != after {
			t.Errorf("got %s, want %s", after, before)
		}
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

// TestMisplacedAccounts spoils places in every way: what all tests ask at their end finds it.
func TestMisplacedAccounts(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	// A > B and C, and D.
	a := create(t, d, v, "A", nil)
	create(t, d, v, "B", a)
	create(t, d, v, "C", a)
	create(t, d, v, "D", nil)
	run(t, d, "WITH none AS (UPDATE accounts SET primary_domain = NULL) DELETE FROM account_domains")
	place := func(name string) string {
		return "account_id = (SELECT id FROM accounts WHERE name = '" + name + "')"
	}
	for name, text := range map[string]string{
		"an account without a place":        "DELETE FROM account_places WHERE " + place("B"),
		"a root without a place":            "DELETE FROM account_places WHERE " + place("D"),
		"a place without an account":        "INSERT INTO account_places SELECT organization_id, new.id, new.id, 0, 9, 0 FROM account_places, (SELECT gen_random_uuid()) AS new (id) LIMIT 1",
		"a place of what is deleted":        "ALTER TABLE accounts DISABLE TRIGGER USER; UPDATE accounts SET deleted_at = now(), deletion_id = id WHERE name = 'D'",
		"a depth that is not so":            "UPDATE account_places SET depth = 2 WHERE " + place("B"),
		"a place in another tree":           "UPDATE account_places SET root_id = (SELECT id FROM accounts WHERE name = 'D') WHERE " + place("B"),
		"a place beside the parent's":       "UPDATE account_places p SET first = a.last + 1, last = a.last + 2 FROM account_places a WHERE a.depth = 0 AND a.root_id = p.root_id AND p." + place("B"),
		"a place around the parent's":       "UPDATE account_places SET first = -1, last = 9223372036854775807 WHERE " + place("B"),
		"a place that overlaps a sibling's": "UPDATE account_places p SET first = b.first + 1, last = b.last + 1 FROM account_places b WHERE b." + place("B") + " AND p." + place("C"),
		"a move that was not followed":      "ALTER TABLE accounts DISABLE TRIGGER USER; UPDATE accounts SET parent_id = (SELECT id FROM accounts WHERE name = 'D') WHERE name = 'C'",
	} {
		tx := beginAt(t, d, sql.LevelReadCommitted)
		found := 0
		_, err := tx.ExecContext(t.Context(), text)
		err = errors.Join(err, tx.QueryRowContext(t.Context(), "SELECT count(*) FROM misplaced_accounts()").Scan(&found), tx.Rollback())
		if err != nil || found == 0 {
			t.Errorf("%s: got %d misplaced, %v", name, found, err)
		}
	}
}
