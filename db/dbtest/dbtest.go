// Package dbtest gives each test a database of its own: a copy of one that is migrated once for each test binary.
//
//	func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }
package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lib/pq" // the driver of database/sql as well

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/postgres/pgtest"
)

// The template is one for the whole test binary, which go test gives us no other place to keep for.
var shared template

// Main runs the tests and removes what they left. Its result is for os.Exit.
func Main(m *testing.M) int {
	code := pgtest.Main(m)
	if err := shared.drop(); err != nil {
		fmt.Fprintln(os.Stderr, "dbtest:", err)
	}
	return code
}

// New opens a fresh, migrated, empty database, which ends with the test.
func New(t testing.TB) *db.DB {
	t.Helper()
	return Open(t, NewURL(t))
}

// Open opens a pool on a database and closes it when the test ends.
func Open(t testing.TB, url string) *db.DB {
	t.Helper()
	d, err := db.Open(db.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return d
}

// NewURL makes a fresh, migrated, empty database, which ends with the test, and returns its address.
func NewURL(t testing.TB) string {
	t.Helper()
	server := pgtest.URL(t)
	if err := shared.make(t.Context(), server); err != nil {
		t.Fatalf("make the template of the tests' databases: %v", err)
	}
	address := create(t, server, " TEMPLATE "+shared.name)
	t.Cleanup(func() { checkPlaces(t, address) })
	return address
}

// checkPlaces fails a test at whose end the places of accounts are not what their parents say. Some tests do away with accounts.
func checkPlaces(t testing.TB, address string) {
	t.Helper()
	pool, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	misplaced := 0
	err = pool.QueryRowContext(context.Background(), "SELECT count(*) FROM misplaced_accounts()").Scan(&misplaced)
	var pg *pq.Error
	if errors.As(err, &pg) && pg.Code == "42P01" { // undefined_table
		err = nil
	}
	if err := errors.Join(err, pool.Close()); err != nil {
		t.Errorf("check the places of accounts: %v", err)
	}
	if misplaced > 0 {
		t.Errorf("%d accounts are misplaced: see the function misplaced_accounts", misplaced)
	}
}

// NewEmptyURL makes a database without a schema, which ends with the test, and returns its address.
func NewEmptyURL(t testing.TB) string {
	t.Helper()
	return NewURLWith(t, "")
}

// NewURLWith is NewEmptyURL with options of CREATE DATABASE (" ENCODING 'LATIN1'").
func NewURLWith(t testing.TB, options string) string {
	t.Helper()
	return create(t, pgtest.URL(t), options)
}

// Organization makes an organization with a user of the role ADMIN, who is the viewer.
func Organization(t testing.TB, d *db.DB, name string) db.Viewer {
	t.Helper()
	organization, err := d.CreateOrganization(t.Context(), db.NewOrganization{Name: name, DefaultCurrency: "USD", DefaultRegion: "US"})
	if err != nil {
		t.Fatalf("create organization %s: %v", name, err)
	}
	user, err := d.CreateUser(t.Context(), db.SystemViewer(organization.ID), db.NewUser{
		Name: "Admin of " + name, Email: "admin@example.com", Role: db.RoleAdmin,
	})
	if err != nil {
		t.Fatalf("create the admin of %s: %v", name, err)
	}
	return db.Viewer{Organization: organization.ID, User: &user.ID, Role: user.Role}
}

// databases numbers the databases of this process.
var databases atomic.Int64

func newName() string { return fmt.Sprintf("accountgraph_test_%d_%d", os.Getpid(), databases.Add(1)) }

// create makes a database and drops it when the test ends.
func create(t testing.TB, server, options string) string {
	t.Helper()
	name := newName()
	if err := execute(t.Context(), server, "CREATE DATABASE "+name+options); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		// The test's own context has ended.
		if err := execute(context.Background(), server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop database: %v", err)
		}
	})
	address, err := withDatabase(server, name)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// template is the database that the others are copies of.
type template struct {
	once         sync.Once
	server, name string
	err          error
}

func (p *template) make(ctx context.Context, server string) error {
	p.once.Do(func() {
		p.server, p.name = server, newName()
		if p.err = execute(ctx, server, "CREATE DATABASE "+p.name); p.err != nil {
			return
		}
		var address string
		if address, p.err = withDatabase(server, p.name); p.err == nil {
			// Not the context of the test that happened to be first.
			_, _, p.err = db.Migrate(context.WithoutCancel(ctx), address)
		}
	})
	return p.err
}

// drop removes the template from a server that stays; one that pgtest started is gone by now.
func (p *template) drop() error {
	if p.name == "" || os.Getenv("TEST_DATABASE_URL") == "" {
		return nil
	}
	return execute(context.Background(), p.server, "DROP DATABASE IF EXISTS "+p.name+" WITH (FORCE)")
}

func execute(ctx context.Context, server, statement string) (err error) {
	pool, err := sql.Open("postgres", server)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	_, err = pool.ExecContext(ctx, statement)
	return err
}

// withDatabase is the address of another database of the same server.
func withDatabase(server, name string) (string, error) {
	address, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("read the server's address: %w", err)
	}
	address.Path = "/" + name
	return address.String(), nil
}
