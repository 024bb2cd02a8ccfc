package db

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// DB is the way to the database. It is safe for concurrent use.
type DB struct {
	pool *pool
	// sessions are connections of which each is one session of the database; see Options.SessionURL.
	sessions *pool
	// watchman is a pool of one connection for Health, which shall not wait for the others.
	watchman *sql.DB
	// importRetentionDays is Options.ImportRetentionDays.
	importRetentionDays int
	// largeSubtree is how many accounts make a subtree so large that not all of it is looked at where few are asked for.
	largeSubtree int
}

// largeSubtree is that of every DB, but in tests.
const largeSubtree = 10_000

// Options are the settings of a pool.
type Options struct {
	// URL says where the database is ("postgres://user:password@host/name").
	URL string
	// SessionURL is a way to the same database on which each connection is a session of its own, for imports, which hold a lock
	// and temporary tables over several transactions. It is needed if URL leads to a pooler that gives each transaction
	// another session, such as PgBouncer with pool_mode=transaction; "" means that URL does as well.
	SessionURL string
	// StatementCache is how many statements a connection keeps prepared; 0 means 256. Less than 0 means none, as such a
	// pooler needs it: a statement is then sent with its values, and parsed and planned each time.
	StatementCache int
	// MaxConnections is the size of the pool; 0 means 10.
	MaxConnections int
	// PoolWait is the time that a statement or transaction waits for a connection; 0 means as long as its context lasts.
	PoolWait time.Duration
	// StatementTimeout is the time for one statement, its rows included; 0 means any.
	StatementTimeout time.Duration
	// ImportRetentionDays is for how many days after its end a purge leaves an import known; 0 means for good.
	ImportRetentionDays int
	// Watch, if set, is told of every statement that was executed, with the context that it was given.
	Watch func(context.Context, Executed)
}

// connectTimeout is how long a server may take to let us in, unless the database's address says otherwise.
const connectTimeout = 10 * time.Second

// session are settings of every connection, unless the database's address has its own.
var session = map[string]string{
	// Compiling a statement takes longer than our statements run: measured, 754 ms against 101.
	"jit": "off",
	// Moments in cursors are texts.
	"timezone": "UTC",
}

// Open makes a pool. It does not connect; the first statement does.
func Open(options Options) (*DB, error) {
	server, connections, err := open(options)
	if err != nil {
		return nil, err
	}
	sessions := connections
	if options.SessionURL != "" {
		options.URL, options.StatementCache = options.SessionURL, 0
		if _, sessions, err = open(options); err != nil {
			return nil, errors.Join(err, connections.Close())
		}
	}
	watchman := sql.OpenDB(connector{Connector: server})
	watchman.SetMaxOpenConns(1)
	return &DB{pool: connections, sessions: sessions, watchman: watchman, importRetentionDays: options.ImportRetentionDays, largeSubtree: largeSubtree}, nil
}

// open makes the pool of an address, and what connects there.
func open(options Options) (driver.Connector, *pool, error) {
	config, err := pq.NewConfig(options.URL)
	if err != nil {
		return nil, nil, fmt.Errorf("read the database's address: %w", err)
	}
	if config.Runtime == nil {
		config.Runtime = map[string]string{}
	}
	for name, value := range session {
		if _, given := config.Runtime[name]; !given {
			config.Runtime[name] = value
		}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	// In one round trip, as it must be where the next may go to another session.
	config.BinaryParameters = config.BinaryParameters || options.StatementCache < 0
	made, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, nil, fmt.Errorf("read the database's address: %w", err)
	}
	made.Dialer(&dialer{})
	server := driver.Connector(made)
	prepared := server
	if options.StatementCache >= 0 {
		prepared = preparingConnector{server, cmp.Or(options.StatementCache, keptStatements)}
	}
	connections := sql.OpenDB(connector{Connector: prepared, timeout: options.StatementTimeout, watch: options.Watch})
	size := cmp.Or(options.MaxConnections, 10)
	connections.SetMaxOpenConns(size)
	connections.SetMaxIdleConns(size)
	connections.SetConnMaxIdleTime(5 * time.Minute)
	return server, &pool{sqlx.NewDb(connections, "postgres"), options.PoolWait}, nil
}

// Close closes the pool after what is under way.
func (d *DB) Close() error {
	return errors.Join(d.pool.Close(), d.sessions.Close(), d.watchman.Close()) // closing one twice is no error
}

// Pool is the pool itself, for programs that fill or examine a database (demo, tests), not for resolvers.
func (d *DB) Pool() *sqlx.DB { return d.pool.DB }

// How often a transaction is tried that PostgreSQL asks to repeat.
const maxTries = 10

// write runs one transaction at READ COMMITTED: after a lock is had, the next statement sees what was
// committed before it. A transaction that lost a deadlock or a race is repeated.
func (d *DB) write(ctx context.Context, do func(*sqlx.Tx) error) error {
	for try := 1; ; try++ {
		err := d.transaction(ctx, do)
		if err == nil || !isRepeatable(err) || try == maxTries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try*try) * time.Millisecond):
		}
	}
}

func (d *DB) transaction(ctx context.Context, do func(*sqlx.Tx) error) error {
	tx, err := d.pool.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return finishTransaction(tx, do)
}

// finishTransaction commits what do does, or rolls it back if that fails.
func finishTransaction(tx *sqlx.Tx, do func(*sqlx.Tx) error) error {
	if err := do(tx); err != nil {
		// What became of the connection is no news: the server rolls back what it was not told to commit.
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) && !errors.Is(rollback, driver.ErrBadConn) {
			return errors.Join(err, fmt.Errorf("roll back: %w", rollback))
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// isRepeatable tells whether a transaction may do better when it is tried again: PostgreSQL asks for it (serialization
// failure, deadlock), or a constraint broke that the checks of a write look after themselves. Then another transaction
// committed between the checks and the writing: the next time the checks see it, and tell it as a Problem.
func isRepeatable(err error) bool {
	var pg *pq.Error
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code {
	case "40001", "40P01", "23505", "23503": // the last two: unique and foreign key
		return true
	case "23514":
		return pg.Constraint == "accounts_parent_live" || pg.Constraint == "accounts_no_cycle"
	}
	return false
}
