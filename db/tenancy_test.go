package db_test

import (
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// TestTenancy asks for everything of one organization as the admin of another: it is as if it were not there.
func TestTenancy(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "A", nil)
	b := create(t, d, v, "B", a)
	move(t, d, v, under(b, nil))
	move(t, d, v, under(b, a))
	changes, err := d.ParentChangesOf(t.Context(), v, []db.AccountID{b.ID}, db.PageArgs{})
	if err != nil {
		t.Fatal(err)
	}
	change := changes[b.ID].Nodes()[0].ID
	rival := dbtest.Organization(t, d, "Rival")
	own := create(t, d, rival, "Own", nil)
	ids := []db.AccountID{a.ID, b.ID}
	ctx := t.Context()

	empty := func(name string, n int, err error) {
		t.Helper()
		if n != 0 || err != nil {
			t.Errorf("%s: got %d, %v, want nothing", name, n, err)
		}
	}
	accounts, err := d.AccountsByID(ctx, rival, ids)
	empty("AccountsByID", len(accounts), err)
	paths, err := d.Paths(ctx, rival, ids)
	empty("Paths", len(paths), err)
	roots, err := d.Roots(ctx, rival, ids)
	empty("Roots", len(roots), err)
	depths, err := d.Depths(ctx, rival, ids)
	empty("Depths", len(depths), err)
	for _, top := range []db.AccountID{a.ID, own.ID} {
		below, err := d.Below(ctx, rival, ids, top)
		empty("Below", len(below), err)
	}
	counts, err := d.DescendantCounts(ctx, rival, ids)
	empty("DescendantCounts", len(counts), err)
	children, err := d.ChildCounts(ctx, rival, ids)
	empty("ChildCounts", len(children), err)
	domains, err := d.DomainsOf(ctx, rival, ids)
	empty("DomainsOf", len(domains), err)
	externals, err := d.ExternalIDsOf(ctx, rival, ids)
	empty("ExternalIDsOf", len(externals), err)
	identifiers, err := d.IdentifiersOf(ctx, rival, ids)
	empty("IdentifiersOf", len(identifiers), err)
	counted, err := d.CountParentChanges(ctx, rival, ids)
	empty("CountParentChanges", len(counted), err)
	found, err := d.ParentChangesByID(ctx, rival, []db.ParentChangeID{change})
	empty("ParentChangesByID", len(found), err)
	users, err := d.UsersByID(ctx, rival, []db.UserID{*v.User})
	empty("UsersByID", len(users), err)
	organizations, err := d.OrganizationsByID(ctx, rival, []db.OrganizationID{v.Organization})
	empty("OrganizationsByID", len(organizations), err)
	way, err := d.AccountPath(ctx, rival, a.ID, b.ID)
	empty("AccountPath", len(way), err)
	pages, err := d.ParentChangesOf(ctx, rival, ids, db.PageArgs{})
	empty("ParentChangesOf", len(pages[b.ID].Edges), err)
	for _, traversal := range []db.Traversal{db.BreadthFirst, db.DepthFirst} {
		below, err := d.Descendants(ctx, rival, ids, db.DescendantArgs{Traversal: traversal})
		empty("Descendants", len(below[a.ID].Edges), err)
		totals, err := d.CountDescendants(ctx, rival, []db.DescendantList{below[a.ID].List})
		empty("CountDescendants", totals[below[a.ID].List], err)
		own, err := d.Descendants(ctx, v, ids, db.DescendantArgs{Traversal: traversal})
		if err != nil || len(own[a.ID].Edges) == 0 {
			t.Fatalf("got %v, %v, want some below", own[a.ID], err)
		}
		below, err = d.Descendants(ctx, rival, ids, db.DescendantArgs{Traversal: traversal, After: own[a.ID].PageInfo.StartCursor()})
		empty("Descendants after a cursor", len(below[a.ID].Edges), err)
	}
	if tree, err := d.AccountTree(ctx, rival, a.ID, nil, 10); tree != nil || err != nil {
		t.Errorf("AccountTree: got %v, %v", tree, err)
	}
	if common, err := d.CommonAncestor(ctx, rival, []db.AccountID{b.ID}); common != nil || err != nil {
		t.Errorf("CommonAncestor: got %v, %v", common, err)
	}
	walked, err := d.Walk(ctx, rival, db.Walk{
		Starts: [][]db.Spot{{a.Spot(), b.Spot()}},
		Steps:  []db.Step{{Relation: db.Children}, {Relation: db.Parent}, {Relation: db.Siblings}},
	})
	results := walked.Steps
	empty("Walk", len(results[0].Lists[a.ID].Edges)+len(results[1].Parents)+len(results[2].Lists[b.ID].Edges), err)
	walked, err = d.Walk(ctx, rival, db.Walk{Find: &a.ID, Steps: []db.Step{{Relation: db.Children}}})
	if err != nil || walked.Found != nil || len(walked.Steps[0].Lists) > 0 {
		t.Errorf("Walk that finds: got %+v, %v", walked, err)
	}
	page, err := d.Accounts(ctx, rival, db.AccountArgs{Filter: &db.AccountFilter{Under: &db.UnderFilter{ID: a.ID.ID(), IncludeSelf: true}}})
	empty("Accounts under", len(page.Edges), err)

	_, err = d.UpdateAccount(ctx, rival, a.ID, nil, func(*db.AccountChange) {})
	wantProblems(t, err, "id NOT_FOUND")
	_, err = d.DeleteAccount(ctx, rival, a.ID, db.ChildrenCascade)
	wantProblems(t, err, "id NOT_FOUND")
	_, err = d.MoveAccounts(ctx, rival, []db.AccountMove{under(own, a), under(b, own)}, bulkPath)
	wantProblems(t, err, "input.moves.0.parentId NOT_FOUND", "input.moves.1.id NOT_FOUND")
	_, _, err = d.SetDomainRouting(ctx, rival, a.ID, "a.com")
	wantProblems(t, err, "accountId NOT_FOUND")
	remove(t, d, v, a, db.ChildrenCascade)
	_, err = d.RestoreAccount(ctx, rival, a.ID)
	wantProblems(t, err, "id NOT_FOUND")

	// What is unique is so within an organization.
	in := input("A", nil)
	if got := createWith(t, d, rival, in); got.Number != 2 {
		t.Errorf("got the number %d, want 2", got.Number)
	}
}
