package plan

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"

	"github.com/accountgraph/accountgraph/graph/scalar"
)

// leaf appends a scalar or an enum's value as JSON, byte for byte as the ordinary execution writes it.
type leaf func(text []byte, v reflect.Value) []byte

// leafOf is how values of a Go type are written that is bound to a scalar or enum of the schema; nil if we do not know.
func leafOf(t reflect.Type, schemaName string) leaf {
	switch t {
	case reflect.TypeFor[time.Time]():
		if schemaName == "Date" {
			return written(scalar.AppendDate)
		}
		return written(scalar.AppendDateTime)
	case reflect.TypeFor[decimal.Decimal]():
		return written(scalar.AppendDecimal)
	case reflect.TypeFor[json.RawMessage]():
		return func(text []byte, v reflect.Value) []byte { return append(text, v.Bytes()...) }
	}
	isMarshaler := t.Implements(reflect.TypeFor[graphql.Marshaler]())
	switch {
	case isMarshaler && t.Implements(reflect.TypeFor[encoding.TextAppender]()):
		return appendIdentity
	case t.Kind() == reflect.String: // an enum's values are names: nothing of them needs an escape
		return func(text []byte, v reflect.Value) []byte { return appendString(text, v.String()) }
	case isMarshaler:
		return nil
	case t.Kind() == reflect.Bool:
		return func(text []byte, v reflect.Value) []byte { return strconv.AppendBool(text, v.Bool()) }
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return func(text []byte, v reflect.Value) []byte { return strconv.AppendInt(text, v.Int(), 10) }
	}
	return nil
}

// written makes a leaf of how a type's values are written, without a copy where they have an address.
func written[V any](appendTo func([]byte, V) []byte) leaf {
	return func(text []byte, v reflect.Value) []byte {
		if v.CanAddr() {
			return appendTo(text, *v.Addr().Interface().(*V))
		}
		return appendTo(text, v.Interface().(V))
	}
}

// appendIdentity appends what writes itself as a text that needs no escape: ids.
func appendIdentity(text []byte, v reflect.Value) []byte {
	if v.CanAddr() {
		v = v.Addr()
	}
	text, _ = v.Interface().(encoding.TextAppender).AppendText(append(text, '"')) // ids never fail
	return append(text, '"')
}

const hex = "0123456789ABCDEF"

// appendString appends a text as a JSON string, with the escapes that gqlgen writes.
func appendString(text []byte, s string) []byte {
	text = append(text, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '\\' && c != '"' {
			continue
		}
		text = append(text, s[start:i]...)
		start = i + 1
		switch c {
		case '\t':
			text = append(text, `\t`...)
		case '\r':
			text = append(text, `\r`...)
		case '\n':
			text = append(text, `\n`...)
		case '\\', '"':
			text = append(text, '\\', c)
		default:
			text = append(text, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(text, s[start:]...), '"')
}
