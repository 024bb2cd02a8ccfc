package postgres

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestStart(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, Options{DataDir: dir}) // as users start it: with initdb, and safe

	t.Run("makes the database", func(t *testing.T) {
		if got, want := ask(t, s.URL(), "SELECT current_database()"), "accountgraph"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("keeps the data safe and its order the same everywhere", func(t *testing.T) {
		for setting, want := range map[string]string{
			"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on",
			"server_encoding": "UTF8", "lc_collate": "C", "timezone": "UTC", "jit": "off",
		} {
			got := ask(t, s.URL(), "SELECT setting FROM pg_settings WHERE name ILIKE '"+setting+"'")
			if got != want {
				t.Errorf("%s: got %s, want %s", setting, got, want)
			}
		}
	})
	t.Run("listens on loopback only, without Unix socket", func(t *testing.T) {
		if got := ask(t, s.URL(), "SHOW listen_addresses"); got != "127.0.0.1" {
			t.Errorf("got %s, want 127.0.0.1", got)
		}
		if got := ask(t, s.URL(), "SHOW unix_socket_directories"); got != "" {
			t.Errorf("got %q, want none", got)
		}
	})
	t.Run("refuses another password", func(t *testing.T) {
		err := execute(t.Context(), address(s.Port(), "wrong", "postgres"), "SELECT 1")
		if err == nil || !strings.Contains(err.Error(), "password") {
			t.Errorf("got %v, want a refusal", err)
		}
	})
	t.Run("keeps the password from others", func(t *testing.T) {
		info, err := os.Stat(filepath.Join(pgdata(dir), passwordFile))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got&0o077 != 0 {
			t.Errorf("got mode %v, want none for others", got)
		}
	})
	t.Run("again keeps data and port, within three seconds", func(t *testing.T) {
		if err := execute(t.Context(), s.URL(), "CREATE TABLE kept AS SELECT 'here' AS word"); err != nil {
			t.Fatal(err)
		}
		stop(t, s)
		again := startsWithin(t, Options{DataDir: dir})
		if got := ask(t, again.URL(), "SELECT word FROM kept"); got != "here" {
			t.Errorf("got %q, want here", got)
		}
		if again.Port() != s.Port() {
			t.Errorf("got port %d, want %d", again.Port(), s.Port())
		}
		stop(t, again)
	})
}

func TestStop(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, quick(t, dir))
	pid := s.process.pid()
	stop(t, s)
	stop(t, s)
	if exists(pid) {
		t.Errorf("process %d still runs", pid)
	}
	if left := readPid(pgdata(dir)); left.pid != 0 {
		t.Error("not shut down cleanly: the pid file is left")
	}
	select {
	case <-s.Done():
		t.Error("Done is closed after Stop, want it for ends by itself only")
	default:
	}
	if err := s.Err(); err != nil {
		t.Errorf("got %v, want no error", err)
	}
}

func TestStartRefusesASecondServer(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, quick(t, dir))
	for _, announced := range []string{"", "http://127.0.0.1:8080"} {
		s.Announce(announced)
		_, err := Start(t.Context(), quick(t, dir))
		if !errors.Is(err, ErrInUse) {
			t.Fatalf("got %v, want ErrInUse", err)
		}
		for _, part := range []string{dir, "process " + strconv.Itoa(os.Getpid()), announced} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("got %q, want it to name %q", err, part)
			}
		}
	}
	if err := Remove(t.Context(), dir); !errors.Is(err, ErrInUse) {
		t.Errorf("Remove: got %v, want ErrInUse", err)
	}
	ask(t, s.URL(), "SELECT 1") // and the first is not disturbed
}

func TestStartWithPort(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	port := taken.Addr().(*net.TCPAddr).Port
	dir := folder(t)
	o := quick(t, dir)

	t.Run("says that the port is taken", func(t *testing.T) {
		o := o
		o.Port = port
		_, err := Start(t.Context(), o)
		if !errors.Is(err, ErrPortTaken) || !strings.Contains(err.Error(), strconv.Itoa(port)) {
			t.Errorf("got %v, want ErrPortTaken with the port", err)
		}
	})
	t.Run("says so too if PostgreSQL finds it taken", func(t *testing.T) {
		s := &Server{dir: dir, port: port}
		if err := os.WriteFile(logPath(dir), []byte("LOG:  could not bind IPv4 address \"127.0.0.1\": Address already in use\nFATAL:  could not create any TCP/IP sockets\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.notStarted(); !errors.Is(err, ErrPortTaken) {
			t.Errorf("got %v, want ErrPortTaken", err)
		}
	})
	t.Run("leaves a remembered port that is taken", func(t *testing.T) {
		writePort(dir, port)
		s := start(t, o)
		if s.Port() == port {
			t.Errorf("got the taken port %d", port)
		}
		stop(t, s)
	})
	t.Run("takes the one asked for", func(t *testing.T) {
		o := o
		var err error
		if o.Port, err = freePort(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		s := start(t, o)
		if s.Port() != o.Port {
			t.Errorf("got port %d, want %d", s.Port(), o.Port)
		}
		stop(t, s)
	})
	t.Run("refuses what is no port", func(t *testing.T) {
		o := o
		o.Port = 70000
		if _, err := Start(t.Context(), o); err == nil {
			t.Error("got no error")
		}
	})
}

func TestStartInterrupted(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	o := quick(t, dir)
	o.InitCache = ""
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { // interrupts it while initdb runs
		poll(ctx, time.Minute, func() bool {
			found, _ := filepath.Glob(filepath.Join(dir, "init-*", "data", "PG_VERSION"))
			return len(found) > 0
		})
		cancel()
	}()
	if _, err := Start(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "init-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	start(t, o)
}

func TestRemove(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := Remove(t.Context(), dir); err != nil {
		t.Errorf("of nothing: got %v", err)
	}
	stop(t, start(t, quick(t, dir)))
	if err := Remove(t.Context(), dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("got %v, want it gone", err)
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	_, url := startHelper(t, dir)
	if err := execute(t.Context(), url, "CREATE TABLE shared AS SELECT 'here' AS word"); err != nil {
		t.Fatal(err)
	}
	joined, err := Join(t.Context(), quick(t, dir))
	if err != nil || joined != url {
		t.Fatalf("got %s, %v, want %s", joined, err, url)
	}
	if got := ask(t, joined, "SELECT word FROM shared"); got != "here" {
		t.Errorf("got %s", got)
	}
	t.Run("waits while the other one starts", func(t *testing.T) {
		t.Parallel()
		dir := folder(t)
		launchHelper(t, dir, "")
		if joined, err := Join(t.Context(), quick(t, dir)); err != nil || ask(t, joined, "SELECT 'yes'") != "yes" {
			t.Errorf("got %s, %v", joined, err)
		}
	})
	t.Run("gives up when it is told to", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Join(ctx, quick(t, folder(t))); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}
