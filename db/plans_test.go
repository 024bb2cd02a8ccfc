package db_test

import (
	"context"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// TestPlansOfKeys asks PostgreSQL how often it made a plan for the values of a statement, which it does five times before it
// compares, and then never again if the plan that it keeps is as good.
func TestPlansOfKeys(t *testing.T) {
	t.Parallel()
	d := oneConnection(t)
	v := dbtest.Organization(t, d, "Acme")
	top := create(t, d, v, "Top", nil)
	below := create(t, d, v, "Below", top)
	hire(t, d, v, "Ann", below)
	ids := []db.AccountID{top.ID, below.ID}
	for name, read := range map[string]func(context.Context) error{
		"AccountsByID": func(ctx context.Context) error { _, err := d.AccountsByID(ctx, v, ids); return err },
		"Walk that finds": func(ctx context.Context) error {
			_, err := d.Walk(ctx, v, db.Walk{Find: &top.ID, Steps: []db.Step{{Relation: db.Children, Blind: true}, {From: 1, Relation: db.Children}}})
			return err
		},
		"Walk": func(ctx context.Context) error {
			_, err := d.Walk(ctx, v, db.Walk{Starts: [][]db.Spot{{below.Spot()}}, Steps: []db.Step{{Relation: db.Parent}, {From: 1, Relation: db.Siblings}}})
			return err
		},
		"Paths":  func(ctx context.Context) error { _, err := d.Paths(ctx, v, ids); return err },
		"Roots":  func(ctx context.Context) error { _, err := d.Roots(ctx, v, ids); return err },
		"Depths": func(ctx context.Context) error { _, err := d.Depths(ctx, v, ids); return err },
		"Below":  func(ctx context.Context) error { _, err := d.Below(ctx, v, ids, top.ID); return err },
		"ContactsOf": func(ctx context.Context) error {
			_, err := d.ContactsOf(ctx, v, ids, db.AccountContactArgs{})
			return err
		},
		"ChildCounts":   func(ctx context.Context) error { _, err := d.ChildCounts(ctx, v, ids); return err },
		"DomainsOf":     func(ctx context.Context) error { _, err := d.DomainsOf(ctx, v, ids); return err },
		"ExternalIDsOf": func(ctx context.Context) error { _, err := d.ExternalIDsOf(ctx, v, ids); return err },
		"IdentifiersOf": func(ctx context.Context) error { _, err := d.IdentifiersOf(ctx, v, ids); return err },
	} {
		for range 12 {
			if err := read(t.Context()); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	var made []string
	if err := d.Pool().SelectContext(t.Context(), &made, "SELECT statement FROM pg_prepared_statements WHERE custom_plans > 5"); err != nil {
		t.Fatal(err)
	}
	for _, statement := range made {
		t.Errorf("made more plans than five of 12 times:\n%s", statement)
	}
	var kept int
	if err := d.Pool().GetContext(t.Context(), &kept, "SELECT count(*) FROM pg_prepared_statements WHERE generic_plans >= 7"); err != nil || kept < 10 {
		t.Errorf("got %d plans that were kept, %v; want one for each read at least", kept, err)
	}
}
