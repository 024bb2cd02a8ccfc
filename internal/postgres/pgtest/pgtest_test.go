package pgtest_test

import (
	"database/sql"
	"os"
	"testing"
	"time"

	_ "github.com/lib/pq"

	"github.com/accountgraph/accountgraph/internal/postgres/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestURL(t *testing.T) {
	began := time.Now()
	url := pgtest.URL(t)
	t.Logf("started in %v", time.Since(began).Round(time.Millisecond))

	t.Run("is that of a superuser", func(t *testing.T) {
		db, err := sql.Open("postgres", url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		var super bool
		if err := db.QueryRowContext(t.Context(), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user").Scan(&super); err != nil {
			t.Fatal(err)
		}
		if !super {
			t.Error("got an ordinary user, want a superuser")
		}
	})
	t.Run("is the same at the second call", func(t *testing.T) {
		if again := pgtest.URL(t); again != url {
			t.Errorf("got %s, want %s", again, url)
		}
	})
}
