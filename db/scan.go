package db

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx/reflectx"
)

// records finds the fields of columns by their db tags, or else their names, embedded structs included. It remembers types.
var records = reflectx.NewMapperFunc("db", strings.ToLower)

// readAll reads rows into records of T: structs with db tags, pointers to such, or single values. It does what
// sqlx.Select does, at a third of its cost: how a field takes a value is found once for all rows, and values go from the
// driver to the field without another conversion.
func readAll[T any](rows *sql.Rows) ([]T, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	t := reflect.TypeFor[T]()
	isPointer := t.Kind() == reflect.Pointer
	if isPointer {
		t = t.Elem()
	}
	fields, err := fieldsOf(t, columns)
	if err != nil {
		return nil, err
	}
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	var found []T
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		record := reflect.New(t)
		for i, f := range fields {
			if err := f.take(f.of(record.Elem()), values[i]); err != nil {
				return nil, fmt.Errorf("column %s: %w", columns[i], err)
			}
		}
		if isPointer {
			found = append(found, record.Interface().(T))
		} else {
			found = append(found, *record.Interface().(*T))
		}
	}
	return found, rows.Err()
}

// recordField is where a column's value goes.
type recordField struct {
	path []int // none for a single value
	take take
}

func (f recordField) of(record reflect.Value) reflect.Value {
	if f.path == nil {
		return record
	}
	return record.FieldByIndex(f.path)
}

func fieldsOf(t reflect.Type, columns []string) ([]recordField, error) {
	if len(columns) == 1 && isSingle(t) {
		return []recordField{{take: takeOf(t)}}, nil
	}
	fields := make([]recordField, len(columns))
	for i, path := range records.TraversalsByName(t, columns) {
		if len(path) == 0 {
			return nil, fmt.Errorf("%s has no field for the column %s", t, columns[i])
		}
		fields[i] = recordField{path, takeOf(t.FieldByIndex(path).Type)}
	}
	return fields, nil
}

// isSingle tells whether a type is that of one column's value, not a record.
func isSingle(t reflect.Type) bool {
	return t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[sql.Scanner]()) || t == reflect.TypeFor[time.Time]()
}

// take puts a value of the driver into a field.
type take func(field reflect.Value, value any) error

var takes sync.Map // reflect.Type -> take

func takeOf(t reflect.Type) take {
	if known, ok := takes.Load(t); ok {
		return known.(take)
	}
	made := makeTake(t)
	takes.Store(t, made)
	return made
}

func makeTake(t reflect.Type) take {
	switch t {
	case reflect.TypeFor[*string]():
		return func(field reflect.Value, value any) error {
			if value == nil {
				return nil
			}
			text, err := textOfValue(value)
			*field.Addr().Interface().(**string) = &text
			return err
		}
	case reflect.TypeFor[time.Time]():
		return func(field reflect.Value, value any) error {
			moment, ok := value.(time.Time)
			*field.Addr().Interface().(*time.Time) = moment
			return expected(ok, t, value)
		}
	case reflect.TypeFor[json.RawMessage]():
		return func(field reflect.Value, value any) error {
			raw, ok := value.([]byte)
			field.SetBytes(raw)
			return expected(ok, t, value)
		}
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[sql.Scanner]()) {
		return func(field reflect.Value, value any) error { return field.Addr().Interface().(sql.Scanner).Scan(value) }
	}
	switch t.Kind() {
	case reflect.Pointer:
		takeElement := takeOf(t.Elem())
		return func(field reflect.Value, value any) error {
			if value == nil {
				return nil
			}
			element := reflect.New(t.Elem())
			field.Set(element)
			return takeElement(element.Elem(), value)
		}
	case reflect.String:
		return func(field reflect.Value, value any) error {
			text, err := textOfValue(value)
			field.SetString(text)
			return err
		}
	case reflect.Int, reflect.Int64:
		return func(field reflect.Value, value any) error {
			n, ok := value.(int64)
			field.SetInt(n)
			return expected(ok, t, value)
		}
	case reflect.Float64:
		return func(field reflect.Value, value any) error {
			n, ok := value.(float64)
			field.SetFloat(n)
			return expected(ok, t, value)
		}
	case reflect.Bool:
		return func(field reflect.Value, value any) error {
			yes, ok := value.(bool)
			field.SetBool(yes)
			return expected(ok, t, value)
		}
	}
	return func(_ reflect.Value, value any) error { return expected(false, t, value) }
}

func textOfValue(value any) (string, error) {
	switch text := value.(type) {
	case string:
		return text, nil
	case []byte:
		return string(text), nil
	}
	return "", expected(false, reflect.TypeFor[string](), value)
}

func expected(ok bool, t reflect.Type, value any) error {
	if ok {
		return nil
	}
	return fmt.Errorf("a %T can't be read into a %s", value, t)
}
