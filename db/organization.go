package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// Organization is the tenant: everything belongs to exactly one.
type Organization struct {
	ID                OrganizationID `db:"id"`
	Name              string         `db:"name"`
	DefaultCurrency   string         `db:"default_currency"`
	DefaultRegion     string         `db:"default_region"`
	AllowFreeContacts bool           `db:"allow_free_contacts"`
	RetentionDays     int            `db:"retention_days"`
}

// IsNode marks what has an identity.
func (*Organization) IsNode() {}

// Organization returns the viewer's organization.
func (d *DB) Organization(ctx context.Context, v Viewer) (*Organization, error) {
	return readOrganization(ctx, d.pool, v)
}

// OrganizationsByID returns those of the organizations that the viewer may see: its own.
func (d *DB) OrganizationsByID(ctx context.Context, v Viewer, ids []OrganizationID) (map[OrganizationID]*Organization, error) {
	found := map[OrganizationID]*Organization{}
	for _, id := range ids {
		if id != v.Organization || found[id] != nil {
			continue
		}
		organization, err := readOrganization(ctx, d.pool, v)
		if err != nil {
			return nil, err
		}
		found[id] = organization
	}
	return found, nil
}

func readOrganization(ctx context.Context, q sqlx.QueryerContext, v Viewer) (*Organization, error) {
	found, err := all[*Organization](ctx, q, textOf("SELECT "+columns[Organization]("o")+" FROM organizations o WHERE o.id = $1", v.Organization), "read organization")
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &Error{Code: CodeUnauthenticated, Message: "your organization does not exist any more"}
	}
	return found[0], nil
}

// NewOrganization is an organization that is about to be made.
type NewOrganization struct {
	Name            string
	DefaultCurrency string
	DefaultRegion   string
}

// CreateOrganization makes an organization with the default values of all picklists and the list of free mail domains.
func (d *DB) CreateOrganization(ctx context.Context, in NewOrganization) (*Organization, error) {
	var organization *Organization
	err := d.write(ctx, func(tx *sqlx.Tx) (err error) {
		organization, err = SeedOrganization(ctx, tx, OrganizationID{}, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return organization, nil
}

// NewUser is a user who is about to be made.
type NewUser struct {
	Name  string
	Email string
	Role  Role
}

// CreateUser makes a user. An e-mail address that another user has is TAKEN.
func (d *DB) CreateUser(ctx context.Context, v Viewer, in NewUser) (*User, error) {
	user := &User{}
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayWrite(); err != nil {
			return err
		}
		c := validation{}
		name, err := requireText(in.Name, maxName)
		c.fail(err, "name")
		email, err := NormalizeEmail(in.Email)
		c.fail(err, "email")
		if err := c.err(); err != nil {
			return err
		}
		same, err := all[UserID](ctx, tx, textOf("SELECT id FROM users WHERE organization_id = $1 AND "+fold("email")+" = "+fold("CAST($2 AS text)"), v.Organization, email), "user of the same e-mail address")
		if err != nil {
			return err
		}
		if len(same) > 0 {
			return Problems{problem(ProblemTaken, "another user has the e-mail address %s", email).at("email")}
		}
		err = sqlx.GetContext(ctx, tx, user, `
			INSERT INTO users AS u (organization_id, name, email, role) VALUES ($1, $2, $3, $4)
			RETURNING `+columns[User]("u"), v.Organization, name, email, in.Role)
		if err != nil {
			return err
		}
		return appendEvents(ctx, tx, v, event{kind: "user.created", entity: "user", id: user.ID.uuid,
			after: map[string]any{"name": user.Name, "email": user.Email, "role": user.Role, "is_active": user.IsActive}})
	})
	if err != nil {
		return nil, err
	}
	return user, nil
}
