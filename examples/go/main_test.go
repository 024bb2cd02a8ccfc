package main

import (
	"bytes"
	"cmp"
	"context"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Khan/genqlient/graphql"
	"github.com/shopspring/decimal"

	"github.com/accountgraph/accountgraph/examples/go/client"
)

const (
	goldman = "acc_01kwax6p00eqgrdapyteyxm1ve"
	absent  = "acc_00000000000000000000000001"
)

// base is where the tests find a running accountgraph with its demo.
func base() string { return cmp.Or(os.Getenv("BASE_URL"), "http://127.0.0.1:8080") }

func demo() graphql.Client { return client.New(base()+"/graphql", "") }

// program runs the program with an API key.
func program(t *testing.T, key string, args ...string) (string, error) {
	t.Helper()
	settings := map[string]string{"ACCOUNTGRAPH_URL": base() + "/graphql", "ACCOUNTGRAPH_API_KEY": key}
	var out bytes.Buffer
	err := run(t.Context(), args, func(name string) string { return settings[name] }, &out)
	return out.String(), err
}

func TestTheProgramTellsWhoseCustomerAnAddressIs(t *testing.T) {
	t.Parallel()
	got, err := program(t, "", "someone@tornado.spc.noaa.gov")
	want := "someone@tornado.spc.noaa.gov: NOAA Storm Prediction Center (acc_01kwax6p00fwfbmdavr3k1w1pq)\n" +
		"ultimate parent: Government of the United States of America\n"
	if err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestTheProgramTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key  string
		args []string
		want string
	}{
		{"", []string{"someone@nobody.example"}, "is of no customer"},
		{"", []string{"nobody"}, "has no @"},
		{"", []string{"rename", goldman, " "}, "REQUIRED: input.name"},
		{"", []string{"rename", absent, "Globex"}, "there is no account " + absent},
		{"agk_00000000_nonsense", []string{"someone@noaa.gov"}, "set ACCOUNTGRAPH_API_KEY"},
		{"", nil, "usage"},
	} {
		if _, err := program(t, c.key, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.args, err, c.want)
		}
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), demo()
	company, err := client.Company(ctx, c, "NIC", "nic:2380443")
	if err != nil {
		t.Fatal(err)
	}
	if a := company.AccountByExternalId; a.DescendantCount != 2919 || a.AnnualRevenue != nil || a.Website != nil || a.UpdatedAt.IsZero() || string(a.Metadata) != "{}" {
		t.Errorf("got %+v", a)
	}
	line, err := client.Ancestors(ctx, c, "NIC", "nic:5058202")
	if err != nil || len(line.AccountByExternalId.Ancestors) != 16 {
		t.Errorf("got %+v, %v, want 16 ancestors", line, err)
	}
	children, err := client.Children(ctx, c, "noaa.gov", 2)
	if err != nil || children.AccountByDomain.Children.TotalCount != 8 || len(children.AccountByDomain.Children.Nodes) != 2 {
		t.Errorf("got %+v, %v, want 2 children of 8", children, err)
	}
	level := 2
	tree, err := client.Tree(ctx, c, goldman, &level, 5)
	if err != nil || !tree.AccountTree.Truncated || tree.AccountTree.Nodes[0].Account.Parent != nil || tree.AccountTree.Nodes[1].Account.Parent == nil {
		t.Errorf("got %+v, %v", tree, err)
	}
	banks, err := client.Banks(ctx, c, 3, "bank")
	if err != nil || len(banks.Accounts.Nodes) != 3 || !banks.Accounts.Nodes[0].IsRoot {
		t.Errorf("got %+v, %v, want 3 roots", banks, err)
	}
}

