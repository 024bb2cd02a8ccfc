package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/lib/pq"
)

// Changes that are made at once: by one statement, which is a transaction by itself. It says nothing about what is wrong: where
// there is anything to object to it writes nothing, and the change is made once more in a transaction, which looks first.

// saidOf are those columns of a record that somebody said something of, with their values, in the form of events.
func saidOf(record any, columns map[string]bool) (string, error) {
	fields, err := eventFields(record)
	if err != nil {
		return "", err
	}
	maps.DeleteFunc(fields, func(column string, _ any) bool { return !columns[column] })
	text, err := json.Marshal(fields)
	if err != nil {
		return "", fmt.Errorf("write what was said: %w", err)
	}
	return string(text), nil
}

// atOnce runs such a statement, which returns the record that it was about, changed or not. It returns nil if there is none,
// or if the database refuses it for a constraint or another transaction.
func atOnce[T any](ctx context.Context, d *DB, s *statement, what string) (*T, error) {
	ctx, attempt := committing(ctx)
	found, err := all[*T](ctx, d.pool, s, what)
	err = attempt.outcome(err)
	var pg *pq.Error
	if errors.As(err, &pg) && (pg.Code.Class() == "23" || pg.Code.Class() == "40") {
		return nil, nil
	}
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// isInPlace tells whether a list is the one that was there: the very same, not an equal one.
func isInPlace[T any](list, stood []T) bool {
	return len(list) > 0 && len(stood) > 0 && &list[0] == &stood[0]
}
