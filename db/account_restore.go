package db

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
)

// RestoreAccountResult tells what a restore did.
type RestoreAccountResult struct {
	Account *Account
	// Restored counts the accounts that came back, this one included.
	Restored int
	// NewRoot is the top of what came back, the account or one above it, if it became a root because its parent is gone; else nil.
	NewRoot *Account
	// SharedDomains routed to what came back, and route to other accounts by now.
	SharedDomains []string
}

// RestoreAccount brings back a deleted account and all that the same deletion took with it. The top of it becomes a root
// if its parent is gone. It is EXPIRED when the organization's retention is over, and TAKEN when others have an external
// id or official number by now.
func (d *DB) RestoreAccount(ctx context.Context, v Viewer, id AccountID) (*RestoreAccountResult, error) {
	var result *RestoreAccountResult
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayWrite(); err != nil {
			return err
		}
		if err := lockHierarchy(ctx, tx, v); err != nil {
			return err
		}
		set, err := lockDeleted(ctx, tx, v, id)
		if err != nil {
			return err
		}
		if len(set) == 0 {
			return Problems{problem(ProblemNotFound, "there is no deleted account with this id").at("id")}
		}
		if set[0].Expired {
			return Problems{problem(ProblemExpired, "the account was deleted more than %d days ago and can't be restored any more", set[0].RetentionDays).at("id")}
		}
		if err := checkClaims(ctx, tx, v, set); err != nil {
			return err
		}
		result, err = restoreAccounts(ctx, tx, v, id, set)
		return err
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// deletedAccount is one of the accounts that a deletion took.
type deletedAccount struct {
	ID         AccountID  `db:"id"`
	ParentID   *AccountID `db:"parent_id"`
	DeletionID string     `db:"deletion_id"`
	// FormerID is the parent when it was deleted: parent_id is null once that is purged.
	FormerID      *AccountID `db:"former_id"`
	ParentIsLive  bool       `db:"parent_is_live"`
	Expired       bool       `db:"expired"`
	RetentionDays int        `db:"retention_days"`
}

const lockDeletedSQL = `
SELECT a.id, a.parent_id, a.deletion_id, o.retention_days,
  a.deleted_at + make_interval(days => o.retention_days) < clock_timestamp() AS expired,
  EXISTS (SELECT FROM accounts p WHERE p.organization_id = a.organization_id AND p.id = a.parent_id AND p.deleted_at IS NULL) AS parent_is_live,
  coalesce(a.parent_id, (
    SELECT CAST(e.before ->> 'parent_id' AS uuid)
    FROM events e
    WHERE e.organization_id = a.organization_id AND e.entity_id = a.id AND e.type = 'account.deleted'
    ORDER BY e.sequence DESC
    LIMIT 1)) AS former_id
FROM accounts asked
JOIN accounts a ON a.organization_id = asked.organization_id AND a.deletion_id = asked.deletion_id AND a.deleted_at IS NOT NULL
JOIN organizations o ON o.id = a.organization_id
WHERE asked.organization_id = $1 AND asked.id = $2 AND asked.deleted_at IS NOT NULL
ORDER BY a.id
FOR NO KEY UPDATE OF a`

// lockDeleted reads and locks what the deletion of an account took; nothing if the account is not deleted.
func lockDeleted(ctx context.Context, tx *sqlx.Tx, v Viewer, id AccountID) ([]deletedAccount, error) {
	return all[deletedAccount](ctx, tx, textOf(lockDeletedSQL, v.Organization, id), "lock deleted accounts")
}

const takenClaimsSQL = `
SELECT 'external id ' || other.external_id || ' of ' || other.source AS name, other.account_id
FROM account_external_ids mine
JOIN account_external_ids other USING (organization_id, source, external_id)
WHERE organization_id = $1 AND mine.account_id = ANY($2) AND other.is_live
UNION ALL
SELECT other.scheme || ' ' || other.value, other.account_id
FROM account_identifiers mine
JOIN account_identifiers other USING (organization_id, scheme, value)
WHERE organization_id = $1 AND mine.account_id = ANY($2) AND other.is_live
ORDER BY 1`

// checkClaims tells which external ids and official numbers others have by now.
func checkClaims(ctx context.Context, tx *sqlx.Tx, v Viewer, set []deletedAccount) error {
	taken, err := all[struct {
		Name      string    `db:"name"`
		AccountID AccountID `db:"account_id"`
	}](ctx, tx, textOf(takenClaimsSQL, v.Organization, idArray(idsOfDeleted(set))), "claims of deleted accounts")
	if err != nil {
		return err
	}
	c := validation{}
	for _, t := range taken {
		p := problem(ProblemTaken, "another account has the %s by now: remove it there first", t.Name)
		p.Account = &t.AccountID
		c.fail(p, "id")
	}
	return c.err()
}

func idsOfDeleted(set []deletedAccount) []AccountID {
	ids := make([]AccountID, len(set))
	for i, a := range set {
		ids[i] = a.ID
	}
	return ids
}

// orphans are the accounts of a set that were below one which does not come back with them and is gone.
func orphans(set []deletedAccount) []parentChange {
	back := byID(set, func(a deletedAccount) AccountID { return a.ID })
	var changes []parentChange
	for _, a := range set {
		if a.FormerID == nil || a.ParentIsLive {
			continue
		}
		if _, ok := back[*a.FormerID]; !ok || a.ParentID == nil {
			changes = append(changes, parentChange{account: a.ID, from: a.FormerID})
		}
	}
	return changes
}

const restoreRoutingSQL = `
WITH wanted AS (
  SELECT mine.account_id, mine.domain, NOT EXISTS (
    SELECT FROM account_domains other
    WHERE other.organization_id = mine.organization_id AND other.domain = mine.domain AND other.is_routing) AS is_free
  FROM account_domains mine
  WHERE mine.organization_id = $1 AND mine.account_id = ANY($2) AND mine.was_routing
), routed AS (
  UPDATE account_domains d SET is_routing = wanted.is_free, was_routing = false
  FROM wanted
  WHERE d.organization_id = $1 AND d.account_id = wanted.account_id AND d.domain = wanted.domain
)
SELECT domain FROM wanted WHERE NOT is_free ORDER BY domain`

// restoreAccounts brings a set of deleted accounts back.
func restoreAccounts(ctx context.Context, tx *sqlx.Tx, v Viewer, id AccountID, set []deletedAccount) (*RestoreAccountResult, error) {
	ids, changes := idsOfDeleted(set), orphans(set)
	roots := make([]AccountID, len(changes))
	for i, c := range changes {
		roots[i] = c.account
	}
	actor := v.actor()
	accounts, err := all[*Account](ctx, tx, textOf(`
		UPDATE accounts a SET deleted_at = NULL, deletion_id = NULL, parent_id = CASE WHEN a.id = ANY($3) THEN NULL ELSE a.parent_id END,
		  version = a.version + 1, updated_at = now(), updated_by_kind = $4, updated_by_id = $5
		WHERE a.organization_id = $1 AND a.id = ANY($2)
		RETURNING `+columns[Account]("a"), v.Organization, idArray(ids), idArray(roots), actor.Kind, actor.ID), "restore accounts")
	if err != nil {
		return nil, err
	}
	if err := setLive(ctx, tx, v, ids, true); err != nil {
		return nil, err
	}
	shared, err := all[string](ctx, tx, textOf(restoreRoutingSQL, v.Organization, idArray(ids)), "restore routing")
	if err != nil {
		return nil, err
	}
	events := make([]event, len(set))
	for i, a := range set {
		events[i] = event{kind: "account.restored", entity: "account", id: a.ID.uuid,
			before: map[string]any{"deletion_id": a.DeletionID}, after: map[string]any{"deletion_id": nil}}
	}
	if err := appendEvents(ctx, tx, v, events...); err != nil {
		return nil, err
	}
	back := byID(accounts, func(a *Account) AccountID { return a.ID })
	result := &RestoreAccountResult{Account: back[id], Restored: len(accounts), SharedDomains: append([]string{}, shared...)}
	top := back[id]
	for above := back[top.Spot().ParentID]; above != nil; above = back[top.Spot().ParentID] {
		top = above
	}
	if slices.Contains(roots, top.ID) {
		result.NewRoot = top
	}
	return result, recordParentChanges(ctx, tx, v, changes)
}
