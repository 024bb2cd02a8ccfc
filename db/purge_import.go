package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// finishedFor tells whether an import i was finished for a number of days.
func finishedFor(days string) string {
	return "i.finished_at < now() - make_interval(days => " + days + ")"
}

var (
	// Rejected rows hold what anybody may have written into a file.
	forgetRejectsSQL = `
DELETE FROM import_rows r USING imports i, organizations o
WHERE r.organization_id = $1 AND i.organization_id = $1 AND i.id = r.import_id AND o.id = $1
  AND ` + finishedFor("o.retention_days")

	// With its rows, which refer to nothing: a moment ago it may have been too young for those to be forgotten.
	forgetImportsSQL = `
WITH forgotten AS (
  DELETE FROM imports i USING organizations o
  WHERE i.organization_id = $1 AND o.id = $1 AND ` + finishedFor("greatest($2, o.retention_days)") + `
  RETURNING i.id
), rest AS (
  DELETE FROM import_rows r USING forgotten f WHERE r.organization_id = $1 AND r.import_id = f.id
  RETURNING r.import_id
)
SELECT f.id, (SELECT count(*) FROM rest r WHERE r.import_id = f.id) AS rest_count FROM forgotten f`
)

// purgeImports removes the rejected rows of imports that were finished for as long as deleted records are kept, and, later, what is
// known of the imports. It returns how many.
func (d *DB) purgeImports(ctx context.Context, v Viewer) (*Purged, error) {
	ctx = WithoutStatementTimeout(ctx) // an import may have had any number of rows
	rows, err := exec(ctx, d.pool, "forget rejected rows", forgetRejectsSQL, v.Organization)
	purged := &Purged{RejectedRowCount: int(rows)}
	if err != nil || d.importRetentionDays == 0 {
		return purged, err
	}
	type forgotten struct {
		ID        ImportID `db:"id"`
		RestCount int      `db:"rest_count"`
	}
	var imports []forgotten
	err = d.write(ctx, func(tx *sqlx.Tx) (err error) {
		imports, err = all[forgotten](ctx, tx, textOf(forgetImportsSQL, v.Organization, d.importRetentionDays), "forget imports")
		if err != nil || len(imports) == 0 {
			return err
		}
		ids, events := make([]ImportID, len(imports)), make([]event, len(imports))
		for i, f := range imports {
			ids[i], events[i] = f.ID, event{kind: "import.purged", entity: "import", id: f.ID.uuid}
		}
		return eraseEvents(ctx, tx, v, idArray(ids), events)
	})
	purged.ImportCount = len(imports)
	for _, f := range imports {
		purged.RejectedRowCount += f.RestCount
	}
	return purged, err
}
