package db

import "context"

// ReadBothWays reads the rows of a statement packed and one by one.
func ReadBothWays[T any](ctx context.Context, d *DB, columns []string, text string, args ...any) (asPacked, asRows []T, err error) {
	if asPacked, err = packed[T](ctx, d.pool, textOf(text, args...), columns, "packed"); err != nil {
		return nil, nil, err
	}
	asRows, err = all[T](ctx, d.pool, textOf(text, args...), "row by row")
	return asPacked, asRows, err
}

// Unpack reads packed rows.
func Unpack[T any](text string, columns ...string) ([]T, error) { return unpack[T](text, columns) }

// ColumnNames are the columns of a record.
func ColumnNames[T any]() []string { return columnNames[T]() }
