package plan

import (
	"cmp"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/accountgraph/accountgraph/db"
)

// compiled is what a selection was compiled to. One request at a time uses it, since it takes up what that fetches.
type compiled struct {
	root *field
	// fields is how many were compiled, fragments as often as they are spread.
	fields int
	// stock tells that the ordinary execution has to make the answer.
	stock bool
	// writing is how far the answer is.
	writing writing
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
	p := &place{typeName: object.Name, writing: &c.writing}
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

// satisfies names the type conditions that an object type fulfils: itself, its interfaces and its unions.
func (c *compiler) satisfies(object *ast.Definition) []string {
	names := []string{object.Name}
	for _, abstract := range c.schema.GetImplements(object) {
		names = append(names, abstract.Name)
	}
	return names
}
