package db

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Purge is what the last purge of an organization removed.
type Purge struct {
	PurgedAt     time.Time `db:"purged_at"`
	AccountCount int       `db:"account_count"`
	ContactCount int       `db:"contact_count"`
}

// purgePortion is how many records one transaction removes, and what the same deletions took besides. Writers of the hierarchy wait
// for no more than that.
const purgePortion = 500

// restorableUntil is when the retention of a deleted record r of the organization o is over.
const restorableUntil = "r.deleted_at + make_interval(days => o.retention_days)"

// expired are the deleted records of a table that can't be restored any more, as r.
func expired(table string) string {
	return `
FROM ` + table + ` r
JOIN organizations o ON o.id = r.organization_id
WHERE r.organization_id = $1 AND r.deleted_at IS NOT NULL AND ` + restorableUntil + ` < now()`
}

// expiredAccounts are the accounts of the deletions of expired ones, as a: what one deletion took goes together. portion is which of
// those are meant; all of them if it is empty.
func expiredAccounts(portion string) string {
	return `
FROM accounts a
WHERE a.organization_id = $1 AND a.deleted_at IS NOT NULL AND a.deletion_id IN (
  SELECT r.deletion_id` + expired("accounts") + `
` + portion + `)`
}

// Purge removes the organization's accounts and contacts whose retention is over, with all that only belongs to them, for good.
// What others keep of them becomes null; contacts that would be at no account any more are deleted, softly, where the organization does
// not allow that. What happened to them stays told by their events, whose values are erased. It works in
// portions, each a transaction: what is done stays done if ctx ends. What one deletion took goes together, as it would come back.
// Rows that imports rejected go as well, once the import was finished for as long, and the imports after Options.ImportRetentionDays.
// Only admins may purge.
func (d *DB) Purge(ctx context.Context, v Viewer) (*Purged, error) {
	if err := v.mayPurge(); err != nil {
		return nil, err
	}
	total, err := d.purgeImports(ctx, v)
	if err != nil {
		return nil, err
	}
	for {
		var accounts, unplaced, contacts int
		err := d.write(ctx, func(tx *sqlx.Tx) (err error) {
			if accounts, unplaced, err = purgeAccounts(ctx, tx, v); err != nil {
				return err
			}
			if contacts, err = purgeContacts(ctx, tx, v); err != nil {
				return err
			}
			return recordPurge(ctx, tx, v, total.AccountCount+accounts, total.ContactCount+contacts)
		})
		if err != nil {
			return nil, err
		}
		total.AccountCount += accounts
		total.ContactCount += contacts
		total.UnplacedContactCount += unplaced
		if accounts < purgePortion && contacts < purgePortion {
			return total, nil
		}
	}
}

// mayPurge refuses viewers who are no admins.
func (v Viewer) mayPurge() error {
	if v.Role != RoleAdmin {
		return &Error{Code: CodeForbidden, Message: "only admins may purge"}
	}
	return nil
}

// purgeAccounts removes a portion of the accounts. It returns how many, and how many contacts it deleted because of them.
func purgeAccounts(ctx context.Context, tx *sqlx.Tx, v Viewer) (purged, unplaced int, err error) {
	// As a restore does, so that the two queue.
	if err := lockHierarchy(ctx, tx, v); err != nil {
		return 0, 0, err
	}
	ids, err := all[AccountID](ctx, tx, textOf("SELECT a.id"+expiredAccounts("ORDER BY r.deleted_at, r.id LIMIT $2")+"\nORDER BY a.id\nFOR UPDATE",
		v.Organization, purgePortion), "lock expired accounts")
	if err != nil || len(ids) == 0 {
		return 0, 0, err
	}
	if unplaced, err = deleteUnplaced(ctx, tx, v, ids); err != nil {
		return 0, 0, err
	}
	events := make([]event, len(ids))
	for i, id := range ids {
		events[i] = event{kind: "account.purged", entity: "account", id: id.uuid}
	}
	// What belongs to an account goes with it by its foreign keys, and children that were deleted apart and stay forget their parent.
	_, err = exec(ctx, tx, "purge accounts", "DELETE FROM accounts WHERE organization_id = $1 AND id = ANY($2)", v.Organization, idArray(ids))
	if err != nil {
		return 0, 0, err
	}
	return len(ids), unplaced, eraseEvents(ctx, tx, v, idArray(ids), events)
}

