package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

const (
	// In the order of their ids, so that two writers of several accounts do not deadlock.
	lockPlannedAccountsSQL = `
SELECT a.version = p.version AND a.deleted_at IS NULL AND a.parent_id IS NOT DISTINCT FROM p.old_parent_id AS is_same
FROM accounts a
JOIN import_plan p ON p.id = a.id
WHERE a.organization_id = $1 AND p.portion = $2 AND p.version IS NOT NULL
ORDER BY a.id
FOR NO KEY UPDATE OF a`

	// Locked against deactivation until the accounts are written.
	lockPlannedOwnersSQL = `
SELECT u.is_active
FROM users u
WHERE u.organization_id = $1 AND u.id IN (
  SELECT CAST(coalesce(p.after, r.record) ->> 'owner_id' AS uuid)
  FROM import_plan p
  JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $3 AND r.line = p.line
  WHERE p.portion = $2)
FOR SHARE`

	insertPlannedAccountsSQL = `
WITH chosen AS (
  SELECT p.id, p.parent_id, r.record, row_number() OVER (ORDER BY p.line) AS position
  FROM import_plan p
  JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $3 AND r.line = p.line
  WHERE p.portion = $2 AND p.version IS NULL
), numbers AS (
  UPDATE organizations SET last_account_number = last_account_number + (SELECT count(*) FROM chosen) WHERE id = $1
  RETURNING last_account_number - (SELECT count(*) FROM chosen) AS before
), made AS (
  INSERT INTO accounts (
    organization_id, id, number, parent_id, name, primary_domain, logo, industry, status, classification, health,
    description, annual_revenue, annual_revenue_currency, employees, website, billing_address, shipping_address,
    owner_id, source, metadata, is_active, created_by_kind, created_by_id, updated_by_kind, updated_by_id)
  SELECT
    $1, c.id, numbers.before + c.position, c.parent_id, r.name, r.primary_domain, r.logo, r.industry, r.status, r.classification, r.health,
    r.description, r.annual_revenue, r.annual_revenue_currency, r.employees, r.website, r.billing_address, r.shipping_address,
    r.owner_id, r.source, r.metadata, r.is_active, $4, $5, $4, $5
  FROM numbers, chosen c, jsonb_to_record(c.record) AS r (` + accountColumns + `)
)
INSERT INTO events (organization_id, type, entity, entity_id, after, actor_kind, actor_id)
SELECT $1, 'account.created', 'account', c.id, c.record - 'shared_domains' || jsonb_build_object('id', c.id, 'parent_id', c.parent_id), $4, $5
FROM chosen c
ORDER BY c.position`

	// Of new accounts all, of others what changes.
	insertPlannedDomainsSQL = `
INSERT INTO account_domains (organization_id, account_id, domain, position, is_routing)
SELECT $1, p.id, c.value, c.position - 1, c.routes
FROM import_plan p
JOIN import_claims c ON c.line = p.line AND c.kind = 'domain'
WHERE p.portion = $2 AND (p.version IS NULL OR p.after ? 'domains')`

	insertPlannedExternalIDsSQL = `
INSERT INTO account_external_ids (organization_id, account_id, source, external_id, position)
SELECT $1, p.id, named.value ->> 'source', named.value ->> 'external_id', named.position - 1
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $3 AND r.line = p.line
CROSS JOIN LATERAL jsonb_array_elements(coalesce(p.after, r.record) -> 'external_ids') WITH ORDINALITY AS named (value, position)
WHERE p.portion = $2 AND (p.version IS NULL OR p.after ? 'external_ids')`

	insertPlannedIdentifiersSQL = `
INSERT INTO account_identifiers (organization_id, account_id, scheme, value, position)
SELECT $1, p.id, named.value ->> 'scheme', named.value ->> 'value', named.position - 1
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $3 AND r.line = p.line
CROSS JOIN LATERAL jsonb_array_elements(coalesce(p.after, r.record) -> 'identifiers') WITH ORDINALITY AS named (value, position)
WHERE p.portion = $2 AND (p.version IS NULL OR p.after ? 'identifiers')`

	updatePlannedAccountsSQL = `
WITH written AS (
  UPDATE accounts a SET
    name = r.name, primary_domain = r.primary_domain, logo = r.logo, industry = r.industry, status = r.status,
    classification = r.classification, health = r.health, description = r.description, annual_revenue = r.annual_revenue,
    annual_revenue_currency = r.annual_revenue_currency, employees = r.employees, website = r.website,
    billing_address = r.billing_address, shipping_address = r.shipping_address, owner_id = r.owner_id, source = r.source,
    metadata = r.metadata, is_active = r.is_active,
    version = a.version + 1, updated_at = now(), updated_by_kind = $3, updated_by_id = $4
  FROM import_plan p
  JOIN accounts old ON old.organization_id = $1 AND old.id = p.id
  CROSS JOIN LATERAL jsonb_populate_record(old, p.after) AS r
  WHERE a.organization_id = $1 AND a.id = p.id AND p.portion = $2 AND p.version IS NOT NULL AND p.after IS NOT NULL
)
INSERT INTO events (organization_id, type, entity, entity_id, before, after, actor_kind, actor_id)
SELECT $1, 'account.updated', 'account', p.id, p.before, p.after, $3, $4
FROM import_plan p
WHERE p.portion = $2 AND p.version IS NOT NULL AND p.after IS NOT NULL
ORDER BY p.line`

	lostDomainsSQL = `
SELECT d.account_id, d.domain
FROM import_plan p
JOIN account_domains d ON d.organization_id = $1 AND d.account_id = p.id AND d.is_routing
WHERE p.portion = $2 AND p.version IS NOT NULL AND p.after ? 'domains' AND NOT p.after -> 'domains' ? d.domain`

	plannedMovesSQL = `
SELECT p.id, p.old_parent_id, p.parent_id
FROM import_plan p
WHERE p.portion = $1 AND p.version IS NOT NULL AND p.parent_id IS DISTINCT FROM p.old_parent_id
ORDER BY p.line`
)

