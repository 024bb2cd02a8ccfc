package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// errNoConnection tells that no connection was to be had within Options.PoolWait.
var errNoConnection = errors.New("no connection to the database was to be had in time")

// pool is a pool of connections that does not wait for one any longer than it may.
type pool struct {
	*sqlx.DB
	// wait is how long; 0 means as long as the caller's context lasts.
	wait time.Duration
}

// acquisition is the context of one use of the pool. It ends with errNoConnection if no connection is had in time, and with
// the caller's context. The driver's connection tells by acquired that there is one, and by released that it was used.
type acquisition struct {
	context.Context
	wait   time.Duration
	timer  *time.Timer
	follow func() bool // stops following the caller's context
	done   chan struct{}

	mutex sync.Mutex
	err   error
}

// acquire begins to wait.
func (p *pool) acquire(ctx context.Context) context.Context {
	if p.wait == 0 {
		return ctx
	}
	a := &acquisition{Context: ctx, wait: p.wait, done: make(chan struct{})}
	a.timer = time.AfterFunc(p.wait, func() { a.end(errNoConnection) })
	a.follow = context.AfterFunc(ctx, func() { a.end(ctx.Err()) })
	return a
}

func (a *acquisition) end(err error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.err == nil {
		a.err = err
		close(a.done)
	}
}

// Done is closed when the context ends.
func (a *acquisition) Done() <-chan struct{} { return a.done }

// Err is why the context ended.
func (a *acquisition) Err() error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.err
}

type acquisitionKey struct{}

// Value finds the acquisition itself.
func (a *acquisition) Value(key any) any {
	if key == (acquisitionKey{}) {
		return a
	}
	return a.Context.Value(key)
}

// acquired ends the waiting of ctx, if it waits, and returns the caller's context: there is a connection.
func acquired(ctx context.Context) context.Context {
	if a, ok := ctx.Value(acquisitionKey{}).(*acquisition); ok {
		a.timer.Stop()
		return a.Context
	}
	return ctx
}

// lost begins to wait again, if ctx waited: the connection was none any more, and database/sql will try another.
func lost(ctx context.Context, err error) {
	if a, ok := ctx.Value(acquisitionKey{}).(*acquisition); ok && errors.Is(err, driver.ErrBadConn) {
		a.timer.Reset(a.wait)
	}
}

// released forgets ctx, if it is an acquisition: the connection was used.
func released(ctx context.Context) {
	if a, ok := ctx.Value(acquisitionKey{}).(*acquisition); ok {
		a.timer.Stop()
		a.follow()
	}
}

// QueryContext executes a query. Its context is released when the rows are closed.
func (p *pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx = p.acquire(ctx)
	found, err := p.DB.QueryContext(ctx, query, args...)
	if err != nil {
		released(ctx)
	}
	return found, err
}

// QueryxContext is QueryContext for records.
func (p *pool) QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error) {
	ctx = p.acquire(ctx)
	found, err := p.DB.QueryxContext(ctx, query, args...)
	if err != nil {
		released(ctx)
	}
	return found, err
}

// QueryRowxContext is QueryxContext for one row.
func (p *pool) QueryRowxContext(ctx context.Context, query string, args ...any) *sqlx.Row {
	ctx = p.acquire(ctx)
	found := p.DB.QueryRowxContext(ctx, query, args...)
	if found.Err() != nil {
		released(ctx)
	}
	return found
}

// GetContext reads one row into a record.
func (p *pool) GetContext(ctx context.Context, record any, query string, args ...any) error {
	return sqlx.GetContext(ctx, p, record, query, args...)
}

// SelectContext reads all rows into a list of records.
func (p *pool) SelectContext(ctx context.Context, records any, query string, args ...any) error {
	return sqlx.SelectContext(ctx, p, records, query, args...)
}

// ExecContext executes a statement that returns no rows.
func (p *pool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx = p.acquire(ctx)
	defer released(ctx)
	return p.DB.ExecContext(ctx, query, args...)
}

// BeginTxx begins a transaction. Its context is released when that ends.
func (p *pool) BeginTxx(ctx context.Context, options *sql.TxOptions) (*sqlx.Tx, error) {
	ctx = p.acquire(ctx)
	tx, err := p.DB.BeginTxx(ctx, options)
	if err != nil {
		released(ctx)
	}
	return tx, err
}
