package graph

import (
	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/model"
)

func createAccountPayload(created *db.CreateAccountResult, errs db.Problems) *model.CreateAccountPayload {
	p := &model.CreateAccountPayload{UserErrors: errs}
	if created != nil {
		p.Account, p.ContactsAdded = created.Account, created.ContactsAdded
	}
	return p
}

// createAccountsPayload has a result for each row, also if nothing was made: then the problems are sorted to their rows.
func createAccountsPayload(in db.CreateAccountsInput, results []*db.CreateAccountResult, errs db.Problems) *model.CreateAccountsPayload {
	p := &model.CreateAccountsPayload{Results: make([]*model.CreateAccountsResult, len(in.Accounts)), UserErrors: errs}
	for i, row := range in.Accounts {
		result := &model.CreateAccountsResult{Key: row.Key, UserErrors: db.Problems{}}
		if results == nil {
			result.UserErrors = errs.Of(bulkPath("accounts")(i))
		} else {
			result.Account, result.ContactsAdded = results[i].Account, results[i].ContactsAdded
			result.UserErrors = append(result.UserErrors, results[i].Problems...)
			p.UserErrors = append(p.UserErrors, results[i].Problems...)
			if result.Account != nil {
				p.CreatedCount++
			}
		}
		p.Results[i] = result
	}
	return p
}

func deleteAccountPayload(deleted *db.DeleteAccountResult, errs db.Problems) *model.DeleteAccountPayload {
	p := &model.DeleteAccountPayload{UserErrors: errs}
	if deleted != nil {
		p.DeletedAccountID, p.DeletedCount, p.ReparentedCount = known(deleted.ID), deleted.Deleted, deleted.Reparented
	}
	return p
}

func restoreAccountPayload(restored *db.RestoreAccountResult, errs db.Problems) *model.RestoreAccountPayload {
	p := &model.RestoreAccountPayload{SharedDomains: []string{}, UserErrors: errs}
	if restored != nil {
		p.Account, p.RestoredCount, p.BecameRoot, p.NewRoot = restored.Account, restored.Restored, restored.NewRoot != nil, restored.NewRoot
		p.SharedDomains = append(p.SharedDomains, restored.SharedDomains...)
	}
	return p
}

func deactivateUserPayload(deactivated *db.DeactivateUserResult, errs db.Problems) *model.DeactivateUserPayload {
	p := &model.DeactivateUserPayload{UserErrors: errs}
	if deactivated != nil {
		p.User, p.ReassignedCount, p.OwnedAccountCount = deactivated.User, deactivated.Reassigned, deactivated.Owned
	}
	return p
}

// present is a text for an answer; nil if it is empty.
func present(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// known is an id for an answer; nil if it names nothing.
func known(id interface {
	ID() db.ID
	IsZero() bool
}) *db.ID {
	if id.IsZero() {
		return nil
	}
	shown := id.ID()
	return &shown
}

// only returns the one record of a bulk operation that was asked for one; nil if there is none.
func only[R any](list []*R) *R {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}
