// Package plan looks ahead: when a root field is resolved, it reads the selection below it, fetches everything that the
// selection leads to in a number of statements that depends on the query's text alone, and hands it to the links' resolvers.
//
// A selection becomes a tree of places (place.go), the tree is fetched level by level, all steps through the hierarchy
// at once (fetch.go), and written as the answer's JSON (encode.go). Where that has to leave something to the ordinary
// execution, the links' resolvers find what was fetched by the place they are at (request.go).
package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/loader"
)

// place is a place in the query: where values of one type come to stand, and the fields selected there.
// Two aliases of one field lead to two places.
type place struct {
	typeName string
	// fields are all that are selected, in the order of the answer.
	fields []*field
	// leading are those behind which something may be to be fetched, leads whether it is.
	leading []*field
	leads   bool
}

// field finds a field by its name in the answer; nil if there is none.
func (p *place) field(alias string) *field {
	for _, f := range p.fields {
		if f.alias == alias {
			return f
		}
	}
	return nil
}

// places are where values of a field come to stand: several only where the field's type is abstract.
type places []*place

// index is the number of the place at which a value stands; -1 if it is at none.
func (ps places) index(value any) int {
	if len(ps) == 1 {
		return 0
	}
	name := goTypeName(value)
	return slices.IndexFunc(ps, func(p *place) bool { return strings.EqualFold(p.typeName, name) })
}

// field is a field of a place: a link, or what lies within the parent's value.
type field struct {
	name   string // in the schema
	goName string // of what gqlgen binds it to, whatever the case
	alias  string // in the answer
	typ    *ast.Type
	// link is nil for what lies within the parent's value.
	link *loader.Link
	args loader.Args
	// stub tells that nothing is selected of the value but what the parent knows already.
	stub bool
	// below are the places of the values; none for scalars and enums.
	below places

	result
	reader
	// reads are the columns of what it leads to, once somebody asked.
	reads  db.Columns
	isSaid bool
}

// leads tells whether something is to be fetched at the places below, or below those.
func (f *field) leads() bool {
	for _, p := range f.below {
		if p.leads {
			return true
		}
	}
	return false
}

// asks tells whether a field of a name is selected of the values.
func (f *field) asks(name string) bool {
	for _, p := range f.below {
		if slices.ContainsFunc(p.fields, func(inside *field) bool { return inside.name == name }) {
			return true
		}
	}
	return false
}

// compiler makes places of selections.
type compiler struct {
	*Planner
	operation *graphql.OperationContext
	// compiled is what comes of it. It is left to the ordinary execution where a field has a resolver and is no link, or
	// arguments that can't be understood.
	compiled
}

// compile compiles a root field's selection.
func (p *Planner) compile(operation *graphql.OperationContext, collected graphql.CollectedField) *compiled {
	c := compiler{Planner: p, operation: operation}
	c.root = &field{typ: collected.Definition.Type}
	c.root.below = c.places(c.root.typ.Name(), collected.Selections)
	return &c.compiled
}

// maxFields is how many fields the plan of one root field may have. Fragments that spread others twice make a short text
// mean a million of them.
const maxFields = 10_000

func tooManyFields() error {
	return &db.Error{Code: db.CodeTooComplex, Message: "the query asks for too many fields, fragments counted as often as they are spread",
		Details: map[string]any{"limit": maxFields}}
}

// places makes the places of values of a type, which may be abstract; none for scalars and enums.
func (c *compiler) places(typeName string, selections ast.SelectionSet) places {
	definition := c.schema.Types[typeName]
	if !definition.IsCompositeType() {
		return nil
	}
	possible := c.schema.GetPossibleTypes(definition)
	below := make(places, len(possible))
	for i, concrete := range possible {
		below[i] = c.place(concrete, selections)
	}
	return below
}

func (c *compiler) place(object *ast.Definition, selections ast.SelectionSet) *place {
	p := &place{typeName: object.Name}
	for _, collected := range graphql.CollectFields(c.operation, selections, c.satisfies(object)) {
		if c.fields++; c.fields > maxFields {
			return p
		}
		if collected.Name == typeNameField && p.field(collected.Alias) != nil {
			continue // __typename on a union and on one of its types is collected twice
		}
		f := c.field(object, collected)
		p.fields = append(p.fields, f)
		if f.link != nil || c.relevant[f.typ.Name()] {
			p.leading = append(p.leading, f)
			p.leads = p.leads || f.link != nil && !f.stub || f.link == nil && f.leads()
		}
	}
	return p
}

// field compiles a field.
func (c *compiler) field(object *ast.Definition, collected graphql.CollectedField) *field {
	definition := object.Fields.ForName(collected.Name)
	if definition == nil {
		return &field{name: typeNameField, alias: collected.Alias, typ: ast.NonNullNamedType("String", nil)}
	}
	qualified := object.Name + "." + collected.Name
	f := &field{name: collected.Name, goName: cmp.Or(c.options.Member(qualified), collected.Name), alias: collected.Alias, typ: definition.Type}
	link := c.links.ByField(qualified)
	if link == nil {
		c.stock = c.stock || c.resolved[strings.ToLower(qualified)]
		f.below = c.places(f.typ.Name(), collected.Selections)
		return f
	}
	args, err := link.Args(collected.ArgumentMap(c.operation.Variables))
	if err != nil {
		c.stock = true // the execution reads the arguments too, and tells what is wrong with them
		return f
	}
	f.link, f.args = link, args
	f.below = c.places(f.typ.Name(), collected.Selections)
	f.stub = len(f.below) == 1 && link.KnowsAll(f.below[0].names())
	return f
}

// names are the names of the fields, in the schema.
func (p *place) names() []string {
	names := make([]string, len(p.fields))
	for i, f := range p.fields {
		names[i] = f.name
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
