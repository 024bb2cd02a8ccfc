package db_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func remove(t testing.TB, d *db.DB, v db.Viewer, a *db.Account, children db.ChildrenOnDelete) *db.DeleteAccountResult {
	t.Helper()
	result, err := d.DeleteAccount(t.Context(), v, a.ID, children)
	if err != nil {
		t.Fatalf("delete %s: %v", a.Name, err)
	}
	return result
}

// holder is the name of the account that a domain routes to.
func holder(t testing.TB, d *db.DB, v db.Viewer, domain string) string {
	t.Helper()
	found, err := d.AccountsByDomains(t.Context(), v, []string{domain})
	if err != nil {
		t.Fatal(err)
	}
	return names(found)[0]
}

// sharing is a new account that has a domain which may route to another.
func sharing(name, domain string, parent *db.Account) db.CreateAccountInput {
	in := input(name, parent)
	in.PrimaryDomain, in.ShareDomain = domain, true
	return in
}

// listed are the names of all accounts that lists show.
func listed(t testing.TB, d *db.DB, v db.Viewer) []string {
	t.Helper()
	page, err := d.Accounts(t.Context(), v, db.AccountArgs{PageArgs: db.PageArgs{First: ptr(100)}})
	if err != nil {
		t.Fatal(err)
	}
	return names(page.Nodes())
}

func TestDeleteAccount(t *testing.T) {
	t.Parallel()

	t.Run("takes an account without children out of every read", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		in := input("A", nil)
		in.ExternalIDs = []*db.ExternalIDInput{{Source: "hubspot", ID: "1"}}
		a := createWith(t, d, v, in)
		b := create(t, d, v, "B", a)
		if got := remove(t, d, v, b, db.ChildrenReject); got.ID != b.ID || got.Deleted != 1 || got.Reparented != 0 {
			t.Errorf("got %+v", got)
		}
		remove(t, d, v, a, db.ChildrenReject)
		if got := listed(t, d, v); len(got) != 0 {
			t.Errorf("list: got %q", got)
		}
		if account(t, d, v, a.ID) != nil || holder(t, d, v, "a.com") != "" {
			t.Error("look-ups find it")
		}
		if got, err := d.AccountsByExternalID(t.Context(), v, []db.ExternalID{{Source: "hubspot", ID: "1"}}); len(got) != 0 || err != nil {
			t.Errorf("external id: got %v, %v", got, err)
		}
		if got, err := d.AccountsByNumber(t.Context(), v, []int{a.Number}); len(got) != 0 || err != nil {
			t.Errorf("number: got %v, %v", got, err)
		}
		rows := query[string](t, d, `SELECT name || ' ' || version || ' ' || (updated_by_id IS NOT NULL) || ' ' || (deleted_at = updated_at) FROM accounts ORDER BY name`)
		if want := []string{"A 2 true true", "B 2 true true"}; !slices.Equal(rows, want) {
			t.Errorf("rows: got %q, want %q", rows, want)
		}
		if got := query[int](t, d, "SELECT count(*) FROM events WHERE type = 'account.deleted'"); got[0] != 2 {
			t.Errorf("got %d events, want 2", got[0])
		}
		_, err := d.DeleteAccount(t.Context(), v, a.ID, db.ChildrenReject)
		wantProblems(t, err, "id NOT_FOUND")
	})

	t.Run("frees external ids, identifiers, and domains, not the number", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		in := input("A", nil)
		in.ExternalIDs = []*db.ExternalIDInput{{Source: "hubspot", ID: "1"}}
		in.Identifiers = []*db.BusinessIdentifierInput{{Scheme: "OTHER", Value: "77"}}
		a := createWith(t, d, v, in)
		remove(t, d, v, a, db.ChildrenReject)
		again := createWith(t, d, v, in)
		if again.Number == a.Number {
			t.Errorf("the number %d is used again", a.Number)
		}
	})

	t.Run("is refused while there are children", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		create(t, d, v, "A1", a)
		create(t, d, v, "A2", a)
		_, err := d.DeleteAccount(t.Context(), v, a.ID, db.ChildrenReject)
		wantProblems(t, err, "id HAS_CHILDREN")
		wantText(t, err, "(2)")
		if account(t, d, v, a.ID) == nil {
			t.Error("it is gone")
		}
	})

	t.Run("moves the children up", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		b := create(t, d, v, "B", a)
		c1, c2 := create(t, d, v, "C1", b), create(t, d, v, "C2", b)
		e := create(t, d, v, "E", c1)
		if got := remove(t, d, v, b, db.ChildrenReparent); got.Deleted != 1 || got.Reparented != 2 {
			t.Errorf("got %+v", got)
		}
		if got := place(t, d, v, e.ID); got != "A/C1/E" {
			t.Errorf("got %s", got)
		}
		changes, err := d.ParentChangesOf(t.Context(), v, []db.AccountID{c2.ID}, db.PageArgs{})
		if err != nil || len(changes[c2.ID].Edges) != 1 {
			t.Fatalf("changes: got %v, %v", changes, err)
		}
		if change := changes[c2.ID].Nodes()[0]; *change.FromID != b.ID || *change.ToID != a.ID || change.Reason != nil {
			t.Errorf("change: got %+v", change)
		}
		remove(t, d, v, a, db.ChildrenReparent)
		if got := place(t, d, v, e.ID); got != "C1/E" {
			t.Errorf("below a root: got %s", got)
		}
	})

	t.Run("takes the whole subtree", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		b := create(t, d, v, "B", a)
		create(t, d, v, "D", create(t, d, v, "C", b))
		if got := remove(t, d, v, b, db.ChildrenCascade); got.Deleted != 3 || got.Reparented != 0 {
			t.Errorf("got %+v", got)
		}
		if got := listed(t, d, v); !slices.Equal(got, []string{"A"}) {
			t.Errorf("got %q", got)
		}
		if got := query[int](t, d, "SELECT count(DISTINCT deletion_id) FROM accounts"); got[0] != 1 {
			t.Errorf("got %d deletions, want 1", got[0])
		}
	})

	t.Run("is forbidden to those who only read", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		a := create(t, d, v, "A", nil)
		v.Role = db.RoleViewer
		_, err := d.DeleteAccount(t.Context(), v, a.ID, db.ChildrenReject)
		wantCode(t, err, db.CodeForbidden)
		_, err = d.RestoreAccount(t.Context(), v, a.ID)
		wantCode(t, err, db.CodeForbidden)
	})
}

