package db_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/lib/pq"
	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

const givenSQL = `
WITH given AS (
  SELECT * FROM unnest(CAST($1 AS uuid[]), CAST($2 AS uuid[]), CAST($3 AS bigint[]), CAST($4 AS uuid[]), CAST($5 AS boolean[]))
    AS given (organization_id, id, number, parent_id, live)
)`

// byHand are statements typed by somebody who knows nothing of the API, each of which makes, changes or deletes accounts of
// several organizations at once. They follow the term given, of what the accounts are to be.
var byHand = map[string]string{
	"an upsert": `
INSERT INTO accounts (organization_id, id, number, parent_id, name, deleted_at, deletion_id)
SELECT organization_id, id, number, parent_id, 'x', CASE WHEN NOT live THEN now() END, CASE WHEN NOT live THEN id END FROM given
ON CONFLICT ON CONSTRAINT accounts_pkey DO UPDATE SET parent_id = excluded.parent_id, deleted_at = excluded.deleted_at, deletion_id = excluded.deletion_id`,

	"an insert, and then an update": `
, made AS (
  INSERT INTO accounts (organization_id, id, number, parent_id, name, deleted_at, deletion_id)
  SELECT organization_id, id, number, parent_id, 'x', CASE WHEN NOT live THEN now() END, CASE WHEN NOT live THEN id END FROM given
  WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.organization_id = given.organization_id AND a.id = given.id)
  RETURNING id
), count AS (
  SELECT count(*) FROM made
)
UPDATE accounts a SET parent_id = given.parent_id, deleted_at = CASE WHEN NOT live THEN now() END, deletion_id = CASE WHEN NOT live THEN given.id END
FROM given, count
WHERE a.organization_id = given.organization_id AND a.id = given.id`,

	"an update, and then an insert": `
, changed AS (
  UPDATE accounts a SET parent_id = given.parent_id, deleted_at = CASE WHEN NOT live THEN now() END, deletion_id = CASE WHEN NOT live THEN given.id END
  FROM given
  WHERE a.organization_id = given.organization_id AND a.id = given.id
  RETURNING a.id
), count AS (
  SELECT count(*) FROM changed
)
INSERT INTO accounts (organization_id, id, number, parent_id, name, deleted_at, deletion_id)
SELECT organization_id, id, number, parent_id, 'x', CASE WHEN NOT live THEN now() END, CASE WHEN NOT live THEN id END FROM given, count
WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.organization_id = given.organization_id AND a.id = given.id)`,

	"a merge that deletes": `
MERGE INTO accounts a USING given ON a.organization_id = given.organization_id AND a.id = given.id
WHEN MATCHED AND NOT live THEN DELETE
WHEN MATCHED THEN UPDATE SET parent_id = given.parent_id, deleted_at = NULL, deletion_id = NULL
WHEN NOT MATCHED AND live THEN INSERT (organization_id, id, number, parent_id, name) VALUES (given.organization_id, given.id, given.number, given.parent_id, 'x')`,

	"a delete": `
DELETE FROM accounts a USING given WHERE a.organization_id = given.organization_id AND a.id = given.id`,

	"new ids": `
UPDATE accounts a SET id = gen_random_uuid()
FROM given
WHERE a.organization_id = given.organization_id AND a.id = given.id AND NOT EXISTS (
  SELECT FROM accounts child WHERE child.organization_id = a.organization_id AND child.parent_id = a.id)`,
}

// crowdedSQL leaves no room between what is in a tree, but only behind it.
const crowdedSQL = `
WITH numbered AS (
  SELECT p.organization_id, p.account_id, row_number() OVER (PARTITION BY p.organization_id, p.root_id ORDER BY own.mark) AS mark
  FROM account_places p
  CROSS JOIN LATERAL (VALUES (p.first), (p.last)) AS own (mark)
  WHERE p.depth > 0
), crowded AS (
  SELECT organization_id, account_id, min(mark) AS first, max(mark) AS last FROM numbered GROUP BY organization_id, account_id
)
UPDATE account_places p SET first = c.first, last = c.last
FROM crowded c
WHERE c.organization_id = p.organization_id AND c.account_id = p.account_id`

// grow draws accounts of some organizations, old and new, each with a parent and whether it is live, and a statement that writes
// them. Whether it was taken is told: it may be refused for what the hierarchy must not be.
func grow(t *testing.T, rt *rapid.T, d *db.DB, organizations []string, last *int) bool {
	var given struct {
		organizations, ids pq.StringArray
		numbers            pq.Int64Array
		parents            []*string
		live               pq.BoolArray
	}
	known := map[string][]string{}
	for _, o := range organizations {
		known[o] = query[string](t, d, "SELECT CAST(id AS text) FROM accounts WHERE organization_id = $1 ORDER BY number", o)
	}
	count := rapid.IntRange(1, 8).Draw(rt, "accounts")
	for range count {
		o := rapid.SampledFrom(organizations).Draw(rt, "organization")
		*last++
		id := fmt.Sprintf("00000000-0000-0000-0000-%012d", *last)
		if old := known[o]; len(old) > 0 && rapid.Bool().Draw(rt, "old") {
			id = rapid.SampledFrom(old).Draw(rt, "id")
			if slices.Contains(given.ids, id) {
				continue
			}
		} else {
			known[o] = append(old, id)
		}
		given.organizations, given.ids, given.numbers = append(given.organizations, o), append(given.ids, id), append(given.numbers, int64(*last))
		given.live = append(given.live, rapid.IntRange(0, 5).Draw(rt, "live") > 0)
	}
	for i, o := range given.organizations {
		var parent *string
		if rapid.IntRange(0, 5).Draw(rt, "has parent") > 0 {
			if id := rapid.SampledFrom(known[o]).Draw(rt, "parent"); id != given.ids[i] {
				parent = &id
			}
		}
		given.parents = append(given.parents, parent)
	}
	kind := rapid.SampledFrom(slices.Sorted(maps.Keys(byHand))).Draw(rt, "statement")
	if kind == "a delete" || kind == "new ids" {
		given.ids = given.ids[:1]
	}
	_, err := d.Pool().ExecContext(t.Context(), givenSQL+byHand[kind], given.organizations, given.ids, given.numbers, pq.Array(given.parents), given.live)
	var refused *pq.Error
	if errors.As(err, &refused) && slices.Contains([]string{"accounts_no_cycle", "accounts_parent_live", "accounts_parent_fkey"}, refused.Constraint) {
		return false
	}
	if err != nil {
		rt.Fatalf("%s: %v", kind, err)
	}
	if misplaced := query[string](t, d, "SELECT CAST(account_id AS text) FROM misplaced_accounts()"); len(misplaced) > 0 {
		rt.Fatalf("%s: misplaced %v", kind, misplaced)
	}
	return true
}

// TestPlacesProperty writes by hand whatever can be written: places are what the parents say after each statement.
func TestPlacesProperty(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	organizations := []string{dbtest.Organization(t, d, "One").Organization.ID().UUID.String(), dbtest.Organization(t, d, "Two").Organization.ID().UUID.String()}
	taken, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		run(t, d, "DELETE FROM accounts")
		last := 0
		for range rapid.IntRange(1, 15).Draw(rt, "statements") {
			if grow(t, rt, d, organizations, &last) {
				taken++
			} else {
				refused++
			}
			if rapid.IntRange(0, 3).Draw(rt, "crowd") == 0 {
				run(t, d, crowdedSQL)
			}
		}
	})
	t.Logf("%d statements were taken and %d refused", taken, refused)
	if taken < refused {
		t.Error("want most to be taken")
	}
}
