package db

import (
	"context"
	"database/sql/driver"
	"sync/atomic"
	"time"
)

// Statements counts the SQL statements of one request and the time that they took.
// BEGIN, COMMIT and ROLLBACK are not counted. It is safe for concurrent use.
type Statements struct {
	count atomic.Int64
	nanos atomic.Int64
}

// Count is the number of statements so far.
func (s *Statements) Count() int64 { return s.count.Load() }

// Duration is the time from sending each statement to having its last row, added up.
func (s *Statements) Duration() time.Duration { return time.Duration(s.nanos.Load()) }

type statementsKey struct{}

// WithStatements returns a context in which statements are counted, with what counts them: the same if they are counted already.
func WithStatements(ctx context.Context) (context.Context, *Statements) {
	if s, ok := ctx.Value(statementsKey{}).(*Statements); ok {
		return ctx, s
	}
	s := &Statements{}
	return context.WithValue(ctx, statementsKey{}, s), s
}

// begin counts a statement; the function it returns adds the time since.
func begin(ctx context.Context) func() {
	s, ok := ctx.Value(statementsKey{}).(*Statements)
	if !ok {
		return func() {}
	}
	s.count.Add(1)
	start := time.Now()
	return func() { s.nanos.Add(int64(time.Since(start))) }
}

// countingConnector makes connections that count. It sits at the driver, where nothing gets past it.
type countingConnector struct{ driver.Connector }

func (c countingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return countingConn{conn.(pqConn)}, nil
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

type countingConn struct{ pqConn }

func (c countingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	defer begin(ctx)()
	return c.pqConn.ExecContext(ctx, query, args)
}

func (c countingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	end := begin(ctx)
	rows, err := c.pqConn.QueryContext(ctx, query, args)
	if err != nil {
		end()
		return nil, err
	}
	return countingRows{rows, end}, nil
}

// PrepareContext counts what is prepared as one statement: the product prepares only COPY.
func (c countingConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	defer begin(ctx)()
	return c.pqConn.PrepareContext(ctx, query)
}

// countingRows end the time of their statement when they are closed.
type countingRows struct {
	driver.Rows
	end func()
}

func (r countingRows) Close() error {
	defer r.end()
	return r.Rows.Close()
}
