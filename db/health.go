package db

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/accountgraph/accountgraph/migrations"
)

// Health is whether requests can be answered, part by part.
type Health struct {
	Database DatabaseHealth `json:"database"`
	Schema   SchemaHealth   `json:"schema"`
	Pool     PoolHealth     `json:"pool"`
	// Err is why the database does not answer, or not tell its schema; nil if it does. It is for the log.
	Err error `json:"-"`
}

// DatabaseHealth is whether the database answers.
type DatabaseHealth struct {
	// Status is "ok" or "unreachable".
	Status string `json:"status"`
}

// SchemaHealth is whether the database has the schema that this program needs.
type SchemaHealth struct {
	// Status is "ok", "newer", "older" or, if it can't be read, "unknown". A newer schema is good: a release may migrate while
	// the one before it still serves.
	Status string `json:"status"`
	// Version is the last migration of the database, 0 for none.
	Version int64 `json:"version"`
	// Known is the last migration of this program.
	Known int64 `json:"known"`
}

// PoolHealth is how busy the connections are.
type PoolHealth struct {
	// Status is "ok", or "saturated" if all connections are in use: further statements wait. That is no reason to take a
	// server from those that serve, whose load the others would have to bear.
	Status string `json:"status"`
	// InUse and Max are numbers of connections.
	InUse int `json:"inUse"`
	Max   int `json:"max"`
}

// IsReady tells whether requests can be answered: the database answers, and its schema is not too old.
func (h Health) IsReady() bool {
	return h.Database.Status == "ok" && (h.Schema.Status == "ok" || h.Schema.Status == "newer")
}

// Health asks the database, on a connection of its own, so that a pool in use does not hide that it answers.
func (d *DB) Health(ctx context.Context) Health {
	stats := d.pool.Stats()
	h := Health{
		Database: DatabaseHealth{Status: "ok"},
		Schema:   SchemaHealth{Status: "ok"},
		Pool:     PoolHealth{Status: "ok", InUse: stats.InUse, Max: stats.MaxOpenConnections},
	}
	if h.Pool.InUse == h.Pool.Max {
		h.Pool.Status = "saturated"
	}
	if h.Schema.Known, h.Err = lastMigration(); h.Err == nil {
		h.Err = d.watchman.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version").Scan(&h.Schema.Version)
	}
	switch {
	case isAnswer(h.Err) && !IsUnavailable(h.Err):
		h.Schema.Status = "unknown"
	case h.Err != nil:
		h.Database.Status, h.Schema.Status = "unreachable", "unknown"
	case h.Schema.Version < h.Schema.Known:
		h.Schema.Status = "older"
	case h.Schema.Version > h.Schema.Known:
		h.Schema.Status = "newer"
	}
	return h
}

// lastMigration is the number of the last migration that this program has.
func lastMigration() (int64, error) {
	files, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	last, err := goose.NumericComponent(files[len(files)-1])
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	return last, nil
}
