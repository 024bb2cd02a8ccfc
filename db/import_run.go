package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Importing is an import under way. It has a connection of its own, with a lock that keeps other imports of the
// organization out and ends with the connection, however that ends. Its methods are called one after the other: Stage,
// Check, Write; an import that was stopped goes on where its State says. Close ends it, done or not.
type Importing struct {
	Import
	v       Viewer
	conn    *sqlx.Conn
	trial   *sqlx.Tx // everything happens in it, and is rolled back; nil if it is to last
	options ImportOptions
	columns map[string]string
	keys    []string
	// Abandoned are the imports that were stopped on their way, and given up for this one.
	Abandoned []Import
	// isFresh tells that the rows have not been checked yet, so that all of their problems are to be told.
	isFresh bool
	// portions are what the last check has found to write.
	portions []portion
	// sessions are where the import's connection is from.
	sessions *pool
}

// unlockTimeout is how long the end of an import waits for the database.
const unlockTimeout = 5 * time.Second

const (
	// The lock of an import that was stopped a moment ago is there until the server notices.
	lockImportSQL = `SELECT pg_advisory_lock(hashtextextended('accountgraph import ' || $1, 0))`

	startImportSQL = `
INSERT INTO imports AS i (organization_id, entity, file_name, fingerprint, columns, options, is_upload, is_dry_run, started_by_kind, started_by_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING `

	abandonImportSQL = `
WITH rest AS (
  DELETE FROM import_rows WHERE organization_id = $1 AND import_id = $2 AND problems IS NULL
)
UPDATE imports SET state = 'ABANDONED', finished_at = now(), pending_count = 0,
  rejected_count = (SELECT count(*) FROM import_rows WHERE organization_id = $1 AND import_id = $2 AND problems IS NOT NULL)
WHERE organization_id = $1 AND id = $2`
)

// importSettings are what an import was started with, as columns `columns` and `options` keep it.
type importSettings struct {
	ImportOptions
	Keys []string `json:"keys"`
}

// BeginImport begins an import, or finds the one that was stopped on its way if the fingerprint is the same: its state is
// past READING then. One with another fingerprint is abandoned, but for one upload by another: the server goes on with that.
// While another is running the error is the Problem CONFLICT.
func (d *DB) BeginImport(ctx context.Context, v Viewer, in NewImport) (*Importing, error) {
	fileName, err := requireText(in.FileName, maxName)
	if err != nil {
		fileName = "(no name)"
	}
	return d.importing(ctx, v, in.DryRun && !in.IsUpload, func(i *Importing, tx *sqlx.Tx) error {
		unfinished, err := all[struct {
			Import
			Fingerprint string `db:"fingerprint"`
		}](ctx, tx, textOf("SELECT i.fingerprint, "+columns[Import]("i")+" FROM imports i WHERE i.organization_id = $1 AND i.finished_at IS NULL", v.Organization), "unfinished import")
		if err != nil {
			return err
		}
		for _, u := range unfinished {
			switch {
			case u.Fingerprint == in.Fingerprint && u.IsUpload == in.IsUpload && i.trial == nil:
				return i.read(ctx, tx, u.ID)
			case u.IsUpload && in.IsUpload && u.State != ImportReading:
				return Problems{anotherImport()} // the server will go on with it
			}
			i.Abandoned = append(i.Abandoned, u.Import)
			if _, err := exec(ctx, tx, "abandon import", abandonImportSQL, v.Organization, u.ID); err != nil {
				return err
			}
			if err := appendEvents(ctx, tx, v, event{kind: "import.abandoned", entity: "import", id: u.ID.uuid}); err != nil {
				return err
			}
		}
		columnsJSON, err := json.Marshal(in.Columns)
		if err != nil {
			return fmt.Errorf("start import: %w", err)
		}
		settings, err := json.Marshal(importSettings{in.Options, in.Keys})
		if err != nil {
			return fmt.Errorf("start import: %w", err)
		}
		actor := v.actor()
		started, err := all[Import](ctx, tx, textOf(startImportSQL+columns[Import]("i"), v.Organization, string(in.Entity), fileName, in.Fingerprint,
			string(columnsJSON), string(settings), in.IsUpload, in.DryRun, actor.Kind, actor.ID), "start import")
		if err != nil {
			return err
		}
		i.Import, i.options, i.columns, i.keys = started[0], in.Options, in.Columns, in.Keys
		return appendEvents(ctx, tx, v, event{kind: "import.started", entity: "import", id: i.ID.uuid,
			after: map[string]any{"entity": in.Entity, "file_name": fileName}})
	})
}

