package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

const (
	// A portion that is not written after all leaves a gap.
	takeNumbersSQL = `
UPDATE organizations SET last_account_number = last_account_number + $2 WHERE id = $1
RETURNING last_account_number - $2`

	// In the order of their ids, so that two writers of several accounts do not deadlock.
	lockPlannedAccountsSQL = `
SELECT FROM accounts a
WHERE a.organization_id = $1 AND a.id = ANY(ARRAY(SELECT t.id FROM import_turns t WHERE t.portion = $2 AND t.version IS NOT NULL))
ORDER BY a.id
FOR NO KEY UPDATE`

	changedAccountsSQL = `
SELECT t.id
FROM import_turns t
LEFT JOIN LATERAL (
  SELECT a.version, a.deleted_at FROM accounts a WHERE a.organization_id = $1 AND a.id = t.id OFFSET 0
) now ON true
WHERE t.portion = $2 AND t.version IS NOT NULL AND (now.version IS DISTINCT FROM t.version OR now.deleted_at IS NOT NULL)
LIMIT 1`

	// Locked against deactivation until the accounts are written.
	inactivePlannedOwnersSQL = `
WITH owners AS (
  SELECT u.id, u.is_active
  FROM users u
  WHERE u.organization_id = $1 AND u.id IN (
    SELECT CAST(coalesce(t.after, r.record) ->> 'owner_id' AS uuid)
    FROM import_turns t
    ` + rowOfTurnSQL + `
    WHERE t.portion = $2)
  FOR SHARE
)
SELECT id FROM owners WHERE NOT is_active`

	insertPlannedAccountsSQL = `
WITH chosen AS (
  SELECT t.id, t.parent_id, r.record, row_number() OVER (ORDER BY t.line) AS position
  FROM import_turns t
  ` + rowOfTurnSQL + `
  WHERE t.portion = $2 AND t.version IS NULL
), made AS (
  INSERT INTO accounts (
    organization_id, id, number, parent_id, name, primary_domain, logo, industry, status, classification, health,
    description, annual_revenue, annual_revenue_currency, employees, website, billing_address, shipping_address,
    owner_id, source, metadata, is_active, created_by_kind, created_by_id, updated_by_kind, updated_by_id)
  SELECT
    $1, c.id, $6 + c.position, c.parent_id, r.name, r.primary_domain, r.logo, r.industry, r.status, r.classification, r.health,
    r.description, r.annual_revenue, r.annual_revenue_currency, r.employees, r.website, r.billing_address, r.shipping_address,
    r.owner_id, r.source, r.metadata, r.is_active, $4, $5, $4, $5
  FROM chosen c, jsonb_to_record(c.record) AS r (` + accountColumns + `)
)
INSERT INTO events (organization_id, type, entity, entity_id, after, actor_kind, actor_id)
SELECT $1, 'account.created', 'account', c.id, CASE WHEN c.record ? 'shared_domains' THEN c.record - 'shared_domains' ELSE c.record END || jsonb_build_object('id', c.id, 'parent_id', c.parent_id), $4, $5
FROM chosen c
ORDER BY c.position`

	// Of new accounts all, of others what changes.
	insertPlannedDomainsSQL = `
INSERT INTO account_domains (organization_id, account_id, domain, position, is_routing)
SELECT $1, t.id, c.value, c.position - 1, c.routes
FROM import_turns t
JOIN import_claims c ON c.line = t.line AND c.kind = 'domain'
WHERE t.portion = $2 AND (t.version IS NULL OR t.after ? 'domains')`

	insertPlannedIdentitiesSQL = `
INSERT INTO account_external_ids (organization_id, account_id, source, external_id, position)
SELECT $1, t.id, r.source, r.external_id, 0
FROM import_turns t
` + rowOfTurnSQL + `
WHERE t.portion = $2 AND t.version IS NULL`

	insertPlannedExternalIDsSQL = `
INSERT INTO account_external_ids (organization_id, account_id, source, external_id, position)
SELECT $1, t.id, named.value ->> 'source', named.value ->> 'external_id', named.position - 1
FROM import_turns t
` + rowOfTurnSQL + `
CROSS JOIN LATERAL jsonb_array_elements(coalesce(t.after, r.record) -> 'external_ids') WITH ORDINALITY AS named (value, position)
WHERE t.portion = $2 AND (t.version IS NULL OR t.after ? 'external_ids')`

	insertPlannedIdentifiersSQL = `
INSERT INTO account_identifiers (organization_id, account_id, scheme, value, position)
SELECT $1, t.id, named.value ->> 'scheme', named.value ->> 'value', named.position - 1
FROM import_turns t
` + rowOfTurnSQL + `
CROSS JOIN LATERAL jsonb_array_elements(coalesce(t.after, r.record) -> 'identifiers') WITH ORDINALITY AS named (value, position)
WHERE t.portion = $2 AND (t.version IS NULL OR t.after ? 'identifiers')`

	updatePlannedAccountsSQL = `
WITH written AS (
  UPDATE accounts a SET
    name = r.name, primary_domain = r.primary_domain, logo = r.logo, industry = r.industry, status = r.status,
    classification = r.classification, health = r.health, description = r.description, annual_revenue = r.annual_revenue,
    annual_revenue_currency = r.annual_revenue_currency, employees = r.employees, website = r.website,
    billing_address = r.billing_address, shipping_address = r.shipping_address, owner_id = r.owner_id, source = r.source,
    metadata = r.metadata, is_active = r.is_active,
    version = a.version + 1, updated_at = now(), updated_by_kind = $3, updated_by_id = $4
  FROM import_turns t
  JOIN accounts old ON old.organization_id = $1 AND old.id = t.id
  CROSS JOIN LATERAL jsonb_populate_record(old, t.after) AS r
  WHERE a.organization_id = $1 AND a.id = t.id AND t.portion = $2 AND t.version IS NOT NULL AND t.after IS NOT NULL
)
INSERT INTO events (organization_id, type, entity, entity_id, before, after, actor_kind, actor_id)
SELECT $1, 'account.updated', 'account', t.id, t.before, t.after, $3, $4
FROM import_turns t
WHERE t.portion = $2 AND t.version IS NOT NULL AND t.after IS NOT NULL
ORDER BY t.line`

	lostDomainsSQL = `
SELECT d.account_id, d.domain
FROM import_turns t
JOIN account_domains d ON d.organization_id = $1 AND d.account_id = t.id AND d.is_routing
WHERE t.portion = $2 AND t.version IS NOT NULL AND t.after ? 'domains' AND NOT t.after -> 'domains' ? d.domain`

	plannedMovesSQL = `
SELECT t.id, t.old_parent_id, t.parent_id
FROM import_turns t
WHERE t.portion = $1 AND t.version IS NOT NULL AND t.parent_id IS DISTINCT FROM t.old_parent_id
ORDER BY t.line`
)

