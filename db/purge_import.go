package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

const (
	// Rejected rows hold what anybody may have written into a file.
	forgetRejectsSQL = `
DELETE FROM import_rows r USING imports i, organizations o
WHERE r.organization_id = $1 AND i.organization_id = $1 AND i.id = r.import_id AND o.id = $1
  AND i.finished_at < now() - make_interval(days => o.retention_days)`

	// With its rows, which refer to nothing: a moment ago it may have been too young for those to be forgotten.
	forgetImportsSQL = `
WITH forgotten AS (
  DELETE FROM imports i USING organizations o
  WHERE i.organization_id = $1 AND o.id = $1 AND i.finished_at < now() - make_interval(days => greatest($2, o.retention_days))
  RETURNING i.id
), rest AS (
  DELETE FROM import_rows r USING forgotten f WHERE r.organization_id = $1 AND r.import_id = f.id
)
SELECT id FROM forgotten`
)

// purgeImports removes the rejected rows of imports that were finished for as long as deleted records are kept, and, later, what is
// known of the imports.
func (d *DB) purgeImports(ctx context.Context, v Viewer) error {
	ctx = WithoutStatementTimeout(ctx) // an import may have had any number of rows
	if _, err := exec(ctx, d.pool, "forget rejected rows", forgetRejectsSQL, v.Organization); err != nil || d.importRetentionDays == 0 {
		return err
	}
	return d.write(ctx, func(tx *sqlx.Tx) error {
		ids, err := all[ImportID](ctx, tx, textOf(forgetImportsSQL, v.Organization, d.importRetentionDays), "forget imports")
		if err != nil || len(ids) == 0 {
			return err
		}
		events := make([]event, len(ids))
		for i, id := range ids {
			events[i] = event{kind: "import.purged", entity: "import", id: id.uuid}
		}
		return eraseEvents(ctx, tx, v, idArray(ids), events)
	})
}
