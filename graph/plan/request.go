package plan

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/loader"
)

// Request plans the root fields of one request, and holds what was fetched for those that are left to the ordinary execution.
type Request struct {
	planner *Planner
	viewer  db.Viewer
	mutex   sync.RWMutex
	// roots are the places of the latter, by the root fields' names in the answer.
	roots map[string]places

	rootFields, encoded atomic.Int64
	// left and leftToStock are how many bytes of the answer may still be encoded, and be made by the ordinary execution.
	left, leftToStock atomic.Int64
}

// Request is for a request that has yet to come to its root fields.
func (p *Planner) Request(v db.Viewer) *Request {
	r := &Request{planner: p, viewer: v, roots: map[string]places{}}
	most := int64(p.options.MaxAnswerBytes)
	if most == 0 {
		most = math.MaxInt64 / 2
	}
	r.left.Store(most)
	r.leftToStock.Store(most / stockShare)
	return r
}

// Encoded tells how many root fields had a value, and how many of those were encoded as they were planned. The others were
// left to the ordinary execution.
func (r *Request) Encoded() (encoded, of int64) { return r.encoded.Load(), r.rootFields.Load() }

// AroundField plans what is below a root field, fetches it once the field's own value is there, and returns the JSON of all of it,
// or the value alone where that is left to the ordinary execution. Other fields it lets pass.
func (r *Request) AroundField(ctx context.Context, next graphql.Resolver) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	if !isRoot(fc) || strings.HasPrefix(fc.Field.Name, "__") {
		return next(ctx)
	}
	operation := graphql.GetOperationContext(ctx)
	isMutation := operation.Operation.Operation == ast.Mutation
	key, isKept := samenessOf(operation, fc.Field.Field)
	var plan *compiled
	if isKept {
		plan = r.planner.idle.take(key)
	}
	if plan == nil {
		plan = r.planner.compile(operation, fc.Field)
	}
	if plan.fields > maxFields {
		return nil, tooManyFields()
	}
	root := plan.root
	f := fetcher{db: r.planner.db, viewer: r.viewer, watch: r.planner.options.Watch}
	value, err := r.root(ctx, &f, root, next)
	if err != nil || value == nil {
		return value, err
	}
	if err := f.fetch(ctx, root.below, value); err != nil {
		if !isMutation {
			return nil, err
		}
		// What was written stays written, and its answer is to tell so: only the links below have the error.
		refuseLinks(root.below, err)
	}
	r.rootFields.Add(1)
	if !plan.stock && !r.planner.options.Stock {
		if answer, ok := plan.encode(value, &r.left); ok {
			r.encoded.Add(1)
			if isKept {
				r.planner.idle.put(key, plan)
			}
			return answer, nil
		}
	}
	if plan.writing.isTooLong || !plan.fitsStock(value, &r.leftToStock) {
		return nil, tooLong(r.planner.options.MaxAnswerBytes, isMutation)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.roots[fc.Field.Alias] = root.below
	return value, nil
}

// root is a root field's own value: its resolver's, or, where it finds an account by its id and the selection leads
// through the hierarchy from there, what the walk finds.
func (r *Request) root(ctx context.Context, f *fetcher, root *field, next graphql.Resolver) (any, error) {
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation.Operation != ast.Query {
		return next(ctx)
	}
	field := graphql.GetFieldContext(ctx).Field
	finder := r.planner.links.FinderOf(field.Name)
	if finder == nil || !root.leadsOn() {
		return next(db.WithColumns(ctx, root.columns()))
	}
	id, err := finder(field.ArgumentMap(operation.Variables))
	if err != nil {
		return next(ctx) // the resolver tells what is wrong
	}
	account, err := f.find(ctx, id, root)
	if err != nil || account == nil {
		return nil, err
	}
	return account, nil
}

// Find returns what was fetched for the field that is being resolved.
func (r *Request) Find(ctx context.Context, link *loader.Link, parent any) (any, error, bool) {
	f := r.field(graphql.GetFieldContext(ctx))
	if f == nil || f.link != link || !f.done && !f.stub {
		return nil, nil, false
	}
	value, err := f.value(parent)
	return value, err, true
}

// field finds the field of a plan that a field of the execution is: by the names on the way from the root.
func (r *Request) field(fc *graphql.FieldContext) *field {
	parent := fc.Parent
	for parent != nil && parent.Index != nil {
		parent = parent.Parent
	}
	var places places
	if isRoot(parent) {
		r.mutex.RLock()
		places = r.roots[parent.Field.Alias]
		r.mutex.RUnlock()
	} else if above := r.field(parent); above != nil {
		places = above.below
	}
	for _, p := range places {
		if p.typeName == fc.Object {
			return p.field(fc.Field.Alias)
		}
	}
	return nil
}

// refuseLinks makes every link at places, and below objects within their values, an error.
func refuseLinks(places places, err error) {
	for _, p := range places {
		for _, f := range p.fields {
			if f.link != nil && !f.stub {
				f.result = result{err: err, done: true}
			} else {
				refuseLinks(f.below, err)
			}
		}
	}
}

// isRoot tells whether a field is one of the operation's own. Above it there is only the operation.
func isRoot(fc *graphql.FieldContext) bool { return fc.Parent != nil && fc.Parent.Parent == nil }

// isAboutArguments tells whether an error is the caller's, about the arguments of one field.
func isAboutArguments(err error) bool {
	var e *db.Error
	return errors.As(err, &e) && e.Code == db.CodeBadUserInput
}
