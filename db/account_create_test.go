package db_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// rows are new accounts for CreateAccounts; a row is "name", "name<parentKey", and its key is its name.
func rows(specs ...string) []*db.CreateAccountsRowInput {
	var out []*db.CreateAccountsRowInput
	for _, spec := range specs {
		name, parent, below := strings.Cut(spec, "<")
		in := input(name, nil)
		row := &db.CreateAccountsRowInput{Key: &name, Account: &in}
		if below {
			row.ParentKey = &parent
		}
		out = append(out, row)
	}
	return out
}

func TestCreateAccount(t *testing.T) {
	t.Parallel()

	t.Run("keeps what it was given, in its one form", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		in := db.CreateAccountInput{
			Name: "  Globex Corp ", PrimaryDomain: "https://www.Globex.com/about", SecondaryDomains: []string{"@globex.de"},
			Logo: ptr("https://globex.com/logo.png"), Industry: ptr("TECHNOLOGY"), Status: ptr("ACTIVE"), Classification: ptr("SMB"), Health: ptr("GREEN"),
			Description: ptr("two\nlines"), AnnualRevenue: &db.MoneyInput{Amount: "1234.5"}, Employees: ptr(0), Website: ptr("https://globex.com"),
			BillingAddress: &db.AddressInput{City: ptr("Bern"), Country: ptr("ch")}, OwnerID: v.User, Source: ptr("hubspot"),
			Metadata: json.RawMessage(`{"big": 12345678901234567890, "list": [1.10]}`), IsActive: true,
		}
		a := createWith(t, d, v, in)
		if a.Number != 1 || a.Version != 1 || a.Name != "Globex Corp" || *a.PrimaryDomain != "globex.com" || *a.Creator().Node() != v.User.ID() {
			t.Errorf("got %+v", a)
		}
		if money := a.AnnualRevenue(); money.Currency != "USD" || money.Amount.String() != "1234.5" || *a.Employees != 0 || *a.OwnerID != *v.User {
			t.Errorf("got %v, %+v", money, a)
		}
		if !strings.Contains(string(a.Metadata), "12345678901234567890") || !strings.Contains(string(a.Metadata), "1.10") {
			t.Errorf("metadata: got %s", a.Metadata)
		}
		domains, err := d.DomainsOf(t.Context(), v, []db.AccountID{a.ID})
		if err != nil || len(domains[a.ID]) != 2 || !domains[a.ID][0].IsPrimary || domains[a.ID][1].Domain != "globex.de" || !domains[a.ID][1].IsRouting {
			t.Errorf("domains: got %v, %v", domains, err)
		}
		if got := query[string](t, d, "SELECT type || ' ' || (after ->> 'name') FROM events WHERE entity = 'account'"); !slices.Equal(got, []string{"account.created Globex Corp"}) {
			t.Errorf("events: got %q", got)
		}
	})

	t.Run("tells all problems of all kinds at once", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		rival := dbtest.Organization(t, d, "Rival")
		theirs := create(t, d, rival, "Theirs", nil)
		taken := input("Taken", nil)
		taken.ExternalIDs = []*db.ExternalIDInput{{Source: "hubspot", ID: "1"}}
		taken.Identifiers = []*db.BusinessIdentifierInput{{Scheme: "OTHER", Value: "77"}}
		first := createWith(t, d, v, taken)
		run(t, d, "UPDATE picklist_values SET is_archived = true WHERE picklist = 'account_status' AND key = 'TRIAL'")
		lazy, err := d.CreateUser(t.Context(), v, db.NewUser{Name: "Lazy", Email: "lazy@example.com", Role: db.RoleMember})
		if err != nil {
			t.Fatal(err)
		}
		run(t, d, "UPDATE users SET is_active = false WHERE email = 'lazy@example.com'")
		in := db.CreateAccountInput{
			Name: " ", PrimaryDomain: "taken.com", SecondaryDomains: []string{"no domain", "gmail.com", "taken.com"},
			Logo: ptr("ftp://x"), Industry: ptr("NONSENSE"), Status: ptr("TRIAL"), Description: ptr(strings.Repeat("x", 32_769)),
			AnnualRevenue: &db.MoneyInput{Amount: "-1"}, Employees: ptr(-1), OwnerID: &lazy.ID, ParentID: &theirs.ID,
			ExternalIDs: taken.ExternalIDs, Identifiers: taken.Identifiers, Metadata: json.RawMessage(`[]`),
		}
		_, err = d.CreateAccount(t.Context(), v, in)
		wantProblems(t, err,
			"input.name REQUIRED", "input.logo INVALID", "input.description TOO_LONG", "input.annualRevenue.amount OUT_OF_RANGE",
			"input.employees OUT_OF_RANGE", "input.metadata INVALID", "input.secondaryDomains.0 INVALID", "input.secondaryDomains.2 DUPLICATE",
			"input.parentId NOT_FOUND", "input.industry NOT_FOUND", "input.status INACTIVE", "input.ownerId INACTIVE",
			"input.primaryDomain DOMAIN_TAKEN", "input.secondaryDomains.1 FREE_MAIL_DOMAIN", "input.secondaryDomains.2 DOMAIN_TAKEN",
			"input.externalIds.0 TAKEN", "input.identifiers.0 TAKEN")
		problems, _ := db.AsProblems(err)
		for _, p := range problems {
			if (p.Code == db.ProblemTaken || p.Code == db.ProblemDomainTaken) && (p.Account == nil || *p.Account != first.ID) {
				t.Errorf("%s does not tell the holder", p)
			}
		}
		if got := listed(t, d, v); !slices.Equal(got, []string{"Taken"}) {
			t.Errorf("got %q", got)
		}
	})

	t.Run("is forbidden to those who only read", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		v.Role = db.RoleViewer
		_, err := d.CreateAccount(t.Context(), v, input("A", nil))
		wantCode(t, err, db.CodeForbidden)
	})
}

