package db

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/lib/pq"
)

// keptStatements is how many statements a connection keeps prepared by default. The texts of statements depend on the
// texts of queries, so that there is no end to them; those that were not used for longest make way.
const keptStatements = 256

// preparingConnector makes connections that keep statements prepared: one round trip instead of two, and PostgreSQL neither
// parses nor, where a plan for all values is as good, plans them again.
type preparingConnector struct {
	driver.Connector
	kept int
}

// Connect makes a connection.
func (c preparingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	known, err := simplelru.NewLRU(c.kept, func(_ string, s preparedStatement) {
		_ = s.Close() // a connection that is broken tells so when it is used next
	})
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &preparingConn{pqConn: conn.(pqConn), known: known}, nil
}

// preparedStatement is what lib/pq's statements can do.
type preparedStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// preparingConn is used by one goroutine at a time, as database/sql promises.
type preparingConn struct {
	pqConn
	known *simplelru.LRU[string, preparedStatement]
}

// QueryContext runs a statement that returns rows. One without parameters goes as it is, in one round trip.
func (c *preparingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) == 0 {
		return c.pqConn.QueryContext(ctx, query, args)
	}
	return prepared(ctx, c, query, func(s preparedStatement) (driver.Rows, error) { return s.QueryContext(ctx, args) })
}

// ExecContext runs a statement that returns no rows.
func (c *preparingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		return c.pqConn.ExecContext(ctx, query, args)
	}
	return prepared(ctx, c, query, func(s preparedStatement) (driver.Result, error) { return s.ExecContext(ctx, args) })
}

// prepared runs a statement that is kept prepared. If a migration changed what it returns, it is prepared once more; within
// a transaction that is too late, and the error stays.
func prepared[R any](ctx context.Context, c *preparingConn, query string, run func(preparedStatement) (R, error)) (R, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		var none R
		return none, err
	}
	result, err := run(s)
	if !isOutdated(err) {
		return result, err
	}
	c.known.Remove(query)
	if s, again := c.statement(ctx, query); again == nil {
		if result, again := run(s); again == nil {
			return result, nil
		}
	}
	return result, err
}

// statement is the prepared statement of a text.
func (c *preparingConn) statement(ctx context.Context, query string) (preparedStatement, error) {
	if s, ok := c.known.Get(query); ok {
		return s, nil
	}
	made, err := c.pqConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := made.(preparedStatement)
	c.known.Add(query, s)
	return s, nil
}

// isOutdated tells whether PostgreSQL refuses a prepared statement because it would return other columns than when it was
// prepared ("cached plan must not change result type").
func isOutdated(err error) bool {
	var pg *pq.Error
	return errors.As(err, &pg) && pg.Code == "0A000" && pg.Routine == "RevalidateCachedQuery"
}