// takeNumbers takes the account numbers of a portion, in a transaction of their own: others who make accounts do not wait for the
// portion, nor do its own sessions for each other. It returns the number before the first.
func (i *Importing) takeNumbers(ctx context.Context, p portion) (before int, err error) {
	if i.Entity != ImportAccounts || p.Created == 0 {
		return 0, nil
	}
	err = i.transaction(ctx, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &before, takeNumbersSQL, i.v.Organization, p.Created); err != nil {
			return failure("take account numbers", err)
		}
		return nil
	})
	return before, err
}

// writeAccounts writes a portion of accounts.
func (i *Importing) writeAccounts(ctx context.Context, tx *sqlx.Tx, p portion) error {
	if err := i.lockPlanned(ctx, tx, p); err != nil {
		return err
	}
	organization, actor := i.v.Organization, i.v.actor()
	// What there is nothing of is left out. It would find nothing; but the planner, who does not know these tables, may look for it long.
	var steps []step
	if p.Created > 0 {
		steps = append(steps, step{"create accounts", insertPlannedAccountsSQL, []any{organization, p.Number, i.ID, actor.Kind, actor.ID, p.accountNumber}})
	}
	if p.Updated > 0 {
		if err := i.clearDetails(ctx, tx, p.Number); err != nil {
			return err
		}
		steps = append(steps, step{"update accounts", updatePlannedAccountsSQL, []any{organization, p.Number, actor.Kind, actor.ID}})
	}
	steps = append(steps, step{"write domains", insertPlannedDomainsSQL, []any{organization, p.Number}})
	if i.says("external_ids") {
		steps = append(steps, step{"write external ids", insertPlannedExternalIDsSQL, []any{organization, p.Number, i.ID}})
	} else {
		steps = append(steps, step{"write external ids", insertPlannedIdentitiesSQL, []any{organization, p.Number, i.ID}})
	}
	if i.says("identifiers") {
		steps = append(steps, step{"write identifiers", insertPlannedIdentifiersSQL, []any{organization, p.Number, i.ID}})
	}
	if err := i.steps(ctx, tx, steps...); err != nil || p.Moved == 0 {
		return err
	}
	return i.moveAccounts(ctx, tx, p.Number)
}

// lockPlanned locks what a portion changes and refers to, and makes sure that it is as the check has seen it. New accounts get the
// hierarchy's lock from the trigger that looks at their parents, when they are in the table and its indexes: until then
// another session may write others.
func (i *Importing) lockPlanned(ctx context.Context, tx *sqlx.Tx, p portion) error {
	var changed []string
	if !p.isNew() {
		if err := lockHierarchy(ctx, tx, i.v); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "lock planned accounts", lockPlannedAccountsSQL, i.v.Organization, p.Number); err != nil {
			return err
		}
		if err := tx.SelectContext(ctx, &changed, changedAccountsSQL, i.v.Organization, p.Number); err != nil {
			return failure("compare planned accounts", err)
		}
	}
	if len(changed) == 0 && i.says("owner_id") {
		if err := tx.SelectContext(ctx, &changed, inactivePlannedOwnersSQL, i.v.Organization, p.Number, i.ID); err != nil {
			return failure("lock planned owners", err)
		}
	}
	if len(changed) > 0 {
		return errChanged
	}
	return nil
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
		if _, err := exec(ctx, tx, "clear "+table, "DELETE FROM "+table+` d
			WHERE d.organization_id = $1 AND d.account_id = ANY(ARRAY(SELECT t.id FROM import_turns t WHERE t.portion = $2 AND t.version IS NOT NULL AND t.after ? $3))`,
			i.v.Organization, portion, key); err != nil {
			return err
		}
	}
	return nil
}

// moveAccounts puts accounts under their new parents.
func (i *Importing) moveAccounts(ctx context.Context, tx *sqlx.Tx, portion int) error {
	planned, err := all[struct {
		ID   AccountID  `db:"id"`
		From *AccountID `db:"old_parent_id"`
		To   *AccountID `db:"parent_id"`
	}](ctx, tx, textOf(plannedMovesSQL, portion), "planned moves")
	if err != nil {
		return err
	}
	reason := "import of " + i.FileName
	changes := make([]parentChange, len(planned))
	for at, move := range planned {
		changes[at] = parentChange{account: move.ID, from: move.From, to: move.To, reason: &reason}
	}
	_, err = writeMoves(ctx, tx, i.v, changes)
	return err
}
