package db

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

const (
	findAccountsSQL = `
WITH found AS (
  SELECT r.line, r.source, r.external_id, r.fresh_id, coalesce(own.id, e.account_id) AS account_id,
    r.parent_source, r.parent_external_id, r.parent_record_id, r.problems IS NOT NULL AS refused
  FROM import_rows r
  LEFT JOIN accounts own ON own.organization_id = $1 AND own.id = r.record_id AND own.deleted_at IS NULL
  LEFT JOIN account_external_ids e ON e.organization_id = $1 AND e.source = r.source AND e.external_id = r.external_id AND e.is_live
  WHERE r.organization_id = $1 AND r.import_id = $2 AND r.external_id IS NOT NULL
)
INSERT INTO import_found (line, first_line, source, external_id, id, version, old_parent_id, parent_source, parent_external_id, parent_record_id, refused)
SELECT f.line,
  min(f.line) OVER (PARTITION BY f.account_id, CASE WHEN f.account_id IS NULL THEN f.source END, CASE WHEN f.account_id IS NULL THEN f.external_id END),
  f.source, f.external_id, coalesce(a.id, f.fresh_id), a.version, a.parent_id, f.parent_source, f.parent_external_id, f.parent_record_id, f.refused
FROM found f
LEFT JOIN accounts a ON a.organization_id = $1 AND a.id = f.account_id`

	indexFoundSQL = `
CREATE INDEX ON import_found (id);
CREATE INDEX ON import_found (first_line);
ANALYZE import_found`

	// A row that says the same as the first of its record is no problem: it is left out.
	duplicateAccountsSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT f.line, 'external_id', f.external_id, 'DUPLICATE', 'line ' || f.first_line || ' is of the same account' ||
  CASE WHEN (first.parent_source, first.parent_external_id) IS DISTINCT FROM (f.parent_source, f.parent_external_id)
    THEN ', with another parent: an account has one' ELSE ', with other values' END || '; the first line counts'
FROM import_found f
JOIN import_found first ON first.line = f.first_line
JOIN import_rows one ON one.organization_id = $1 AND one.import_id = $2 AND one.line = f.first_line
JOIN import_rows other ON other.organization_id = $1 AND other.import_id = $2 AND other.line = f.line
WHERE NOT f.is_first AND (
  first.refused OR f.refused OR one.record IS DISTINCT FROM other.record
  OR (first.parent_source, first.parent_external_id) IS DISTINCT FROM (f.parent_source, f.parent_external_id))`

	repeatedAccountsSQL = `
INSERT INTO import_repeated (line)
SELECT f.line
FROM import_found f
WHERE NOT f.is_first AND f.line NOT IN (SELECT told.line FROM import_problems told)`

	planAccountsSQL = `
INSERT INTO import_plan (line, source, external_id, id, version, old_parent_id, parent_id, refused)
SELECT f.line, f.source, f.external_id, f.id, f.version, f.old_parent_id, f.old_parent_id, f.refused
FROM import_found f
WHERE f.is_first`

	planAccountsWithParentsSQL = `
INSERT INTO import_plan (line, source, external_id, id, version, old_parent_id, parent_id, parent_line, refused)
SELECT named.line, named.source, named.external_id, named.id, named.version, named.old_parent_id, named.parent_id, above.line, named.refused
FROM (
  SELECT f.*, coalesce(own.id, planned.id, e.account_id) AS parent_id
  FROM import_found f
  LEFT JOIN accounts own ON own.organization_id = $1 AND own.id = f.parent_record_id AND own.deleted_at IS NULL
  LEFT JOIN import_found planned ON planned.source = f.parent_source AND planned.external_id = f.parent_external_id AND planned.is_first
  LEFT JOIN account_external_ids e ON e.organization_id = $1 AND e.source = f.parent_source AND e.external_id = f.parent_external_id AND e.is_live
  WHERE f.is_first
) named
LEFT JOIN import_found above ON above.id = named.parent_id AND above.is_first`

	indexPlanSQL = `
CREATE UNIQUE INDEX ON import_plan (line);
CREATE INDEX ON import_plan (id);
CREATE INDEX ON import_plan (parent_line) WHERE parent_line IS NOT NULL;
ANALYZE import_plan`

	missingParentsSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT p.line, CASE f.parent_source WHEN '` + OwnSource + `' THEN 'parent_id' ELSE 'parent_external_id' END, f.parent_external_id, 'NOT_FOUND',
  'there is no account ' || f.parent_external_id || CASE f.parent_source WHEN '` + OwnSource + `' THEN '' ELSE ' of ' || f.parent_source END
    || ', neither in the file nor in the organization'
FROM import_plan p
JOIN import_found f ON f.line = p.line
WHERE p.parent_id IS NULL AND f.parent_external_id IS NOT NULL`

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
WHERE EXISTS (SELECT FROM picklist_values v WHERE v.organization_id = $1 AND v.is_archived) AND field.key = ANY($3)
  AND value.key IS DISTINCT FROM CASE field.key WHEN 'industry' THEN a.industry WHEN 'status' THEN a.status WHEN 'classification' THEN a.classification ELSE a.health END`

	inactiveOwnersSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT p.line, 'owner_email', u.email, 'INACTIVE', u.name || ' is not active and can''t own accounts'
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line
JOIN users u ON u.organization_id = $1 AND u.id = CAST(r.record ->> 'owner_id' AS uuid) AND NOT u.is_active
LEFT JOIN accounts a ON a.organization_id = $1 AND a.id = p.id AND p.version IS NOT NULL
WHERE a.owner_id IS DISTINCT FROM u.id`

	// Parents before children.
	planAccountTurnsSQL = `
INSERT INTO import_turns (line, portion, id, version, old_parent_id, parent_id, before, after)
SELECT p.line, (row_number() OVER (ORDER BY l.level, p.line) - 1) / $1, p.id, p.version, p.old_parent_id, p.parent_id, c.before, c.after
FROM import_plan p
LEFT JOIN import_levels l ON l.line = p.line
LEFT JOIN import_changes c ON c.line = p.line
WHERE NOT p.refused AND (p.version IS NULL OR c.line IS NOT NULL OR p.parent_id IS DISTINCT FROM p.old_parent_id)`

	namelessAccountsSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT p.line, 'name', '', 'REQUIRED', 'a new account needs a name, and the file has no column of names'
FROM import_plan p
WHERE p.version IS NULL`
)

// checkAccounts plans the writing of rows that are accounts.
func (i *Importing) checkAccounts(ctx context.Context, tx *sqlx.Tx) error {
	organization := i.v.Organization
	hasParents := i.has("parent_external_id") || i.has("parent_id")
	steps := []step{
		{"find accounts", findAccountsSQL, []any{organization, i.ID}},
		{"index accounts", indexFoundSQL, nil},
		{"find duplicate rows", duplicateAccountsSQL, []any{organization, i.ID}},
		{"find repeated rows", repeatedAccountsSQL, nil},
	}
	if hasParents {
		steps = append(steps, step{"plan accounts", planAccountsWithParentsSQL, []any{organization}})
	} else {
		steps = append(steps, step{"plan accounts", planAccountsSQL, nil})
	}
	steps = append(steps, step{"index the plan", indexPlanSQL, nil})
	if hasParents {
		steps = append(steps, step{"find missing parents", missingParentsSQL, nil})
	}
	steps = append(steps, step{"find archived values", archivedValuesSQL, []any{organization, i.ID, pq.Array(i.keys)}})
	if i.says("owner_id") {
		steps = append(steps, step{"find inactive owners", inactiveOwnersSQL, []any{organization, i.ID}})
	}
	if !i.has("name") {
		steps = append(steps, step{"find accounts without a name", namelessAccountsSQL, nil})
	}
	if err := i.steps(ctx, tx, append(steps, i.claims()...)...); err != nil {
		return err
	}
	if err := i.settleHierarchy(ctx, tx); err != nil {
		return err
	}
	return i.steps(ctx, tx, step{"compare accounts", compareAccountsSQL, []any{organization, i.ID, pq.Array(i.keys)}})
}
