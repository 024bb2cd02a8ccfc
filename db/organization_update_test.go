package db_test

import (
	"slices"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func TestUpdateOrganization(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	dbtest.Organization(t, d, "Rival")
	changed, err := d.UpdateOrganization(t.Context(), v, ptr(1), func(c *db.OrganizationChange) {
		c.Name, c.DefaultCurrency, c.DefaultRegion, c.AllowFreeContacts, c.RetentionDays = ptr(" Acme AG "), ptr("chf"), ptr("ch"), ptr(true), ptr(0)
	})
	if err != nil || changed.Name != "Acme AG" || changed.DefaultCurrency != "CHF" || changed.DefaultRegion != "CH" || !changed.AllowFreeContacts || changed.RetentionDays != 0 || changed.Version != 2 {
		t.Fatalf("got %+v, %v", changed, err)
	}
	if same, err := d.UpdateOrganization(t.Context(), v, nil, func(*db.OrganizationChange) {}); err != nil || same.Version != 2 {
		t.Errorf("a change of nothing: got %+v, %v", same, err)
	}
	_, err = d.UpdateOrganization(t.Context(), v, ptr(1), func(*db.OrganizationChange) {})
	wantProblems(t, err, "ifVersion CONFLICT")
	_, err = d.UpdateOrganization(t.Context(), v, nil, func(c *db.OrganizationChange) {
		c.Name, c.DefaultCurrency, c.DefaultRegion, c.AllowFreeContacts, c.RetentionDays = ptr(""), ptr("XYZ"), nil, nil, ptr(3651)
	})
	wantProblems(t, err, "input.name REQUIRED", "input.defaultCurrency INVALID", "input.defaultRegion REQUIRED", "input.allowFreeContacts REQUIRED", "input.retentionDays OUT_OF_RANGE")
	if got := query[string](t, d, "SELECT name FROM organizations ORDER BY name"); !slices.Equal(got, []string{"Acme AG", "Rival"}) {
		t.Errorf("got %q", got)
	}
	if got := query[string](t, d, "SELECT after ->> 'default_currency' FROM events WHERE type = 'organization.updated'"); !slices.Equal(got, []string{"CHF"}) {
		t.Errorf("got %q", got)
	}
	all, err := d.AllOrganizations(t.Context())
	if err != nil || len(all) != 2 || all[0].Name != "Acme AG" || all[1].Name != "Rival" {
		t.Errorf("got %v, %v", all, err)
	}
}
