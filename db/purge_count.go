package db

import "context"

// Purged is what a purge of an organization did, or would do.
type Purged struct {
	// AccountCount and ContactCount are how many it removed for good.
	AccountCount int `db:"account_count"`
	ContactCount int `db:"contact_count"`
	// UnplacedContactCount is how many contacts it deleted, softly, because they would be at no account any more.
	UnplacedContactCount int `db:"unplaced_contact_count"`
	// ImportCount is how many imports it forgot, RejectedRowCount how many rows that imports had rejected.
	ImportCount      int `db:"import_count"`
	RejectedRowCount int `db:"rejected_row_count"`
}

var countExpiredSQL = `
WITH gone AS (
  SELECT a.id` + expiredAccounts("") + `
)
SELECT
  (SELECT count(*) FROM gone) AS account_count,
  (SELECT count(*)` + expired("contacts") + `) AS contact_count,
  (SELECT count(DISTINCT c.id)
   FROM gone g
   JOIN account_contacts link ON link.organization_id = $1 AND link.account_id = g.id
   JOIN contacts c ON c.organization_id = $1 AND c.id = link.contact_id AND c.deleted_at IS NULL
   JOIN organizations o ON o.id = $1 AND NOT o.allow_free_contacts
   WHERE NOT EXISTS (
     SELECT FROM account_contacts other
     WHERE other.organization_id = $1 AND other.contact_id = c.id AND other.account_id NOT IN (SELECT id FROM gone))
  ) AS unplaced_contact_count,
  (SELECT count(*)
   FROM imports i
   JOIN organizations o ON o.id = $1
   WHERE i.organization_id = $1 AND $2 > 0 AND ` + finishedFor("greatest($2, o.retention_days)") + `) AS import_count,
  (SELECT count(*)
   FROM import_rows r
   JOIN imports i ON i.organization_id = $1 AND i.id = r.import_id
   JOIN organizations o ON o.id = $1
   WHERE r.organization_id = $1 AND ` + finishedFor("o.retention_days") + `) AS rejected_row_count`

// CountExpired tells what Purge would do now.
func (d *DB) CountExpired(ctx context.Context, v Viewer) (*Purged, error) {
	if err := v.mayPurge(); err != nil {
		return nil, err
	}
	counted, err := all[*Purged](ctx, d.pool, textOf(countExpiredSQL, v.Organization, d.importRetentionDays), "count what is expired")
	if err != nil {
		return nil, err
	}
	return counted[0], nil
}
