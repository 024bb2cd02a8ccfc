package docs

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// page is what the template shows.
type page struct {
	Groups     []group
	Directives []*ast.DirectiveDefinition
	// Uses are the places where a type is answered or taken, by its name.
	Uses map[string][]use
	// Implementations are the types that an interface may be, by its name.
	Implementations map[string][]*ast.Definition

	// places are the ids of what a name in a description may mean.
	places map[string]string
}

// group is types of one kind.
type group struct {
	Title string
	Types []*ast.Definition
}

// use is a place where a type is used.
type use struct {
	// ID is the place's on the page.
	ID string
	// Argument is the argument that takes the type, if it is one.
	Argument string
}

func newPage(schema *ast.Schema) *page {
	p := &page{
		Uses:            map[string][]use{},
		Implementations: map[string][]*ast.Definition{},
		places:          map[string]string{},
	}
	types := slices.SortedFunc(maps.Values(schema.Types), func(a, b *ast.Definition) int { return cmp.Compare(a.Name, b.Name) })
	types = slices.DeleteFunc(types, func(d *ast.Definition) bool { return strings.HasPrefix(d.Name, "__") })
	for _, d := range types {
		if d.Kind == ast.Interface {
			p.Implementations[d.Name] = schema.PossibleTypes[d.Name]
		}
		p.add(d, d == schema.Query || d == schema.Mutation)
	}
	for _, d := range slices.SortedFunc(maps.Values(schema.Directives), func(a, b *ast.DirectiveDefinition) int { return cmp.Compare(a.Name, b.Name) }) {
		if d.Position.Src.BuiltIn {
			continue
		}
		p.Directives = append(p.Directives, d)
		p.places["@"+d.Name] = "@" + d.Name
		for _, a := range d.Arguments {
			p.use(a.Type, use{"@" + d.Name, a.Name})
		}
	}
	of := func(kind ast.DefinitionKind) (found []*ast.Definition) {
		for _, d := range types {
			isSpecified := d.BuiltIn && len(p.Uses[d.Name]) == 0 // of GraphQL, and not made use of
			if d.Kind == kind && d != schema.Query && d != schema.Mutation && !isSpecified {
				found = append(found, d)
			}
		}
		return found
	}
	p.Groups = []group{
		{"Queries", []*ast.Definition{schema.Query}},
		{"Mutations", []*ast.Definition{schema.Mutation}},
		{"Types", of(ast.Object)},
		{"Interfaces", of(ast.Interface)},
		{"Unions", of(ast.Union)},
		{"Enums", of(ast.Enum)},
		{"Inputs", of(ast.InputObject)},
		{"Scalars", of(ast.Scalar)},
	}
	return p
}

// add notes what a type uses, and by which names it is spoken of: a field of a root by its own.
func (p *page) add(d *ast.Definition, isRoot bool) {
	p.places[d.Name] = d.Name
	for _, f := range shown(d.Fields) {
		id := d.Name + "." + f.Name
		p.places[id] = id
		if isRoot {
			p.places[f.Name] = id
		}
		p.use(f.Type, use{ID: id})
		for _, a := range f.Arguments {
			p.use(a.Type, use{id, a.Name})
		}
	}
	for _, v := range d.EnumValues {
		p.places[d.Name+"."+v.Name] = d.Name + "." + v.Name
	}
	for _, name := range d.Types {
		p.Uses[name] = append(p.Uses[name], use{ID: d.Name})
	}
}

func (p *page) use(t *ast.Type, u use) { p.Uses[t.Name()] = append(p.Uses[t.Name()], u) }

// shown are the fields without those of introspection.
func shown(fields ast.FieldList) ast.FieldList {
	return slices.DeleteFunc(slices.Clone(fields), func(f *ast.FieldDefinition) bool { return strings.HasPrefix(f.Name, "__") })
}

// span is a piece of a description.
type span struct {
	Text string
	// IsCode tells whether it was between backticks.
	IsCode bool
	// ID is the place that a piece of code names, if it does.
	ID string
}

// paragraphs parts a description: where a sentence ends with its line a paragraph does, because lists of errors and codes are written
// so. Of Markdown, descriptions have backticks only.
func (p *page) paragraphs(description string) (all [][]span) {
	var text string
	for line := range strings.Lines(description) {
		line = strings.TrimSpace(line)
		text = strings.TrimSpace(text + " " + line)
		if text != "" && (line == "" || strings.HasSuffix(line, ".")) {
			all, text = append(all, p.spans(text)), ""
		}
	}
	if text != "" {
		all = append(all, p.spans(text))
	}
	return all
}

func (p *page) spans(text string) (spans []span) {
	for i, part := range strings.Split(text, "`") {
		s := span{Text: part, IsCode: i%2 == 1}
		if s.IsCode {
			name, _, _ := strings.Cut(part, "(")
			s.ID = p.places[name]
		}
		if part != "" {
			spans = append(spans, s)
		}
	}
	return spans
}
