//go:build unix

package faults

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/internal/eventually"
	"github.com/accountgraph/accountgraph/internal/postgres"
)

// cluster is a PostgreSQL of the test's own, which may be stopped and killed.
type cluster struct {
	t *testing.T
	*postgres.Server
	dir string
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	above, err := os.MkdirTemp("", "accountgraph-faults-*")
	if err != nil {
		t.Fatal(err)
	}
	// As root, PostgreSQL runs as another user, who must get in.
	if err := os.Chmod(above, 0o755); err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, dir: filepath.Join(above, "data")}
	c.start(0)
	t.Cleanup(func() {
		c.stop()
		if err := postgres.Remove(context.Background(), c.dir); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(above); err != nil {
			t.Error(err)
		}
	})
	if _, _, err := db.Migrate(t.Context(), c.URL()); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *cluster) start(port int) {
	c.t.Helper()
	var err error
	if c.Server, err = postgres.Start(c.t.Context(), postgres.Options{DataDir: c.dir, Port: port, NoSync: true}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) stop() {
	c.t.Helper()
	if err := c.Stop(); err != nil {
		c.t.Error(err)
	}
}

// kill ends it as a lack of memory does.
func (c *cluster) kill() {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "pgdata", "postmaster.pid"))
	if err != nil {
		c.t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		c.t.Fatal(err)
	}
	<-c.Done()
	_ = c.Stop() // gives the folder free
}

func TestDatabaseThatIsRestarted(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	s := serve(t, acme(t, dbtest.Open(t, c.URL())), db.Options{URL: c.URL(), PoolWait: 5 * time.Second})
	l := start(t, s)
	again := func() { c.start(c.Port()) }
	l.through(c.stop, again)
	l.through(c.kill, again)
	t.Run("and is told by /readyz, and not by /healthz", func(t *testing.T) {
		l.through(func() {
			c.stop()
			if status, text := s.get("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, `"database":{"status":"unreachable"}`) {
				t.Errorf("/readyz: got %d %s", status, text)
			}
			if status, _ := s.get("/healthz"); status != http.StatusOK {
				t.Errorf("/healthz: got %d", status)
			}
		}, again)
		if status, text := s.get("/readyz"); status != http.StatusOK {
			t.Errorf("/readyz afterwards: got %d %s", status, text)
		}
	})
	l.finish()
}

func TestPoolThatIsFull(t *testing.T) {
	t.Parallel()
	address := dbtest.NewURL(t)
	s := serve(t, acme(t, dbtest.Open(t, address)), db.Options{URL: address, MaxConnections: 2, PoolWait: 50 * time.Millisecond})
	for range 2 {
		tx, err := s.db.Pool().BeginTxx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
	}
	a, err := s.ask(t.Context(), read, nil)
	if err != nil || a.code != string(db.CodeUnavailable) || a.status != http.StatusServiceUnavailable || a.retryAfter == "" {
		t.Errorf("got %+v, %v, want 503 UNAVAILABLE with Retry-After", a, err)
	}
	for path, want := range map[string]string{"/healthz": `{"status":"ok"}`, "/readyz": `"pool":{"status":"saturated","inUse":2,"max":2}`} {
		if status, text := s.get(path); status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: got %d %s, want 200 with %s", path, status, text, want)
		}
	}
}

func TestClientThatGoes(t *testing.T) {
	t.Parallel()
	address := dbtest.NewURL(t)
	other := dbtest.Open(t, address)
	s := serve(t, acme(t, other), db.Options{URL: address, MaxConnections: 1, PoolWait: time.Minute, StatementTimeout: time.Hour})
	tx, err := other.Pool().BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE account_domains IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	waiting := func() (n int) {
		if err := other.Pool().GetContext(t.Context(), &n, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, query := range []string{read, write} {
		ctx, leave := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() {
			_, err := s.ask(ctx, query, map[string]string{"name": "Load", "domain": "load.com"})
			gone <- err
		}()
		eventually.So(t, "the statement waits for the lock", func() bool { return waiting() == 1 })
		leave()
		if err := <-gone; err == nil {
			t.Error("got an answer")
		}
		eventually.So(t, "the statement is cancelled", func() bool { return waiting() == 0 })
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	s.must() // on the only connection
}
