package importer

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

// export writes the organization's accounts.
func (w world) export(o ExportOptions) string {
	w.t.Helper()
	var out bytes.Buffer
	if o.Entity == "" {
		o.Entity = db.ImportAccounts
	}
	n, err := Export(w.t.Context(), w.d, w.v, &out, o)
	if err != nil {
		w.t.Fatal(err)
	}
	if rows := strings.Count(out.String(), "\n"); o.IsNDJSON && rows != n {
		w.t.Errorf("got %d lines for %d records", rows, n)
	}
	return out.String()
}

// snapshot is all that there is of the accounts, by statements that share nothing with imports and exports. Ids and numbers
// are the organization's own, so that accounts are named by their names.
func (w world) snapshot() []string {
	w.t.Helper()
	return query[string](w, `
		SELECT concat_ws(E'\n  ', a.name, 'above: ' || above.name, CAST(jsonb_strip_nulls(
		  to_jsonb(a) - '{organization_id,id,number,parent_id,owner_id,created_at,created_by_kind,created_by_id,updated_at,updated_by_kind,updated_by_id,version}'::text[]) AS text),
		  'owner: ' || u.email,
		  'domains: ' || (SELECT string_agg(domain || ' ' || is_routing, ', ' ORDER BY domain <> a.primary_domain, position) FROM account_domains d WHERE d.organization_id = $1 AND d.account_id = a.id),
		  'external ids: ' || (SELECT string_agg(source || ' ' || external_id, ', ' ORDER BY position) FROM account_external_ids e WHERE e.organization_id = $1 AND e.account_id = a.id),
		  'identifiers: ' || (SELECT string_agg(scheme || ' ' || value, ', ' ORDER BY position) FROM account_identifiers n WHERE n.organization_id = $1 AND n.account_id = a.id))
		FROM accounts a
		LEFT JOIN accounts above ON above.organization_id = $1 AND above.id = a.parent_id
		LEFT JOIN users u ON u.organization_id = $1 AND u.id = a.owner_id
		WHERE a.organization_id = $1 AND a.deleted_at IS NULL
		ORDER BY a.name`, w.v.Organization)
}

