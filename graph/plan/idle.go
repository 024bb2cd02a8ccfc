package plan

import (
	"encoding/json"
	"math"
	"sync"
	"weak"

	"github.com/99designs/gqlgen/graphql"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"
)

// sameness is equal for root fields that are compiled to the same: it has the field in its operation, and the values of the
// variables that say what is selected below it, and how. The document lives no longer for it.
type sameness struct {
	operation weak.Pointer[ast.OperationDefinition]
	field     weak.Pointer[ast.Field]
	variables string
}

// Limits of what is kept.
const (
	// maxIdle is how many of the same are kept, for requests at the same time.
	maxIdle = 16
	// maxIdleFields is how many fields there may be in all that is kept. One takes about half a kilobyte.
	maxIdleFields = 20_000
	// ownFields is as how many fields what is kept counts itself.
	ownFields = 10
	// maxSameness is how long the values of variables may be, in bytes, for something to be kept.
	maxSameness = 1024
	// maxAsked is of how many it is remembered that they were asked for.
	maxAsked = 1024
)

// idle keeps what was compiled and is not in use, those of it that were used last, if they were asked for more than once. To
// compile a selection takes several times as long as to read a row for it. It is safe for concurrent use.
type idle struct {
	mutex  sync.Mutex
	kept   *simplelru.LRU[sameness, []*compiled]
	asked  *simplelru.LRU[sameness, struct{}]
	fields int
}

func newIdle() *idle {
	i := &idle{}
	i.asked, _ = simplelru.NewLRU[sameness, struct{}](maxAsked, nil)
	i.kept, _ = simplelru.NewLRU(math.MaxInt, func(_ sameness, gone []*compiled) { // fails without a size only
		for _, c := range gone {
			i.fields -= c.weight()
		}
	})
	return i
}

// take takes one out; nil if there is none.
func (i *idle) take(key sameness) *compiled {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	same, ok := i.kept.Get(key)
	if !ok {
		return nil
	}
	last := len(same) - 1
	c := same[last]
	if last == 0 {
		i.kept.Remove(key) // what has no weight would never make way
		return c
	}
	i.kept.Add(key, same[:last])
	i.fields -= c.weight()
	return c
}

// weight is how many fields it counts.
func (c *compiled) weight() int { return c.fields + ownFields }

// put keeps one that is not in use any more, without what was fetched for it.
func (i *idle) put(key sameness, c *compiled) {
	c.root.forget()
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if _, again := i.asked.Get(key); !again {
		i.asked.Add(key, struct{}{})
		return
	}
	same, _ := i.kept.Get(key)
	if len(same) == maxIdle {
		return
	}
	i.kept.Add(key, append(same, c))
	for i.fields += c.weight(); i.fields > maxIdleFields; {
		i.kept.RemoveOldest()
	}
}

// maxWritten is how much JSON of a field's values may be kept, in values.
const maxWritten = 100

// forget drops what was fetched for the field and for those below it.
func (f *field) forget() {
	f.result = result{}
	if len(f.written) > maxWritten {
		f.written = nil
	}
	for _, p := range f.below {
		for _, below := range p.fields {
			below.forget()
		}
	}
}

// samenessOf is that of a root field; false if what it is compiled to is not worth keeping.
func samenessOf(operation *graphql.OperationContext, field *ast.Field) (sameness, bool) {
	key := sameness{operation: weak.Make(operation.Operation), field: weak.Make(field)}
	if len(operation.Variables) == 0 {
		return key, true
	}
	deciding := deciding{names: map[string]bool{}, spread: map[spread]bool{}}
	deciding.selections(operation.Operation.SelectionSet, true)
	values := make(map[string]any, len(deciding.names))
	for name := range deciding.names {
		if value, ok := operation.Variables[name]; ok {
			values[name] = value
		}
	}
	if len(values) == 0 {
		return key, true
	}
	text, err := json.Marshal(values)
	key.variables = string(text)
	return key, err == nil && len(text) <= maxSameness
}

// deciding gathers the names of the variables that decide what the fields below root fields are.
type deciding struct {
	names map[string]bool
	// spread are the fragments that it has looked into.
	spread map[spread]bool
}

// spread is a fragment at root or below.
type spread struct {
	fragment *ast.FragmentDefinition
	atRoot   bool
}

func (d *deciding) selections(set ast.SelectionSet, atRoot bool) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			d.directives(s.Directives)
			if !atRoot { // a root field's own arguments are its resolver's
				d.arguments(s.Arguments)
			}
			d.selections(s.SelectionSet, false)
		case *ast.InlineFragment:
			d.directives(s.Directives)
			d.selections(s.SelectionSet, atRoot)
		case *ast.FragmentSpread:
			d.directives(s.Directives)
			if at := (spread{s.Definition, atRoot}); !d.spread[at] {
				d.spread[at] = true
				d.selections(s.Definition.SelectionSet, atRoot)
			}
		}
	}
}

func (d *deciding) directives(list ast.DirectiveList) {
	for _, directive := range list {
		d.arguments(directive.Arguments)
	}
}

func (d *deciding) arguments(list ast.ArgumentList) {
	for _, argument := range list {
		d.value(argument.Value)
	}
}

func (d *deciding) value(value *ast.Value) {
	if value.Kind == ast.Variable {
		d.names[value.Raw] = true
	}
	for _, child := range value.Children {
		d.value(child.Value)
	}
}
