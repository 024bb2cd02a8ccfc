package db_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// setup gives a test a database with one organization.
func setup(t testing.TB) (*db.DB, db.Viewer) {
	t.Helper()
	d := dbtest.New(t)
	return d, dbtest.Organization(t, d, "Acme")
}

// setupTwice is setup, and the same database once more for which each subtree is a large one.
func setupTwice(t testing.TB) (d, large *db.DB, v db.Viewer) {
	t.Helper()
	url := dbtest.NewURL(t)
	d, large = dbtest.Open(t, url), dbtest.Open(t, url)
	large.SetLargeSubtree(1)
	return d, large, dbtest.Organization(t, d, "Acme")
}

// oneConnection makes a database that is read over one connection, which keeps all its plans and knows all that it did.
func oneConnection(t testing.TB) *db.DB {
	t.Helper()
	d, err := db.Open(db.Options{URL: dbtest.NewURL(t), MaxConnections: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func ptr[T any](value T) *T { return &value }

// domainOf is a domain made of a name.
func domainOf(name string) string {
	return strings.ToLower(strings.NewReplacer(" ", "-", "/", "-").Replace(name)) + ".com"
}

// input is a new account with the least that one needs.
func input(name string, parent *db.Account) db.CreateAccountInput {
	in := db.CreateAccountInput{Name: name, PrimaryDomain: domainOf(name), IsActive: true}
	if parent != nil {
		in.ParentID = &parent.ID
	}
	return in
}

// create makes an account with the least that one needs.
func create(t testing.TB, d *db.DB, v db.Viewer, name string, parent *db.Account) *db.Account {
	t.Helper()
	return createWith(t, d, v, input(name, parent))
}

func createWith(t testing.TB, d *db.DB, v db.Viewer, in db.CreateAccountInput) *db.Account {
	t.Helper()
	result, err := d.CreateAccount(t.Context(), v, in)
	if err != nil {
		t.Fatalf("create %s: %v", in.Name, err)
	}
	return result.Account
}

// chain makes accounts of which each is the parent of the next, in calls of 1,000.
func chain(t testing.TB, d *db.DB, v db.Viewer, name string, length int) []db.AccountID {
	t.Helper()
	var ids []db.AccountID
	for len(ids) < length {
		in := db.CreateAccountsInput{}
		for i := range min(1000, length-len(ids)) {
			row := input(fmt.Sprintf("%s %05d", name, len(ids)+i), nil)
			link := &db.CreateAccountsRowInput{Key: ptr(fmt.Sprint(i)), Account: &row}
			switch {
			case i > 0:
				link.ParentKey = ptr(fmt.Sprint(i - 1))
			case len(ids) > 0:
				row.ParentID = &ids[len(ids)-1]
			}
			in.Accounts = append(in.Accounts, link)
		}
		results, err := d.CreateAccounts(t.Context(), v, in)
		if err != nil {
			t.Fatalf("create a chain: %v", err)
		}
		for _, r := range results {
			ids = append(ids, r.Account.ID)
		}
	}
	analyze(t, d)
	return ids
}

// analyze does what autovacuum, which tests go without, would do a minute later: the planner learns how many rows there are.
func analyze(t testing.TB, d *db.DB) {
	t.Helper()
	run(t, d, "ANALYZE accounts, account_domains")
}

// account reads an account; nil if there is none.
func account(t testing.TB, d *db.DB, v db.Viewer, id db.AccountID) *db.Account {
	t.Helper()
	found, err := d.AccountsByID(t.Context(), v, []db.AccountID{id})
	if err != nil {
		t.Fatal(err)
	}
	return found[id]
}

// run executes SQL as somebody would who types it by hand.
func run(t testing.TB, d *db.DB, text string, args ...any) {
	t.Helper()
	if _, err := d.Pool().ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// query reads one column.
func query[T any](t testing.TB, d *db.DB, text string, args ...any) []T {
	t.Helper()
	var rows []T
	if err := d.Pool().SelectContext(t.Context(), &rows, text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return rows
}

// wantProblems checks the problems of an input, each as "path CODE", in any order.
func wantProblems(t testing.TB, err error, want ...string) {
	t.Helper()
	found, ok := db.AsProblems(err)
	if !ok {
		t.Errorf("got the error %v, want problems %q", err, want)
		return
	}
	var got []string
	for _, p := range found {
		got = append(got, strings.Join(p.Field, ".")+" "+string(p.Code))
		if p.Message == "" {
			t.Errorf("%v has no message", p.Field)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s%v", diff, err)
	}
}

// wantCode checks an error about the caller.
func wantCode(t testing.TB, err error, code db.Code) {
	t.Helper()
	var e *db.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("got the error %v, want the code %s", err, code)
	}
}

// wantText checks that an error's message has a text.
func wantText(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got the error %v, want one with %q", err, want)
	}
}

func names(accounts []*db.Account) []string {
	out := []string{}
	for _, a := range accounts {
		if a == nil {
			out = append(out, "")
		} else {
			out = append(out, a.Name)
		}
	}
	return out
}
