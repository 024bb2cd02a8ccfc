package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// DeactivateUserResult tells what a deactivation did.
type DeactivateUserResult struct {
	User *User
	// Reassigned counts the accounts that another user owns now.
	Reassigned int
	// Owned counts the accounts that the user still owns.
	Owned int
}

// DeactivateUser ends that a user may sign in and be given accounts. What the user did stays the user's. The accounts that
// the user owns become reassignTo's, who must be active, each with an event of its own; without reassignTo they stay, and
// a later call with it hands them over. Deleted accounts keep their owner. The last active admin is NOT_ALLOWED. It is for
// admins; others are FORBIDDEN.
func (d *DB) DeactivateUser(ctx context.Context, v Viewer, id UserID, reassignTo *UserID) (*DeactivateUserResult, error) {
	var result *DeactivateUserResult
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayConfigure(); err != nil {
			return err
		}
		old, isLastAdmin, err := lockUser(ctx, tx, v, id)
		if err != nil {
			return err
		}
		c := validation{}
		switch {
		case old == nil:
			c.fail(noUser(), "id")
		case isLastAdmin:
			c.fail(lastAdmin(old), "id")
		}
		if err := checkSuccessor(ctx, tx, v, &c, id, reassignTo); err != nil {
			return err
		}
		if err := c.err(); err != nil {
			return err
		}
		draft := *old
		draft.IsActive = false
		result = &DeactivateUserResult{}
		if result.User, err = writeUser(ctx, tx, v, "user.deactivated", old, &draft); err != nil {
			return err
		}
		if reassignTo != nil {
			result.Reassigned, err = reassignAccounts(ctx, tx, v, id, *reassignTo)
			return err
		}
		result.Owned, err = countOwned(ctx, tx, v, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// ReactivateUser lets a user in again. One who is active stays as it is. It is for admins; others are FORBIDDEN.
func (d *DB) ReactivateUser(ctx context.Context, v Viewer, id UserID) (*User, error) {
	var user *User
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayConfigure(); err != nil {
			return err
		}
		old, _, err := lockUser(ctx, tx, v, id)
		if err != nil {
			return err
		}
		if old == nil {
			return Problems{noUser().at("id")}
		}
		draft := *old
		draft.IsActive = true
		user, err = writeUser(ctx, tx, v, "user.reactivated", old, &draft)
		return err
	})
	if err != nil {
		return nil, err
	}
	return user, nil
}

// checkSuccessor notes what is wrong with who is to own the accounts, and keeps that user from being deactivated meanwhile.
func checkSuccessor(ctx context.Context, tx *sqlx.Tx, v Viewer, c *validation, id UserID, successor *UserID) error {
	if successor == nil {
		return nil
	}
	users, err := all[*User](ctx, tx, textOf("SELECT "+columns[User]("u")+" FROM users u WHERE u.organization_id = $1 AND u.id = $2 FOR SHARE",
		v.Organization, *successor), "successor")
	switch {
	case err != nil:
		return err
	case len(users) == 0:
		c.fail(noUser(), "reassignTo")
	case *successor == id:
		c.fail(problem(ProblemInvalid, "is the user who is to be deactivated: name another one"), "reassignTo")
	case !users[0].IsActive:
		c.fail(problem(ProblemInactive, "%s is not active and can't own accounts", users[0].Name), "reassignTo")
	}
	return nil
}

const reassignAccountsSQL = `
UPDATE accounts a SET owner_id = $3, version = a.version + 1, updated_at = now(), updated_by_kind = $4, updated_by_id = $5
WHERE a.organization_id = $1 AND a.deleted_at IS NULL AND a.owner_id = $2
RETURNING a.id`

// reassignAccounts gives the accounts of one user to another, and returns how many they were.
func reassignAccounts(ctx context.Context, tx *sqlx.Tx, v Viewer, from, to UserID) (int, error) {
	actor := v.actor()
	ids, err := all[AccountID](ctx, tx, textOf(reassignAccountsSQL, v.Organization, from, to, actor.Kind, actor.ID), "reassign accounts")
	if err != nil {
		return 0, err
	}
	events := make([]event, len(ids))
	for i, id := range ids {
		events[i] = event{kind: "account.updated", entity: "account", id: id.uuid,
			before: map[string]any{"owner_id": from.uuid}, after: map[string]any{"owner_id": to.uuid}}
	}
	return len(ids), appendEvents(ctx, tx, v, events...)
}

func countOwned(ctx context.Context, tx *sqlx.Tx, v Viewer, id UserID) (int, error) {
	s := &statement{}
	s.write("SELECT count(*) FROM accounts a WHERE ", v.visible(s, "a"), " AND a.owner_id = ", s.arg(id))
	counts, err := all[int](ctx, tx, s, "count accounts of an owner")
	if err != nil {
		return 0, err
	}
	return counts[0], nil
}
