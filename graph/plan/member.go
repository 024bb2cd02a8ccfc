package plan

import (
	"reflect"
	"strings"
	"sync"
)

// member is how to get at a field within a Go value: a struct's field, or a method without arguments.
type member struct {
	field  []int
	method int
	result reflect.Type // nil if there is no such member
}

var members sync.Map // reflect.Type and name -> member

// memberOf looks for what gqlgen binds a field of the schema to: the struct's field or the method of a name, whatever the case.
// The type is a struct or a pointer to one.
func memberOf(t reflect.Type, name string) member {
	type key struct {
		t    reflect.Type
		name string
	}
	k := key{t, name}
	if found, ok := members.Load(k); ok {
		return found.(member)
	}
	found := findMember(t, name)
	members.Store(k, found)
	return found
}

func findMember(t reflect.Type, name string) member {
	object := t
	if object.Kind() == reflect.Pointer {
		object = object.Elem()
	}
	if object.Kind() == reflect.Struct {
		if f, ok := object.FieldByNameFunc(func(s string) bool { return strings.EqualFold(s, name) }); ok && f.IsExported() {
			return member{field: f.Index, result: f.Type}
		}
	}
	for m := range t.Methods() {
		if strings.EqualFold(m.Name, name) && m.Type.NumIn() == 1 && m.Type.NumOut() == 1 {
			return member{method: m.Index, result: m.Type.Out(0)}
		}
	}
	return member{}
}

// of is the member's value within v, which is a struct or a pointer to one that is not nil.
func (m member) of(v reflect.Value) reflect.Value {
	if m.field != nil {
		return reflect.Indirect(v).FieldByIndex(m.field)
	}
	return v.Method(m.method).Call(nil)[0]
}
