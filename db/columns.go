package db

import (
	"context"
	"reflect"
	"strings"
)

// Columns are the columns of a record that somebody wants to see; nil means all of them. What a record needs to be told
// apart and found in the hierarchy is read in any case.
type Columns map[string]bool

// Also adds others; all of them make it all.
func (c Columns) Also(others Columns) Columns {
	if c == nil || others == nil {
		return nil
	}
	for name := range others {
		c[name] = true
	}
	return c
}

// NewColumns makes Columns of names.
func NewColumns(names ...string) Columns {
	c := Columns{}
	for _, name := range names {
		c[name] = true
	}
	return c
}

type columnsKey struct{}

// WithColumns returns a context for reads that are to show no more than these columns of accounts or contacts:
// reads of single accounts, AccountsByID, Accounts, Walk, Paths, Roots, Descendants, AccountTree, ContactsByID, Contacts and
// ContactsOf leave the others of a record empty.
func WithColumns(ctx context.Context, want Columns) context.Context {
	return context.WithValue(ctx, columnsKey{}, want)
}

// wanted are the columns that are to be read; nil for all.
func wanted(ctx context.Context) Columns {
	want, _ := ctx.Value(columnsKey{}).(Columns)
	return want
}

// selectable are the records that may be read in part, by their names in the schema.
var selectable = map[string]struct {
	record reflect.Type
	always Columns
	// methods are the columns behind what a record tells by a method, by the names of fields in the schema.
	methods map[string]Columns
}{
	"Account": {reflect.TypeFor[Account](), NewColumns("id", "parent_id"), map[string]Columns{
		"annualRevenue": NewColumns("annual_revenue", "annual_revenue_currency"),
		"isRoot":        NewColumns("parent_id"),
	}},
	"Contact": {reflect.TypeFor[Contact](), NewColumns("id"), map[string]Columns{
		"name": NewColumns("first_name", "last_name"),
	}},
}

// IsSelectable tells whether records of a type of the schema may be read in part.
func IsSelectable(typeName string) bool { return selectable[typeName].record != nil }

// ColumnsOf returns the columns that a field of the schema shows of a record; nil, which is all, if that is not known.
func ColumnsOf(typeName, field string) Columns {
	known := selectable[typeName]
	if known.record == nil {
		return nil
	}
	if behind := known.methods[field]; behind != nil {
		return behind
	}
	f, ok := known.record.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, field) })
	if !ok || f.Tag.Get("db") == "" {
		return nil
	}
	return NewColumns(f.Tag.Get("db"))
}

// beside are what types of the schema show beside a record, which may be read in part too: what an edge tells of its node.
var beside = map[string]reflect.Type{"AccountContactEdge": reflect.TypeFor[linkRow]()}

// ColumnsBeside returns the columns that a field of an edge shows beside those of its node.
func ColumnsBeside(typeName, field string) Columns {
	if edge := beside[typeName]; edge != nil {
		if f, ok := edge.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, field) }); ok {
			return NewColumns(f.Tag.Get("db"))
		}
	}
	return Columns{}
}

// selected are the columns of a record that are wanted, in their order.
func selected[T any](want Columns) []string {
	if want == nil {
		return columnNames[T]()
	}
	always := selectable[reflect.TypeFor[T]().Name()].always
	var names []string
	for _, name := range columnNames[T]() {
		if want[name] || always[name] {
			names = append(names, name)
		}
	}
	return names
}
