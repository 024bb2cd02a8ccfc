package docs

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// page is what the template shows.
type page struct {
	Groups     []group
	Directives []*ast.DirectiveDefinition
	Errors     []errorCode
	// Uses are the places where a type is answered or taken, by its name.
	Uses map[string][]use
	// Implementations are the types that an interface may be, by its name.
	Implementations map[string][]*ast.Definition

	// places are the ids of what a name in a description may mean, codes are those of the codes of errors, which are named without
	// backticks.
	places, codes map[string]string
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
		Errors:          errorCodes,
		Uses:            map[string][]use{},
		Implementations: map[string][]*ast.Definition{},
		places:          map[string]string{},
		codes:           map[string]string{},
	}
	types := slices.SortedFunc(maps.Values(schema.Types), func(a, b *ast.Definition) int { return cmp.Compare(a.Name, b.Name) })
	types = slices.DeleteFunc(types, func(d *ast.Definition) bool { return strings.HasPrefix(d.Name, "__") })
	for _, d := range types {
		if d.Kind == ast.Interface {
			p.Implementations[d.Name] = schema.PossibleTypes[d.Name]
		}
		p.addUses(d)
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
	types = slices.DeleteFunc(types, func(d *ast.Definition) bool { return d.BuiltIn && len(p.Uses[d.Name]) == 0 }) // GraphQL's, and not used
	for _, d := range types {
		p.name(d, d == schema.Query || d == schema.Mutation)
	}
	p.nameCodes(schema.Types[userErrorCode])
	of := func(kind ast.DefinitionKind) (found []*ast.Definition) {
		for _, d := range types {
			if d.Kind == kind && d != schema.Query && d != schema.Mutation {
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

// addUses notes what a type uses.
func (p *page) addUses(d *ast.Definition) {
	for _, f := range shown(d.Fields) {
		id := d.Name + "." + f.Name
		p.use(f.Type, use{ID: id})
		for _, a := range f.Arguments {
			p.use(a.Type, use{id, a.Name})
		}
	}
	for _, name := range d.Types {
		p.Uses[name] = append(p.Uses[name], use{ID: d.Name})
	}
}

func (p *page) use(t *ast.Type, u use) { p.Uses[t.Name()] = append(p.Uses[t.Name()], u) }

// name notes by which names a type and what is in it are spoken of: a field of a root by its own.
func (p *page) name(d *ast.Definition, isRoot bool) {
	p.places[d.Name] = d.Name
	for _, f := range shown(d.Fields) {
		id := d.Name + "." + f.Name
		p.places[id] = id
		if isRoot {
			p.places[f.Name] = id
		}
	}
	for _, v := range d.EnumValues {
		p.places[d.Name+"."+v.Name] = d.Name + "." + v.Name
	}
}

// nameCodes notes the codes of errors: those of userErrors, if the schema has them, and the others.
func (p *page) nameCodes(userErrors *ast.Definition) {
	if userErrors != nil {
		for _, v := range userErrors.EnumValues {
			p.codes[v.Name] = userErrors.Name + "." + v.Name
		}
	}
	for _, e := range p.Errors {
		p.places[e.Code], p.codes[e.Code] = e.Code, e.Code
	}
}

// shown are the fields without those of introspection.
func shown(fields ast.FieldList) ast.FieldList {
	return slices.DeleteFunc(slices.Clone(fields), func(f *ast.FieldDefinition) bool { return strings.HasPrefix(f.Name, "__") })
}

// span is a piece of a description.
type span struct {
	Text string
	// IsCode tells whether it was between backticks, or is the code of an error.
	IsCode bool
	// ID is the place that a piece of code names, if it does.
	ID string
}

// paragraphs parts a description: where a sentence ends with its line a paragraph does, because lists of errors and codes are written
// so. Of Markdown, descriptions have backticks only; codes of errors stand in capitals without.
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
		switch {
		case part == "":
		case i%2 == 1:
			name, _, _ := strings.Cut(part, "(")
			spans = append(spans, span{Text: part, IsCode: true, ID: p.places[name]})
		default:
			spans = append(spans, p.prose(part)...)
		}
	}
	return spans
}

// capitals is what codes of errors look like.
var capitals = regexp.MustCompile(`\b[A-Z_]+\b`)

// prose parts what is between pieces of code at the codes of errors.
func (p *page) prose(text string) (spans []span) {
	at := 0
	for _, found := range capitals.FindAllStringIndex(text, -1) {
		code := text[found[0]:found[1]]
		if id, ok := p.codes[code]; ok {
			if at < found[0] {
				spans = append(spans, span{Text: text[at:found[0]]})
			}
			spans = append(spans, span{Text: code, IsCode: true, ID: id})
			at = found[1]
		}
	}
	if at < len(text) {
		spans = append(spans, span{Text: text[at:]})
	}
	return spans
}
