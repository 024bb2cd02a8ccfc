package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

const (
	lockPlacedSQL = `
SELECT c.id FROM contacts c
WHERE c.organization_id = $1 AND c.deleted_at IS NULL AND c.id IN (
  SELECT link.contact_id FROM account_contacts link WHERE link.organization_id = $1 AND link.account_id = ANY($2))
ORDER BY c.id
FOR NO KEY UPDATE`

	deleteUnplacedSQL = `
UPDATE contacts c SET deleted_at = now(), version = c.version + 1, updated_at = now(), updated_by_kind = $4, updated_by_id = $5
WHERE c.organization_id = $1 AND c.id = ANY($2) AND NOT EXISTS (
  SELECT FROM account_contacts other
  WHERE other.organization_id = $1 AND other.contact_id = c.id AND other.account_id <> ALL($3))
RETURNING `
)

// deleteUnplaced deletes, softly, the contacts that are at no accounts but those that are about to be purged, unless the organization
// allows contacts without one, and returns how many. Until now the accounts could come back, and the contacts had their places there.
func deleteUnplaced(ctx context.Context, tx *sqlx.Tx, v Viewer, purged []AccountID) (int, error) {
	organization, err := readOrganization(ctx, tx, v)
	if err != nil || organization.AllowFreeContacts {
		return 0, err
	}
	// Who gets another place meanwhile has it when the next statement looks.
	locked, err := all[ContactID](ctx, tx, textOf(lockPlacedSQL, v.Organization, idArray(purged)), "lock contacts of expired accounts")
	if err != nil || len(locked) == 0 {
		return 0, err
	}
	actor := v.actor()
	deleted, err := all[*Contact](ctx, tx, textOf(deleteUnplacedSQL+columns[Contact]("c"), v.Organization, idArray(locked), idArray(purged), actor.Kind, actor.ID),
		"delete contacts without a place")
	if err != nil {
		return 0, err
	}
	events := make([]event, len(deleted))
	for i, c := range deleted {
		events[i] = contactEvent("deleted", c.ID, map[string]any{"deleted_at": nil}, map[string]any{"deleted_at": c.DeletedAt})
	}
	return len(deleted), appendEvents(ctx, tx, v, events...)
}

// placeAgain finds a place for a contact whose accounts were all purged: as when it was made, the account that its e-mail's domain
// routes to. A contact that has places keeps them.
func placeAgain(ctx context.Context, tx *sqlx.Tx, v Viewer, c *validation, contact *Contact) ([]AccountID, error) {
	places, err := all[AccountID](ctx, tx, textOf("SELECT link.account_id FROM account_contacts link WHERE link.organization_id = $1 AND link.contact_id = $2 LIMIT 1",
		v.Organization, contact.ID), "places of the contact")
	if err != nil || len(places) > 0 {
		return nil, err
	}
	organization, err := readOrganization(ctx, tx, v)
	if err != nil {
		return nil, err
	}
	routed, err := routedAccount(ctx, tx, v, contact.Email)
	if err != nil {
		return nil, err
	}
	found, err := lockPlaces(ctx, tx, v, routed)
	if err == nil && len(found) == 0 && !organization.AllowFreeContacts {
		c.fail(problem(ProblemNotAllowed, "its accounts are gone for good, none has the domain of %s, and the organization does not allow contacts without one", shown(contact.Email)), "id")
	}
	return found, err
}
