package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

const (
	// An account that is there already stays a parent, whatever is wrong with its row.
	orphanRowsSQL = `
WITH RECURSIVE orphans (line, parent_line) AS (
  SELECT c.line, c.parent_line
  FROM import_plan p
  JOIN import_plan c ON c.parent_line = p.line
  WHERE p.refused AND p.version IS NULL AND NOT c.refused
  UNION
  SELECT c.line, c.parent_line
  FROM orphans
  JOIN import_plan p ON p.line = orphans.line AND p.version IS NULL
  JOIN import_plan c ON c.parent_line = p.line AND NOT c.refused
)
INSERT INTO import_problems (line, field, value, code, reason)
SELECT o.line, 'parent_external_id', p.external_id, 'NOT_FOUND', 'the parent, on line ' || o.parent_line || ', is rejected itself: mend that line as well'
FROM orphans o
JOIN import_plan p ON p.line = o.parent_line`

	// Of rows that were refused for something else as well.
	refusedOrphansSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT c.line, 'parent_external_id', p.external_id, 'NOT_FOUND', 'the parent, on line ' || p.line || ', is rejected itself: mend that line as well'
FROM import_plan c
JOIN import_plan p ON p.line = c.parent_line
WHERE c.refused AND p.refused AND p.version IS NULL
  AND NOT EXISTS (SELECT FROM import_problems told WHERE told.line = c.line AND told.field = 'parent_external_id')`

	// How high each account would be, once all is written that is not refused: along the parents of the rows, and along those
	// of the accounts above them that are no rows, or whose rows are refused.
	levelRowsSQL = `
WITH RECURSIVE planned AS (
  SELECT p.id, p.parent_id, p.line FROM import_plan p WHERE NOT p.refused
), above (id, parent_id) AS (
  SELECT a.id, a.parent_id
  FROM accounts a
  WHERE a.organization_id = $1 AND a.id IN (SELECT parent_id FROM planned EXCEPT SELECT id FROM planned)
  UNION
  SELECT a.id, a.parent_id
  FROM above
  CROSS JOIN LATERAL (
    SELECT a.* FROM accounts a WHERE a.organization_id = $1 AND a.id = above.parent_id OFFSET 0
  ) a
  WHERE NOT EXISTS (SELECT FROM import_plan p WHERE p.id = a.id AND NOT p.refused)
), numbered AS (
  SELECT id, parent_id, line, row_number() OVER () AS number
  FROM (SELECT id, parent_id, line FROM planned UNION ALL SELECT id, parent_id, NULL FROM above) everything
), linked AS (
  SELECT c.number, p.number AS above
  FROM numbered c
  FULL JOIN numbered p ON p.id = c.parent_id
), arrays AS (
  SELECT hierarchy_levels(array_agg(CAST(coalesce(above, 0) AS integer) ORDER BY number)) AS levels
  FROM linked
  WHERE number IS NOT NULL
)
INSERT INTO import_levels (line, level)
SELECT numbered.line, answer.level
FROM unnest((SELECT levels FROM arrays)) WITH ORDINALITY AS answer (level, number)
JOIN numbered ON numbered.number = answer.number
WHERE numbered.line IS NOT NULL`

	circularRowsSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT f.line, 'parent_external_id', f.parent_external_id, 'CYCLE', 'the account would be its own ancestor'
FROM import_levels l
JOIN import_found f ON f.line = l.line
WHERE l.level = -1`
)

// settleHierarchy refuses rows until what is left can be written: no parent is missing, no account is above itself, and
// nothing is given to two. Each round refuses a row at least, but the last.
func (i *Importing) settleHierarchy(ctx context.Context, tx *sqlx.Tx) error {
	for {
		if err := i.steps(ctx, tx, step{"refuse rows", refuseSQL, nil}); err != nil {
			return err
		}
		orphans, err := exec(ctx, tx, "find rows without a parent", orphanRowsSQL)
		if err != nil {
			return err
		}
		if orphans > 0 {
			continue
		}
		if err := i.steps(ctx, tx,
			step{"forget levels", "TRUNCATE import_levels", nil},
			step{"find levels", levelRowsSQL, []any{i.v.Organization}},
			step{"analyze levels", "ANALYZE import_levels", nil},
		); err != nil {
			return err
		}
		circular, err := exec(ctx, tx, "find circles", circularRowsSQL)
		if err != nil {
			return err
		}
		if circular > 0 {
			continue
		}
		late, err := exec(ctx, tx, "settle claims", contestClaimsSQL)
		if err != nil {
			return err
		}
		if late == 0 {
			return i.steps(ctx, tx, step{"find refused rows without a parent", refusedOrphansSQL, nil})
		}
	}
}
