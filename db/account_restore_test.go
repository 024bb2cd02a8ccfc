package db_test

import (
	"slices"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func restore(t testing.TB, d *db.DB, v db.Viewer, a *db.Account) *db.RestoreAccountResult {
	t.Helper()
	result, err := d.RestoreAccount(t.Context(), v, a.ID)
	if err != nil {
		t.Fatalf("restore %s: %v", a.Name, err)
	}
	return result
}

func TestRestoreAccount(t *testing.T) {
	t.Parallel()

	t.Run("brings back all that the same deletion took, and only that", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		top := create(t, d, v, "Top", nil)
		a := create(t, d, v, "A", top)
		b := create(t, d, v, "B", a)
		c, earlier := create(t, d, v, "C", b), create(t, d, v, "Earlier", b)
		remove(t, d, v, earlier, db.ChildrenReject)
		remove(t, d, v, a, db.ChildrenCascade)
		got := restore(t, d, v, b) // any of the set
		if got.Account.ID != b.ID || got.Restored != 3 || got.NewRoot != nil || len(got.SharedDomains) != 0 {
			t.Errorf("got %+v", got)
		}
		if got.Account.DeletedAt != nil || got.Account.Version != b.Version+2 || *got.Account.Updater().Node() != v.User.ID() {
			t.Errorf("account: got %+v", got.Account)
		}
		if got := place(t, d, v, c.ID); got != "Top/A/B/C" {
			t.Errorf("got %s", got)
		}
		if got := holder(t, d, v, "c.com"); got != "C" {
			t.Errorf("domain: got %q, want C", got)
		}
		if account(t, d, v, earlier.ID) != nil {
			t.Error("an earlier deletion is undone")
		}
		if got := query[int](t, d, "SELECT count(*) FROM events WHERE type = 'account.restored'"); got[0] != 3 {
			t.Errorf("got %d events, want 3", got[0])
		}
		if got := restore(t, d, v, earlier); got.NewRoot != nil || *got.Account.ParentID != b.ID {
			t.Errorf("the earlier one: got %+v", got)
		}
		if got := query[int](t, d, "SELECT count(*) FROM account_domains WHERE was_routing OR NOT is_routing"); got[0] != 0 {
			t.Errorf("%d domains are not as they were", got[0])
		}
	})

	t.Run("names the one that became a root, where that is above the one that is restored", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		top := create(t, d, v, "Top", nil)
		a := create(t, d, v, "A", top)
		b := create(t, d, v, "B", a)
		c := create(t, d, v, "C", b)
		remove(t, d, v, a, db.ChildrenCascade)
		remove(t, d, v, top, db.ChildrenReject)
		got := restore(t, d, v, c)
		if got.Account.ID != c.ID || got.NewRoot == nil || got.NewRoot.ID != a.ID || got.NewRoot.ParentID != nil {
			t.Errorf("got %+v, new root %+v, want C, and A as the new root", got.Account, got.NewRoot)
		}
	})

	t.Run("makes a root of what has lost its parent", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		top := create(t, d, v, "Top", nil)
		a := create(t, d, v, "A", top)
		b := create(t, d, v, "B", a)
		remove(t, d, v, a, db.ChildrenCascade)
		remove(t, d, v, top, db.ChildrenReject)
		got := restore(t, d, v, a)
		if got.NewRoot == nil || got.Account.ParentID != nil {
			t.Errorf("got %+v", got)
		}
		if got := place(t, d, v, b.ID); got != "A/B" {
			t.Errorf("got %s", got)
		}
		changes, err := d.ParentChangesOf(t.Context(), v, []db.AccountID{a.ID, b.ID}, db.PageArgs{})
		if err != nil || len(changes[a.ID].Edges) != 1 || len(changes[b.ID].Edges) != 0 {
			t.Fatalf("changes: got %v, %v", changes, err)
		}
		if change := changes[a.ID].Nodes()[0]; *change.FromID != top.ID || change.ToID != nil {
			t.Errorf("change: got %+v", change)
		}
		if got := restore(t, d, v, top); got.NewRoot != nil {
			t.Errorf("a root: got %+v", got)
		}
	})

	t.Run("knows that the parent was purged", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		top := create(t, d, v, "Top", nil)
		a := create(t, d, v, "A", top)
		remove(t, d, v, a, db.ChildrenReject)
		run(t, d, "DELETE FROM accounts WHERE name = 'Top'")
		if got := restore(t, d, v, a); got.NewRoot == nil {
			t.Errorf("got %+v", got)
		}
		if got := query[int](t, d, "SELECT count(*) FROM parent_changes WHERE from_id IS NOT NULL AND to_id IS NULL"); got[0] != 1 {
			t.Errorf("got %d changes, want 1", got[0])
		}
		remove(t, d, v, a, db.ChildrenReject)
		if got := restore(t, d, v, a); got.NewRoot != nil {
			t.Errorf("the second time: got %+v", got)
		}
	})

	t.Run("shares domains that were taken meanwhile", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		in := input("A", nil)
		in.SecondaryDomains = []string{"free.com"}
		a := createWith(t, d, v, in)
		createWith(t, d, v, sharing("Child", "a.com", a))
		remove(t, d, v, a, db.ChildrenReparent)
		if got := restore(t, d, v, a); !slices.Equal(got.SharedDomains, []string{"a.com"}) {
			t.Errorf("got %+v", got)
		}
		if got := []string{holder(t, d, v, "a.com"), holder(t, d, v, "free.com")}; !slices.Equal(got, []string{"Child", "A"}) {
			t.Errorf("got %q", got)
		}
	})

	t.Run("is refused when others have its external ids or identifiers", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		in := input("A", nil)
		in.ExternalIDs = []*db.ExternalIDInput{{Source: "hubspot", ID: "1"}, {Source: "hubspot", ID: "2"}}
		in.Identifiers = []*db.BusinessIdentifierInput{{Scheme: "OTHER", Value: "77"}}
		a := createWith(t, d, v, in)
		remove(t, d, v, a, db.ChildrenReject)
		in.Name, in.ExternalIDs = "B", in.ExternalIDs[:1]
		b := createWith(t, d, v, in)
		_, err := d.RestoreAccount(t.Context(), v, a.ID)
		wantProblems(t, err, "id TAKEN", "id TAKEN")
		wantText(t, err, "external id 1 of hubspot")
		wantText(t, err, "OTHER 77")
		if problems, _ := db.AsProblems(err); *problems[0].Account != b.ID {
			t.Errorf("got %v, want the other account", *problems[0].Account)
		}
		if account(t, d, v, a.ID) != nil {
			t.Error("it is back")
		}
		remove(t, d, v, b, db.ChildrenReject)
		restore(t, d, v, a)
		external := db.ExternalID{Source: "hubspot", ID: "1"}
		if got, err := d.AccountsByExternalID(t.Context(), v, []db.ExternalID{external}); err != nil || got[external] == nil || got[external].ID != a.ID {
			t.Errorf("external id: got %v, %v", got, err)
		}
		_, err = d.CreateAccount(t.Context(), v, in)
		wantProblems(t, err, "input.primaryDomain DOMAIN_TAKEN", "input.externalIds.0 TAKEN", "input.identifiers.0 TAKEN")
	})

	t.Run("is over after the organization's retention", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		remove(t, d, v, a, db.ChildrenReject)
		run(t, d, "UPDATE accounts SET deleted_at = now() - interval '29 days 23 hours'")
		restore(t, d, v, a)
		remove(t, d, v, a, db.ChildrenReject)
		run(t, d, "UPDATE accounts SET deleted_at = $1", time.Now().Add(-30*24*time.Hour-time.Minute))
		_, err := d.RestoreAccount(t.Context(), v, a.ID)
		wantProblems(t, err, "id EXPIRED")
		run(t, d, "UPDATE organizations SET retention_days = 31")
		restore(t, d, v, a)
	})

	t.Run("knows only deleted accounts of the organization", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		_, err := d.RestoreAccount(t.Context(), v, a.ID)
		wantProblems(t, err, "id NOT_FOUND")
		_, err = d.RestoreAccount(t.Context(), v, db.AccountID{})
		wantProblems(t, err, "id NOT_FOUND")
		remove(t, d, v, a, db.ChildrenReject)
		_, err = d.RestoreAccount(t.Context(), dbtest.Organization(t, d, "Rival"), a.ID)
		wantProblems(t, err, "id NOT_FOUND")
	})
}
