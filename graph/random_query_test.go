package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/accountgraph/accountgraph/graph/generated"
)

// writer writes random valid queries for the schema.
type writer struct {
	*rand.Rand
	schema *ast.Schema
	// ids, cursors and words are what arguments are made of.
	ids, cursors, words []string
	// wrong is how many of a hundred arguments are wrong.
	wrong int

	names     int
	variables []string
	values    object
	fragments []string
}

func newWriter(seed uint64) *writer {
	return &writer{
		Rand: rand.New(rand.NewPCG(seed, 0)), schema: generated.NewExecutableSchema(generated.Config{}).Schema(),
		words: []string{"a", "Node-1", "node", "2", "%", "x_y", "example.com", "", "node-1-2.com"},
	}
}

// maxNames is after how many fields of its own a query goes no deeper.
const maxNames = 60

// enum is a value of an enum, which is written without quotes.
type enum string

func (w *writer) chance(percent int) bool { return w.IntN(100) < percent }

func (w *writer) name(prefix string) string {
	w.names++
	return prefix + strconv.Itoa(w.names)
}

func pick[T any](w *writer, from []T) T { return from[w.IntN(len(from))] }

// query writes a query and its variables.
func (w *writer) query() (string, object) {
	w.names, w.variables, w.values, w.fragments = 0, nil, object{}, nil
	root := w.schema.Query
	var fields []string
	for range 1 + w.IntN(2) {
		field := pick(w, root.Fields)
		for strings.HasPrefix(field.Name, "__") {
			field = pick(w, root.Fields)
		}
		fields = append(fields, w.field(field, 4))
	}
	head := "query"
	if len(w.variables) > 0 {
		head += "(" + strings.Join(w.variables, ", ") + ")"
	}
	return head + " { " + strings.Join(fields, " ") + " } " + strings.Join(w.fragments, " "), w.values
}

