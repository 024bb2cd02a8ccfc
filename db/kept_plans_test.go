package db_test

import (
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// bigTree is how many accounts are written by one statement. From about 18,000 on, the planner takes an index on short keys for cheaper
// than one on long keys, as it has fewer levels.
const bigTree = 20_000

// treeWrites write a tree of $2 accounts in the organization $1, each by one statement. The first of them gets below another root.
var treeWrites = []struct{ name, text string }{
	{"create", `
		INSERT INTO accounts (organization_id, id, number, name, parent_id)
		SELECT CAST($1 AS uuid), CAST(md5('tree' || n) AS uuid), n, 'Tree ' || n, CASE WHEN n > 1 THEN CAST(md5('tree' || (n + 6) / 8) AS uuid) END
		FROM generate_series(1, CAST($2 AS integer)) n`},
	{"move the top", "UPDATE accounts SET parent_id = (SELECT id FROM accounts WHERE name = 'Top') WHERE organization_id = $1 AND number = 1 AND $2 > 0"},
	{"move all", "UPDATE accounts SET parent_id = (SELECT id FROM accounts WHERE name = 'Top') WHERE organization_id = $1 AND number BETWEEN 2 AND $2"},
	{"move all back", "UPDATE accounts SET parent_id = CAST(md5('tree' || (number + 6) / 8) AS uuid) WHERE organization_id = $1 AND number BETWEEN 2 AND $2"},
	{"delete", "UPDATE accounts SET deleted_at = now(), deletion_id = id WHERE organization_id = $1 AND number <= $2"},
	{"restore", "UPDATE accounts SET deleted_at = NULL, deletion_id = NULL WHERE organization_id = $1 AND number <= $2"},
	{"delete again", "UPDATE accounts SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE organization_id = $1 AND number <= $2"},
	{"purge", "DELETE FROM accounts WHERE organization_id = $1 AND number <= $2"},
}

// TestKeptPlans writes much over a connection that has written little: what the triggers read grows with what is written, and no faster,
// though their plans were made for few accounts and nobody has told the planner of more. What is counted are rows, not seconds.
func TestKeptPlans(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]string{
		"nothing is known of the accounts":   "SELECT",
		"there was one when it was analyzed": "ANALYZE",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := oneConnection(t)
			v := dbtest.Organization(t, d, "Acme")
			run(t, d, "INSERT INTO accounts (organization_id, number, name) VALUES ($1, 1000000, 'Top')", v.Organization)
			run(t, d, known)
			for _, count := range []int{2, bigTree} {
				for _, w := range treeWrites {
					before := rowsRead(t, d)
					run(t, d, w.text, v.Organization, count)
					if read := rowsRead(t, d) - before; count == bigTree && read > 50*bigTree {
						t.Errorf("%s: read %d rows to write %d", w.name, read, count)
					}
				}
			}
		})
	}
}

// rowsRead is how many rows of the hierarchy were read until now, by an index or from end to end.
func rowsRead(t testing.TB, d *db.DB) int {
	t.Helper()
	run(t, d, "SELECT pg_stat_force_next_flush()")
	return query[int](t, d, `
		SELECT CAST(sum(read) AS bigint)
		FROM (
			SELECT relname, idx_tup_read AS read FROM pg_stat_user_indexes
			UNION ALL
			SELECT relname, seq_tup_read FROM pg_stat_user_tables
		) counted
		WHERE relname IN ('accounts', 'account_places')`)[0]
}
