// Package loader defines the links of the schema: the fields that lead from a record to others, or to a figure,
// which are fetched for many records at once. A link is defined once, in links.go; the planner (package plan) fetches
// it for all records of a place in the query, and what was not planned goes through a dataloader, by the same function.
package loader

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/accountgraph/accountgraph/db"
)

// Source fetches values by their keys: at most one statement for each different choice of arguments.
// Several links may share one, as owner, creator and updater are all users.
type Source struct {
	name string
	// fetch returns what was found; args have the type that decode returns.
	fetch  func(ctx context.Context, d *db.DB, v db.Viewer, keys []any, args any) (map[any]any, error)
	decode func(raw map[string]any) (any, error)
}

// newSource makes a source of values V by keys K, chosen by arguments A, from a method of db.
func newSource[K comparable, A, V any](name string, fetch func(d *db.DB, ctx context.Context, v db.Viewer, keys []K, args A) (map[K]V, error)) *Source {
	return &Source{
		name: name,
		fetch: func(ctx context.Context, d *db.DB, v db.Viewer, keys []any, args any) (map[any]any, error) {
			typed := make([]K, len(keys))
			for i, key := range keys {
				typed[i] = key.(K)
			}
			found, err := fetch(d, ctx, v, typed, args.(A))
			if err != nil {
				return nil, err
			}
			values := make(map[any]any, len(found))
			for key, value := range found {
				values[key] = value
			}
			return values, nil
		},
		decode: func(raw map[string]any) (any, error) { return decode[A](raw) },
	}
}

// plainSource is a source that nothing but the key chooses from.
func plainSource[K comparable, V any](name string, fetch func(d *db.DB, ctx context.Context, v db.Viewer, keys []K) (map[K]V, error)) *Source {
	return newSource(name, func(d *db.DB, ctx context.Context, v db.Viewer, keys []K, _ struct{}) (map[K]V, error) {
		return fetch(d, ctx, v, keys)
	})
}

// Link is a field of the schema that is fetched for many records at once.
type Link struct {
	// Field names it, as "Account.children".
	Field  string
	source *Source
	// key is what the source knows the parent's value by; without one there is nothing to fetch.
	key func(parent any) (any, bool)
	// Reads are the columns of the parent that key, known and stub look at.
	Reads db.Columns
	// Along tells that the value may have been read along with the parent, as one of the same records: with their columns.
	Along bool
	// known returns the value where the parent has it at hand; nil if it never has.
	known func(parent any) (any, bool)
	// vanished returns the value for a parent that the source does not find, because it was deleted after it was read; nil if
	// pick makes it of nothing.
	vanished func(parent any) any
	// stub makes a value of what the parent knows of it, which is a text, for selections of no more than the fields in stubbed.
	stub     func(text string) any
	stubText func(parent any) *string
	stubbed  []string
	// pick makes the field's value of the source's; found is false where the source has none, or there is no key.
	pick func(value any, found bool) (any, error)
	// Relation is set for links through the hierarchy, of which any number is one db.Walk; walked takes their value from it.
	Relation db.Relation
	walked   func(result *db.StepResult, parent any) any
}

// Args are the arguments of one use of a link in a query.
type Args struct {
	// Decoded are the source's arguments in their Go type.
	Decoded any
	// Key is equal for equal arguments.
	Key string
}

// Args reads the arguments of a field. The error is about the caller's input.
func (l *Link) Args(raw map[string]any) (Args, error) {
	decoded, err := l.source.decode(raw)
	if err != nil {
		return Args{}, err
	}
	key, err := json.Marshal(decoded)
	if err != nil {
		return Args{}, err
	}
	return Args{Decoded: decoded, Key: l.source.name + string(key)}, nil
}

// Key returns what the source knows the parent's value by. There is none if there is nothing to fetch,
// or if the value is at hand.
func (l *Link) Key(parent any) (any, bool) {
	if l.known != nil {
		if _, ok := l.known(parent); ok {
			return nil, false
		}
	}
	return l.key(parent)
}

// Fetch asks the source for the values of keys.
func (l *Link) Fetch(ctx context.Context, d *db.DB, v db.Viewer, keys []any, args Args) (map[any]any, error) {
	return l.source.fetch(ctx, d, v, keys, args.Decoded)
}

// Source names what the link fetches from.
func (l *Link) Source() string { return l.source.name }

// Value is the field's value for a parent, out of what was fetched for its place in the query.
func (l *Link) Value(parent any, fetched map[any]any) (any, error) {
	if l.known != nil {
		if value, ok := l.known(parent); ok {
			return value, nil
		}
	}
	key, ok := l.key(parent)
	if !ok {
		return l.pick(nil, false)
	}
	value, found := fetched[key]
	if !found && l.vanished != nil {
		return l.vanished(parent), nil
	}
	return l.pick(value, found)
}

// KnowsAll tells whether the parent knows all of the fields that are selected of the link's value.
func (l *Link) KnowsAll(fields []string) bool {
	if l.stub == nil {
		return false
	}
	for _, name := range fields {
		if !slices.Contains(l.stubbed, name) {
			return false
		}
	}
	return true
}

// StubText is the text that tells a parent all that is selected of the field's value; nil if there is no value. See KnowsAll.
func (l *Link) StubText(parent any) *string { return l.stubText(parent) }

// Stub is the field's value for parents with a StubText.
func (l *Link) Stub(text string) any { return l.stub(text) }

// Walked is the field's value for a parent, out of a walk through the hierarchy.
func (l *Link) Walked(result *db.StepResult, parent any) any {
	if l.known != nil {
		if value, ok := l.known(parent); ok {
			return value
		}
	}
	return l.walked(result, parent)
}

// To is a link with the types of its parent and value, for resolvers.
type To[P, V any] struct{ *Link }

// Load returns the field's value for a parent: what the plan fetched, or else what a dataloader fetches.
func (l To[P, V]) Load(ctx context.Context, parent P) (V, error) {
	var none V
	value, err := requestOf(ctx).load(ctx, l.Link, parent)
	if err != nil || value == nil {
		return none, err
	}
	return value.(V), nil
}

// arguments are those of the field that is being resolved.
func arguments(ctx context.Context) map[string]any {
	return graphql.GetFieldContext(ctx).Field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
}
