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
    SELECT r.record, r.source, r.external_id FROM import_rows r WHERE r.organization_id = $1 AND r.import_id = $3 AND r.line = t.line OFFSET 0
  ) r`

	// By arrays, for the same reason. Of a contact there is a row for each of its accounts.
	dropWrittenSQL = `
DELETE FROM import_rows r
WHERE r.organization_id = $1 AND r.import_id = $2 AND r.problems IS NULL AND r.line = ANY(ARRAY(
  SELECT t.line FROM import_turns t WHERE t.portion = $3))`

	dropWrittenContactsSQL = `
DELETE FROM import_rows r
WHERE r.organization_id = $1 AND r.import_id = $2 AND r.problems IS NULL AND r.line = ANY(ARRAY(
  SELECT f.line
  FROM import_turns t
  JOIN import_found f ON f.first_line = t.line
  WHERE t.portion = $3))`

	// The last statement of a portion, as sessions that write side by side wait here for each other.
	countWrittenSQL = `
UPDATE imports SET created_count = created_count + $3, updated_count = updated_count + $4, moved_count = moved_count + $5, pending_count = pending_count - $6
WHERE organization_id = $1 AND id = $2`

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

// Write writes the rows that passed the check, in portions of 1,000, each with its events in one transaction and parents
// before children. Before the first and after each, progress (which may be nil) is told how many of all are written.
// Stopped by the context, the import waits to be continued.
func (i *Importing) Write(ctx context.Context, progress func(done, total int)) error {
	ctx = WithoutStatementTimeout(ctx)
	if i.IsDryRun {
		return i.countOnly(ctx)
	}
	if err := i.addIndustries(ctx); err != nil {
		return err
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	done := 0
	for tries := 1; ; tries++ {
		total := done
		for _, p := range i.portions {
			total += p.Rows
		}
		progress(done, total)
		err := i.writePortions(ctx, func(rows int) {
			done, tries = done+rows, 1
			progress(done, total)
		})
		switch {
		case err == nil:
			if err := i.analyze(ctx); err != nil {
				return err
			}
			return i.transaction(ctx, func(tx *sqlx.Tx) error { return i.finish(ctx, tx, ImportDone, nil) })
		case (errors.Is(err, errChanged) || isRepeatable(err)) && tries < maxTries:
			// The rest is checked against what the records are now. What is refused by that is told as any other row.
			if err := i.Check(ctx); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// writePortions writes what the check has found, and calls wrote with how many rows each portion was. The first portion is written
// before all others, so that the plans for those are made by what is known of its records.
func (i *Importing) writePortions(ctx context.Context, wrote func(rows int)) (err error) {
	note := func(w writtenPortion) {
		i.CreatedCount += w.Created
		i.UpdatedCount += w.Updated
		i.MovedCount += w.Moved
		i.PendingCount -= w.rows
		wrote(w.rows)
	}
	var second *secondSession
	defer func() { err = errors.Join(err, second.end(note)) }()
	for n := 0; n < len(i.portions); n++ {
		if n == 1 {
			if err := i.analyze(ctx); err != nil {
				return err
			}
			if second, err = i.openSecond(ctx); err != nil {
				return err
			}
		}
		for ; n < len(i.portions)-1 && second.takes(i.portions[n]); n++ {
			if err := second.handOver(ctx, i, i.portions[n]); err != nil {
				return err
			}
		}
		p := i.portions[n]
		for second.holdsUp(p) {
			if err := second.await(note); err != nil {
				return err
			}
		}
		if p.accountNumber, err = i.takeNumbers(ctx, p); err != nil {
			return err
		}
		rows, err := i.write(ctx, p)
		if err != nil {
			return err
		}
		note(writtenPortion{portion: p, rows: rows})
		for second.hasWritten() {
			if err := second.await(note); err != nil {
				return err
			}
		}
	}
	return nil
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
func (i *Importing) analyze(ctx context.Context) error {
	if len(i.portions) < 2 {
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

// write writes a portion in one transaction, and tells how many rows that were.
func (i *Importing) write(ctx context.Context, p portion) (rows int, err error) {
	err = i.transaction(ctx, func(tx *sqlx.Tx) error {
		write, drop := i.writeAccounts, dropWrittenSQL
		if i.Entity == ImportContacts {
			write, drop = i.writeContacts, dropWrittenContactsSQL
		}
		if err := write(ctx, tx, p); err != nil {
			return err
		}
		dropped, err := exec(ctx, tx, "drop written rows", drop, i.v.Organization, i.ID, p.Number)
		if err != nil {
			return err
		}
		rows = int(dropped)
		counted, err := exec(ctx, tx, "count written rows", countWrittenSQL, i.v.Organization, i.ID, p.Created, p.Updated, p.Moved, rows)
		if err == nil && counted == 0 {
			err = errors.New("count written rows: the import is gone")
		}
		return err
	})
	return rows, err
}
