package db

import (
	"bytes"
	"context"

	"github.com/jmoiron/sqlx"
)

const updateContactAssignments = `first_name = $5, last_name = $6, email = $7, phone_number = $8, type = $9, avatar = $10, job_title = $11,
  is_marketing_contact = $12, is_active = $13, metadata = CAST($14 AS jsonb), version = c.version + 1`

const endPrimaryContactSQL = `
UPDATE account_contacts SET primary_for_type = NULL
WHERE organization_id = $1 AND contact_id = $2 AND primary_for_type IS NOT NULL
RETURNING account_id`

// UpdateContact changes a contact: change puts values in place of those that it finds, without looking at them; what it leaves
// is left, and the whole is checked and written. It may be called several times. With ifVersion, a contact of another version
// is a CONFLICT. A contact whose type changes is no longer its accounts' main one of the old type.
// An update that changes nothing writes nothing.
func (d *DB) UpdateContact(ctx context.Context, v Viewer, id ContactID, ifVersion *int, change func(*ContactChange)) (*Contact, error) {
	if err := v.mayWrite(); err != nil {
		return nil, err
	}
	updated, err := d.updateContactAtOnce(ctx, v, id, ifVersion, change)
	if err != nil || updated != nil {
		return updated, err
	}
	err = d.write(ctx, func(tx *sqlx.Tx) error {
		old, err := lockContact(ctx, tx, v, id)
		if err != nil {
			return err
		}
		if old == nil {
			return Problems{noContact().at("id")}
		}
		if ifVersion != nil && *ifVersion != old.Version {
			return Problems{problem(ProblemConflict, "the contact has version %d by now: read it again and repeat the change", old.Version).at("ifVersion")}
		}
		updated, err = updateContact(ctx, tx, v, old, change)
		return err
	})
	if err != nil {
		return nil, err
	}
	return updated, nil
}

func updateContact(ctx context.Context, tx *sqlx.Tx, v Viewer, old *Contact, change func(*ContactChange)) (*Contact, error) {
	organization, err := readOrganization(ctx, tx, v)
	if err != nil {
		return nil, err
	}
	in := old.change()
	change(&in)
	c := validation{path: []string{"input"}}
	draft := in.draft(&c, *old, organization.DefaultRegion)
	if err := checkContactType(ctx, tx, v, &c, draft.TypeKey, old.TypeKey); err != nil {
		return nil, err
	}
	if draft.Email != old.Email {
		if err := checkContactEmail(ctx, tx, v, &c, &draft, "email"); err != nil {
			return nil, err
		}
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	before, after, err := difference(old.fields(), draft.fields())
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(old.Metadata, draft.Metadata) {
		before["metadata"], after["metadata"] = old.Metadata, draft.Metadata // to the last digit of their numbers
	}
	if len(after) == 0 {
		return old, nil
	}
	var lost []AccountID
	if draft.TypeKey != old.TypeKey {
		if lost, err = all[AccountID](ctx, tx, textOf(endPrimaryContactSQL, v.Organization, old.ID), "end being the main contact"); err != nil {
			return nil, err
		}
	}
	updated, err := writeContact(ctx, tx, v, old.ID, "update contact", updateContactAssignments,
		draft.FirstName, draft.LastName, draft.Email, draft.PhoneNumber, draft.TypeKey, draft.Avatar, draft.JobTitle,
		draft.IsMarketingContact, draft.IsActive, string(draft.Metadata))
	if err != nil {
		return nil, err
	}
	events := []event{contactEvent("updated", old.ID, before, after)}
	for _, account := range lost {
		events = append(events, contactEvent("linked", old.ID,
			map[string]any{"account_id": account.uuid, "primary_for_type": old.TypeKey},
			map[string]any{"account_id": account.uuid, "primary_for_type": nil}))
	}
	return updated, appendEvents(ctx, tx, v, events...)
}