// populate makes accounts with everything that an account can have.
func populate(w world) {
	w.t.Helper()
	text := func(s string) *string { return &s }
	create := func(in db.CreateAccountInput) *db.Account {
		w.t.Helper()
		made, err := w.d.CreateAccount(w.t.Context(), w.v, in)
		if err != nil {
			w.t.Fatal(err)
		}
		return made.Account
	}
	full := create(db.CreateAccountInput{
		Name: "=Full, \"quoted\";", PrimaryDomain: "full.com", SecondaryDomains: []string{"z.full.com", "a.full.com"}, Logo: text("https://full.com/logo.png"), Industry: text("MEDIA"),
		Status: text("TRIAL"), Classification: text("SMB"), Health: text("GREEN"), Description: text("two\nlines, \"quoted\"; and\ta tab"),
		AnnualRevenue: &db.MoneyInput{Amount: "1234567.8", Currency: text("CHF")}, Employees: ptr(0), Website: text("http://Full.com/ü?a=b;c"),
		BillingAddress:  &db.AddressInput{Street: text("1 A St\nFloor 2"), City: text("Zürich"), State: text("ZH"), PostalCode: text("8000"), Country: text("CH")},
		ShippingAddress: &db.AddressInput{Formatted: text("over there")}, OwnerID: w.v.User, Source: text("hub;spot"),
		ExternalIDs: []*db.ExternalIDInput{{Source: `a:b;c\`, ID: ` x;y:z\ `}, {Source: "crm", ID: "1"}},
		Identifiers: []*db.BusinessIdentifierInput{{Scheme: db.SchemeLEI, Value: "5493001KJTIIGC8Y1R12"}, {Scheme: db.SchemeOther, Value: `a;b:c\d`}},
		Metadata:    json.RawMessage(`{"n": 12345678901234567890.5, "list": [1, null, "é"]}`), IsActive: false,
	})
	below := create(db.CreateAccountInput{Name: "Below", PrimaryDomain: "full.com", ShareDomain: true, SecondaryDomains: []string{"below.com"}, ParentID: &full.ID, IsActive: true})
	create(db.CreateAccountInput{Name: "Lowest", PrimaryDomain: "gmail.com", AllowFreeMailDomain: true, ParentID: &below.ID, IsActive: true, ExternalIDs: []*db.ExternalIDInput{{Source: "crm", ID: "2"}}})
	gone := create(db.CreateAccountInput{Name: "Gone", PrimaryDomain: "gone.com", IsActive: true})
	if _, err := w.d.DeleteAccount(w.t.Context(), w.v, gone.ID, db.ChildrenReject); err != nil {
		w.t.Fatal(err)
	}
	w.run("external_id,name\nbare,Bare\n", crm())
}

func ptr[T any](value T) *T { return &value }

func TestExportedAccountsComeBack(t *testing.T) {
	t.Parallel()
	w := setup(t)
	populate(w)
	file := w.export(ExportOptions{})
	o := Options{Entity: db.ImportAccounts, ImportOptions: db.ImportOptions{AllowFreeMailDomains: true}}
	t.Run("into the same organization without a change", func(t *testing.T) {
		before := w.snapshot()
		equal(t, "counts", w.run(file, Options{Entity: db.ImportAccounts}).counts(), "4 rows, 4 unchanged")
		equal(t, "accounts", w.snapshot(), before)
	})
	t.Run("into an empty one as they were", func(t *testing.T) {
		empty := w.beside("Empty")
		got := empty.run(file, o)
		equal(t, "counts", got.counts(), "4 rows, 4 created")
		equal(t, "rejects", got.rejects, []string(nil))
		want := w.snapshot()
		for i := range want {
			if strings.HasPrefix(want[i], "Below") { // it had no external id: what it gets tells where it is from
				want[i] += "\n  external ids: accountgraph " + one[string](w, "SELECT CAST(id AS text) FROM accounts WHERE organization_id = $1 AND name = 'Below'", w.v.Organization)
			}
		}
		found := empty.snapshot()
		for i := range found {
			before, id, isOwn := strings.Cut(found[i], "external ids: accountgraph ")
			if parsed, err := db.ParseID(id); isOwn && err == nil {
				found[i] = before + "external ids: accountgraph " + parsed.UUID.String()
			}
		}
		equal(t, "accounts", found, want)
		equal(t, "counts of once more", empty.run(file, o).counts(), "4 rows, 4 unchanged")
		equal(t, "counts of its own export", empty.run(empty.export(ExportOptions{}), o).counts(), "4 rows, 4 unchanged")
	})
}

func TestExports(t *testing.T) {
	t.Parallel()
	w := setup(t)
	populate(w)
	t.Run("have parents before children, and all columns that imports read", func(t *testing.T) {
		rows, err := csv.NewReader(strings.NewReader(w.export(ExportOptions{}))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		at := slices.Index(rows[0], "name")
		var order []string
		for _, row := range rows[1:] {
			order = append(order, row[at])
		}
		equal(t, "names", order, []string{`=Full, "quoted";`, "Bare", "Below", "Lowest"})
		short := []string{"country", "region", "city", "status"} // those of other files, for which there are longer names
		for _, f := range accountFields {
			if !slices.Contains(rows[0], f.name) && !slices.Contains(short, f.name) {
				t.Errorf("got no column %s", f.name)
			}
		}
	})
	t.Run("are JSON if asked for", func(t *testing.T) {
		text := w.export(ExportOptions{IsNDJSON: true})
		var first map[string]any
		if err := json.Unmarshal([]byte(text[:strings.IndexByte(text, '\n')]), &first); err != nil {
			t.Fatal(err)
		}
		equal(t, "values", []any{first["name"], first["employees"], first["is_active"], first["external_ids"], first["annual_revenue"], first["metadata"].(map[string]any)["list"]},
			[]any{`=Full, "quoted";`, 0.0, false, []any{`a\:b;c\\: x;y:z\ `, "crm:1"}, "1234567.80", []any{1.0, nil, "é"}})
		if _, ok := first["parent_id"]; ok {
			t.Error("got a parent of a root")
		}
	})
	t.Run("are of what a filter lets pass", func(t *testing.T) {
		var filter *db.AccountFilter
		if err := json.Unmarshal([]byte(`{"name": {"startsWith": "lo"}, "isActive": {"equals": true}}`), &filter); err != nil {
			t.Fatal(err)
		}
		if got := w.export(ExportOptions{IsNDJSON: true, Accounts: filter}); !strings.Contains(got, `"name":"Lowest"`) || strings.Count(got, "\n") != 1 {
			t.Errorf("got %s", got)
		}
	})
	t.Run("of nothing are a header", func(t *testing.T) {
		equal(t, "lines", strings.Count(w.beside("Empty").export(ExportOptions{}), "\n"), 1)
	})
}
