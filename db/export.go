package db

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// ExportColumn is a column of an export: one that an import reads as well.
type ExportColumn struct {
	Name string
	Kind ExportKind
	sql  string
}

// ExportKind is what the texts of a column are.
type ExportKind int

// The kinds of columns.
const (
	// ExportText is any text.
	ExportText ExportKind = iota
	// ExportJSON is JSON as it stands: a number, true or false, or an object.
	ExportJSON
	// ExportID is the id of an account.
	ExportID
	// ExportList is a list with ; between its values, in which \ makes a ; that follows part of a value.
	ExportList
)

// exportPage is how many rows are fetched at a time.
const exportPage = 2_000

// export runs a query of texts with a cursor, so that no more than a page of its rows is in memory, in one snapshot, and
// calls take with each row. A nil text is none; they are good until take returns.
func (d *DB) export(ctx context.Context, s *statement, columns []ExportColumn, take func(cells []sql.RawBytes) error) error {
	ctx = WithoutStatementTimeout(ctx)
	tx, err := d.pool.BeginTxx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return finishTransaction(tx, func(tx *sqlx.Tx) error {
		// All of the rows are wanted, not the first of them soon.
		if _, err := exec(ctx, tx, "begin to export", "SET LOCAL cursor_tuple_fraction = 1"); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "begin to export", "DECLARE exported NO SCROLL CURSOR FOR "+s.text.String(), s.args...); err != nil {
			return err
		}
		cells, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		for {
			n, err := fetchPage(ctx, tx, into, func() error {
				if err := showIDs(columns, cells); err != nil {
					return err
				}
				return take(cells)
			})
			if err != nil || n < exportPage {
				return err
			}
		}
	})
}

// showIDs makes the ids of the API of those of the database.
func showIDs(columns []ExportColumn, cells []sql.RawBytes) error {
	for i, c := range columns {
		if c.Kind != ExportID || cells[i] == nil {
			continue
		}
		id, err := uuid.ParseBytes(cells[i])
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		cells[i] = sql.RawBytes(ID{Kind: KindAccount, UUID: id}.String())
	}
	return nil
}

func fetchPage(ctx context.Context, tx *sqlx.Tx, into []any, take func() error) (n int, err error) {
	rows, err := tx.QueryContext(ctx, fmt.Sprintf("FETCH %d FROM exported", exportPage))
	if err != nil {
		return 0, failure("export", err)
	}
	defer func() { _ = rows.Close() }() // Err has told what there is to tell
	for ; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return n, failure("export", err)
		}
		if err := take(); err != nil {
			return n, err
		}
	}
	if err := rows.Err(); err != nil {
		return n, failure("export", err)
	}
	return n, nil
}

// FindAccount returns the account that a person at the command line means: by its id, or by what any other system calls it.
// The error for none or several is an *Error.
func (d *DB) FindAccount(ctx context.Context, v Viewer, named string) (*Account, error) {
	s := &statement{}
	s.write("SELECT ", columns[Account]("a"), "\nFROM accounts a\nWHERE ", v.visible(s, "a"), " AND ")
	if id, err := ParseID(named); err == nil {
		s.write("a.id = ", s.arg(id.Account()))
	} else {
		s.write("a.id IN (SELECT e.account_id FROM account_external_ids e WHERE ", v.own(s, "e"), " AND e.is_live AND e.external_id = ", s.arg(named), ")")
	}
	s.write("\nLIMIT 2")
	found, err := all[*Account](ctx, d.pool, s, "find account")
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, BadInput("there is no account %s", shown(named))
	case len(found) > 1:
		return nil, BadInput("there are several accounts that are called %s elsewhere: name one by its id", shown(named))
	}
	return found[0], nil
}
