package db_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func TestAccountsByNumber(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a, b := create(t, d, v, "Globex", nil), create(t, d, v, "Initech", nil)
	other := dbtest.Organization(t, d, "Rival")

	ctx, statements := db.WithStatements(t.Context())
	got, err := d.AccountsByNumber(ctx, v, []int{b.Number, 0, -1, 3, a.Number, 1 << 62, b.Number})
	if err != nil || len(got) != 2 || got[a.Number].ID != a.ID || got[b.Number].ID != b.ID || statements.Count() != 1 {
		t.Errorf("got %v, %v by %d statements, want both by one", got, err, statements.Count())
	}
	if got, err := d.AccountsByNumber(t.Context(), other, []int{a.Number, b.Number}); len(got) != 0 || err != nil {
		t.Errorf("of another organization: got %v, %v, want nothing", got, err)
	}
}

func TestAccountsByDomains(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	in := input("Globex", nil)
	in.SecondaryDomains = []string{"globex.de"}
	globex := createWith(t, d, v, in)
	site := input("Globex Site", globex)
	site.PrimaryDomain, site.ShareDomain = "globex.com", true
	createWith(t, d, v, site)
	initech := create(t, d, v, "Initech", nil)

	t.Run("keeps the order, with nil where there is none", func(t *testing.T) {
		t.Parallel()
		ctx, statements := db.WithStatements(t.Context())
		got, err := d.AccountsByDomains(ctx, v, []string{"https://www.Globex.de/about", "nobody.com", "@initech.com", "globex.com", "globex.com"})
		want := []string{"Globex", "", "Initech", "Globex", "Globex"}
		if err != nil || !slices.Equal(names(got), want) {
			t.Errorf("got %q, %v, want %q", names(got), err, want)
		}
		if statements.Count() != 1 {
			t.Errorf("got %d statements, want 1", statements.Count())
		}
	})
	t.Run("does not look above a domain", func(t *testing.T) {
		t.Parallel()
		if got, err := d.AccountsByDomains(t.Context(), v, []string{"mail.globex.com"}); err != nil || got[0] != nil {
			t.Errorf("got %v, %v, want nothing", got, err)
		}
	})
	t.Run("refuses what is no domain, and names it", func(t *testing.T) {
		t.Parallel()
		_, err := d.AccountsByDomains(t.Context(), v, []string{"globex.com", "no domain"})
		wantCode(t, err, db.CodeBadUserInput)
		wantText(t, err, `"no domain"`)
	})
	t.Run("refuses more than 1,000", func(t *testing.T) {
		t.Parallel()
		domains := make([]string, 1001)
		for i := range domains {
			domains[i] = fmt.Sprintf("d%d.com", i)
		}
		_, err := d.AccountsByDomains(t.Context(), v, domains)
		wantCode(t, err, db.CodeBadUserInput)
		if got, err := d.AccountsByDomains(t.Context(), v, domains[1:]); err != nil || len(got) != 1000 {
			t.Errorf("1,000: got %d, %v", len(got), err)
		}
	})
	t.Run("finds nothing of another organization", func(t *testing.T) {
		t.Parallel()
		other := dbtest.Organization(t, d, "Rival")
		if got, err := d.AccountsByDomains(t.Context(), other, []string{*initech.PrimaryDomain}); err != nil || got[0] != nil {
			t.Errorf("got %v, %v, want nothing", got, err)
		}
	})
}

func TestAccountByEmail(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	for name, domain := range map[string]string{"Globex": "globex.co.uk", "Labs": "labs.globex.co.uk", "Hosted": "acme.github.io", "Island": "gov.uk"} {
		in := input(name, nil)
		in.PrimaryDomain = domain
		createWith(t, d, v, in)
	}
	for email, want := range map[string]string{
		"a@globex.co.uk":             "Globex",
		"A.B+c@LABS.Globex.co.uk":    "Labs",
		"a@deep.down.globex.co.uk":   "Globex",
		"a@x.labs.globex.co.uk":      "Labs",
		"a@other.co.uk":              "",
		"a@mail.acme.github.io":      "Hosted",
		"a@github.io":                "",
		"a@gov.uk":                   "Island",
		"a@ministry.gov.uk":          "", // gov.uk is a public suffix: its domains are others' own
		"a@globex.co.uk.example.com": "",
	} {
		ctx, statements := db.WithStatements(t.Context())
		got, err := d.AccountByEmail(ctx, v, email)
		if name := names([]*db.Account{got})[0]; err != nil || name != want {
			t.Errorf("%s: got %q, %v, want %q", email, name, err, want)
		}
		if statements.Count() != 1 {
			t.Errorf("%s: got %d statements, want 1", email, statements.Count())
		}
	}
	_, err := d.AccountByEmail(t.Context(), v, "nobody")
	wantCode(t, err, db.CodeBadUserInput)
	other := dbtest.Organization(t, d, "Rival")
	if got, err := d.AccountByEmail(t.Context(), other, "a@globex.co.uk"); got != nil || err != nil {
		t.Errorf("of another organization: got %v, %v, want nothing", got, err)
	}
}

func TestAccountsByExternalID(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	in := input("Globex", nil)
	in.ExternalIDs = []*db.ExternalIDInput{{Source: "hubspot", ID: " 42 "}, {Source: "slack", ID: "T1"}}
	a := createWith(t, d, v, in)
	in = input("Initech", nil)
	in.ExternalIDs = []*db.ExternalIDInput{{Source: "slack", ID: "T2"}}
	b := createWith(t, d, v, in)
	other := dbtest.Organization(t, d, "Rival")

	ids := []db.ExternalID{{Source: "slack", ID: "T2"}, {Source: "hubspot", ID: " 42 "}, {Source: "slack", ID: "T1"}, {Source: " slack ", ID: "T1"}, {Source: "slack", ID: "T1"}}
	none := []db.ExternalID{{Source: "hubspot", ID: "42"}, {Source: "HubSpot", ID: " 42 "}, {Source: "slack", ID: " 42 "}, {}}
	ctx, statements := db.WithStatements(t.Context())
	got, err := d.AccountsByExternalID(ctx, v, slices.Concat(none, ids))
	if err != nil || len(got) != 4 || statements.Count() != 1 {
		t.Fatalf("got %v, %v by %d statements, want four names of two accounts by one", got, err, statements.Count())
	}
	if got[ids[0]].ID != b.ID || got[ids[1]].ID != a.ID || got[ids[1]] != got[ids[2]] || got[ids[2]] != got[ids[3]] {
		t.Errorf("got %v, want %s under one name and %s, once, under the others", got, b.Name, a.Name)
	}
	if got, err := d.AccountsByExternalID(t.Context(), other, ids); len(got) != 0 || err != nil {
		t.Errorf("of another organization: got %v, %v, want nothing", got, err)
	}
	_, err = d.AccountsByExternalID(t.Context(), v, []db.ExternalID{{Source: "slack", ID: "T\x001"}})
	wantCode(t, err, db.CodeBadUserInput)
}
