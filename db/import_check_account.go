package db

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

const (
	planAccountsSQL = `
WITH found AS (
  SELECT r.line, r.source, r.external_id, coalesce(own.id, e.account_id) AS account_id, r.problems IS NOT NULL AS refused
  FROM import_rows r
  LEFT JOIN accounts own ON own.organization_id = $1 AND own.id = r.record_id AND own.deleted_at IS NULL
  LEFT JOIN account_external_ids e ON e.organization_id = $1 AND e.source = r.source AND e.external_id = r.external_id AND e.is_live
  WHERE r.organization_id = $1 AND r.import_id = $2 AND r.external_id IS NOT NULL
)
INSERT INTO import_plan (line, first_line, source, external_id, id, version, old_parent_id, parent_id, refused)
SELECT f.line,
  min(f.line) OVER (PARTITION BY f.account_id, CASE WHEN f.account_id IS NULL THEN f.source END, CASE WHEN f.account_id IS NULL THEN f.external_id END),
  f.source, f.external_id, coalesce(a.id, new_id()), a.version, a.parent_id, a.parent_id, f.refused
FROM found f
LEFT JOIN accounts a ON a.organization_id = $1 AND a.id = f.account_id`

	// A row that says the same as the first of its record is no problem: it is left out.
	duplicateAccountsSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT p.line, 'external_id', p.external_id, 'DUPLICATE', 'line ' || p.first_line || ' is of the same account' ||
  CASE WHEN (one.parent_source, one.parent_external_id) IS DISTINCT FROM (other.parent_source, other.parent_external_id)
    THEN ', with another parent: an account has one' ELSE ', with other values' END || '; the first line counts'
FROM import_plan p
JOIN import_rows one ON one.organization_id = $1 AND one.import_id = $2 AND one.line = p.first_line
JOIN import_rows other ON other.organization_id = $1 AND other.import_id = $2 AND other.line = p.line
WHERE p.line <> p.first_line AND (
  one.problems IS NOT NULL OR other.problems IS NOT NULL OR one.record IS DISTINCT FROM other.record
  OR (one.parent_source, one.parent_external_id) IS DISTINCT FROM (other.parent_source, other.parent_external_id))`

	// The rows that count can be found by what they are of, and by whose children they are.
	indexPlanSQL = `
CREATE UNIQUE INDEX ON import_plan (line);
CREATE INDEX ON import_plan (id);
ANALYZE import_plan`

	findParentsSQL = `
UPDATE import_plan p SET parent_id = found.id, parent_line = found.line
FROM (
  SELECT named.line AS child, named.id, above.line
  FROM (
    SELECT r.line, coalesce(own.id, planned.id, e.account_id) AS id
    FROM import_rows r
    LEFT JOIN accounts own ON own.organization_id = $1 AND own.id = r.parent_record_id AND own.deleted_at IS NULL
    LEFT JOIN import_plan planned ON planned.source = r.parent_source AND planned.external_id = r.parent_external_id AND planned.line = planned.first_line
    LEFT JOIN account_external_ids e ON e.organization_id = $1 AND e.source = r.parent_source AND e.external_id = r.parent_external_id AND e.is_live
    WHERE r.organization_id = $1 AND r.import_id = $2
  ) named
  LEFT JOIN import_plan above ON above.id = named.id AND above.line = above.first_line
) found
WHERE found.child = p.line AND p.line = p.first_line`

	missingParentsSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT p.line, 'parent_external_id', r.parent_external_id, 'NOT_FOUND',
  'there is no account ' || r.parent_external_id || ' of ' || r.parent_source || ', neither in the file nor in the organization'
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line
WHERE p.line = p.first_line AND p.parent_id IS NULL AND r.parent_external_id IS NOT NULL`

	// Old uses stay valid: what is archived, or not active any more, is refused where it is new.
	archivedValuesSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT p.line, field.name, value.label, 'INACTIVE', value.key || ' is archived: old records keep it, new ones can''t have it'
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line
CROSS JOIN (VALUES ('industry', 'industry', 'account_industry'), ('account_status', 'status', 'account_status'),
  ('classification', 'classification', 'account_classification'), ('health', 'health', 'account_health')) AS field (name, key, list)
JOIN picklist_values value ON value.organization_id = $1 AND CAST(value.picklist AS text) = field.list AND value.key = r.record ->> field.key AND value.is_archived
LEFT JOIN accounts a ON a.organization_id = $1 AND a.id = p.id AND p.version IS NOT NULL
WHERE p.line = p.first_line AND field.key = ANY($3)
  AND value.key IS DISTINCT FROM CASE field.key WHEN 'industry' THEN a.industry WHEN 'status' THEN a.status WHEN 'classification' THEN a.classification ELSE a.health END`

	inactiveOwnersSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT p.line, 'owner_email', u.email, 'INACTIVE', u.name || ' is not active and can''t own accounts'
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line
JOIN users u ON u.organization_id = $1 AND u.id = CAST(r.record ->> 'owner_id' AS uuid) AND NOT u.is_active
LEFT JOIN accounts a ON a.organization_id = $1 AND a.id = p.id AND p.version IS NOT NULL
WHERE p.line = p.first_line AND a.owner_id IS DISTINCT FROM u.id`

	namelessAccountsSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT p.line, 'name', '', 'REQUIRED', 'a new account needs a name, and the file has no column of names'
FROM import_plan p
WHERE p.line = p.first_line AND p.version IS NULL`
)

// checkAccounts plans the writing of rows that are accounts.
func (i *Importing) checkAccounts(ctx context.Context, tx *sqlx.Tx) error {
	organization := i.v.Organization
	if err := i.steps(ctx, tx,
		step{"plan accounts", planAccountsSQL, []any{organization, i.ID}},
		step{"index the plan", indexPlanSQL, nil},
		step{"find duplicate rows", duplicateAccountsSQL, []any{organization, i.ID}},
	); err != nil {
		return err
	}
	if i.has("parent_external_id") || i.has("parent_id") {
		if err := i.steps(ctx, tx,
			step{"find parents", findParentsSQL, []any{organization, i.ID}},
			step{"find missing parents", missingParentsSQL, []any{organization, i.ID}},
		); err != nil {
			return err
		}
	}
	if err := i.steps(ctx, tx,
		step{"index parents", "CREATE INDEX ON import_plan (parent_line) WHERE parent_line IS NOT NULL; ANALYZE import_plan", nil},
		step{"find archived values", archivedValuesSQL, []any{organization, i.ID, pq.Array(i.keys)}},
	); err != nil {
		return err
	}
	if i.says("owner_id") {
		if err := i.steps(ctx, tx, step{"find inactive owners", inactiveOwnersSQL, []any{organization, i.ID}}); err != nil {
			return err
		}
	}
	if !i.has("name") {
		if err := i.steps(ctx, tx, step{"find accounts without a name", namelessAccountsSQL, nil}); err != nil {
			return err
		}
	}
	if err := i.claim(ctx, tx); err != nil {
		return err
	}
	if err := i.settleHierarchy(ctx, tx); err != nil {
		return err
	}
	return i.compareAccounts(ctx, tx)
}