// ResumeImport goes on with an import that was stopped on its way; nil if it is finished meanwhile. While another is
// running, or this one elsewhere, the error is the Problem CONFLICT.
func (d *DB) ResumeImport(ctx context.Context, v Viewer, id ImportID) (*Importing, error) {
	i, err := d.importing(ctx, v, false, func(i *Importing, tx *sqlx.Tx) error { return i.read(ctx, tx, id) })
	if err != nil || i.FinishedAt == nil && !i.ID.IsZero() {
		return i, err
	}
	return nil, i.Close()
}

// importing makes the connection and takes the lock.
func (d *DB) importing(ctx context.Context, v Viewer, leaveNothing bool, begin func(*Importing, *sqlx.Tx) error) (_ *Importing, err error) {
	if err := v.MayImport(); err != nil {
		return nil, err
	}
	ctx = WithoutStatementTimeout(ctx) // an import may be of any size
	conn, err := d.sessions.Connx(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect for an import: %w", err)
	}
	i := &Importing{v: v, conn: conn, sessions: d.sessions}
	defer func() {
		if err != nil {
			err = errors.Join(err, i.Close())
		}
	}()
	if err := i.lock(ctx); err != nil {
		return nil, err
	}
	if leaveNothing {
		if i.trial, err = conn.BeginTxx(ctx, nil); err != nil {
			return nil, fmt.Errorf("begin: %w", err)
		}
	}
	return i, i.transaction(ctx, func(tx *sqlx.Tx) error { return begin(i, tx) })
}

// lock keeps other imports of the organization out for as long as the connection lasts.
func (i *Importing) lock(ctx context.Context) error {
	err := i.transaction(ctx, func(tx *sqlx.Tx) error {
		if _, err := exec(ctx, tx, "lock imports", "SET LOCAL lock_timeout = '2s'"); err != nil {
			return err
		}
		for _, text := range []string{lockImportSQL, awaitSecondSQL} {
			if _, err := exec(ctx, tx, "lock imports", text, i.v.Organization.uuid.String()); err != nil {
				return err
			}
		}
		return nil
	})
	var pg *pq.Error
	if errors.As(err, &pg) && pg.Code == "55P03" { // lock_not_available
		return Problems{anotherImport()}
	}
	return err
}

func anotherImport() *Problem {
	return problem(ProblemConflict, "another import of the organization is running: wait until it is done")
}

// read reads an import that was begun before.
func (i *Importing) read(ctx context.Context, tx *sqlx.Tx, id ImportID) error {
	found, err := all[struct {
		Import
		Columns json.RawMessage `db:"columns"`
		Options json.RawMessage `db:"options"`
	}](ctx, tx, textOf("SELECT i.columns, i.options, "+columns[Import]("i")+" FROM imports i WHERE i.organization_id = $1 AND i.id = $2", i.v.Organization, id), "read import")
	if err != nil || len(found) == 0 {
		return err
	}
	i.Import = found[0].Import
	settings := importSettings{}
	if err := errors.Join(decodeImportJSON(found[0].Columns, &i.columns), decodeImportJSON(found[0].Options, &settings)); err != nil {
		return err
	}
	i.options, i.keys = settings.ImportOptions, settings.Keys
	return nil
}

// Close ends the connection, and with it the lock. What is not written yet waits to be continued.
func (i *Importing) Close() error {
	var err error
	if i.trial != nil {
		err = i.trial.Rollback()
	}
	// The end of the connection would free the lock as well, but only when the server notices.
	ctx, cancel := context.WithTimeout(context.Background(), unlockTimeout)
	defer cancel()
	_, unlocked := i.conn.ExecContext(ctx, "SELECT pg_advisory_unlock_all()")
	// Not back into the pool: the lock and the temporary tables are the connection's. Raw closes what it hears is bad.
	if ended := i.conn.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(ended, driver.ErrBadConn) && !errors.Is(ended, sql.ErrConnDone) {
		err = errors.Join(err, ended)
	}
	if errors.Is(unlocked, driver.ErrBadConn) || errors.Is(unlocked, sql.ErrConnDone) {
		unlocked = nil // there is nothing to free where the connection is lost
	}
	return errors.Join(err, unlocked)
}