func purgeContacts(ctx context.Context, tx *sqlx.Tx, v Viewer) (int, error) {
	// One that is restored while this waits for it is not deleted any more when it has it.
	ids, err := all[ContactID](ctx, tx, textOf("SELECT r.id"+expired("contacts")+"\nORDER BY r.deleted_at, r.id LIMIT $2\nFOR UPDATE OF r", v.Organization, purgePortion),
		"lock expired contacts")
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	events := make([]event, len(ids))
	for i, id := range ids {
		events[i] = contactEvent("purged", id, nil, nil)
	}
	_, err = exec(ctx, tx, "purge contacts", "DELETE FROM contacts WHERE organization_id = $1 AND id = ANY($2)", v.Organization, idArray(ids))
	if err != nil {
		return 0, err
	}
	return len(ids), eraseEvents(ctx, tx, v, idArray(ids), events)
}

// eraseEvents takes the values out of the events of purged records, which may be people's names and addresses, and appends
// the events that tell of the purge.
func eraseEvents(ctx context.Context, tx *sqlx.Tx, v Viewer, ids any, purged []event) error {
	_, err := exec(ctx, tx, "erase events", `
		UPDATE events SET before = NULL, after = NULL
		WHERE organization_id = $1 AND entity_id = ANY($2) AND (before IS NOT NULL OR after IS NOT NULL)`, v.Organization, ids)
	if err != nil {
		return err
	}
	return appendEvents(ctx, tx, v, purged...)
}

const recordPurgeSQL = `
INSERT INTO purges (organization_id, account_count, contact_count) VALUES ($1, $2, $3)
ON CONFLICT (organization_id) DO UPDATE SET purged_at = now(), account_count = $2, contact_count = $3`

// recordPurge notes what the purge that is under way has removed so far.
func recordPurge(ctx context.Context, tx *sqlx.Tx, v Viewer, accounts, contacts int) error {
	_, err := exec(ctx, tx, "record purge", recordPurgeSQL, v.Organization, accounts, contacts)
	return err
}

// LastPurges returns the last purge of those of the organizations that the viewer may see: its own. One that was never purged is not
// in the answer.
func (d *DB) LastPurges(ctx context.Context, v Viewer, ids []OrganizationID) (map[OrganizationID]*Purge, error) {
	s := &statement{}
	s.write("SELECT p.organization_id, ", columns[Purge]("p"), "\nFROM purges p\nWHERE ", v.own(s, "p"), " AND p.organization_id = ANY(", s.arg(keyArray(ids)), ")")
	rows, err := all[*struct {
		OrganizationID OrganizationID `db:"organization_id"`
		Purge
	}](ctx, d.pool, s, "last purges")
	found := make(map[OrganizationID]*Purge, len(rows))
	for _, row := range rows {
		found[row.OrganizationID] = &row.Purge
	}
	return found, err
}

// AccountPurgeTimes returns when deleted accounts can't be restored any more. One that is not deleted is not in the answer.
func (d *DB) AccountPurgeTimes(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID]time.Time, error) {
	return purgeTimes(ctx, d, v, "accounts", ids)
}

// ContactPurgeTimes returns when deleted contacts can't be restored any more. One that is not deleted is not in the answer.
func (d *DB) ContactPurgeTimes(ctx context.Context, v Viewer, ids []ContactID) (map[ContactID]time.Time, error) {
	return purgeTimes(ctx, d, v, "contacts", ids)
}

func purgeTimes[I identified](ctx context.Context, d *DB, v Viewer, table string, ids []I) (map[I]time.Time, error) {
	s := &statement{}
	listed, err := v.listed(s, "r", DeletedOnly)
	if err != nil {
		return nil, err
	}
	s.write("SELECT r.id, ", restorableUntil, " AS at\nFROM ", table, " r\nJOIN organizations o ON o.id = r.organization_id")
	s.write("\nWHERE ", listed, " AND r.id = ANY(", s.arg(keyArray(ids)), ")")
	rows, err := all[struct {
		ID I         `db:"id"`
		At time.Time `db:"at"`
	}](ctx, d.pool, s, "times of purges")
	times := make(map[I]time.Time, len(rows))
	for _, row := range rows {
		times[row.ID] = row.At
	}
	return times, err
}
