package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// NewUser is a user who is about to be made.
type NewUser struct {
	Name  string
	Email string
	Role  Role
}

// UserChange is a user as a writer wants it: texts as they came, checked when they are written.
type UserChange struct {
	Name  *string
	Email *string
	Role  *Role
}

// fields are what writers set, under the names of the columns, as events keep them.
func (u *User) fields() map[string]any {
	return map[string]any{"name": u.Name, "email": u.Email, "role": u.Role, "is_active": u.IsActive}
}

// draft checks everything about a change that needs no look at the database, and puts it on a copy of the record.
func (in UserChange) draft(c *validation, old User) User {
	d := old
	d.Name = required(c, "name", in.Name, keeping(&old.Name, func(s string) (string, error) { return requireText(s, maxName) }))
	d.Email = required(c, "email", in.Email, keeping(&old.Email, NormalizeEmail))
	switch {
	case in.Role == nil:
		c.fail(problem(ProblemRequired, "a role is needed"), "role")
	case !in.Role.isKnown():
		c.fail(problem(ProblemInvalid, "%s is none of ADMIN, MANAGER, MEMBER, VIEWER", shown(string(*in.Role))), "role")
	default:
		d.Role = *in.Role
	}
	return d
}

// isKnown tells whether there is such a role.
func (e Role) isKnown() bool {
	return e == RoleAdmin || e == RoleManager || e == RoleMember || e == RoleViewer
}

// isAdmin tells whether the user may configure the organization now.
func (u *User) isAdmin() bool { return u.Role == RoleAdmin && u.IsActive }

// CreateUser makes a user. It is for admins; others are FORBIDDEN. An e-mail address that another user has is TAKEN.
func (d *DB) CreateUser(ctx context.Context, v Viewer, in NewUser) (*User, error) {
	user := &User{}
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayConfigure(); err != nil {
			return err
		}
		c := validation{path: []string{"input"}}
		draft := UserChange{Name: &in.Name, Email: &in.Email, Role: &in.Role}.draft(&c, User{})
		if err := checkUserEmail(ctx, tx, v, &c, draft); err != nil {
			return err
		}
		if err := c.err(); err != nil {
			return err
		}
		err := sqlx.GetContext(ctx, tx, user, `
			INSERT INTO users AS u (organization_id, name, email, role) VALUES ($1, $2, $3, $4)
			RETURNING `+columns[User]("u"), v.Organization, draft.Name, draft.Email, draft.Role)
		if err != nil {
			return failure("create user", err)
		}
		return appendEvents(ctx, tx, v, event{kind: "user.created", entity: "user", id: user.ID.uuid, after: user.fields()})
	})
	if err != nil {
		return nil, err
	}
	return user, nil
}

// UpdateUser changes a user: change is called with the user as it is, and what it leaves in place is checked as a whole
// and written; it is called again if the transaction must be repeated. With ifVersion, a user of another version is a
// CONFLICT. To take the role from the last active admin is NOT_ALLOWED. It is for admins; others are FORBIDDEN.
// An update that changes nothing writes nothing.
func (d *DB) UpdateUser(ctx context.Context, v Viewer, id UserID, ifVersion *int, change func(*UserChange)) (*User, error) {
	var updated *User
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayConfigure(); err != nil {
			return err
		}
		old, isLastAdmin, err := lockUser(ctx, tx, v, id)
		if err != nil {
			return err
		}
		if old == nil {
			return Problems{noUser().at("id")}
		}
		if ifVersion != nil && *ifVersion != old.Version {
			return Problems{problem(ProblemConflict, "the user has version %d by now: read it again and repeat the change", old.Version).at("ifVersion")}
		}
		was := *old // so that a caller who writes through the pointers does not write to the record
		in := UserChange{Name: &was.Name, Email: &was.Email, Role: &was.Role}
		change(&in)
		c := validation{path: []string{"input"}}
		draft := in.draft(&c, *old)
		if isLastAdmin && draft.Role != RoleAdmin {
			c.fail(lastAdmin(old), "role")
		}
		if draft.Email != old.Email {
			if err := checkUserEmail(ctx, tx, v, &c, draft); err != nil {
				return err
			}
		}
		if err := c.err(); err != nil {
			return err
		}
		updated, err = writeUser(ctx, tx, v, "user.updated", old, &draft)
		return err
	})
	if err != nil {
		return nil, err
	}
	return updated, nil
}

// lockUser reads a user and keeps others from writing it until the transaction ends; nil if there is none. The active
// admins are locked with it, so that of two who give up the role at the same time, the second is seen to be the last.
func lockUser(ctx context.Context, tx *sqlx.Tx, v Viewer, id UserID) (user *User, isLastAdmin bool, err error) {
	s := &statement{}
	s.write("SELECT ", columns[User]("u"), "\nFROM users u\nWHERE ", v.own(s, "u"))
	s.write(" AND (u.id = ", s.arg(id), " OR u.role = ", s.arg(RoleAdmin), " AND u.is_active)\nORDER BY u.id\nFOR NO KEY UPDATE")
	users, err := all[*User](ctx, tx, s, "lock user")
	if err != nil {
		return nil, false, err
	}
	admins := 0
	for _, u := range users {
		if u.ID == id {
			user = u
		}
		if u.isAdmin() {
			admins++
		}
	}
	return user, user != nil && user.isAdmin() && admins == 1, nil
}

// checkUserEmail notes that another user has the e-mail address.
func checkUserEmail(ctx context.Context, tx *sqlx.Tx, v Viewer, c *validation, draft User) error {
	same, err := all[UserID](ctx, tx, textOf("SELECT id FROM users WHERE organization_id = $1 AND "+fold("email")+" = "+fold("CAST($2 AS text)")+" AND id <> $3",
		v.Organization, draft.Email, draft.ID), "user of the same e-mail address")
	if err == nil && len(same) > 0 {
		c.fail(problem(ProblemTaken, "another user has the e-mail address %s", draft.Email), "email")
	}
	return err
}

// writeUser writes what differs, if anything does, and tells of it.
func writeUser(ctx context.Context, tx *sqlx.Tx, v Viewer, kind string, old, draft *User) (*User, error) {
	before, after, err := difference(old.fields(), draft.fields())
	if err != nil {
		return nil, err
	}
	if len(after) == 0 {
		return old, nil
	}
	written, err := all[*User](ctx, tx, textOf(`
		UPDATE users u SET name = $3, email = $4, role = $5, is_active = $6, version = u.version + 1, updated_at = now()
		WHERE u.organization_id = $1 AND u.id = $2
		RETURNING `+columns[User]("u"), v.Organization, old.ID, draft.Name, draft.Email, draft.Role, draft.IsActive), "write user")
	if err != nil {
		return nil, err
	}
	return written[0], appendEvents(ctx, tx, v, event{kind: kind, entity: "user", id: old.ID.uuid, before: before, after: after})
}

// noUser is the problem of an id that names no user of the organization.
func noUser() *Problem { return problem(ProblemNotFound, "there is no user with this id") }

// lastAdmin is the problem of an organization that nobody could configure any more.
func lastAdmin(u *User) *Problem {
	return problem(ProblemNotAllowed, "%s is the only active admin: make another user an admin first", u.Name)
}
