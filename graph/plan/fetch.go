package plan

import (
	"context"
	"reflect"
	"slices"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/loader"
)

// result is what was fetched for a field: by the parents' keys, or by a step of a walk through the hierarchy.
type result struct {
	fetched map[any]any
	step    *db.StepResult
	// err is about the field's arguments.
	err  error
	done bool
}

// value is the field's value for a parent.
func (f *field) value(parent any) (any, error) {
	switch {
	case f.link == nil:
		return f.inside(reflect.ValueOf(parent)).Interface(), nil
	case f.stub:
		if text := f.link.StubText(parent); text != nil {
			return f.link.Stub(*text), nil
		}
		return nil, nil
	case f.err != nil:
		return nil, f.err
	case f.step != nil:
		return f.link.Walked(f.step, parent), nil
	default:
		return f.link.Value(parent, f.fetched)
	}
}

// pending is a link that is to be fetched for values.
type pending struct {
	field  *field
	values *occurrences
}

// fetcher fetches one root field's places.
type fetcher struct {
	db     *db.DB
	viewer db.Viewer
	watch  loader.Watch
	open   []pending
}

// fetch fetches everything below the places of a root field's value. Each round is at most one walk through the hierarchy,
// and one statement for each source and choice of arguments, whatever the number of places that want it: how many rounds
// there are depends on the query's text.
func (f *fetcher) fetch(ctx context.Context, places places, value any) error {
	if err := f.visit(ctx, places, value); err != nil {
		return err
	}
	for len(f.open) > 0 {
		round := f.open
		f.open = nil
		if err := f.walkAll(ctx, round); err != nil {
			return err
		}
		// What the walk reached has links too: they join this round.
		round = slices.DeleteFunc(append(round, f.open...), func(p pending) bool { return p.field.done })
		f.open = nil
		if err := f.fetchAll(ctx, round); err != nil {
			return err
		}
		for _, p := range round {
			if err := f.follow(ctx, p.field, p.values); err != nil {
				return err
			}
		}
	}
	return nil
}

// visit puts a root field's value to its places.
func (f *fetcher) visit(ctx context.Context, places places, value any) error {
	standing := make([]*occurrences, len(places))
	each(value, func(v any) { put(standing, places, v, 1) })
	return f.enter(ctx, places, standing, true)
}

// put notes that a value stands at the place of its type.
func put(standing []*occurrences, places places, value any, count int) {
	i := places.index(value)
	if i < 0 {
		return
	}
	if standing[i] == nil {
		standing[i] = &occurrences{}
	}
	standing[i].add(value, count)
}

