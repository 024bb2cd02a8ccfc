package plan

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/loader"
)

// Planner makes and fetches the plans of requests, and encodes what they fetched. It is safe for concurrent use.
type Planner struct {
	schema   *ast.Schema
	links    *loader.Links
	relevant map[string]bool
	resolved map[string]bool
	db       *db.DB
	options  Options
	idle     *idle
}

// Options are the settings of a Planner.
type Options struct {
	// Resolvers is the interface whose methods return the resolvers of each type (generated.ResolverRoot): a field that has
	// one and is no link is left to the ordinary execution.
	Resolvers reflect.Type
	// Member names the Go field or method that a field, as "ImportProblem.column", is bound to; "" if it has the field's own
	// name, whatever the case (generated.Member).
	Member func(field string) string
	// Stock leaves all encoding to the ordinary execution: the oracle that tests hold the encoder against.
	Stock bool
	// Watch is told of what is fetched.
	Watch loader.Watch
}

// New makes a planner for a schema and its links.
func New(schema *ast.Schema, links *loader.Links, d *db.DB, o Options) *Planner {
	return &Planner{schema: schema, links: links, relevant: relevantTypes(schema, links), resolved: resolvedFields(o.Resolvers), db: d, options: o, idle: newIdle()}
}

// resolvedFields names the fields that have a resolver, as "account.owner", in lower case.
func resolvedFields(root reflect.Type) map[string]bool {
	fields := map[string]bool{}
	for object := range root.Methods() {
		for field := range object.Type.Out(0).Methods() {
			fields[strings.ToLower(object.Name+"."+field.Name)] = true
		}
	}
	return fields
}

// Request holds the plans of one request: one for each root field.
type Request struct {
	planner *Planner
	viewer  db.Viewer
	mutex   sync.RWMutex
	roots   map[string]places

	rootFields, encoded atomic.Int64
}

// Encoded tells how many root fields had a value, and how many of those were encoded as they were planned. The others were
// left to the ordinary execution.
func (r *Request) Encoded() (encoded, of int64) { return r.encoded.Load(), r.rootFields.Load() }

// Request makes an empty set of plans.
func (p *Planner) Request(v db.Viewer) *Request {
	return &Request{planner: p, viewer: v, roots: map[string]places{}}
}

// AroundField plans what is below a root field, and fetches it once the field's own value is there. Other fields it lets pass.
func (r *Request) AroundField(ctx context.Context, next graphql.Resolver) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	if !isRoot(fc) || strings.HasPrefix(fc.Field.Name, "__") {
		return next(ctx)
	}
	operation := graphql.GetOperationContext(ctx)
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
		if operation.Operation.Operation != ast.Mutation {
			return nil, err
		}
		// What was written stays written, and its answer is to tell so: only the links below have the error.
		refuseLinks(root.below, err)
	}
	r.rootFields.Add(1)
	if !plan.stock && !r.planner.options.Stock {
		if answer, ok := root.encode(value); ok {
			r.encoded.Add(1)
			if isKept {
				r.planner.idle.put(key, plan)
			}
			return answer, nil
		}
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