func TestDeleteAccountHandsDomainsOver(t *testing.T) {
	t.Parallel()

	t.Run("to the highest sharer of the tree", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		top := create(t, d, v, "Top", nil)
		a := createWith(t, d, v, sharing("Holder", "shared.com", top))
		deep := createWith(t, d, v, sharing("Deep", "shared.com", create(t, d, v, "Between", a)))
		createWith(t, d, v, sharing("High", "shared.com", top))
		createWith(t, d, v, sharing("Outside", "shared.com", nil))
		_ = deep
		remove(t, d, v, a, db.ChildrenReparent)
		if got := holder(t, d, v, "shared.com"); got != "High" {
			t.Errorf("got %q, want High", got)
		}
	})

	t.Run("to a child of a deleted root, though it becomes a root itself", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		root := create(t, d, v, "Root", nil)
		createWith(t, d, v, sharing("Child", "root.com", root))
		remove(t, d, v, root, db.ChildrenReparent)
		if got := holder(t, d, v, "root.com"); got != "Child" {
			t.Errorf("got %q, want Child", got)
		}
	})

	t.Run("to none that is deleted with it, and none of another tree", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		root := create(t, d, v, "Root", nil)
		createWith(t, d, v, sharing("Child", "root.com", root))
		createWith(t, d, v, sharing("Outside", "root.com", nil))
		remove(t, d, v, root, db.ChildrenCascade)
		if got := holder(t, d, v, "root.com"); got != "" {
			t.Errorf("got %q, want nobody", got)
		}
		if got := query[int](t, d, "SELECT count(*) FROM account_domains WHERE is_routing"); got[0] != 0 {
			t.Errorf("got %d routing domains, want none", got[0])
		}
	})
}

func TestDeleteAccountStatements(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	for _, children := range []db.ChildrenOnDelete{db.ChildrenReparent, db.ChildrenCascade} {
		var counts []int64
		for _, size := range []int{2, 200} {
			top := create(t, d, v, fmt.Sprintf("Top %s %d", children, size), nil)
			in := db.CreateAccountsInput{}
			for i := range size {
				row := input(fmt.Sprintf("%s %d of %d", children[:3], i, size), top)
				in.Accounts = append(in.Accounts, &db.CreateAccountsRowInput{Account: &row})
			}
			if _, err := d.CreateAccounts(t.Context(), v, in); err != nil {
				t.Fatal(err)
			}
			ctx, statements := db.WithStatements(t.Context())
			if _, err := d.DeleteAccount(ctx, v, top.ID, children); err != nil {
				t.Fatal(err)
			}
			ctx, restoring := db.WithStatements(t.Context())
			if _, err := d.RestoreAccount(ctx, v, top.ID); err != nil {
				t.Fatal(err)
			}
			counts = append(counts, statements.Count(), restoring.Count())
		}
		if !slices.Equal(counts[:2], counts[2:]) {
			t.Errorf("%s: got %d statements to delete and restore 2, and %d for 200", children, counts[:2], counts[2:])
		}
	}
}
