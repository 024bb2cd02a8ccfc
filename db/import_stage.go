package db

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/jmoiron/sqlx"
)

// The planner knows nothing of rows that autovacuum has not seen.
const analyzeRowsSQL = `ANALYZE import_rows (organization_id, import_id, line, source, external_id, parent_source, parent_external_id, problems)`

// Stage takes the rows of the file, in one transaction: all or none are read. Rules are those that made the rows. It ends
// with the state CHECKING. An error among the rows is returned as it is.
func (i *Importing) Stage(ctx context.Context, rules *ImportRules, rows iter.Seq2[ImportRow, error]) error {
	ctx = WithoutStatementTimeout(ctx)
	// If ctx ends in a COPY, that has to end before the transaction does: both read what the server says.
	return i.transaction(context.WithoutCancel(ctx), func(tx *sqlx.Tx) error {
		count, err := i.copyRows(ctx, tx, rows)
		if err != nil {
			return err
		}
		industries, err := json.Marshal(rules.NewIndustries())
		if err != nil {
			return fmt.Errorf("stage rows: %w", err)
		}
		if err := i.set(ctx, tx, "state = 'CHECKING', row_count = $3, pending_count = $3, industries = CAST($4 AS jsonb)", count, string(industries)); err != nil {
			return err
		}
		return i.steps(ctx, tx, coarse, step{"analyze rows", analyzeRowsSQL, nil})
	})
}

// copyRows takes the rows, and tells how many that were.
func (i *Importing) copyRows(ctx context.Context, tx *sqlx.Tx, rows iter.Seq2[ImportRow, error]) (int, error) {
	statement, err := tx.PrepareContext(ctx, `COPY import_rows (organization_id, import_id, line, fresh_id, source, external_id, record_id,
		parent_source, parent_external_id, parent_record_id, record, cells, problems) FROM STDIN`)
	if err != nil {
		return 0, fmt.Errorf("stage rows: %w", err)
	}
	defer func() { _ = statement.Close() }() // the last Exec has told what there is to tell
	count := 0
	for row, err := range rows {
		if err != nil {
			return count, err
		}
		values, err := i.stagedRow(row)
		if err != nil {
			return count, err
		}
		if _, err := statement.ExecContext(ctx, values...); err != nil {
			return count, fmt.Errorf("stage line %d: %w", row.Line, err)
		}
		count++
	}
	if _, err := statement.ExecContext(ctx); err != nil {
		return count, fmt.Errorf("stage rows: %w", err)
	}
	return count, nil
}

func (i *Importing) stagedRow(row ImportRow) ([]any, error) {
	cells, err := json.Marshal(row.Cells)
	if err != nil {
		return nil, fmt.Errorf("stage line %d: %w", row.Line, err)
	}
	var record, problems *string
	if row.Record != nil {
		text := string(row.Record)
		record = &text
	}
	if len(row.Problems) > 0 {
		list, err := json.Marshal(row.Problems)
		if err != nil {
			return nil, fmt.Errorf("stage line %d: %w", row.Line, err)
		}
		text := string(list)
		problems = &text
	}
	values := []any{i.v.Organization, i.ID, row.Line, NewUUID().String()}
	for _, key := range []ImportKey{row.Key, row.Parent} {
		if key.ID == "" {
			values = append(values, nil, nil, nil)
			continue
		}
		values = append(values, key.Source, key.ID, uuidText(key.account()))
	}
	return append(values, record, string(cells), problems), nil
}

// account is the id of an account, if the key has one.
func (k ImportKey) account() *AccountID {
	if k.Record == nil {
		return nil
	}
	id := k.Record.Account()
	return &id
}
