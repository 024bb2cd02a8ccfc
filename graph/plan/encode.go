package plan

import (
	"io"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
)

// Encoding writes the value of a root field as JSON, out of what was fetched, in place of the ordinary execution, which
// makes a context, a set of fields and a goroutine where this appends a few bytes. It writes nothing that can fail: where
// there is an error to tell, a null where the schema allows none, or a type it does not know, it gives up, and the
// ordinary execution makes the answer from the same values.

// typeNameField is the field that tells the type of an object (GraphQL, 4.1).
const typeNameField = "__typename"

// answer is the JSON of a root field's value. gqlgen writes a Marshaler as it is where it would else make one, and does so
// once.
type answer struct{ text []byte }

// answers are buffers that were used before.
var answers = sync.Pool{New: func() any { return &answer{} }}

// maxKeptAnswer is how long a buffer may be to be kept, in bytes.
const maxKeptAnswer = 1 << 20

// MarshalGQL writes the JSON.
func (a *answer) MarshalGQL(w io.Writer) {
	_, _ = w.Write(a.text)
	if cap(a.text) <= maxKeptAnswer {
		a.text = a.text[:0]
		answers.Put(a)
	}
}

// encode returns the JSON of a root field's value; false if that is left to the ordinary execution, or too long.
func (c *compiled) encode(value any, left *atomic.Int64) (*answer, bool) {
	a := answers.Get().(*answer)
	c.writing = writing{left: left}
	text, ok := c.root.append(a.text, c.root.typ, reflect.ValueOf(value))
	a.text = text
	c.writing.end(len(text), ok)
	return a, ok
}

// reader is how a field's value is found in the parent's and written: looked up once for a Go type, which hardly ever
// changes at one place.
type reader struct {
	parent  reflect.Type
	member  member
	of      reflect.Type
	leaf    leaf
	heading []byte            // the name in the answer, as JSON, with its colon
	written map[string][]byte // the JSON of what parents know, by what they know
}

// inside is the field's value within its parent's; the zero Value if we do not find it there.
func (f *field) inside(parent reflect.Value) reflect.Value {
	if t := parent.Type(); f.parent != t {
		f.parent, f.member = t, memberOf(t, f.goName)
	}
	if f.member.result == nil {
		return reflect.Value{}
	}
	return f.member.of(parent)
}

// leafOf is how the field's values of a Go type are written; nil if we do not know.
func (f *field) leafOf(t reflect.Type) leaf {
	if f.reader.of != t {
		f.reader.of, f.leaf = t, leafOf(t, f.typ.Name())
	}
	return f.leaf
}

// append appends an object: the fields selected at its place.
func (p *place) append(text []byte, v reflect.Value) ([]byte, bool) {
	text = append(text, '{')
	for i, f := range p.fields {
		if len(text) > p.writing.granted && !p.writing.grow(len(text)) {
			return nil, false
		}
		if i > 0 {
			text = append(text, ',')
		}
		if f.heading == nil {
			f.heading = append(appendString(nil, f.alias), ':')
		}
		text = append(text, f.heading...)
		if f.name == typeNameField {
			text = appendString(text, p.typeName)
			continue
		}
		written, ok := f.appendOf(text, v)
		if !ok && p.writing.isEstimate && !p.writing.isTooLong {
			written, ok = append(text, "null"...), true
		}
		if !ok {
			return nil, false
		}
		text = written
	}
	return append(text, '}'), true
}

// appendOf appends the field's value for a parent. What many parents know is written once, and then copied.
func (f *field) appendOf(text []byte, parent reflect.Value) ([]byte, bool) {
	var known *string
	if f.stub {
		if known = f.link.StubText(parent.Interface()); known != nil {
			if written, ok := f.written[*known]; ok {
				return append(text, written...), true
			}
		}
	}
	value, ok := f.find(parent)
	if !ok {
		return nil, false
	}
	from := len(text)
	if text, ok = f.append(text, f.typ, value); ok && known != nil {
		if f.written == nil {
			f.written = map[string][]byte{}
		}
		f.written[*known] = slices.Clone(text[from:])
	}
	return text, ok
}

// find is the field's value for a parent; false if there is an error to tell, or no way to it.
func (f *field) find(parent reflect.Value) (reflect.Value, bool) {
	if f.link == nil {
		value := f.inside(parent)
		return value, value.IsValid()
	}
	if !f.done && !f.stub {
		return reflect.Value{}, false
	}
	value, err := f.value(parent.Interface())
	return reflect.ValueOf(value), err == nil
}

// append appends a value of the type, which is the field's, or that of a list's items.
func (f *field) append(text []byte, typ *ast.Type, v reflect.Value) ([]byte, bool) {
	if v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if typ.Elem != nil && v.IsValid() && v.Kind() == reflect.Slice && (typ.NonNull || !v.IsNil()) {
		return f.appendList(text, typ.Elem, v)
	}
	if !v.IsValid() || isNil(v) {
		return append(text, "null"...), !typ.NonNull
	}
	if typ.Elem != nil {
		return nil, false
	}
	if f.below != nil {
		p := f.placeOf(v)
		if p == nil {
			return nil, false
		}
		return p.append(text, v)
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	appendTo := f.leafOf(v.Type())
	if appendTo == nil {
		return nil, false
	}
	return appendTo(text, v), true
}

func (f *field) appendList(text []byte, item *ast.Type, list reflect.Value) ([]byte, bool) {
	text = append(text, '[')
	for i := range list.Len() {
		if i > 0 {
			text = append(text, ',')
		}
		var ok bool
		if text, ok = f.append(text, item, list.Index(i)); !ok {
			return nil, false
		}
	}
	return append(text, ']'), true
}

// placeOf is the place at which a value stands: the only one, or, where the field's type is abstract, that of its type.
func (f *field) placeOf(v reflect.Value) *place {
	if len(f.below) == 1 {
		return f.below[0]
	}
	if i := f.below.index(v.Interface()); i >= 0 {
		return f.below[i]
	}
	return nil
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		return v.IsNil()
	}
	return false
}
