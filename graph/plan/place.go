// Package plan looks ahead: when a root field is resolved, it reads the selection below it, fetches everything that the
// selection leads to in a number of statements that depends on the query's text alone, and hands it to the links' resolvers.
//
// A selection becomes a tree of places (place.go), the tree is fetched level by level, all steps through the hierarchy
// at once (fetch.go), and resolvers find the place they are at (request.go).
package plan

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/loader"
)

// place is a place in the query: where values of one type come to stand, and the fields selected there.
// Two aliases of one field lead to two places.
type place struct {
	typeName string
	fields   []*field
	byName   map[string]*field
}

// field is a field of a place that leads on: a link, or an object within the parent's value.
type field struct {
	name  string // in the schema
	alias string // in the answer
	// link is nil for an object within the parent's value.
	link *loader.Link
	args loader.Args
	// stub tells that nothing is selected of the value but what the parent knows already.
	stub bool
	// below are the places of the values, by type: several only where the field's type is abstract.
	below map[string]*place

	result
}

// compiler makes places of selections.
type compiler struct {
	schema    *ast.Schema
	links     *loader.Links
	relevant  map[string]bool
	operation *graphql.OperationContext
	// fields counts what was compiled, fragments as often as they are spread.
	fields int
}

// maxFields is how many fields that lead on the plan of one root field may have. Fragments that spread others twice make
// a short text mean a million of them.
const maxFields = 10_000

func tooManyFields() error {
	return &db.Error{Code: db.CodeTooComplex, Message: "the query asks for too many fields that lead to other records, fragments counted as often as they are spread",
		Details: map[string]any{"limit": maxFields}}
}

// places makes the places of values of a type, which may be abstract.
func (c *compiler) places(typeName string, selections ast.SelectionSet) map[string]*place {
	below := map[string]*place{}
	for _, concrete := range c.schema.GetPossibleTypes(c.schema.Types[typeName]) {
		if c.relevant[concrete.Name] {
			below[concrete.Name] = c.place(concrete, selections)
		}
	}
	return below
}

func (c *compiler) place(object *ast.Definition, selections ast.SelectionSet) *place {
	p := &place{typeName: object.Name, byName: map[string]*field{}}
	for _, collected := range graphql.CollectFields(c.operation, selections, c.satisfies(object)) {
		if f := c.field(object, collected); f != nil {
			p.fields = append(p.fields, f)
			p.byName[f.alias] = f
		}
	}
	return p
}

// field compiles a field; nil if nothing is to be fetched for it or below it.
func (c *compiler) field(object *ast.Definition, collected graphql.CollectedField) *field {
	definition := object.Fields.ForName(collected.Name)
	if definition == nil { // __typename
		return nil
	}
	if c.fields++; c.fields > maxFields {
		return nil
	}
	typeName := definition.Type.Name()
	f := &field{name: collected.Name, alias: collected.Alias, link: c.links.ByField(object.Name + "." + collected.Name)}
	if f.link != nil {
		args, err := f.link.Args(collected.ArgumentMap(c.operation.Variables))
		if err != nil {
			return nil // the execution reads the arguments too, and tells what is wrong with them
		}
		f.args = args
		if f.link.KnowsAll(c.names(typeName, collected.Selections)) {
			f.stub = true
			return f
		}
	} else if !c.relevant[typeName] {
		return nil
	}
	f.below = c.places(typeName, collected.Selections)
	return f
}

// names are the fields that a selection on an object type asks for.
func (c *compiler) names(typeName string, selections ast.SelectionSet) []string {
	object := c.schema.Types[typeName]
	if object.Kind != ast.Object {
		return nil
	}
	var names []string
	for _, collected := range graphql.CollectFields(c.operation, selections, c.satisfies(object)) {
		names = append(names, collected.Name)
	}
	return names
}

// satisfies names the type conditions that an object type fulfils: itself, its interfaces and its unions.
func (c *compiler) satisfies(object *ast.Definition) []string {
	names := []string{object.Name}
	for _, abstract := range c.schema.GetImplements(object) {
		names = append(names, abstract.Name)
	}
	return names
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
