package db_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func TestSharedDomains(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "A", nil)
	in := input("B", a)
	in.PrimaryDomain = "a.com"
	_, err := d.CreateAccount(t.Context(), v, in)
	wantProblems(t, err, "input.primaryDomain DOMAIN_TAKEN")
	if problems, _ := db.AsProblems(err); *problems[0].Account != a.ID {
		t.Errorf("got the holder %v, want A", problems[0].Account)
	}
	in.ShareDomain = true
	b := createWith(t, d, v, in)
	if got := holder(t, d, v, "a.com"); got != "A" {
		t.Errorf("got %q", got)
	}
	domains, err := d.DomainsOf(t.Context(), v, []db.AccountID{b.ID})
	if err != nil || !domains[b.ID][0].IsPrimary || domains[b.ID][0].IsRouting {
		t.Errorf("got %+v, %v", domains[b.ID][0], err)
	}
	// A domain that nobody has routes, though sharing was allowed.
	in.Name, in.PrimaryDomain = "C", "c.com"
	createWith(t, d, v, in)
	if got := holder(t, d, v, "c.com"); got != "C" {
		t.Errorf("got %q", got)
	}
}

func TestSetDomainRouting(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "A", nil)
	b := createWith(t, d, v, sharing("B", "a.com", a))

	account, previous, err := d.SetDomainRouting(t.Context(), v, b.ID, "https://A.com/")
	if err != nil || account.ID != b.ID || previous == nil || previous.ID != a.ID || account.Version != 2 || previous.Version != 2 {
		t.Fatalf("got %v, %v, %v", account, previous, err)
	}
	if got := holder(t, d, v, "a.com"); got != "B" {
		t.Errorf("got %q", got)
	}
	account, previous, err = d.SetDomainRouting(t.Context(), v, b.ID, "a.com")
	if err != nil || account.ID != b.ID || previous != nil || account.Version != 2 {
		t.Errorf("once more: got %v, %v, %v", account, previous, err)
	}
	run(t, d, "UPDATE account_domains SET is_routing = false")
	account, previous, err = d.SetDomainRouting(t.Context(), v, a.ID, "a.com")
	if err != nil || account.ID != a.ID || previous != nil {
		t.Errorf("from nobody: got %v, %v, %v", account, previous, err)
	}
	if got := query[string](t, d, "SELECT coalesce(before ->> 'routed_to', 'nobody') FROM events WHERE type = 'account.domain_routed' ORDER BY sequence"); len(got) != 2 || got[1] != "nobody" {
		t.Errorf("events: got %q", got)
	}
	_, _, err = d.SetDomainRouting(t.Context(), v, a.ID, "b.com")
	wantProblems(t, err, "domain NOT_FOUND")
	_, _, err = d.SetDomainRouting(t.Context(), v, db.AccountID{}, "no domain")
	wantProblems(t, err, "accountId NOT_FOUND", "domain INVALID")
	v.Role = db.RoleViewer
	_, _, err = d.SetDomainRouting(t.Context(), v, a.ID, "a.com")
	wantCode(t, err, db.CodeForbidden)
}

// TestRacesAreToldAsProblems makes accounts that claim the same things at the same time: one gets them, the others are told.
func TestRacesAreToldAsProblems(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	top := create(t, d, v, "Top", nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	made, told := 0, 0
	for i := range 16 {
		wg.Go(func() {
			in := input(fmt.Sprintf("Racer %d", i), nil)
			if i%2 == 0 {
				in.ParentID = &top.ID
			}
			in.PrimaryDomain = "race.com"
			in.ExternalIDs = []*db.ExternalIDInput{{Source: "hubspot", ID: "1"}}
			_, err := d.CreateAccount(t.Context(), v, in)
			mu.Lock()
			defer mu.Unlock()
			problems, ok := db.AsProblems(err)
			switch {
			case err == nil:
				made++
			case !ok:
				t.Error(err)
			default:
				told++
			}
			for _, p := range problems {
				if p.Code != db.ProblemDomainTaken && p.Code != db.ProblemTaken {
					t.Error(p)
				}
			}
		})
	}
	wg.Wait()
	if made != 1 || told != 15 {
		t.Errorf("got %d accounts and %d refusals, want 1 and 15", made, told)
	}

	t.Run("a parent that is deleted meanwhile", func(t *testing.T) {
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := d.DeleteAccount(t.Context(), v, top.ID, db.ChildrenReparent); err != nil {
				t.Error(err)
			}
		})
		for i := range 8 {
			wg.Go(func() {
				_, err := d.CreateAccount(t.Context(), v, input(fmt.Sprintf("Child %d", i), top))
				problems, ok := db.AsProblems(err)
				if err != nil && (!ok || problems[0].Code != db.ProblemNotFound) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})

	t.Run("numbers are each given once", func(t *testing.T) {
		numbers := query[int](t, d, "SELECT number FROM accounts ORDER BY number")
		if len(slices.Compact(slices.Clone(numbers))) != len(numbers) {
			t.Errorf("got %v", numbers)
		}
	})
}

func TestUsersAreUnique(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	_, err := d.CreateUser(t.Context(), v, db.NewUser{Name: "Again", Email: "ADMIN@example.com", Role: db.RoleMember})
	wantProblems(t, err, "input.email TAKEN")
	_, err = d.CreateOrganization(t.Context(), db.NewOrganization{Name: " ", DefaultCurrency: "money", DefaultRegion: "Mars"})
	wantProblems(t, err, "name REQUIRED", "defaultCurrency INVALID", "defaultRegion INVALID")
	var e *db.Error
	if _, err := d.Organization(t.Context(), db.Viewer{}); !errors.As(err, &e) || e.Code != db.CodeUnauthenticated {
		t.Errorf("an organization that is not there: got %v", err)
	}
}
