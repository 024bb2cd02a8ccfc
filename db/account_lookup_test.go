package db_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func TestAccountByNumber(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a, b := create(t, d, v, "Globex", nil), create(t, d, v, "Initech", nil)
	other := dbtest.Organization(t, d, "Rival")

	for _, want := range []*db.Account{a, b} {
		got, err := d.AccountByNumber(t.Context(), v, want.Number)
		if err != nil || got == nil || got.ID != want.ID {
			t.Errorf("number %d: got %v, %v, want %s", want.Number, got, err, want.Name)
		}
	}
	for _, number := range []int{0, -1, 3, 1 << 62} {
		if got, err := d.AccountByNumber(t.Context(), v, number); got != nil || err != nil {
			t.Errorf("number %d: got %v, %v, want nothing", number, got, err)
		}
	}
	if got, err := d.AccountByNumber(t.Context(), other, a.Number); got != nil || err != nil {
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

func TestAccountByExternalID(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	in := input("Globex", nil)
	in.ExternalIDs = []*db.ExternalIDInput{{Source: "hubspot", ID: " 42 "}, {Source: "slack", ID: "T1"}}
	a := createWith(t, d, v, in)
	other := dbtest.Organization(t, d, "Rival")

	for _, id := range in.ExternalIDs {
		got, err := d.AccountByExternalID(t.Context(), v, id.Source, id.ID)
		if err != nil || got == nil || got.ID != a.ID {
			t.Errorf("%v: got %v, %v, want %s", *id, got, err, a.Name)
		}
	}
	for _, none := range [][2]string{{"hubspot", "42"}, {"HubSpot", " 42 "}, {"slack", " 42 "}, {"", ""}} {
		if got, err := d.AccountByExternalID(t.Context(), v, none[0], none[1]); got != nil || err != nil {
			t.Errorf("%q: got %v, %v, want nothing", none, got, err)
		}
	}
	if got, err := d.AccountByExternalID(t.Context(), other, "slack", "T1"); got != nil || err != nil {
		t.Errorf("of another organization: got %v, %v, want nothing", got, err)
	}
	_, err := d.AccountByExternalID(t.Context(), v, "slack", "T\x001")
	wantCode(t, err, db.CodeBadUserInput)
}
