package postgres

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The test binary is also a server to be killed: with these variables it
// starts PostgreSQL, prints its address and waits.
const (
	helperDir = "POSTGRES_TEST_HELPER_DIR"
	helperBin = "POSTGRES_TEST_HELPER_BINARIES"
	cacheDir  = "POSTGRES_TEST_CACHE"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperDir); dir != "" {
		helper(dir)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	cache, err := os.MkdirTemp("", "accountgraph-postgres-cache-*")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(cache) }()
	if err := os.Setenv(cacheDir, cache); err != nil {
		panic(err)
	}
	return m.Run()
}

func helper(dir string) {
	s, err := Start(context.Background(), Options{
		DataDir: dir, BinariesDir: os.Getenv(helperBin), NoSync: true, InitCache: os.Getenv(cacheDir),
	})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(s.URL())
	_, _ = io.Copy(io.Discard, os.Stdin) // until our parent closes it or kills us
	_ = s.Stop()
	os.Exit(0)
}

// startHelper starts a server in another process and returns it with its URL.
func startHelper(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	cmd, out := launchHelper(t, dir, "")
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "postgres://") {
		t.Fatalf("helper: got %q, %v, want a URL", line, err)
	}
	return cmd, strings.TrimSpace(line)
}

func launchHelper(t *testing.T, dir, binaries string) (*exec.Cmd, io.Reader) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), helperDir+"="+dir, helperBin+"="+binaries)
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	return cmd, out
}

// folder is a place for a data folder that the account can reach, which
// t.TempDir is not.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "accountgraph-postgres-test-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "data")
}

// quick are options for tests that are not about safety.
func quick(t *testing.T, dir string) Options {
	t.Helper()
	return Options{
		DataDir: dir, NoSync: true, InitCache: os.Getenv(cacheDir),
		Settings: map[string]string{"fsync": "off"},
		Log:      slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	began := time.Now()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started in %v", time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

// startsWithin expects the first answer within three seconds. A busy machine
// may need longer for everything: then the start is compared with one that has
// nothing to recover.
func startsWithin(t *testing.T, o Options) *Server {
	t.Helper()
	took, s := answers(t, o)
	if took <= 3*time.Second {
		return s
	}
	stop(t, s)
	plain, s := answers(t, o)
	if took > 5*plain {
		t.Errorf("took %v, want at most 3s; a plain start took %v", took, plain)
	}
	return s
}

func answers(t *testing.T, o Options) (time.Duration, *Server) {
	t.Helper()
	began := time.Now()
	s := start(t, o)
	ask(t, s.URL(), "SELECT 1")
	return time.Since(began), s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

// ask sends one statement and returns its one value.
func ask(t *testing.T, url, query string) string {
	t.Helper()
	value, err := query1(t.Context(), url, query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

func query1(ctx context.Context, url, query string) (value string, err error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return "", err
	}
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(ctx, query).Scan(&value)
	return value, err
}

// fake makes a folder with programs that are shell scripts.
func fake(t *testing.T, dir, version, initdb string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{
		"postgres": "echo 'postgres (PostgreSQL) " + version + "'",
		"initdb":   initdb,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
