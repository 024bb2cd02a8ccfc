package plan

import (
	"reflect"
	"strings"

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
	// MaxAnswerBytes is how many bytes the values of a request's root fields may have; 0 is any.
	MaxAnswerBytes int
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

// relevantTypes are the object types at which a plan looks: records, what has links, and what holds such objects.
func relevantTypes(schema *ast.Schema, links *loader.Links) map[string]bool {
	relevant := map[string]bool{}
	for _, object := range schema.Types {
		if object.Kind != ast.Object {
			continue
		}
		for _, abstract := range object.Interfaces {
			relevant[object.Name] = relevant[object.Name] || abstract == "Node"
		}
		for _, f := range object.Fields {
			relevant[object.Name] = relevant[object.Name] || links.ByField(object.Name+"."+f.Name) != nil
		}
	}
	for grown := true; grown; {
		grown = false
		for _, object := range schema.Types {
			if object.Kind != ast.Object && object.Kind != ast.Union && object.Kind != ast.Interface || relevant[object.Name] {
				continue
			}
			for _, f := range object.Fields {
				relevant[object.Name] = relevant[object.Name] || relevant[f.Type.Name()]
			}
			for _, possible := range schema.GetPossibleTypes(object) {
				relevant[object.Name] = relevant[object.Name] || relevant[possible.Name]
			}
			grown = grown || relevant[object.Name]
		}
	}
	return relevant
}
