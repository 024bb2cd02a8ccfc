package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

const (
	// In the order of their ids, so that two writers of several do not deadlock.
	lockPlacesSQL = `
SELECT a.deleted_at IS NULL
FROM accounts a
WHERE a.organization_id = $1 AND a.id = ANY(ARRAY(
  SELECT l.account_id FROM import_link_changes l JOIN import_turns t ON t.line = l.contact_line WHERE t.portion = $2))
ORDER BY a.id
FOR SHARE`

	lockPlannedContactsSQL = `
SELECT FROM contacts c
WHERE c.organization_id = $1 AND c.id = ANY(ARRAY(SELECT t.id FROM import_turns t WHERE t.portion = $2 AND t.version IS NOT NULL) || ARRAY(
  SELECT link.contact_id
  FROM import_link_changes l
  JOIN import_turns t ON t.line = l.contact_line
  JOIN account_contacts link ON link.organization_id = $1 AND link.account_id = l.account_id AND link.primary_for_type = l.after ->> 'primary_for_type'
  WHERE t.portion = $2))
ORDER BY c.id
FOR NO KEY UPDATE`

	changedContactsSQL = `
SELECT t.id
FROM import_turns t
LEFT JOIN LATERAL (
  SELECT c.version, c.deleted_at FROM contacts c WHERE c.organization_id = $1 AND c.id = t.id OFFSET 0
) now ON true
WHERE t.portion = $2 AND t.version IS NOT NULL AND (now.version IS DISTINCT FROM t.version OR now.deleted_at IS NOT NULL)
LIMIT 1`

	// A contact whose type changes is no longer its accounts' main one of the old type.
	updatePlannedContactsSQL = `
WITH ended AS (
  UPDATE account_contacts link SET primary_for_type = NULL
  FROM import_turns t
  WHERE link.organization_id = $1 AND link.contact_id = t.id AND link.primary_for_type IS NOT NULL AND t.portion = $2 AND t.version IS NOT NULL AND t.after ? 'type'
  RETURNING t.line, link.contact_id, link.account_id, t.before -> 'type' AS type
), written AS (
  UPDATE contacts c SET
    first_name = n.first_name, last_name = n.last_name, email = n.email, phone_number = n.phone_number, type = n.type, avatar = n.avatar,
    job_title = n.job_title, is_marketing_contact = n.is_marketing_contact, is_active = n.is_active, metadata = n.metadata,
    version = c.version + 1, updated_at = now(), updated_by_kind = $3, updated_by_id = $4
  FROM import_turns t
  JOIN contacts old ON old.organization_id = $1 AND old.id = t.id
  CROSS JOIN LATERAL jsonb_populate_record(old, t.after) AS n
  WHERE c.organization_id = $1 AND c.id = t.id AND t.portion = $2 AND t.version IS NOT NULL AND t.after IS NOT NULL
), told AS (
  SELECT t.line, 1 AS place, 'contact.updated' AS type, t.id, t.before, t.after
  FROM import_turns t
  WHERE t.portion = $2 AND t.version IS NOT NULL AND t.after IS NOT NULL
  UNION ALL
  SELECT line, 2, 'contact.linked', contact_id, jsonb_build_object('account_id', account_id, 'primary_for_type', type),
    jsonb_build_object('account_id', account_id, 'primary_for_type', NULL)
  FROM ended
)
INSERT INTO events (organization_id, type, entity, entity_id, before, after, actor_kind, actor_id)
SELECT $1, type, 'contact', id, before, after, $3, $4
FROM told
ORDER BY line, place`

	endPlannedMainAccountsSQL = `
WITH ended AS (
  UPDATE account_contacts link SET is_primary_account = false
  FROM import_link_changes l
  JOIN import_turns t ON t.line = l.contact_line
  WHERE link.organization_id = $1 AND link.contact_id = l.contact_id AND link.account_id <> l.account_id AND link.is_primary_account
    AND t.portion = $2 AND l.after -> 'is_primary_account' = 'true'
  RETURNING link.contact_id, link.account_id
)
INSERT INTO events (organization_id, type, entity, entity_id, before, after, actor_kind, actor_id)
SELECT $1, 'contact.linked', 'contact', contact_id, jsonb_build_object('account_id', account_id, 'is_primary_account', true),
  jsonb_build_object('account_id', account_id, 'is_primary_account', false), $3, $4
FROM ended
ORDER BY contact_id`

	takePlannedMainContactsSQL = `
WITH ended AS (
  UPDATE account_contacts link SET primary_for_type = NULL
  FROM import_link_changes l
  JOIN import_turns t ON t.line = l.contact_line
  WHERE link.organization_id = $1 AND link.account_id = l.account_id AND link.contact_id <> l.contact_id
    AND link.primary_for_type = l.after ->> 'primary_for_type' AND t.portion = $2
  RETURNING link.contact_id, link.account_id, l.after -> 'primary_for_type' AS type
), touched AS (
  UPDATE contacts c SET version = c.version + 1, updated_at = now(), updated_by_kind = $3, updated_by_id = $4
  WHERE c.organization_id = $1 AND c.id IN (SELECT contact_id FROM ended)
)
INSERT INTO events (organization_id, type, entity, entity_id, before, after, actor_kind, actor_id)
SELECT $1, 'contact.linked', 'contact', contact_id, jsonb_build_object('account_id', account_id, 'primary_for_type', type),
  jsonb_build_object('account_id', account_id, 'primary_for_type', NULL), $3, $4
FROM ended
ORDER BY contact_id, account_id`

	linkPlannedContactsSQL = `
WITH linked AS (
  INSERT INTO account_contacts AS link (organization_id, account_id, contact_id, is_primary_account, primary_for_type, role, since)
  SELECT $1, l.account_id, l.contact_id, n.is_primary_account, n.primary_for_type, n.role, n.since
  FROM import_link_changes l
  JOIN import_turns t ON t.line = l.contact_line
  LEFT JOIN account_contacts old ON old.organization_id = $1 AND old.account_id = l.account_id AND old.contact_id = l.contact_id
  CROSS JOIN LATERAL jsonb_populate_record(old, l.after) AS n
  WHERE t.portion = $2
  ON CONFLICT (organization_id, account_id, contact_id) DO UPDATE SET
    is_primary_account = excluded.is_primary_account, primary_for_type = excluded.primary_for_type, role = excluded.role, since = excluded.since
), touched AS (
  UPDATE contacts c SET version = c.version + 1, updated_at = now(), updated_by_kind = $3, updated_by_id = $4
  FROM import_turns t
  WHERE c.organization_id = $1 AND c.id = t.id AND t.portion = $2 AND t.version IS NOT NULL
    AND EXISTS (SELECT FROM import_link_changes l WHERE l.contact_line = t.line)
)
INSERT INTO events (organization_id, type, entity, entity_id, before, after, actor_kind, actor_id)
SELECT $1, 'contact.linked', 'contact', l.contact_id, l.before || jsonb_build_object('account_id', l.account_id), l.after || jsonb_build_object('account_id', l.account_id), $3, $4
FROM import_link_changes l
JOIN import_turns t ON t.line = l.contact_line
WHERE t.portion = $2
ORDER BY t.line, l.account_id`
)

