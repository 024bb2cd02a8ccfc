// Package migrations holds the database schema as numbered SQL files, forward only, applied by goose.
package migrations

import "embed"

// Files are the migrations, named NNNN_subject.sql.
//
//go:embed *.sql
var Files embed.FS