// transaction runs one transaction on the import's own connection. If it fails, the import is as it was before.
func (i *Importing) transaction(ctx context.Context, do func(*sqlx.Tx) error) (err error) {
	before := i.Import
	defer func() {
		if err != nil {
			i.Import = before
		}
	}()
	if i.trial != nil {
		return do(i.trial)
	}
	tx, err := i.conn.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return finishTransaction(tx, do)
}

// set changes columns of the import by a constant list, in which the first argument is $3.
func (i *Importing) set(ctx context.Context, tx *sqlx.Tx, assignments string, args ...any) error {
	changed, err := all[Import](ctx, tx, textOf("UPDATE imports i SET "+assignments+" WHERE i.organization_id = $1 AND i.id = $2 RETURNING "+columns[Import]("i"),
		append([]any{i.v.Organization, i.ID}, args...)...), "write import")
	if err != nil {
		return err
	}
	if len(changed) == 0 {
		return errors.New("write import: it is gone")
	}
	i.Import = changed[0]
	return nil
}

// Fail ends an import that can't go on; reason is for people.
func (i *Importing) Fail(ctx context.Context, reason string) error {
	ctx = WithoutStatementTimeout(ctx)
	return i.transaction(ctx, func(tx *sqlx.Tx) error {
		if _, err := exec(ctx, tx, "forget rows", forgetRowsSQL, i.v.Organization, i.ID); err != nil {
			return err
		}
		return i.finish(ctx, tx, ImportFailed, &reason)
	})
}

func (i *Importing) finish(ctx context.Context, tx *sqlx.Tx, state ImportState, failure *string) error {
	if err := i.set(ctx, tx, `state = $3, failure = $4, finished_at = clock_timestamp(), pending_count = 0,
		rejected_count = (SELECT count(*) FROM import_rows r WHERE r.organization_id = $1 AND r.import_id = $2 AND r.problems IS NOT NULL)`,
		string(state), failure); err != nil {
		return err
	}
	return appendEvents(ctx, tx, i.v, event{kind: "import.finished", entity: "import", id: i.ID.uuid, after: map[string]any{
		"state": i.State, "row_count": i.RowCount, "created_count": i.CreatedCount, "updated_count": i.UpdatedCount, "moved_count": i.MovedCount,
		"unchanged_count": i.UnchangedCount, "repeated_count": i.RepeatedCount, "rejected_count": i.RejectedCount, "industry_count": i.IndustryCount,
	}})
}

// Rejects calls take with each rejected row, in the order of the lines.
func (i *Importing) Rejects(ctx context.Context, take func(ImportReject) error) error {
	ctx = WithoutStatementTimeout(ctx)
	const page = 100 // a row may have a megabyte
	for line := 0; ; {
		var rows []struct {
			Line     int    `db:"line"`
			Cells    []byte `db:"cells"`
			Problems []byte `db:"problems"`
		}
		if err := i.transaction(ctx, func(tx *sqlx.Tx) error {
			return tx.SelectContext(ctx, &rows, `
				SELECT r.line, r.cells, r.problems FROM import_rows r
				WHERE r.organization_id = $1 AND r.import_id = $2 AND r.problems IS NOT NULL AND r.line > $3
				ORDER BY r.line
				LIMIT $4`, i.v.Organization, i.ID, line, page)
		}); err != nil {
			return fmt.Errorf("read rejected rows: %w", err)
		}
		for _, row := range rows {
			reject := ImportReject{Line: row.Line}
			if err := errors.Join(decodeImportJSON(row.Cells, &reject.Cells), decodeImportJSON(row.Problems, &reject.Problems)); err != nil {
				return err
			}
			if err := take(reject); err != nil {
				return err
			}
			line = row.Line
		}
		if len(rows) < page {
			return nil
		}
	}
}
