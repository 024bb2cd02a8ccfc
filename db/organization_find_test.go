package db_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func TestFindOrganization(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	refused := func(named string, words ...string) {
		t.Helper()
		_, err := d.FindOrganization(t.Context(), named)
		if caller := (*db.Error)(nil); !errors.As(err, &caller) {
			t.Fatalf("%q: got %v, want an error about the caller", named, err)
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%q: no %q in %v", named, word, err)
			}
		}
	}
	found := func(named string, want db.OrganizationID) {
		t.Helper()
		organization, err := d.FindOrganization(t.Context(), named)
		if err != nil || organization.ID != want {
			t.Errorf("%q: got %v, %v; want %v", named, organization, err, want)
		}
	}
	refused("", "there is no organization yet")
	first := dbtest.Organization(t, d, "First").Organization
	found("", first)
	second := dbtest.Organization(t, d, "Second").Organization
	refused("", first.String(), "Second")
	found("second", second)
	found(" First ", first)
	found(second.String(), second)
	refused("Fourth", `no organization "Fourth"`)
	refused(create(t, d, dbtest.Organization(t, d, "Third"), "Globex", nil).ID.String(), "no organization")
}