// enter goes into places with the values that stand there: it goes on into objects within them and into links whose value
// is there already, and leaves the other links open. What a link or root field brought is paid for, what lies within
// such a value was paid for with it.
func (f *fetcher) enter(ctx context.Context, places places, standing []*occurrences, pay bool) error {
	for i, values := range standing {
		if values == nil {
			continue
		}
		if pay {
			if err := db.Spend(ctx, values.records()); err != nil {
				return err
			}
		}
		for _, field := range places[i].leading {
			if field.link != nil && !field.done && !field.stub {
				f.open = append(f.open, pending{field, values})
				continue
			}
			if err := f.follow(ctx, field, values); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow enters the places below a field whose values are there. A value with an error has nothing below it.
func (f *fetcher) follow(ctx context.Context, field *field, parents *occurrences) error {
	if field.stub || !field.leads() && field.link == nil {
		return nil
	}
	standing := make([]*occurrences, len(field.below))
	for i, parent := range parents.values {
		value, err := field.value(parent)
		if err != nil {
			continue
		}
		each(value, func(v any) { put(standing, field.below, v, parents.counts[i]) })
	}
	return f.enter(ctx, field.below, standing, field.link != nil)
}

// fetchAll fetches links, those of the same source and arguments together.
func (f *fetcher) fetchAll(ctx context.Context, round []pending) error {
	var order []string
	groups := map[string][]pending{}
	for _, p := range round {
		key := p.field.args.Key
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], p)
	}
	for _, key := range order {
		group := groups[key]
		var keys []any
		seen := map[any]bool{}
		want := db.Columns{}
		for _, p := range group {
			want = want.Also(p.field.columns())
			for _, parent := range p.values.values {
				if k, ok := p.field.link.Key(parent); ok && !seen[k] {
					seen[k] = true
					keys = append(keys, k)
				}
			}
		}
		var fetched map[any]any
		var err error
		if len(keys) > 0 {
			link := group[0].field.link
			watched, end := f.watch(ctx, loader.Fetch{Source: link.Source(), Keys: len(keys), Planned: true})
			fetched, err = link.Fetch(db.WithColumns(watched, want), f.db, f.viewer, keys, group[0].field.args)
			end(err)
			if err != nil && !isAboutArguments(err) {
				return err
			}
		}
		for _, p := range group {
			p.field.fetched, p.field.err, p.field.done = fetched, err, true
		}
	}
	return nil
}

// walkAll fetches all links through the hierarchy that are open, and those behind them, in one walk.
func (f *fetcher) walkAll(ctx context.Context, round []pending) error {
	var walk db.Walk
	var fields []*field
	starts := map[*occurrences]int{}
	keys := 0
	for _, p := range round {
		if p.field.link.Relation == "" || allKnown(p.field.link, p.values) {
			continue
		}
		if _, known := starts[p.values]; !known {
			starts[p.values] = len(walk.Starts)
			walk.Starts = append(walk.Starts, spots(p.values))
			keys += len(p.values.values)
		}
	}
	for _, p := range round {
		if p.field.link.Relation == "" {
			continue
		}
		if from, ok := starts[p.values]; ok {
			addSteps(&walk, &fields, p.field, from)
		} else {
			p.field.step = &db.StepResult{}
		}
	}
	if len(walk.Steps) > 0 {
		if _, err := f.walk(ctx, walk, fields, keys, db.Columns{}); err != nil {
			return err
		}
	}
	for _, p := range round {
		if p.field.step == nil {
			continue
		}
		p.field.done = true
		if err := f.follow(ctx, p.field, p.values); err != nil {
			return err
		}
	}
	return nil
}

// walk goes through the hierarchy, in one statement, and gives the fields of its steps what they found. It returns the
// account that the walk was to find, which is read with the columns that are wanted of it.
func (f *fetcher) walk(ctx context.Context, walk db.Walk, fields []*field, keys int, want db.Columns) (*db.Account, error) {
	for _, field := range fields {
		want = want.Also(field.columns())
	}
	watched, end := f.watch(ctx, loader.Fetch{Source: "hierarchy", Keys: keys, Planned: true})
	found, err := f.db.Walk(db.WithColumns(watched, want), f.viewer, walk)
	end(err)
	if err != nil {
		return nil, err
	}
	for i, step := range found.Steps {
		fields[i].step, fields[i].err, fields[i].done = &found.Steps[i], step.Err, true
	}
	return found.Found, nil
}

// find finds the account of a root field together with all that links through the hierarchy lead to from it.
func (f *fetcher) find(ctx context.Context, id db.AccountID, root *field) (*db.Account, error) {
	walk := db.Walk{Find: &id}
	var fields []*field
	behind(root.below, func(next *field) { addSteps(&walk, &fields, next, 0) })
	return f.walk(ctx, walk, fields, 1, db.Columns{}.Also(root.columns()))
}

// allKnown tells whether every value has the link's value at hand.
func allKnown(link *loader.Link, values *occurrences) bool {
	return !slices.ContainsFunc(values.values, func(value any) bool {
		_, ok := link.Key(value)
		return ok
	})
}

// addSteps adds the step of a link, and those of the links through the hierarchy behind it.
func addSteps(walk *db.Walk, fields *[]*field, f *field, from int) {
	args, _ := f.args.Decoded.(db.AccountArgs) // a parent has none
	walk.Steps = append(walk.Steps, db.Step{From: from, Relation: f.link.Relation, Args: args, Blind: !f.asks("pageInfo")})
	*fields = append(*fields, f)
	place := walk.Place(len(walk.Steps) - 1)
	behind(f.below, func(next *field) { addSteps(walk, fields, next, place) })
}

// behind finds the links through the hierarchy right behind a field: at its places, or in objects within their values.
func behind(places places, do func(*field)) {
	for _, p := range places {
		for _, f := range p.leading {
			switch {
			case f.link == nil:
				behind(f.below, do)
			case f.link.Relation != "" && !f.stub:
				do(f)
			}
		}
	}
}

// leadsOn tells whether there are links through the hierarchy right behind a field.
func (f *field) leadsOn() bool {
	leads := false
	behind(f.below, func(*field) { leads = true })
	return leads
}

func spots(values *occurrences) []db.Spot {
	list := make([]db.Spot, len(values.values))
	for i, value := range values.values {
		list[i] = value.(*db.Account).Spot()
	}
	return list
}
