package db

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// maxReason is the length of the reason for a move, in characters.
const maxReason = 1000

// AccountMove puts an account, with all below it, under another parent.
type AccountMove struct {
	ID AccountID
	// ParentID is the new parent; nil makes the account a root.
	ParentID *AccountID
	// Nowhere tells that nobody said where to, not even that the account is to be a root: that is REQUIRED.
	Nowhere bool
	// Reason is kept with the change; nil or blank for none.
	Reason *string
}

// MoveAccounts makes 1 to 1,000 moves together, or none, and returns the accounts in the order of the moves. Only what
// results must be free of cycles: two accounts may change places. An account that is there already is left as it is.
// path leads from the mutation's arguments to a move.
func (d *DB) MoveAccounts(ctx context.Context, v Viewer, moves []AccountMove, path func(i int) []string) ([]*Account, error) {
	if err := checkSize(len(moves), 1, maxBulk); err != nil {
		first := path(0)
		c := validation{path: first[:max(0, len(first)-1)]} // the list that the moves are in
		c.fail(err)
		return nil, c.err()
	}
	var moved []*Account
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayWrite(); err != nil {
			return err
		}
		if err := lockHierarchy(ctx, tx, v); err != nil {
			return err
		}
		ids := make([]AccountID, len(moves))
		for i, m := range moves {
			ids[i] = m.ID
		}
		old, err := lockAccounts(ctx, tx, v, ids)
		if err != nil {
			return err
		}
		changes, err := checkMoves(ctx, tx, v, moves, old, path)
		if err != nil {
			return err
		}
		written, err := writeMoves(ctx, tx, v, changes)
		if err != nil {
			return err
		}
		moved = make([]*Account, len(moves))
		for i, id := range ids {
			if moved[i] = written[id]; moved[i] == nil {
				moved[i] = old[id]
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return moved, nil
}

// lockAccounts reads accounts and keeps others from writing them until the transaction ends. They are locked in the
// order of their ids, so that two writers of several accounts do not deadlock.
func lockAccounts(ctx context.Context, tx *sqlx.Tx, v Viewer, ids []AccountID) (map[AccountID]*Account, error) {
	s := &statement{}
	s.write("SELECT ", columns[Account]("a"), "\nFROM accounts a\nWHERE ", v.visible(s, "a"), " AND a.id = ANY(", s.arg(idArray(ids)), ")\nORDER BY a.id\nFOR NO KEY UPDATE")
	accounts, err := all[*Account](ctx, tx, s, "lock accounts")
	return byID(accounts, func(a *Account) AccountID { return a.ID }), err
}

// checkMoves tells all that is wrong with moves, or what they change.
func checkMoves(ctx context.Context, tx *sqlx.Tx, v Viewer, moves []AccountMove, old map[AccountID]*Account, path func(i int) []string) ([]parentChange, error) {
	var parents []AccountID
	for _, m := range moves {
		if m.ParentID != nil {
			parents = append(parents, *m.ParentID)
		}
	}
	// Who is above whom once all is moved: every way up from a new parent, some of them bent by the moves.
	above := map[AccountID]AccountID{}
	if parents != nil {
		var err error
		if above, err = lines(ctx, tx, v, parents); err != nil {
			return nil, err
		}
	}
	isParent := func(id AccountID) bool { _, ok := above[id]; return ok }
	known := byID(slices.DeleteFunc(parents, func(id AccountID) bool { return !isParent(id) }), func(id AccountID) AccountID { return id })
	c := validation{}
	first := map[AccountID]bool{}
	var changes []parentChange
	for i, m := range moves {
		c.path = path(i)
		reason, err := presentReason(m.Reason)
		c.fail(err, "reason")
		account := old[m.ID]
		switch {
		case account == nil:
			c.fail(noAccount(), "id")
		case first[m.ID]:
			c.fail(problem(ProblemDuplicate, "an earlier move is of the same account"), "id")
			account = nil
		}
		first[m.ID] = true
		to := AccountID{}
		switch {
		case m.Nowhere:
			c.fail(problem(ProblemRequired, "say where the account moves to: the id of its new parent, or null to make it a root"), "parentId")
			continue
		case m.ParentID != nil:
			if to = known[*m.ParentID]; to.IsZero() {
				c.fail(problem(ProblemNotFound, "there is no account with this id to be the parent"), "parentId")
				continue
			}
		}
		if account == nil {
			continue
		}
		above[m.ID] = to
		if account.Spot().ParentID != to {
			changes = append(changes, parentChange{account: m.ID, from: account.ParentID, to: m.ParentID, reason: reason})
		}
	}
	circle := inCircle(above)
	told := map[AccountID]bool{}
	for i, m := range moves {
		if old[m.ID] != nil && circle[m.ID] && !told[m.ID] {
			told[m.ID] = true
			c.path = path(i)
			c.fail(problem(ProblemCycle, "the account would be its own ancestor"), "parentId")
		}
	}
	return changes, c.err()
}

// presentReason checks why somebody moves an account; nil or blank is no reason.
func presentReason(reason *string) (*string, error) {
	if reason == nil {
		return nil, nil
	}
	return optionalLongText(*reason, maxReason)
}

// inCircle returns the accounts that are above themselves. Each account is passed once, however long the ways are.
func inCircle(above map[AccountID]AccountID) map[AccountID]bool {
	circle := map[AccountID]bool{}
	passed := make(map[AccountID]AccountID, len(above)) // by which way
	for start := range above {
		at := start
		for !at.IsZero() && passed[at].IsZero() {
			passed[at] = start
			at = above[at]
		}
		if at.IsZero() || passed[at] != start || circle[at] {
			continue
		}
		for !circle[at] {
			circle[at] = true
			at = above[at]
		}
	}
	return circle
}

// writeMoves changes parents and returns the accounts that it changed.
func writeMoves(ctx context.Context, tx *sqlx.Tx, v Viewer, changes []parentChange) (map[AccountID]*Account, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	ids, parents := make([]AccountID, len(changes)), make([]*string, len(changes))
	for i, c := range changes {
		ids[i], parents[i] = c.account, uuidText(c.to)
	}
	actor := v.actor()
	accounts, err := all[*Account](ctx, tx, textOf(`
		UPDATE accounts a SET parent_id = move.parent_id, version = a.version + 1, updated_at = now(), updated_by_kind = $4, updated_by_id = $5
		FROM unnest($2::uuid[], $3::uuid[]) AS move (id, parent_id)
		WHERE a.organization_id = $1 AND a.id = move.id
		RETURNING `+columns[Account]("a"), v.Organization, idArray(ids), pq.Array(parents), actor.Kind, actor.ID), "move accounts")
	if err != nil {
		return nil, err
	}
	return byID(accounts, func(a *Account) AccountID { return a.ID }), recordParentChanges(ctx, tx, v, changes)
}

// uuidText is an id as SQL and events have it; nil for none.
func uuidText[I interface{ ID() ID }](id *I) *string {
	if id == nil {
		return nil
	}
	text := (*id).ID().UUID.String()
	return &text
}
