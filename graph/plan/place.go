package plan

import (
	"slices"
	"strings"

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
	// writing is that of the root field's value, which all of its places share.
	writing *writing
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

// names are the names of the fields, in the schema.
func (p *place) names() []string {
	names := make([]string, len(p.fields))
	for i, f := range p.fields {
		names[i] = f.name
	}
	return names
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
