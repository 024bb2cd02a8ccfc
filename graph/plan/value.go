package plan

import (
	"reflect"
	"strings"
	"sync"
)

// occurrences are the values at a place, each once, with how often it stands in the answer there.
type occurrences struct {
	values []any
	counts []int
	index  map[any]int
}

// add notes that a value stands at the place a number of times more.
func (o *occurrences) add(value any, count int) {
	if o.index == nil {
		o.index = map[any]int{}
	}
	if i, known := o.index[value]; known {
		o.counts[i] += count
		return
	}
	o.index[value] = len(o.values)
	o.values = append(o.values, value)
	o.counts = append(o.counts, count)
}

// records is how many records the values are, repetitions included: a page counts as many as it holds.
func (o *occurrences) records() int {
	n := 0
	for i, value := range o.values {
		if held, ok := value.(interface{ Records() int }); ok {
			n += held.Records() * o.counts[i]
		}
	}
	return n
}

// each calls do for every object in a value: itself, or the elements of a list. Nothing is left out but nil.
func each(value any, do func(any)) {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i).Interface(), do)
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			do(value)
		}
	case reflect.Struct:
		do(value)
	}
}

// typeNames are the names in the schema of Go types that have another one.
var typeNames = map[string]string{
	"Problem": "UserError", "APIKey": "ApiKey", "APIKeyConnection": "ApiKeyConnection", "APIKeyEdge": "ApiKeyEdge",
}

// typeName is the schema's name of a value's type.
func typeName(value any) string {
	t := reflect.TypeOf(value)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name, ok := typeNames[t.Name()]; ok {
		return name
	}
	return t.Name()
}

// member is how to get at a field within a Go value: a struct's field, or a method without arguments.
type member struct {
	field  []int
	method int
}

var members sync.Map // reflect.Type and name -> member

// inside returns the object that a field of the schema shows of a value.
func inside(value any, name string) any {
	v := reflect.ValueOf(value)
	type key struct {
		t    reflect.Type
		name string
	}
	k := key{v.Type(), name}
	found, ok := members.Load(k)
	if !ok {
		found = findMember(v.Type(), name)
		members.Store(k, found)
	}
	m := found.(member)
	switch {
	case m.field != nil:
		return reflect.Indirect(v).FieldByIndex(m.field).Interface()
	case m.method >= 0:
		return v.Method(m.method).Call(nil)[0].Interface()
	}
	return nil
}

// findMember looks for what gqlgen binds a field to: a struct's field or a method of the same name, whatever the case.
func findMember(t reflect.Type, name string) member {
	object := t
	if object.Kind() == reflect.Pointer {
		object = object.Elem()
	}
	if object.Kind() == reflect.Struct {
		if f, ok := object.FieldByNameFunc(func(s string) bool { return strings.EqualFold(s, name) }); ok && f.IsExported() {
			return member{field: f.Index, method: -1}
		}
	}
	for m := range t.Methods() {
		if strings.EqualFold(m.Name, name) && m.Type.NumIn() == 1 && m.Type.NumOut() == 1 {
			return member{method: m.Index}
		}
	}
	return member{method: -1}
}
