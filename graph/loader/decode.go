package loader

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/scalar"
)

// decode reads the arguments of a field into a struct of db, whose fields have the arguments' names. The execution reads
// them too, by generated code that only it can call, and reports what is wrong with them; here they are read ahead.
// Default values inside input objects, which only the execution knows, are the zero values in db, but for the direction
// of an order. There the zero value means the same, and is made the default value only so that both readings are equal.
func decode[A any](raw map[string]any) (A, error) {
	var args A
	err := decodeValue(reflect.ValueOf(&args).Elem(), raw)
	return args, err
}

func decodeValue(into reflect.Value, raw any) error {
	if into.Kind() == reflect.Pointer {
		if raw == nil {
			return nil
		}
		into.Set(reflect.New(into.Type().Elem()))
		return decodeValue(into.Elem(), raw)
	}
	switch target := into.Addr().Interface().(type) {
	case graphql.Unmarshaler:
		return target.UnmarshalGQL(raw)
	case *time.Time:
		return assign(target, raw, scalar.UnmarshalDateTime)
	case *decimal.Decimal:
		return assign(target, raw, scalar.UnmarshalDecimal)
	case *string:
		return assign(target, raw, graphql.UnmarshalString)
	case *bool:
		return assign(target, raw, graphql.UnmarshalBoolean)
	case *int:
		return assign(target, raw, graphql.UnmarshalInt)
	}
	switch into.Kind() {
	case reflect.Struct:
		object, ok := raw.(map[string]any)
		if !ok {
			return db.BadInput("an input object is needed, not %T", raw)
		}
		return decodeStruct(into, object)
	case reflect.Slice:
		return decodeSlice(into, raw)
	}
	return fmt.Errorf("arguments can't be read into %s", into.Type())
}

func assign[T any](into *T, raw any, read func(any) (T, error)) error {
	value, err := read(raw)
	if err != nil {
		return db.BadInput("%s", err)
	}
	*into = value
	return nil
}

func decodeStruct(into reflect.Value, object map[string]any) error {
	for i, field := range into.Fields() {
		if i.Anonymous {
			if err := decodeStruct(field, object); err != nil {
				return err
			}
			continue
		}
		for name, raw := range object {
			if !strings.EqualFold(name, i.Name) {
				continue
			}
			if raw == nil && field.Kind() != reflect.Pointer && field.Kind() != reflect.Slice {
				return db.BadInput("`%s` can't be null: leave it out to have its default", name) // of a variable that may be null
			}
			if err := decodeValue(field, raw); err != nil {
				return err
			}
		}
		if direction, ok := field.Addr().Interface().(*db.OrderDirection); ok && *direction == "" {
			*direction = db.Ascending
		}
	}
	return nil
}

func decodeSlice(into reflect.Value, raw any) error {
	if raw == nil {
		return nil
	}
	items := graphql.CoerceList(raw) // one value stands for a list of one
	list := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		if err := decodeValue(list.Index(i), item); err != nil {
			return err
		}
	}
	into.Set(list)
	return nil
}
