package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

const (
	lockContactsOfSQL = `
SELECT c.id FROM contacts c
WHERE c.organization_id = $1 AND c.id IN (
  SELECT link.contact_id FROM account_contacts link
  WHERE link.organization_id = $1 AND link.account_id = ANY($2) AND link.is_primary_account)
ORDER BY c.id
FOR NO KEY UPDATE`

	// The next by name, as where a contact is unlinked.
	nextMainAccountsSQL = `
SELECT DISTINCT ON (former.contact_id) former.contact_id, former.account_id AS former_id, next.account_id AS next_id
FROM account_contacts former
JOIN account_contacts next ON next.organization_id = former.organization_id AND next.contact_id = former.contact_id
JOIN accounts a ON a.organization_id = next.organization_id AND a.id = next.account_id AND a.deleted_at IS NULL
WHERE former.organization_id = $1 AND former.contact_id = ANY($2) AND former.account_id = ANY($3) AND former.is_primary_account
ORDER BY former.contact_id, a.name_folded, a.id`

	setMainAccountsSQL = `
UPDATE account_contacts link SET is_primary_account = $4
FROM unnest($2::uuid[], $3::uuid[]) AS place (contact_id, account_id)
WHERE link.organization_id = $1 AND link.contact_id = place.contact_id AND link.account_id = place.account_id`

	// A deleted contact keeps who wrote it last: who deleted it.
	touchContactsSQL = `
UPDATE contacts SET version = version + 1, updated_at = now(), updated_by_kind = $3, updated_by_id = $4
WHERE organization_id = $1 AND id = ANY($2) AND deleted_at IS NULL`
)

// moveMainAccounts gives each contact whose main account is one of those that were just deleted the next by name of its
// accounts as its main one. A contact that is at no other account keeps the deleted one, and has it again when that is restored.
func moveMainAccounts(ctx context.Context, tx *sqlx.Tx, v Viewer, deleted []AccountID) error {
	contacts, err := all[ContactID](ctx, tx, textOf(lockContactsOfSQL, v.Organization, idArray(deleted)), "lock contacts of deleted accounts")
	if err != nil || len(contacts) == 0 {
		return err
	}
	moves, err := all[struct {
		Contact ContactID `db:"contact_id"`
		Former  AccountID `db:"former_id"`
		Next    AccountID `db:"next_id"`
	}](ctx, tx, textOf(nextMainAccountsSQL, v.Organization, idArray(contacts), idArray(deleted)), "next main accounts")
	if err != nil || len(moves) == 0 {
		return err
	}
	moved, formers, nexts := make([]ContactID, len(moves)), make([]AccountID, len(moves)), make([]AccountID, len(moves))
	events := make([]event, 0, 2*len(moves))
	for i, m := range moves {
		moved[i], formers[i], nexts[i] = m.Contact, m.Former, m.Next
		events = append(events,
			contactEvent("linked", m.Contact, map[string]any{"account_id": m.Former.uuid, "is_primary_account": true}, map[string]any{"account_id": m.Former.uuid, "is_primary_account": false}),
			contactEvent("linked", m.Contact, map[string]any{"account_id": m.Next.uuid, "is_primary_account": false}, map[string]any{"account_id": m.Next.uuid, "is_primary_account": true}))
	}
	if _, err := exec(ctx, tx, "end being main accounts", setMainAccountsSQL, v.Organization, idArray(moved), idArray(formers), false); err != nil {
		return err
	}
	if _, err := exec(ctx, tx, "begin being main accounts", setMainAccountsSQL, v.Organization, idArray(moved), idArray(nexts), true); err != nil {
		return err
	}
	actor := v.actor()
	if _, err := exec(ctx, tx, "touch contacts", touchContactsSQL, v.Organization, idArray(moved), actor.Kind, actor.ID); err != nil {
		return err
	}
	return appendEvents(ctx, tx, v, events...)
}