// selection writes what is selected of a type; depth is how many levels of objects may be below it.
func (w *writer) selection(typeName string, depth int) string {
	definition := w.schema.Types[typeName]
	possible := w.schema.GetPossibleTypes(definition)
	slices.SortFunc(possible, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	var parts []string
	if w.names > maxNames {
		depth = 0
	}
	for range 1 + w.IntN(4) {
		switch {
		case w.chance(5) || w.names > 2*maxNames:
			parts = append(parts, "__typename")
		case definition.Kind == ast.Union || definition.Kind == ast.Interface && w.chance(80):
			name := pick(w, possible).Name
			parts = append(parts, "... on "+name+w.directive()+" { "+w.selection(name, depth)+" }")
		case w.chance(8) && definition.Kind == ast.Object && len(definition.Interfaces) > 0:
			parts = append(parts, "... on "+definition.Interfaces[0]+w.directive()+" { ... on "+typeName+" { "+w.selection(typeName, depth)+" } }")
		case w.chance(8):
			parts = append(parts, "..."+w.directive()+" { "+w.selection(typeName, depth)+" }")
		case w.chance(8):
			name := w.name("F")
			w.fragments = append(w.fragments, "fragment "+name+" on "+typeName+" { "+w.selection(typeName, depth)+" }")
			parts = append(parts, "..."+name+w.directive())
			if w.chance(20) {
				parts = append(parts, "..."+name)
			}
		default:
			if part := w.someField(definition, depth); part != "" {
				parts = append(parts, part)
			}
		}
	}
	if len(parts) == 0 {
		return "__typename"
	}
	return strings.Join(parts, " ")
}

// someField writes one of a type's fields; "" if it is none that fits.
func (w *writer) someField(definition *ast.Definition, depth int) string {
	field := pick(w, definition.Fields)
	if depth == 0 && w.schema.Types[field.Type.Name()].IsCompositeType() {
		return ""
	}
	return w.field(field, depth-1)
}

// field writes a field under a name of its own, sometimes twice: then the two are merged.
func (w *writer) field(field *ast.FieldDefinition, depth int) string {
	text := w.name("f") + ": " + field.Name + w.arguments(field)
	if !w.schema.Types[field.Type.Name()].IsCompositeType() {
		return text + w.directive()
	}
	if field.Name == "pageInfo" || field.Name == "edges" || field.Name == "nodes" {
		depth++ // steps within a list are not counted
	}
	written := text + w.directive() + " { " + w.selection(field.Type.Name(), depth) + " }"
	if w.chance(10) {
		written += " " + text + " { " + w.selection(field.Type.Name(), depth) + " }"
	}
	return written
}

func (w *writer) directive() string {
	if !w.chance(8) {
		return ""
	}
	condition := literal(w.chance(70))
	if w.chance(50) {
		condition = w.variable("Boolean!", w.chance(70))
	}
	return " @" + pick(w, []string{"include", "skip"}) + "(if: " + condition + ")"
}

func (w *writer) variable(typeName string, value any) string {
	name := w.name("v")
	declared := "$" + name + ": " + typeName
	if w.chance(20) && value != nil {
		declared += " = " + literal(value)
	} else {
		w.values[name] = value
	}
	w.variables = append(w.variables, declared)
	return "$" + name
}

func (w *writer) arguments(field *ast.FieldDefinition) string {
	var written []string
	size := false
	for _, argument := range field.Arguments {
		if !argument.Type.NonNull && w.chance(60) || argument.DefaultValue != nil && w.chance(50) {
			continue
		}
		if argument.Name == "first" || argument.Name == "last" {
			if size && !w.chance(w.wrong) {
				continue
			}
			size = true
		}
		value, ok := w.argument(field, argument)
		if !ok {
			continue
		}
		text := literal(value)
		switch {
		case w.chance(25):
			text = w.variable(argument.Type.String(), value)
		case argument.DefaultValue != nil && w.schema.Types[argument.Type.Name()].Kind == ast.Enum && w.chance(w.wrong):
			text = w.variable(argument.Type.Name(), nil) // may be null, and the argument may not
		}
		written = append(written, argument.Name+": "+text)
	}
	if written == nil {
		return ""
	}
	return "(" + strings.Join(written, ", ") + ")"
}

func (w *writer) argument(field *ast.FieldDefinition, argument *ast.ArgumentDefinition) (any, bool) {
	switch argument.Name {
	case "first", "last":
		if w.chance(w.wrong) {
			return pick(w, []int{-1, 1001, 101}), true
		}
		return w.IntN(5), true
	case "after", "before":
		if w.chance(w.wrong) || len(w.cursors) == 0 {
			return "no cursor", w.chance(w.wrong)
		}
		return pick(w, w.cursors), true
	case "maxNodes":
		return 1 + w.IntN(8), true
	case "domain", "domains", "email", "emails":
		values := []string{"node-1.com", "absent.org", "node-1-2.com"}
		if strings.HasPrefix(argument.Name, "email") {
			values = []string{"p1@node-1.com", "nobody@sub.node-1-2.com"}
		}
		if argument.Type.Elem != nil {
			return []any{pick(w, values), pick(w, values)}, true
		}
		return pick(w, values), true
	}
	return w.value(argument.Type, 0), true
}

// value makes a value for an argument or an input field.
func (w *writer) value(t *ast.Type, depth int) any {
	if !t.NonNull && w.chance(5) {
		return nil
	}
	if t.Elem != nil {
		items := []any{}
		for range w.IntN(4) {
			items = append(items, w.value(t.Elem, depth))
		}
		if len(items) == 1 && w.chance(30) {
			return items[0]
		}
		return items
	}
	definition := w.schema.Types[t.Name()]
	switch definition.Kind {
	case ast.Enum:
		return enum(pick(w, definition.EnumValues).Name)
	case ast.InputObject:
		fields := object{}
		for _, field := range definition.Fields {
			deep := strings.HasSuffix(field.Type.Name(), "Filter") && depth > 2
			if field.Type.NonNull && field.DefaultValue == nil || !deep && w.chance(100/len(definition.Fields)) {
				fields[field.Name] = w.value(field.Type, depth+1)
			}
		}
		return fields
	}
	switch t.Name() {
	case "_Any":
		return w.representation()
	case "ID":
		if w.chance(w.wrong) {
			return "nonsense"
		}
		return pick(w, w.ids)
	case "Int":
		return w.IntN(6)
	case "Boolean":
		return w.chance(50)
	case "DateTime":
		return pick(w, []string{"2020-01-01T00:00:00Z", "2120-01-01T00:00:00+01:00"})
	case "Decimal":
		return pick(w, []any{"10.5", 3, "0"})
	case "CurrencyCode":
		return pick(w, []string{"USD", "EUR"})
	}
	if w.chance(30) {
		return pick(w, []string{"ACTIVE", "TRIAL", "RED", "GREEN", "SMB", "FINANCE", "PRIMARY", "BILLING"})
	}
	return pick(w, w.words)
}

// representation names a record as a gateway does, by one of its keys.
func (w *writer) representation() any {
	if w.chance(w.wrong) {
		return pick(w, []any{"nonsense", object{}, object{"__typename": "Account"}, object{"__typename": "Ticket", "id": "1"}, object{"__typename": "User", "id": 5}})
	}
	key := pick(w, []object{
		{"id": pick(w, w.ids)}, {"id": pick(w, w.ids)}, {"number": w.IntN(20)},
		{"externalIds": []any{object{"source": "crm", "id": pick(w, []string{"Node", "Node-1", "Node-2-3", "Absent"})}, object{"source": "erp", "id": "Node-1"}}},
	})
	key["__typename"] = "Account"
	if _, byID := key["id"]; byID {
		key["__typename"] = pick(w, []string{"Account", "Account", "Contact", "Organization", "User"})
	}
	return key
}

// literal writes a value as GraphQL does.
func literal(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case enum:
		return string(v)
	case object:
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, name+": "+literal(v[name]))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, literal(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case string:
		text, _ := json.Marshal(v)
		return string(text)
	}
	return fmt.Sprint(value)
}
