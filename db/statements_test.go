package db_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

// reads are the methods that answer for many accounts at once, with how many statements they may take.
var reads = []struct {
	name       string
	statements int64
	read       func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error
}{
	{"AccountsByID", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.AccountsByID(ctx, v, ids)
		return err
	}},
	{"Paths", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.Paths(ctx, v, ids)
		return err
	}},
	{"Roots", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.Roots(ctx, v, ids)
		return err
	}},
	{"Depths", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.Depths(ctx, v, ids)
		return err
	}},
	{"Below", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.Below(ctx, v, ids, ids[0])
		return err
	}},
	{"CommonAncestor", 2, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.CommonAncestor(ctx, v, ids)
		return err
	}},
	{"AccountPath", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.AccountPath(ctx, v, ids[0], ids[len(ids)-1])
		return err
	}},
	{"DescendantCounts", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.DescendantCounts(ctx, v, ids)
		return err
	}},
	{"Descendants", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.Descendants(ctx, v, ids, db.DescendantArgs{First: ptr(1000)})
		return err
	}},
	{"AccountTree", 2, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.AccountTree(ctx, v, ids[0], nil, 1000)
		return err
	}},
	{"ChildCounts", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.ChildCounts(ctx, v, ids)
		return err
	}},
	{"DomainsOf", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.DomainsOf(ctx, v, ids)
		return err
	}},
	{"ExternalIDsOf", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.ExternalIDsOf(ctx, v, ids)
		return err
	}},
	{"IdentifiersOf", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.IdentifiersOf(ctx, v, ids)
		return err
	}},
	{"ParentChangesOf", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.ParentChangesOf(ctx, v, ids, db.PageArgs{})
		return err
	}},
	{"CountParentChanges", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		_, err := d.CountParentChanges(ctx, v, ids)
		return err
	}},
	{"Walk", 1, func(ctx context.Context, d *db.DB, v db.Viewer, ids []db.AccountID) error {
		found, err := d.AccountsByID(context.WithoutCancel(context.Background()), v, ids)
		if err != nil {
			return err
		}
		w := db.Walk{Starts: [][]db.Spot{nil}}
		for _, a := range found {
			w.Starts[0] = append(w.Starts[0], a.Spot())
		}
		for i := range 50 {
			w.Steps = append(w.Steps, db.Step{From: i, Relation: db.Parent})
		}
		_, err = d.Walk(ctx, v, w)
		return err
	}},
}

func TestStatementsOfReads(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	groups := map[string][]db.AccountID{"depth 3": chain(t, d, v, "shallow", 3), "depth 50": chain(t, d, v, "deep", 50)}
	for _, size := range []int{2, 200} {
		top := create(t, d, v, fmt.Sprintf("Top of %d", size), nil)
		in := db.CreateAccountsInput{}
		for i := range size {
			row := input(fmt.Sprintf("Child %d of %d", i, size), top)
			in.Accounts = append(in.Accounts, &db.CreateAccountsRowInput{Account: &row})
		}
		results, err := d.CreateAccounts(t.Context(), v, in)
		if err != nil {
			t.Fatal(err)
		}
		ids := []db.AccountID{top.ID}
		for _, r := range results {
			ids = append(ids, r.Account.ID)
		}
		groups[fmt.Sprintf("%d children", size)] = ids
	}
	for _, r := range reads {
		for name, ids := range groups {
			ctx, statements := db.WithStatements(t.Context())
			if err := r.read(ctx, d, v, ids); err != nil {
				t.Errorf("%s of %s: %v", r.name, name, err)
			}
			if got := statements.Count(); got != r.statements {
				t.Errorf("%s of %s: got %d statements, want %d", r.name, name, got, r.statements)
			}
		}
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	ids := chain(t, d, v, "chain", 50)
	top := account(t, d, v, ids[0])
	in := db.CreateAccountsInput{}
	for i := range 100 {
		row := input(fmt.Sprintf("Child %d", i), top)
		in.Accounts = append(in.Accounts, &db.CreateAccountsRowInput{Account: &row})
	}
	if _, err := d.CreateAccounts(t.Context(), v, in); err != nil {
		t.Fatal(err)
	}
	siblings := db.Walk{Starts: [][]db.Spot{{top.Spot()}}, Steps: []db.Step{
		{Relation: db.Children, Args: db.AccountArgs{PageArgs: db.PageArgs{First: ptr(1000)}}},
		{From: 1, Relation: db.Siblings, Args: db.AccountArgs{PageArgs: db.PageArgs{First: ptr(1000)}}},
	}}
	for _, r := range []struct {
		name string
		need int
		read func(ctx context.Context) error
	}{
		{"Walk", 101 + 101*100, func(ctx context.Context) error { _, err := d.Walk(ctx, v, siblings); return err }},
		{"Paths", 50, func(ctx context.Context) error { _, err := d.Paths(ctx, v, ids); return err }},
		{"Descendants", 149, func(ctx context.Context) error {
			_, err := d.Descendants(ctx, v, ids[:1], db.DescendantArgs{First: ptr(1000)})
			return err
		}},
		{"AccountTree", 150, func(ctx context.Context) error { _, err := d.AccountTree(ctx, v, ids[0], nil, 1000); return err }},
	} {
		t.Run(r.name+" stops at the budget, and does not fetch the rest", func(t *testing.T) {
			t.Parallel()
			err := r.read(db.WithBudget(t.Context(), 20))
			wantCode(t, err, db.CodeTooComplex)
			if e, ok := err.(*db.Error); ok && r.name != "Descendants" && r.name != "AccountTree" && e.Details["fetched"] != int64(21) {
				t.Errorf("got %v fetched, want 21: the statement went on", e.Details["fetched"])
			}
			if err := r.read(db.WithBudget(t.Context(), r.need)); err != nil {
				t.Errorf("with exactly enough: %v", err)
			}
			if err := r.read(t.Context()); err != nil {
				t.Errorf("without a budget: %v", err)
			}
		})
	}

	t.Run("a page that the budget would cut is refused, not cut", func(t *testing.T) {
		t.Parallel()
		ctx := db.WithBudget(t.Context(), 20)
		page, err := d.Accounts(ctx, v, db.AccountArgs{PageArgs: db.PageArgs{First: ptr(100)}})
		wantCode(t, err, db.CodeTooComplex)
		if page != nil {
			t.Errorf("got %d accounts, want none", len(page.Edges))
		}
	})
}
