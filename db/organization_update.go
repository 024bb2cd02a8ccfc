package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// maxRetentionDays is for how long a deleted record can be kept at most: ten years.
const maxRetentionDays = 3650

// OrganizationChange is an organization as a writer wants it: texts as they came, checked when they are written.
type OrganizationChange struct {
	Name              *string
	DefaultCurrency   *string
	DefaultRegion     *string
	AllowFreeContacts *bool
	RetentionDays     *int
}

// fields are what writers set, under the names of the columns, as events keep them.
func (o *Organization) fields() map[string]any {
	return map[string]any{
		"name": o.Name, "default_currency": o.DefaultCurrency, "default_region": o.DefaultRegion,
		"allow_free_contacts": o.AllowFreeContacts, "retention_days": o.RetentionDays,
	}
}

// draft checks everything about a change, and puts it on a copy of the record.
func (in OrganizationChange) draft(c *validation, old Organization) Organization {
	d := old
	d.Name = required(c, "name", in.Name, keeping(&old.Name, func(s string) (string, error) { return requireText(s, maxName) }))
	d.DefaultCurrency = required(c, "defaultCurrency", in.DefaultCurrency, keeping(&old.DefaultCurrency, normalizeCurrency))
	d.DefaultRegion = required(c, "defaultRegion", in.DefaultRegion, keeping(&old.DefaultRegion, NormalizeCountry))
	d.AllowFreeContacts = requiredBool(c, "allowFreeContacts", in.AllowFreeContacts)
	switch {
	case in.RetentionDays == nil:
		c.fail(problem(ProblemRequired, "a number of days is needed"), "retentionDays")
	case *in.RetentionDays < 0 || *in.RetentionDays > maxRetentionDays:
		c.fail(problem(ProblemOutOfRange, "%d is not from 0 to %d", *in.RetentionDays, maxRetentionDays), "retentionDays")
	default:
		d.RetentionDays = *in.RetentionDays
	}
	return d
}

// UpdateOrganization changes the viewer's organization: change is called with it as it is, and what it leaves in place is
// checked as a whole and written; it is called again if the transaction must be repeated. Records that are there stay as
// they are. With ifVersion, an organization of another version is a CONFLICT. It is for admins; others are FORBIDDEN.
// An update that changes nothing writes nothing.
func (d *DB) UpdateOrganization(ctx context.Context, v Viewer, ifVersion *int, change func(*OrganizationChange)) (*Organization, error) {
	var updated *Organization
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayConfigure(); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "lock organization", "SELECT FROM organizations WHERE id = $1 FOR NO KEY UPDATE", v.Organization); err != nil {
			return err
		}
		old, err := readOrganization(ctx, tx, v)
		if err != nil {
			return err
		}
		if ifVersion != nil && *ifVersion != old.Version {
			return Problems{problem(ProblemConflict, "the organization has version %d by now: read it again and repeat the change", old.Version).at("ifVersion")}
		}
		was := *old // so that a caller who writes through the pointers does not write to the record
		in := OrganizationChange{
			Name: &was.Name, DefaultCurrency: &was.DefaultCurrency, DefaultRegion: &was.DefaultRegion,
			AllowFreeContacts: &was.AllowFreeContacts, RetentionDays: &was.RetentionDays,
		}
		change(&in)
		c := validation{path: []string{"input"}}
		draft := in.draft(&c, *old)
		if err := c.err(); err != nil {
			return err
		}
		updated, err = writeOrganization(ctx, tx, v, old, &draft)
		return err
	})
	if err != nil {
		return nil, err
	}
	return updated, nil
}

// writeOrganization writes what differs, if anything does, and tells of it.
func writeOrganization(ctx context.Context, tx *sqlx.Tx, v Viewer, old, draft *Organization) (*Organization, error) {
	before, after, err := difference(old.fields(), draft.fields())
	if err != nil {
		return nil, err
	}
	if len(after) == 0 {
		return old, nil
	}
	written, err := all[*Organization](ctx, tx, textOf(`
		UPDATE organizations o SET name = $2, default_currency = $3, default_region = $4, allow_free_contacts = $5, retention_days = $6,
		  version = o.version + 1, updated_at = now()
		WHERE o.id = $1
		RETURNING `+columns[Organization]("o"), v.Organization, draft.Name, draft.DefaultCurrency, draft.DefaultRegion,
		draft.AllowFreeContacts, draft.RetentionDays), "update organization")
	if err != nil {
		return nil, err
	}
	return written[0], appendEvents(ctx, tx, v, event{kind: "organization.updated", entity: "organization", id: old.ID.uuid, before: before, after: after})
}