func TestPagesGoOnAtTheirCursor(t *testing.T) {
	t.Parallel()
	seen := 0
	var after *string
	for range 3 {
		page, err := client.Descendants(t.Context(), demo(), "NIC", "nic:2380443", 100, after)
		if err != nil {
			t.Fatal(err)
		}
		below := page.AccountByExternalId.Descendants
		if seen += len(below.Edges); after != nil && *after == *below.PageInfo.EndCursor {
			t.Fatal("the page is the one before")
		}
		after = below.PageInfo.EndCursor
	}
	if seen != 300 {
		t.Errorf("got %d accounts, want 300", seen)
	}
}

func TestWrites(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), demo()
	made, err := client.CreateGroup(ctx, c, "Made in Go", "made-in-go.com", decimal.RequireFromString("1250000.50"), "Made in Go, Works", "works.made-in-go.com")
	if err != nil || made.CreateAccounts.CreatedCount != 2 {
		t.Fatalf("got %+v, %v, want 2 accounts", made, err)
	}
	company, group := made.CreateAccounts.Results[0].Account, made.CreateAccounts.Results[1].Account
	t.Cleanup(func() {
		for _, id := range []string{company.Id, group.Id} {
			if answer, err := client.Delete(context.WithoutCancel(ctx), c, id); err != nil || len(answer.DeleteAccount.UserErrors) > 0 {
				t.Errorf("got %+v, %v", answer, err)
			}
		}
	})
	if got := group.AnnualRevenue.Amount.StringFixed(2); got != "1250000.50" || len(company.Path) != 2 {
		t.Errorf("got %s, %v", got, company.Path)
	}
	taken, err := client.Create(ctx, c, "Another", "made-in-go.com")
	if err != nil || len(taken.CreateAccount.UserErrors) != 1 || taken.CreateAccount.UserErrors[0].Code != client.UserErrorCodeDomainTaken {
		t.Errorf("got %+v, %v, want DOMAIN_TAKEN", taken, err)
	}
	if got, err := program(t, "", "rename", group.Id, "Made in Go, twice"); err != nil || got != "now called Made in Go, twice\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestScalarsHaveTypes(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), demo()
	made, err := client.Create(ctx, c, "Typed in Go", "typed-in-go.com")
	if err != nil || made.CreateAccount.Account == nil {
		t.Fatalf("got %+v, %v", made, err)
	}
	account := made.CreateAccount.Account.Id
	avatar := &client.URL{URL: url.URL{Scheme: "https", Host: "typed-in-go.com", Path: "/ann lee/größe.png", RawQuery: "size=64&of=a%2Fb", Fragment: "face"}}
	hired, err := client.Hire(ctx, c, account, "Ann", "ann@typed-in-go.com", avatar)
	if err != nil || hired.CreateContact.Contact == nil {
		t.Fatalf("got %+v, %v", hired, err)
	}
	contact := hired.CreateContact.Contact
	t.Cleanup(func() {
		ctx := context.WithoutCancel(ctx)
		if answer, err := client.Dismiss(ctx, c, contact.Id); err != nil || len(answer.DeleteContact.UserErrors) > 0 {
			t.Errorf("got %+v, %v", answer, err)
		}
		if answer, err := client.Delete(ctx, c, account); err != nil || len(answer.DeleteAccount.UserErrors) > 0 {
			t.Errorf("got %+v, %v", answer, err)
		}
	})
	if contact.Avatar == nil || contact.Avatar.String() != avatar.String() || contact.Avatar.Path != avatar.Path {
		t.Errorf("got %v, want %v", contact.Avatar, avatar)
	}
	day := &client.Date{Time: time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)}
	for _, since := range []*client.Date{day, nil} {
		set, err := client.SetSince(ctx, c, contact.Id, account, since)
		if err != nil || set.LinkContact.Account == nil {
			t.Fatalf("got %+v, %v", set, err)
		}
		if got := set.LinkContact.Account.Contacts.Edges[0].Since; (got == nil) != (since == nil) || got != nil && !got.Equal(since.Time) {
			t.Errorf("got %v, want %v", got, since)
		}
	}
}
