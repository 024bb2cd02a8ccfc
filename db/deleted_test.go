package db_test

import (
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func TestDeletedAccounts(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	top := create(t, d, v, "Top", nil)
	for _, name := range []string{"Cid", "Ada", "Bob"} {
		a := create(t, d, v, name, top)
		hire(t, d, v, name, a)
		remove(t, d, v, a, db.ChildrenReject)
	}
	rival := dbtest.Organization(t, d, "Rival")
	remove(t, d, rival, create(t, d, rival, "Foreign", nil), db.ChildrenReject)
	list := func(t *testing.T, args db.AccountArgs) *db.AccountConnection {
		t.Helper()
		args.Deleted = db.DeletedOnly
		page, err := d.Accounts(t.Context(), v, args)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	t.Run("are listed by name, alone", func(t *testing.T) {
		page := list(t, db.AccountArgs{})
		wantSame(t, names(page.Nodes()), "Ada", "Bob", "Cid")
		for _, a := range page.Nodes() {
			if a.ParentID != nil || a.DeletedAt == nil || *a.Deleter().Node() != v.User.ID() {
				t.Errorf("got %+v", a)
			}
		}
		counts, err := d.CountAccounts(t.Context(), v, []db.AccountList{page.List})
		if err != nil || counts[page.List] != 3 {
			t.Errorf("count: got %v, %v", counts, err)
		}
	})
	t.Run("are ordered by when they were deleted", func(t *testing.T) {
		order := &db.AccountOrder{Field: db.AccountByDeletedAt, Direction: db.Descending}
		page := list(t, db.AccountArgs{OrderBy: order, PageArgs: db.PageArgs{First: ptr(2)}})
		wantSame(t, names(page.Nodes()), "Bob", "Ada")
		page = list(t, db.AccountArgs{OrderBy: order, PageArgs: db.PageArgs{First: ptr(2), After: page.PageInfo.EndCursor()}})
		wantSame(t, names(page.Nodes()), "Cid")
	})
	t.Run("are filtered", func(t *testing.T) {
		wantSame(t, names(list(t, db.AccountArgs{Filter: &db.AccountFilter{Domain: &db.TextFilter{Equals: ptr("bob.com")}}}).Nodes()), "Bob")
		wantSame(t, names(list(t, db.AccountArgs{Filter: &db.AccountFilter{ParentID: &db.IDFilter{In: []db.ID{top.ID.ID()}}, Name: &db.TextFilter{StartsWith: ptr("a")}}}).Nodes()), "Ada")
		for name, filter := range map[string]*db.AccountFilter{
			"contacts": {HasContact: &db.BooleanFilter{Equals: true}}, "children": {HasChildren: &db.BooleanFilter{Equals: true}},
			"a place in a tree": {Under: &db.UnderFilter{ID: top.ID.ID(), IncludeSelf: true}},
		} {
			if got := list(t, db.AccountArgs{Filter: filter}); len(got.Edges) > 0 {
				t.Errorf("with %s: got %q, want none", name, names(got.Nodes()))
			}
		}
	})
	t.Run("have cursors of their own", func(t *testing.T) {
		deleted := list(t, db.AccountArgs{}).PageInfo.StartCursor()
		_, err := d.Accounts(t.Context(), v, db.AccountArgs{PageArgs: db.PageArgs{After: deleted}})
		wantCode(t, err, db.CodeBadUserInput)
	})
	t.Run("are for admins", func(t *testing.T) {
		for _, role := range []db.Role{db.RoleManager, db.RoleMember, db.RoleViewer} {
			reader := v
			reader.Role = role
			_, err := d.Accounts(t.Context(), reader, db.AccountArgs{Deleted: db.DeletedOnly})
			wantCode(t, err, db.CodeForbidden)
			_, err = d.CountAccounts(t.Context(), reader, []db.AccountList{list(t, db.AccountArgs{}).List})
			wantCode(t, err, db.CodeForbidden)
			_, err = d.Contacts(t.Context(), reader, db.ContactArgs{Deleted: db.DeletedOnly})
			wantCode(t, err, db.CodeForbidden)
		}
	})
	t.Run("have a time until which they can be restored", func(t *testing.T) {
		a := list(t, db.AccountArgs{}).Nodes()[0]
		run(t, d, "UPDATE organizations SET retention_days = 10")
		times, err := d.AccountPurgeTimes(t.Context(), v, []db.AccountID{a.ID, top.ID})
		if err != nil || len(times) != 1 || !times[a.ID].Equal(a.DeletedAt.AddDate(0, 0, 10)) {
			t.Errorf("got %v, %v", times, err)
		}
	})
}

func TestDeletedContacts(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	site, other := create(t, d, v, "Site", nil), create(t, d, v, "Other", nil)
	ada, bob := hire(t, d, v, "Ada", site), hire(t, d, v, "Bob", site, other)
	hire(t, d, v, "Cid", site)
	dismiss(t, d, v, bob, ada)
	page, err := d.Contacts(t.Context(), v, db.ContactArgs{Deleted: db.DeletedOnly})
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, firstNames(page.Nodes()), "Ada", "Bob")
	counts, err := d.CountContacts(t.Context(), v, []db.ContactList{page.List})
	if err != nil || counts[page.List] != 2 {
		t.Errorf("count: got %v, %v", counts, err)
	}
	page, err = d.Contacts(t.Context(), v, db.ContactArgs{Deleted: db.DeletedOnly, OrderBy: &db.ContactOrder{Field: db.ContactByDeletedAt, Direction: db.Ascending}})
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, firstNames(page.Nodes()), "Bob", "Ada")
	_, err = d.Contacts(t.Context(), v, db.ContactArgs{PageArgs: db.PageArgs{After: page.PageInfo.EndCursor()}, OrderBy: &db.ContactOrder{Field: db.ContactByDeletedAt}})
	wantCode(t, err, db.CodeBadUserInput)
	times, err := d.ContactPurgeTimes(t.Context(), v, []db.ContactID{ada.ID, bob.ID})
	if err != nil || len(times) != 2 {
		t.Errorf("got %v, %v", times, err)
	}

	t.Run("are not written by what happens to their accounts", func(t *testing.T) {
		rival := v
		rival.User = nil // another actor
		remove(t, d, rival, site, db.ChildrenReject)
		for _, c := range page.Nodes() {
			if got := query[string](t, d, "SELECT updated_by_kind FROM contacts WHERE id = $1", c.ID); got[0] != "USER" {
				t.Errorf("%s: got %s as who deleted it", c.Name(), got[0])
			}
		}
	})
}
