package db_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func TestMigrate(t *testing.T) {
	t.Parallel()

	t.Run("makes the schema, and the second time changes nothing", func(t *testing.T) {
		t.Parallel()
		url := dbtest.NewEmptyURL(t)
		if version, known, err := db.SchemaVersion(t.Context(), url); version != 0 || known == 0 || err != nil {
			t.Fatalf("version of an empty database: got %d of %d, %v", version, known, err)
		}
		from, to, err := db.Migrate(t.Context(), url)
		if err != nil || from != 0 || to == 0 {
			t.Fatalf("got %d to %d, %v; want 0 to the last", from, to, err)
		}
		d := dbtest.Open(t, url)
		v := dbtest.Organization(t, d, "Acme")
		a := create(t, d, v, "Globex", nil)

		again, last, err := db.Migrate(t.Context(), url)
		if err != nil || again != to || last != to {
			t.Errorf("second time: got %d to %d, %v; want %d to %d", again, last, err, to, to)
		}
		if version, known, err := db.SchemaVersion(t.Context(), url); version != to || known != to || err != nil {
			t.Errorf("version: got %d of %d, %v; want %d of %d", version, known, err, to, to)
		}
		if account(t, d, v, a.ID) == nil {
			t.Error("the data is gone")
		}
	})

	t.Run("waits for others that migrate at the same time", func(t *testing.T) {
		t.Parallel()
		url := dbtest.NewEmptyURL(t)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, _, err := db.Migrate(t.Context(), url); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})

	t.Run("refuses a database with a newer schema", func(t *testing.T) {
		t.Parallel()
		url := dbtest.NewURL(t)
		d := dbtest.Open(t, url)
		run(t, d, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)")
		_, _, err := db.Migrate(t.Context(), url)
		if !errors.Is(err, db.ErrNewerSchema) || !strings.Contains(err.Error(), "schema 9999; this one knows") {
			t.Errorf("migrate: got %v, want ErrNewerSchema with the figures", err)
		}
		if _, _, err := db.SchemaVersion(t.Context(), url); !errors.Is(err, db.ErrNewerSchema) {
			t.Errorf("version: got %v, want ErrNewerSchema", err)
		}
	})

	t.Run("leaves a database alone that has something else in it", func(t *testing.T) {
		t.Parallel()
		url := dbtest.NewEmptyURL(t)
		d := dbtest.Open(t, url)
		run(t, d, "CREATE TABLE accounts (id integer)")
		if _, _, err := db.Migrate(t.Context(), url); !errors.Is(err, db.ErrUnfit) || !strings.Contains(err.Error(), "(accounts)") {
			t.Errorf("got %v, want ErrUnfit with the table", err)
		}
		var tables int
		if err := d.Pool().GetContext(t.Context(), &tables, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); err != nil || tables != 1 {
			t.Errorf("got %d tables, %v; want the one that was there", tables, err)
		}
	})

	t.Run("takes a schema of its own beside something else", func(t *testing.T) {
		t.Parallel()
		url := dbtest.NewEmptyURL(t)
		run(t, dbtest.Open(t, url), "CREATE TABLE accounts (id integer); CREATE SCHEMA crm")
		if _, to, err := db.Migrate(t.Context(), url+"&search_path=crm"); err != nil || to == 0 {
			t.Errorf("got %d, %v", to, err)
		}
	})

	t.Run("leaves a database alone whose texts are not UTF-8", func(t *testing.T) {
		t.Parallel()
		url := dbtest.NewURLWith(t, " ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
		if _, _, err := db.Migrate(t.Context(), url); !errors.Is(err, db.ErrUnfit) || !strings.Contains(err.Error(), "LATIN1") {
			t.Errorf("got %v, want ErrUnfit with the encoding", err)
		}
	})

	t.Run("tells of an address that can't be read", func(t *testing.T) {
		t.Parallel()
		if _, _, err := db.Migrate(t.Context(), "postgres://%zz"); err == nil {
			t.Error("got no error")
		}
	})
}
