package db

import (
	"context"
	"errors"

	"github.com/jmoiron/sqlx"
)

// errChanged tells that records are not any more as the check has seen them.
var errChanged = errors.New("records have changed since the rows were checked")

const (
	// rowOfTurnSQL joins the row of each turn of a portion, as r. OFFSET 0 makes it be looked up by its line: the planner would go
	// through all rows that wait, and through what is left of those that are written, for each portion.
	rowOfTurnSQL = `CROSS JOIN LATERAL (
    SELECT r.record FROM import_rows r WHERE r.organization_id = $1 AND r.import_id = $3 AND r.line = t.line OFFSET 0
  ) r`

	// By an array, for the same reason.
	dropWrittenSQL = `
DELETE FROM import_rows r
WHERE r.organization_id = $1 AND r.import_id = $2 AND r.problems IS NULL AND r.line = ANY(ARRAY(
  SELECT f.line
  FROM import_turns t
  JOIN import_found f ON f.first_line = t.line
  WHERE t.portion = $3))`

	forgetRowsSQL = `DELETE FROM import_rows WHERE organization_id = $1 AND import_id = $2 AND problems IS NULL`

	countOnlySQL = `
  created_count = (SELECT count(*) FROM import_turns t WHERE t.version IS NULL),
  updated_count = (SELECT count(*) FROM import_turns t WHERE t.version IS NOT NULL AND (t.after IS NOT NULL OR $3)),
  moved_count = (SELECT count(*) FROM import_turns t WHERE t.version IS NOT NULL AND t.parent_id IS DISTINCT FROM t.old_parent_id),
  industry_count = (SELECT count(DISTINCT r.record ->> 'industry') FROM import_turns t JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = t.line
    WHERE i.industries ? (r.record ->> 'industry'))`

	// Only what rows need that are written. Labels and keys that the list has by now stay as they are.
	addIndustriesSQL = `
WITH added AS (
  INSERT INTO picklist_values (organization_id, picklist, key, label, position)
  SELECT $1, 'account_industry', wanted.key, wanted.value, last.position + row_number() OVER (ORDER BY wanted.value, wanted.key)
  FROM imports i
  CROSS JOIN jsonb_each_text(i.industries) AS wanted
  CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM picklist_values WHERE organization_id = $1 AND picklist = 'account_industry') last
  WHERE i.organization_id = $1 AND i.id = $2 AND wanted.key IN (
    SELECT r.record ->> 'industry'
    FROM import_turns t
    JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = t.line)
  ON CONFLICT ON CONSTRAINT picklist_values_key_key DO NOTHING
  RETURNING id, key, label, position
)
INSERT INTO events (organization_id, type, entity, entity_id, after, actor_kind, actor_id)
SELECT $1, 'picklist_value.created', 'picklist_value', id,
  jsonb_build_object('picklist', 'account_industry', 'key', key, 'label', label, 'position', position), $3, $4
FROM added
ORDER BY position`
)

// Write writes the rows that passed the check, in portions of 5,000, each with its events in one transaction and parents
// before children. After each, and before the first, progress (which may be nil) is told how many of all are written.
// Stopped by the context, the import waits to be continued.
func (i *Importing) Write(ctx context.Context, progress func(done, total int)) error {
	ctx = WithoutStatementTimeout(ctx)
	if i.IsDryRun {
		return i.countOnly(ctx)
	}
	if err := i.addIndustries(ctx); err != nil {
		return err
	}
	done, total := 0, i.toWrite
	for portion, tries := 0, 1; portion < i.portions; {
		if progress != nil {
			progress(done, total)
		}
		var written int
		err := i.transaction(ctx, func(tx *sqlx.Tx) (err error) {
			written, err = i.writePortion(ctx, tx, portion)
			return err
		})
		switch {
		case err == nil:
			if err := i.analyze(ctx, portion); err != nil {
				return err
			}
			done, portion, tries = done+written, portion+1, 1
		case (errors.Is(err, errChanged) || isRepeatable(err)) && tries < maxTries:
			// The rest is checked against what the records are now. What is refused by that is told as any other row.
			if err := i.Check(ctx); err != nil {
				return err
			}
			portion, tries, total = 0, tries+1, done+i.toWrite
		default:
			return err
		}
	}
	if progress != nil {
		progress(done, total)
	}
	return i.transaction(ctx, func(tx *sqlx.Tx) error { return i.finish(ctx, tx, ImportDone, nil) })
}

// countOnly counts what would be written, and forgets it.
func (i *Importing) countOnly(ctx context.Context) error {
	return i.transaction(ctx, func(tx *sqlx.Tx) error {
		if err := i.set(ctx, tx, countOnlySQL, i.Entity == ImportContacts); err != nil {
			return err
		}
		if err := i.steps(ctx, tx, step{"forget rows", forgetRowsSQL, []any{i.v.Organization, i.ID}}); err != nil {
			return err
		}
		return i.finish(ctx, tx, ImportDone, nil)
	})
}

// analyze tells the planner of many new records, after the first portion and after the last. Otherwise it takes an
// organization for as empty as it was, until autovacuum comes: statements that look records up by their keys, and the plans
// of foreign keys, which are kept, would read all of it for each.
func (i *Importing) analyze(ctx context.Context, portion int) error {
	if i.portions == 1 || portion > 0 && portion < i.portions-1 {
		return nil
	}
	tables := "accounts, account_domains, account_external_ids"
	if i.Entity == ImportContacts {
		tables = "contacts, account_contacts"
	}
	return i.transaction(ctx, func(tx *sqlx.Tx) error {
		return i.steps(ctx, tx, coarse, step{"analyze records", "ANALYZE " + tables, nil}) // autovacuum will do it again by more rows
	})
}

// addIndustries adds the values that the rows need to the list ACCOUNT_INDUSTRY.
func (i *Importing) addIndustries(ctx context.Context) error {
	return i.transaction(ctx, func(tx *sqlx.Tx) error {
		actor := i.v.actor()
		added, err := exec(ctx, tx, "add industries", addIndustriesSQL, i.v.Organization, i.ID, actor.Kind, actor.ID)
		if err != nil || added == 0 {
			return err
		}
		return i.set(ctx, tx, "industry_count = industry_count + $3", added)
	})
}

// writePortion writes a portion, and tells how many rows that were.
func (i *Importing) writePortion(ctx context.Context, tx *sqlx.Tx, portion int) (int, error) {
	var counts ImportCounts
	var err error
	if i.Entity == ImportContacts {
		counts, err = i.writeContacts(ctx, tx, portion)
	} else {
		counts, err = i.writeAccounts(ctx, tx, portion)
	}
	if err != nil {
		return 0, err
	}
	written, err := exec(ctx, tx, "drop written rows", dropWrittenSQL, i.v.Organization, i.ID, portion)
	if err != nil {
		return 0, err
	}
	return int(written), i.set(ctx, tx, "created_count = created_count + $3, updated_count = updated_count + $4, moved_count = moved_count + $5, pending_count = pending_count - $6",
		counts.CreatedCount, counts.UpdatedCount, counts.MovedCount, written)
}
