package db

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// DeleteAccountResult tells what a deletion did.
type DeleteAccountResult struct {
	ID AccountID
	// Deleted counts the deleted accounts, this one included; Reparented the children that moved to its parent.
	Deleted    int
	Reparented int
}

// DeleteAccount deletes an account, softly, so that RestoreAccount brings it back. Its children are refused
// (HAS_CHILDREN), moved to its parent, or deleted with it. Domains that routed to what is deleted go to the highest
// account of the same tree that shares them, else to nobody. Contacts whose main account it was get the next by name.
func (d *DB) DeleteAccount(ctx context.Context, v Viewer, id AccountID, children ChildrenOnDelete) (*DeleteAccountResult, error) {
	var result *DeleteAccountResult
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayWrite(); err != nil {
			return err
		}
		if err := lockHierarchy(ctx, tx, v); err != nil {
			return err
		}
		account, err := lockAccount(ctx, tx, v, id)
		if err != nil {
			return err
		}
		if account == nil {
			return Problems{noAccount().at("id")}
		}
		result = &DeleteAccountResult{ID: id}
		doomed := []kin{{account.ID, account.ParentID}}
		below, err := lockBelow(ctx, tx, v, id, children == ChildrenCascade)
		if err != nil {
			return err
		}
		var moves []parentChange
		switch {
		case len(below) == 0:
		case children == ChildrenCascade:
			doomed = append(doomed, below...)
		case children != ChildrenReparent:
			return Problems{problem(ProblemHasChildren, "the account has children (%d): say whether they are deleted with it or move to its parent", len(below)).at("id")}
		default:
			moves = make([]parentChange, len(below))
			for i, child := range below {
				moves[i] = parentChange{account: child.ID, from: &id, to: account.ParentID}
			}
		}
		result.Deleted, result.Reparented = len(doomed), len(moves)
		return deleteAccounts(ctx, tx, v, doomed, moves)
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// kin is an account of which only its place matters.
type kin struct {
	ID       AccountID  `db:"id"`
	ParentID *AccountID `db:"parent_id"`
}

// lockBelow finds and locks the children of an account, or all that is below it.
func lockBelow(ctx context.Context, tx *sqlx.Tx, v Viewer, id AccountID, deep bool) ([]kin, error) {
	s := &statement{}
	s.write("SELECT ", columns[kin]("a"), "\nFROM accounts a\nWHERE ", v.visible(s, "a"), " AND ")
	if deep {
		s.write((&UnderFilter{ID: id.ID()}).foundFirst(s, v, "a"))
	} else {
		s.write("a.parent_id = ", s.arg(id))
	}
	s.write("\nORDER BY a.id\nFOR NO KEY UPDATE OF a")
	return all[kin](ctx, tx, s, "lock the accounts below")
}

// deleteAccounts deletes accounts, with their names in other systems and their official numbers, as one set,
// and moves those children away that stay.
func deleteAccounts(ctx context.Context, tx *sqlx.Tx, v Viewer, accounts []kin, moves []parentChange) error {
	ids := make([]AccountID, len(accounts))
	deletion := NewUUID().String()
	events := make([]event, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
		// The parent is told because a purge of it would make it forgotten; see RestoreAccount.
		events[i] = event{kind: "account.deleted", entity: "account", id: a.ID.uuid,
			before: map[string]any{"deletion_id": nil, "parent_id": uuidText(a.ParentID)}, after: map[string]any{"deletion_id": deletion}}
	}
	routing, err := all[AccountDomain](ctx, tx, textOf(`
		UPDATE account_domains SET was_routing = true
		WHERE organization_id = $1 AND account_id = ANY($2) AND is_routing
		RETURNING account_id, domain`, v.Organization, idArray(ids)), "remember routing")
	if err != nil {
		return err
	}
	lost := make([]holding, len(routing))
	for i, domain := range routing {
		lost[i] = holding{domain.AccountID, domain.Domain}
	}
	// While the children that move away are still in the same tree.
	if err := handOver(ctx, tx, v, lost, ids); err != nil {
		return err
	}
	if _, err := writeMoves(ctx, tx, v, moves); err != nil {
		return err
	}
	if err := setLive(ctx, tx, v, ids, false); err != nil {
		return err
	}
	actor := v.actor()
	if _, err := exec(ctx, tx, "delete accounts", `
		UPDATE accounts SET deleted_at = now(), deletion_id = $3, version = version + 1, updated_at = now(), updated_by_kind = $4, updated_by_id = $5
		WHERE organization_id = $1 AND id = ANY($2)`,
		v.Organization, idArray(ids), deletion, actor.Kind, actor.ID); err != nil {
		return err
	}
	if err := appendEvents(ctx, tx, v, events...); err != nil {
		return err
	}
	return moveMainAccounts(ctx, tx, v, ids)
}

// setLive says whether accounts claim their external ids and official numbers.
func setLive(ctx context.Context, tx *sqlx.Tx, v Viewer, ids []AccountID, live bool) error {
	for _, text := range []string{
		"UPDATE account_external_ids SET is_live = $3 WHERE organization_id = $1 AND account_id = ANY($2)",
		"UPDATE account_identifiers SET is_live = $3 WHERE organization_id = $1 AND account_id = ANY($2)",
	} {
		if _, err := exec(ctx, tx, "set what is claimed", text, v.Organization, idArray(ids), live); err != nil {
			return err
		}
	}
	return nil
}
