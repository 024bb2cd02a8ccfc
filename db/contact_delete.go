package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// DeleteContact deletes a contact: nothing shows it any more until RestoreContact brings it back.
func (d *DB) DeleteContact(ctx context.Context, v Viewer, id ContactID) (ContactID, error) {
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayWrite(); err != nil {
			return err
		}
		old, err := lockContact(ctx, tx, v, id)
		if err != nil {
			return err
		}
		if old == nil {
			return Problems{noContact().at("id")}
		}
		deleted, err := writeContact(ctx, tx, v, id, "delete contact", "deleted_at = now(), version = c.version + 1")
		if err != nil {
			return err
		}
		return appendEvents(ctx, tx, v, contactEvent("deleted", id, map[string]any{"deleted_at": nil}, map[string]any{"deleted_at": deleted.DeletedAt}))
	})
	if err != nil {
		return ContactID{}, err
	}
	return id, nil
}

const lockDeletedContactSQL = `, o.retention_days,
  c.deleted_at + make_interval(days => o.retention_days) < now() AS is_expired
FROM contacts c
JOIN organizations o ON o.id = c.organization_id
WHERE c.organization_id = $1 AND c.id = $2 AND c.deleted_at IS NOT NULL
FOR NO KEY UPDATE OF c`

// RestoreContact brings back a deleted contact with its accounts; if they were all purged, at the one that its e-mail's domain
// routes to. It must be within the organization's retention, and no other contact may have its e-mail by now. A customer user that
// another contact has by now stays with that.
func (d *DB) RestoreContact(ctx context.Context, v Viewer, id ContactID) (*Contact, error) {
	var restored *Contact
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayWrite(); err != nil {
			return err
		}
		found, err := all[*struct {
			Contact
			RetentionDays int  `db:"retention_days"`
			IsExpired     bool `db:"is_expired"`
		}](ctx, tx, textOf("SELECT "+columns[Contact]("c")+lockDeletedContactSQL, v.Organization, id), "lock deleted contact")
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return Problems{problem(ProblemNotFound, "there is no deleted contact with this id").at("id")}
		}
		old := &found[0].Contact
		c := validation{}
		var places []AccountID
		if found[0].IsExpired {
			c.fail(problem(ProblemExpired, "the contact was deleted more than %d days ago", found[0].RetentionDays), "id")
		} else {
			if err := checkContactEmail(ctx, tx, v, &c, old, "id"); err != nil {
				return err
			}
			if places, err = placeAgain(ctx, tx, v, &c, old); err != nil {
				return err
			}
		}
		if err := c.err(); err != nil {
			return err
		}
		customerUser := old.CustomerUserID
		if customerUser != nil {
			if customerUser, err = freeCustomerUser(ctx, tx, v, "u.id = $2", *customerUser); err != nil {
				return err
			}
		}
		restored, err = writeContact(ctx, tx, v, id, "restore contact", "deleted_at = NULL, customer_user_id = $5, version = c.version + 1", customerUser)
		if err != nil {
			return err
		}
		before, after := map[string]any{"deleted_at": old.DeletedAt}, map[string]any{"deleted_at": nil}
		if old.CustomerUserID != nil && customerUser == nil {
			before["customer_user_id"], after["customer_user_id"] = uuidText(old.CustomerUserID), nil
		}
		if len(places) > 0 {
			if _, err := exec(ctx, tx, "link restored contact", insertFirstLinksSQL, v.Organization, id, idArray(places)); err != nil {
				return err
			}
		}
		return appendEvents(ctx, tx, v, append([]event{contactEvent("restored", id, before, after)}, firstLinkEvents(id, places)...)...)
	})
	if err != nil {
		return nil, err
	}
	return restored, nil
}