// A customer user with the same e-mail, whom no contact is connected with, is connected.
var insertPlannedContactsSQL = `
WITH made AS (
  INSERT INTO contacts AS c (
    organization_id, id, first_name, last_name, email, phone_number, type, avatar, job_title, is_marketing_contact, is_active,
    metadata, customer_user_id, created_by_kind, created_by_id, updated_by_kind, updated_by_id)
  SELECT $1, t.id, n.first_name, n.last_name, n.email, n.phone_number, n.type, n.avatar, n.job_title, n.is_marketing_contact, n.is_active,
    n.metadata, u.id, $4, $5, $4, $5
  FROM import_turns t
  ` + rowOfTurnSQL + `
  CROSS JOIN LATERAL jsonb_to_record(r.record) AS n (first_name text, last_name text, email text, phone_number text, type text, avatar text,
    job_title text, is_marketing_contact boolean, is_active boolean, metadata jsonb)
  LEFT JOIN customer_users u ON u.organization_id = $1 AND ` + fold("u.email") + ` = ` + fold("n.email") + ` AND NOT EXISTS (
    SELECT FROM contacts other WHERE other.organization_id = $1 AND other.deleted_at IS NULL AND other.customer_user_id = u.id)
  WHERE t.portion = $2 AND t.version IS NULL
  RETURNING c.id, c.customer_user_id
)
INSERT INTO events (organization_id, type, entity, entity_id, after, actor_kind, actor_id)
SELECT $1, 'contact.created', 'contact', made.id, r.record - 'place' || jsonb_build_object('customer_user_id', made.customer_user_id), $4, $5
FROM made
JOIN import_turns t ON t.id = made.id
` + rowOfTurnSQL + `
ORDER BY t.line`

// writeContacts writes a portion of contacts, with where they are.
func (i *Importing) writeContacts(ctx context.Context, tx *sqlx.Tx, p portion) error {
	organization, actor := i.v.Organization, i.v.actor()
	live, err := all[bool](ctx, tx, textOf(lockPlacesSQL, organization, p.Number), "lock places")
	if err != nil {
		return err
	}
	for _, is := range live {
		if !is {
			return errChanged
		}
	}
	if err := i.steps(ctx, tx, step{"lock planned contacts", lockPlannedContactsSQL, []any{organization, p.Number}}); err != nil {
		return err
	}
	changed, err := all[ContactID](ctx, tx, textOf(changedContactsSQL, organization, p.Number), "compare planned contacts")
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		return errChanged
	}
	write := []any{organization, p.Number, actor.Kind, actor.ID}
	return i.steps(ctx, tx,
		step{"create contacts", insertPlannedContactsSQL, []any{organization, p.Number, i.ID, actor.Kind, actor.ID}},
		step{"update contacts", updatePlannedContactsSQL, write},
		step{"end being main accounts", endPlannedMainAccountsSQL, write},
		step{"take over being main contacts", takePlannedMainContactsSQL, write},
		step{"link contacts", linkPlannedContactsSQL, write},
	)
}
