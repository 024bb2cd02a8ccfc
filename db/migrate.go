package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/accountgraph/accountgraph/migrations"
)

// ErrNewerSchema tells that a database knows migrations that this program does not. The errors that wrap it are
// one sentence with the figures.
var ErrNewerSchema = errors.New("the database was migrated by a newer version of accountgraph")

// Migrate brings a database to the schema that this program knows, and tells from which migration to which. Programs
// that migrate at the same time wait for each other. A database with a newer schema is left alone: ErrNewerSchema. So is
// one that has something else in it, or texts that are not UTF-8: ErrUnfit.
func Migrate(ctx context.Context, url string) (from, to int64, err error) {
	m, err := openMigrator(url)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, m.pool.Close()) }()
	if from, err = m.version(ctx); err != nil {
		return from, from, err
	}
	if from == 0 {
		if err := checkFit(ctx, m.pool); err != nil {
			return 0, 0, err
		}
	}
	done, err := m.provider.Up(ctx)
	if err != nil {
		return from, from, fmt.Errorf("migrate: %w", err)
	}
	// Once more: a newer program may have migrated while this one waited for its turn.
	if to, err = m.version(ctx); err != nil {
		return from, to, err
	}
	if len(done) == 0 {
		from = to // others did the work
	}
	return from, to, nil
}

// SchemaVersion tells which migration a database is at, 0 for none, and which is the last that this program knows.
// It changes nothing. A database with a newer schema is ErrNewerSchema.
func SchemaVersion(ctx context.Context, url string) (version, known int64, err error) {
	m, err := openMigrator(url)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, m.pool.Close()) }()
	version, err = m.version(ctx)
	return version, m.known, err
}

// migrator is a connection for migrations, apart from the pool that requests use.
type migrator struct {
	pool     *sql.DB
	provider *goose.Provider
	// known is the last migration that this program has.
	known int64
}

func openMigrator(url string) (*migrator, error) {
	connector, err := pq.NewConnector(url)
	if err != nil {
		return nil, fmt.Errorf("read the database's address: %w", err)
	}
	// The lock lasts as long as its session: a program that dies leaves none. It is asked for every second.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600))
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	pool := sql.OpenDB(connector)
	provider, err := goose.NewProvider(goose.DialectPostgres, pool, migrations.Files, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the migrations: %w", err), pool.Close())
	}
	sources := provider.ListSources()
	return &migrator{pool: pool, provider: provider, known: sources[len(sources)-1].Version}, nil
}

// version reads which migration the database is at, and refuses one that is not known.
func (m *migrator) version(ctx context.Context) (int64, error) {
	var exists bool
	if err := m.pool.QueryRowContext(ctx, "SELECT to_regclass('goose_db_version') IS NOT NULL").Scan(&exists); err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	if !exists {
		return 0, nil
	}
	var version int64
	if err := m.pool.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version").Scan(&version); err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	if version > m.known {
		return version, fmt.Errorf("%w (schema %d; this one knows %d)", ErrNewerSchema, version, m.known)
	}
	return version, nil
}