// writeAccounts writes a portion of accounts.
func (i *Importing) writeAccounts(ctx context.Context, tx *sqlx.Tx, portion int) (counts ImportCounts, err error) {
	organization, actor := i.v.Organization, i.v.actor()
	if err := lockHierarchy(ctx, tx, i.v); err != nil {
		return counts, err
	}
	for _, lock := range []*statement{
		textOf(lockPlannedAccountsSQL, organization, portion),
		textOf(lockPlannedOwnersSQL, organization, portion, i.ID),
	} {
		same, err := all[bool](ctx, tx, lock, "lock what is planned")
		if err != nil {
			return counts, err
		}
		for _, is := range same {
			if !is {
				return counts, errChanged
			}
		}
	}
	created, err := exec(ctx, tx, "create accounts", insertPlannedAccountsSQL, organization, portion, i.ID, actor.Kind, actor.ID)
	if err != nil {
		return counts, err
	}
	if err := i.clearDetails(ctx, tx, portion); err != nil {
		return counts, err
	}
	updated, err := exec(ctx, tx, "update accounts", updatePlannedAccountsSQL, organization, portion, actor.Kind, actor.ID)
	if err != nil {
		return counts, err
	}
	if err := i.steps(ctx, tx,
		step{"write domains", insertPlannedDomainsSQL, []any{organization, portion}},
		step{"write external ids", insertPlannedExternalIDsSQL, []any{organization, portion, i.ID}},
		step{"write identifiers", insertPlannedIdentifiersSQL, []any{organization, portion, i.ID}},
	); err != nil {
		return counts, err
	}
	moved, err := i.writeMoves(ctx, tx, portion)
	return ImportCounts{CreatedCount: int(created), UpdatedCount: int(updated), MovedCount: moved}, err
}

// clearDetails removes the lists of accounts that get others, and hands on the domains that are given up.
func (i *Importing) clearDetails(ctx context.Context, tx *sqlx.Tx, portion int) error {
	if i.has("primary_domain") {
		rows, err := all[AccountDomain](ctx, tx, textOf(lostDomainsSQL, i.v.Organization, portion), "domains that are given up")
		if err != nil {
			return err
		}
		lost := make([]holding, len(rows))
		for at, row := range rows {
			lost[at] = holding{row.AccountID, row.Domain}
		}
		if err := handOver(ctx, tx, i.v, lost, nil); err != nil {
			return err
		}
	}
	for key, table := range map[string]string{"domains": "account_domains", "external_ids": "account_external_ids", "identifiers": "account_identifiers"} {
		if !i.says(key) {
			continue
		}
		if _, err := exec(ctx, tx, "clear "+table, "DELETE FROM "+table+` d USING import_plan p
			WHERE d.organization_id = $1 AND d.account_id = p.id AND p.portion = $2 AND p.version IS NOT NULL AND p.after ? $3`, i.v.Organization, portion, key); err != nil {
			return err
		}
	}
	return nil
}

// writeMoves puts accounts under their new parents, and tells how many.
func (i *Importing) writeMoves(ctx context.Context, tx *sqlx.Tx, portion int) (int, error) {
	planned, err := all[struct {
		ID   AccountID  `db:"id"`
		From *AccountID `db:"old_parent_id"`
		To   *AccountID `db:"parent_id"`
	}](ctx, tx, textOf(plannedMovesSQL, portion), "planned moves")
	if err != nil {
		return 0, err
	}
	reason := "import of " + i.FileName
	changes := make([]parentChange, len(planned))
	for at, move := range planned {
		changes[at] = parentChange{account: move.ID, from: move.From, to: move.To, reason: &reason}
	}
	_, err = writeMoves(ctx, tx, i.v, changes)
	return len(changes), err
}
