package db

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// statement is SQL under construction: text from constants, values only as parameters.
type statement struct {
	text strings.Builder
	args []any
	// known has the positions of the parameters that can be compared.
	known map[any]int
}

// write appends text. Values never get here; see arg.
func (s *statement) write(parts ...string) *statement {
	for _, part := range parts {
		s.text.WriteString(part)
	}
	return s
}

// arg adds a parameter and returns how the text names it. A value that was added before is added once.
func (s *statement) arg(value any) string {
	// Of the value, not of its type: pq.Array hides slices in interfaces.
	comparable := reflect.ValueOf(value).Comparable()
	if comparable {
		if position, ok := s.known[value]; ok {
			return "$" + strconv.Itoa(position)
		}
	}
	s.args = append(s.args, value)
	if comparable {
		if s.known == nil {
			s.known = map[any]int{}
		}
		s.known[value] = len(s.args)
	}
	return "$" + strconv.Itoa(len(s.args))
}

// drop takes back the parameters after the first n, whose text was not written after all.
func (s *statement) drop(n int) {
	s.args = s.args[:n]
	maps.DeleteFunc(s.known, func(_ any, position int) bool { return position > n })
}

// all runs the statement and reads its rows into records of T.
func all[T any](ctx context.Context, q sqlx.QueryerContext, s *statement, what string) ([]T, error) {
	rows, err := q.QueryContext(ctx, s.text.String(), s.args...)
	if err != nil {
		return nil, failure(what, err)
	}
	found, err := readAll[T](rows)
	if err := errors.Join(err, rows.Close()); err != nil {
		return nil, failure(what, err)
	}
	return found, nil
}

// failure says what was being done. A text that no database can hold came from the caller: nothing has it.
func failure(what string, err error) error {
	var pg *pq.Error
	if errors.As(err, &pg) && pg.Code == "22021" { // character_not_in_repertoire
		return BadInput("a text has a NUL character or is not UTF-8")
	}
	return fmt.Errorf("%s: %w", what, err)
}

// exec runs a statement that returns no rows, and tells how many it changed.
func exec(ctx context.Context, q sqlx.ExecerContext, what, text string, args ...any) (int64, error) {
	result, err := q.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, failure(what, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	return n, nil
}

var columnLists sync.Map // reflect.Type -> []string

// columnNames are the columns of a record, from the db tags of its struct, embedded structs included.
func columnNames[T any]() []string {
	t := reflect.TypeFor[T]()
	if list, ok := columnLists.Load(t); ok {
		return list.([]string)
	}
	var names []string
	var collect func(reflect.Type)
	collect = func(t reflect.Type) {
		for field := range t.Fields() {
			if tag := field.Tag.Get("db"); tag != "" {
				names = append(names, tag)
			} else if field.Anonymous {
				collect(field.Type)
			}
		}
	}
	collect(t)
	names = slices.Clip(names) // who appends gets a list of his own
	columnLists.Store(t, names)
	return names
}

// columns lists the columns of a record under an alias.
func columns[T any](alias string) string { return listOf(columnNames[T](), alias) }

func listOf(names []string, alias string) string {
	var list strings.Builder
	for i, name := range names {
		if i > 0 {
			list.WriteString(", ")
		}
		list.WriteString(alias + "." + name)
	}
	return list.String()
}
