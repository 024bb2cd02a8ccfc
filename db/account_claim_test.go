package db_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// TestRefusedRowsClaimNothing makes accounts with onError SKIP: what a refused row asked for is free for the others.
func TestRefusedRowsClaimNothing(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	taken := input("Taken", nil)
	taken.ExternalIDs = []*db.ExternalIDInput{{Source: "crm", ID: "taken"}}
	taken.Identifiers = []*db.BusinessIdentifierInput{{Scheme: "OTHER", Value: "77"}}
	createWith(t, d, v, taken)
	free := []*db.ExternalIDInput{{Source: "crm", ID: "free"}}
	for name, bad := range map[string]func(in *db.CreateAccountInput){
		"a taken external id": func(in *db.CreateAccountInput) { in.ExternalIDs = append(in.ExternalIDs, taken.ExternalIDs...) },
		"a taken identifier":  func(in *db.CreateAccountInput) { in.Identifiers = taken.Identifiers },
		"a taken domain":      func(in *db.CreateAccountInput) { in.SecondaryDomains = append(in.SecondaryDomains, "taken.com") },
		"a wrong value":       func(in *db.CreateAccountInput) { in.Employees = ptr(-1) },
	} {
		in := rows(name+" 0", name+" 1", name+" 2")
		for _, row := range in {
			row.Account.PrimaryDomain, row.Account.SecondaryDomains = domainOf(name), []string{"more-" + domainOf(name)}
		}
		in[0].Account.ExternalIDs = slices.Clone(free)
		bad(in[0].Account)
		in[1].Account.ExternalIDs = free
		in[2].Account.ShareDomain = true
		results, err := d.CreateAccounts(t.Context(), v, db.CreateAccountsInput{Accounts: in, OnError: db.OnErrorSkip})
		if err != nil {
			t.Fatal(err)
		}
		if results[0].Account != nil || results[1].Account == nil || results[2].Account == nil {
			t.Errorf("%s: got the problems %v, %v, %v", name, results[0].Problems, results[1].Problems, results[2].Problems)
			continue
		}
		for _, domain := range []string{domainOf(name), "more-" + domainOf(name)} {
			if got := holder(t, d, v, domain); got != name+" 1" {
				t.Errorf("%s: %s routes to %q", name, domain, got)
			}
		}
		if _, err := d.DeleteAccount(t.Context(), v, results[1].Account.ID, db.ChildrenReject); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSkipIsCreatingTheGoodRows makes random rows that want the same things with onError SKIP, and those of them that were
// made once more, alone, in an organization of their own: both have the same accounts with the same domains.
func TestSkipIsCreatingTheGoodRows(t *testing.T) {
	t.Parallel()
	d, _ := setup(t)
	random := rand.New(rand.NewPCG(3, 14))
	refused := 0
	for round := range 25 {
		skipping, alone := dbtest.Organization(t, d, fmt.Sprintf("Skipping %d", round)), dbtest.Organization(t, d, fmt.Sprintf("Alone %d", round))
		for _, v := range []db.Viewer{skipping, alone} {
			taken := input("Taken", nil)
			taken.PrimaryDomain = "d0.com"
			taken.ExternalIDs = []*db.ExternalIDInput{{Source: "crm", ID: "0"}}
			createWith(t, d, v, taken)
		}
		in := randomRows(random)
		results, err := d.CreateAccounts(t.Context(), skipping, db.CreateAccountsInput{Accounts: in, OnError: db.OnErrorSkip})
		if err != nil {
			t.Fatal(err)
		}
		var good []*db.CreateAccountsRowInput
		for i, result := range results {
			if result.Account != nil {
				good = append(good, in[i])
			}
		}
		refused += len(in) - len(good)
		if len(good) > 0 {
			if _, err := d.CreateAccounts(t.Context(), alone, db.CreateAccountsInput{Accounts: good}); err != nil {
				t.Fatalf("round %d: the good rows alone: %v", round, err)
			}
		}
		if diff := cmp.Diff(claimsOf(t, d, alone), claimsOf(t, d, skipping)); diff != "" {
			t.Errorf("round %d (-alone +skipping):\n%s", round, diff)
		}
	}
	if refused < 25 {
		t.Errorf("only %d rows were refused", refused)
	}
}

// randomRows are 3 to 10 rows with a handful of domains and external ids between them, some below others, some wrong.
func randomRows(random *rand.Rand) []*db.CreateAccountsRowInput {
	var out []*db.CreateAccountsRowInput
	size := 3 + random.IntN(8)
	for i := range size {
		in := input(fmt.Sprintf("Row %d", i), nil)
		in.PrimaryDomain = fmt.Sprintf("d%d.com", random.IntN(size))
		if second := fmt.Sprintf("d%d.com", random.IntN(size)); second != in.PrimaryDomain && random.IntN(2) == 0 {
			in.SecondaryDomains = []string{second}
		}
		in.ShareDomain = random.IntN(3) == 0
		if random.IntN(2) == 0 {
			in.ExternalIDs = []*db.ExternalIDInput{{Source: "crm", ID: fmt.Sprint(random.IntN(size))}}
		}
		if random.IntN(6) == 0 {
			in.Employees = ptr(-1)
		}
		row := &db.CreateAccountsRowInput{Key: ptr(fmt.Sprint(i)), Account: &in}
		if above := random.IntN(size); random.IntN(3) == 0 && above != i {
			row.ParentKey = ptr(fmt.Sprint(above))
		}
		out = append(out, row)
	}
	return out
}

// claimsOf are an organization's accounts with their parents, domains and external ids.
func claimsOf(t *testing.T, d *db.DB, v db.Viewer) []string {
	t.Helper()
	return query[string](t, d, `
		SELECT concat_ws(' ', a.name, 'below', p.name,
		  (SELECT string_agg(d.domain || ' ' || d.is_routing, ', ' ORDER BY d.position) FROM account_domains d WHERE d.organization_id = $1 AND d.account_id = a.id),
		  (SELECT string_agg(e.external_id, ', ') FROM account_external_ids e WHERE e.organization_id = $1 AND e.account_id = a.id))
		FROM accounts a
		LEFT JOIN accounts p ON p.organization_id = a.organization_id AND p.id = a.parent_id
		WHERE a.organization_id = $1
		ORDER BY a.name`, v.Organization)
}