func TestCreateAccounts(t *testing.T) {
	t.Parallel()

	t.Run("links rows by their keys, in any order", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		top := create(t, d, v, "Top", nil)
		in := rows("leaf< middle ", "middle<root", " root ")
		in[2].Account.ParentID = &top.ID
		in[2].Account.PrimaryDomain = "root.com"
		results, err := d.CreateAccounts(t.Context(), v, db.CreateAccountsInput{Accounts: in})
		if err != nil {
			t.Fatal(err)
		}
		if got := place(t, d, v, results[0].Account.ID); got != "Top/root/middle/leaf" {
			t.Errorf("got %s", got)
		}
		if results[0].Account.Number != 2 || results[2].Account.Number != 4 {
			t.Errorf("numbers are not in the order of the rows: %d, %d", results[0].Account.Number, results[2].Account.Number)
		}
		if got := query[int](t, d, "SELECT count(*) FROM parent_changes"); got[0] != 0 {
			t.Errorf("a parent given at creation is recorded as a change")
		}
	})

	t.Run("tells the problems of all rows, and writes none", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		in := rows("a", "a", "b<nobody", "x<y", "y<z", "z<x", "w<x", "self<self", "fine", "", "lost<")
		in[1].Account.PrimaryDomain, in[9].Account.PrimaryDomain = "other.com", "blank.com"
		in[8].ParentKey, in[8].Account.ParentID = ptr("a"), &db.AccountID{}
		_, err := d.CreateAccounts(t.Context(), v, db.CreateAccountsInput{Accounts: in})
		wantProblems(t, err,
			"input.accounts.1.key DUPLICATE", "input.accounts.2.parentKey NOT_FOUND",
			"input.accounts.3.parentKey CYCLE", "input.accounts.4.parentKey CYCLE", "input.accounts.5.parentKey CYCLE",
			"input.accounts.6.parentKey NOT_FOUND", "input.accounts.7.parentKey CYCLE", "input.accounts.8.parentKey INVALID",
			"input.accounts.9.account.name REQUIRED", "input.accounts.9.key REQUIRED", "input.accounts.10.parentKey NOT_FOUND")
		if got := listed(t, d, v); len(got) != 0 {
			t.Errorf("got %q", got)
		}
	})

	t.Run("skips rows with errors and what is below them, and writes the rest", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		in := rows("good", "bad", "below<bad", "deep<below", "child<good", "twin")
		in[1].Account.Employees = ptr(-1)
		in[5].Account.PrimaryDomain = "good.com"
		results, err := d.CreateAccounts(t.Context(), v, db.CreateAccountsInput{Accounts: in, OnError: db.OnErrorSkip})
		if err != nil {
			t.Fatal(err)
		}
		if got := listed(t, d, v); !slices.Equal(got, []string{"child", "good"}) {
			t.Errorf("got %q", got)
		}
		for i, want := range []string{"", "input.accounts.1.account.employees OUT_OF_RANGE", "input.accounts.2.parentKey NOT_FOUND",
			"input.accounts.3.parentKey NOT_FOUND", "", "input.accounts.5.account.primaryDomain DOMAIN_TAKEN"} {
			if want == "" {
				if results[i].Account == nil || len(results[i].Problems) > 0 {
					t.Errorf("row %d: got %v", i, results[i].Problems)
				}
				continue
			}
			if results[i].Account != nil {
				t.Errorf("row %d was written", i)
			}
			wantProblems(t, results[i].Problems, want)
		}
	})

	t.Run("gives what a skipped row asked for to a later one", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		in := rows("first", "second")
		in[0].Account.Employees, in[1].Account.PrimaryDomain = ptr(-1), "first.com"
		if _, err := d.CreateAccounts(t.Context(), v, db.CreateAccountsInput{Accounts: in, OnError: db.OnErrorSkip}); err != nil {
			t.Fatal(err)
		}
		if got := holder(t, d, v, "first.com"); got != "second" {
			t.Errorf("got %q", got)
		}
	})

	t.Run("takes 1 to 1,000 rows in the same number of statements", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		_, err := d.CreateAccounts(t.Context(), v, db.CreateAccountsInput{})
		wantProblems(t, err, "input.accounts REQUIRED")
		_, err = d.CreateAccounts(t.Context(), v, db.CreateAccountsInput{Accounts: make([]*db.CreateAccountsRowInput, 1001)})
		wantProblems(t, err, "input.accounts TOO_LONG")
		var counts []int64
		for _, size := range []int{2, 200, 1000} {
			var specs []string
			for i := range size {
				specs = append(specs, fmt.Sprintf("row %d of %d", i, size))
				if i > 0 {
					specs[i] += fmt.Sprintf("<row %d of %d", i-1, size)
				}
			}
			ctx, statements := db.WithStatements(t.Context())
			if _, err := d.CreateAccounts(ctx, v, db.CreateAccountsInput{Accounts: rows(specs...)}); err != nil {
				t.Fatal(err)
			}
			counts = append(counts, statements.Count())
		}
		if counts[0] != counts[1] || counts[0] != counts[2] {
			t.Errorf("got %d statements for 2, 200 and 1,000 rows", counts)
		}
	})
}
