package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lib/pq"
)

// cancelTime is how long a server may take to answer that it stopped a statement. Then its connection is cut.
const cancelTime = time.Second

// connector makes connections that count statements, limit their time and tell of them. It sits at the driver, where
// nothing gets past it.
type connector struct {
	driver.Connector
	// timeout is the time for a statement; 0 means any.
	timeout time.Duration
	watch   func(context.Context, Executed)
}

// connectError is why there is no connection.
type connectError struct{ error }

// Unwrap returns the driver's error.
func (e connectError) Unwrap() error { return e.error }

// Connect makes a connection, or gives up when ctx ends, even if the server takes long to say its first word.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	w := &wire{}
	stop := context.AfterFunc(ctx, func() { w.cut(0) })
	conn, err := c.Connector.Connect(context.WithValue(ctx, wireKey{}, w))
	switch {
	case !stop() && err == nil:
		_ = conn.Close() // it may have been cut
		return nil, ctx.Err()
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, connectError{err}
	}
	return &connection{pqConn: conn.(pqConn), connector: c, wire: w}, nil
}

// pqConn is what lib/pq's connections can do.
type pqConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// connection is one to the database. As database/sql has it, one goroutine at a time uses it.
type connection struct {
	pqConn
	connector
	wire *wire
	// spent tells that it may have been cut, and is not to be used again.
	spent bool
}

// ResetSession tells whether the connection may be used again. One whose end is not known here yet is found by its next use:
// where the driver then says driver.ErrBadConn, database/sql begins the transaction or read again on another.
func (c *connection) ResetSession(ctx context.Context) error {
	if c.spent || !c.wire.isOpen() {
		return driver.ErrBadConn
	}
	return c.pqConn.ResetSession(ctx)
}

// IsValid tells whether the connection may be used again.
func (c *connection) IsValid() bool { return !c.spent && c.pqConn.IsValid() }

// timed is a context that ends with the time for a statement as well.
func (c *connection) timed(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.timeout == 0 || ctx.Value(unlimitedKey{}) != nil {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, c.timeout)
}

// limit sees to it that what is done on the connection ends soon after ctx: the driver then asks the server to stop the
// statement, and if that brings no answer, the connection is cut. The function it returns is for the end.
func (c *connection) limit(ctx context.Context) (release func()) {
	stop := context.AfterFunc(ctx, func() { c.wire.cut(cancelTime) })
	return func() { c.spent = !stop() || c.spent }
}

// ExecContext executes a statement that returns no rows.
func (c *connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	e := c.begin(ctx, query)
	result, err := c.pqConn.ExecContext(e.own, query, args)
	if err == nil {
		e.Rows, _ = result.RowsAffected() // not every statement counts them
	}
	return result, e.end(err)
}

// QueryContext executes a statement that returns rows.
func (c *connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if a := attemptOf(ctx); a != nil {
		a.isSent = true
	}
	e := c.begin(ctx, query)
	found, err := c.pqConn.QueryContext(e.own, query, args)
	if err != nil {
		return nil, e.end(err)
	}
	return &rows{Rows: found, execution: e}, nil
}

// PrepareContext counts what is prepared as one statement: the product prepares only COPY.
func (c *connection) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	e := c.begin(ctx, query)
	prepared, err := c.pqConn.PrepareContext(e.own, query)
	return prepared, e.end(err)
}

// BeginTx begins a transaction.
func (c *connection) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	caller := acquired(ctx)
	own, cancel := c.timed(caller)
	defer cancel()
	release := c.limit(own)
	tx, err := c.pqConn.BeginTx(caller, options)
	release()
	switch {
	case err == nil:
	case own.Err() != nil:
		return nil, own.Err()
	default:
		lost(ctx, err)
		return nil, err
	}
	return transaction{Tx: tx, ctx: ctx, connection: c}, nil
}

// rows are those of a statement, which ends when they are closed.
type rows struct {
	driver.Rows
	execution *execution
	// err is what ended them early.
	err error
}

func (r *rows) Next(values []driver.Value) error {
	err := r.Rows.Next(values)
	switch {
	case err == nil:
		r.execution.Rows++
	case !errors.Is(err, io.EOF):
		err = r.execution.reason(err)
		r.err = err
	}
	return err
}

func (r *rows) Close() error {
	err := r.Rows.Close()
	if r.err != nil {
		err = r.err
	}
	defer released(r.execution.acquisition)
	return r.execution.end(err)
}

// transaction is one on a connection.
type transaction struct {
	driver.Tx
	ctx        context.Context
	connection *connection
}

// attempt is one at a statement that is a transaction by itself.
type attempt struct {
	// isSent tells whether it may have got to the server.
	isSent bool
}

type attemptKey struct{}

// committing returns a context for such a statement. It has to be executed by a method that returns rows.
func committing(ctx context.Context) (context.Context, *attempt) {
	a := &attempt{}
	return context.WithValue(ctx, attemptKey{}, a), a
}

// attemptOf is what a context was made for by committing; nil if it was not.
func attemptOf(ctx context.Context) *attempt {
	a, _ := ctx.Value(attemptKey{}).(*attempt)
	return a
}

// outcome is the error of the statement: ErrOutcomeUnknown if it may have been committed for all one knows.
func (a *attempt) outcome(err error) error {
	if err == nil || !a.isSent || isAnswer(err) || errors.Is(err, ErrOutcomeUnknown) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
}

// ErrOutcomeUnknown tells that the connection broke, or time was over, while a transaction was committed: it may have
// been done or not.
var ErrOutcomeUnknown = errors.New("it is not known whether the transaction was committed")

// Commit commits. An error that is not ErrOutcomeUnknown means that nothing was done.
func (t transaction) Commit() error {
	defer released(t.ctx)
	if !t.connection.IsValid() {
		return driver.ErrBadConn // nothing was sent
	}
	ctx, cancel := t.connection.timed(t.ctx)
	defer cancel()
	release := t.connection.limit(ctx)
	err := t.Tx.Commit()
	release()
	if err == nil || isAnswer(err) || errors.Is(err, pq.ErrInFailedTransaction) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
}

// Rollback gives up what was done. It does so also after the transaction's context has ended.
func (t transaction) Rollback() error {
	defer released(t.ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), cancelTime)
	defer cancel()
	defer t.connection.limit(ctx)()
	return t.Tx.Rollback()
}

// isAnswer tells whether an error is what the server answered to a statement.
func isAnswer(err error) bool {
	var pg *pq.Error
	return errors.As(err, &pg)
}
