// Package pgtest gives tests a PostgreSQL: the one that TEST_DATABASE_URL
// names, else one of their own, started when the first test asks for it.
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
// Each test binary has its own server on its own port, so that packages run
// beside each other. It is not safe against loss of power, for speed. A server
// whose tests ended without Main's end, by a panic perhaps, ends with them on
// Linux; elsewhere, and its folder everywhere, the next test run removes it. A
// fresh cluster is kept in the user's cache folder and copied by later runs.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/internal/postgres"
)

// The server is one for the whole test binary, which go test gives us no
// other place to keep for.
var shared server

type server struct {
	mu       sync.Mutex
	postgres *postgres.Server
	dir      string
	err      error
}

// Main runs the tests, then stops the server if one of them started it. Its
// result is for os.Exit.
func Main(m *testing.M) int {
	defer shared.stop()
	return m.Run()
}

// URL is the address of a database as superuser, made to create others from.
// The first call starts the server; a test that cannot have one fails.
func URL(t testing.TB) string {
	t.Helper()
	if url := os.Getenv("TEST_DATABASE_URL"); url != "" {
		return url
	}
	url, err := shared.url()
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v (TEST_DATABASE_URL may name one)", err)
	}
	return url
}

func (s *server) url() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.postgres == nil && s.err == nil {
		s.err = s.start()
	}
	if s.err != nil {
		return "", s.err
	}
	select {
	case <-s.postgres.Done():
		return "", s.postgres.Err()
	default:
		return s.postgres.URL(), nil
	}
}

// pattern names the folders of this user's tests.
func pattern() string { return fmt.Sprintf("accountgraph-pgtest-%d-*", os.Getuid()) }

func (s *server) start() error {
	ctx := context.Background()
	sweep(ctx)
	dir, err := os.MkdirTemp("", pattern())
	if err != nil {
		return err
	}
	s.dir = dir
	// As root, PostgreSQL runs as another user, who must get in.
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	cache, err := os.UserCacheDir()
	if err == nil {
		cache = filepath.Join(cache, "accountgraph", "pgtest")
	}
	s.postgres, err = postgres.Start(ctx, postgres.Options{
		DataDir:   dir,
		Database:  "postgres",
		NoSync:    true,
		InitCache: cache,
		Settings: map[string]string{
			"fsync":              "off",
			"synchronous_commit": "off",
			"full_page_writes":   "off",
			"autovacuum":         "off", // its workers would hinder copies of databases
			"max_connections":    "300",
			"max_wal_size":       "4GB", // no checkpoints between
			"shared_buffers":     "64MB",
		},
	})
	if err != nil {
		_ = os.RemoveAll(dir)
	}
	return err
}

func (s *server) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.postgres == nil {
		return
	}
	err := errors.Join(s.postgres.Stop(), os.RemoveAll(s.dir))
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
	}
	s.postgres, s.err = nil, errors.New("the tests are over")
}

// sweep removes what tests left that were killed. A folder in use is locked;
// one of the last minutes may be about to be.
func sweep(ctx context.Context) {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), pattern()))
	for _, dir := range left {
		if info, err := os.Lstat(dir); err == nil && info.IsDir() && time.Since(info.ModTime()) > 2*time.Minute {
			_ = postgres.Remove(ctx, dir) // best effort: the next run tries again
		}
	}
}
