package db_test

import (
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/accountgraph/accountgraph/db"
)

// pg_restore brings rows in before there are triggers and foreign keys, and without a search path: whatever checks, generated
// columns and indexes call has to be found all the same.
func TestRowsCanBeRestored(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	in := input("Globex", nil)
	in.Description, in.Website = ptr("words"), ptr("https://globex.com")
	in.BillingAddress = &db.AddressInput{Street: ptr("Gasse 1\nHof"), City: ptr("Bern"), State: ptr("BE"), PostalCode: ptr("3000"), Country: ptr("CH")}
	in.ShippingAddress = &db.AddressInput{Formatted: ptr("Gasse 1, Bern")}
	in.ExternalIDs = []*db.ExternalIDInput{{Source: "crm", ID: "1"}}
	in.Identifiers = []*db.BusinessIdentifierInput{{Scheme: "OTHER", Value: "1"}}
	a := createWith(t, d, v, in)
	hire(t, d, v, "Ann", a)
	move(t, d, v, db.AccountMove{ID: create(t, d, v, "Unit", nil).ID, ParentID: &a.ID, Reason: ptr("bought")})

	tx, err := d.Pool().BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	do := func(text string) {
		t.Helper()
		if _, err := tx.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%.200s: %v", text, err)
		}
	}
	do("SET LOCAL search_path = ''; SET LOCAL session_replication_role = replica")
	for _, table := range tables(t, tx) {
		do("CREATE TEMPORARY TABLE dumped AS SELECT " + table.Columns + " FROM " + table.Name)
		do("DELETE FROM " + table.Name)
		do("INSERT INTO " + table.Name + " (" + table.Columns + ") OVERRIDING SYSTEM VALUE SELECT * FROM pg_temp.dumped")
		do("DROP TABLE pg_temp.dumped")
	}
}

// storedTable is a table with the columns that a dump has of it.
type storedTable struct{ Name, Columns string }

func tables(t *testing.T, tx *sqlx.Tx) []storedTable {
	t.Helper()
	var found []storedTable
	if err := tx.SelectContext(t.Context(), &found, `
		SELECT table_schema || '.' || table_name AS name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) AS columns
		FROM information_schema.columns
		JOIN information_schema.tables USING (table_schema, table_name)
		WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
		GROUP BY 1`); err != nil {
		t.Fatal(err)
	}
	return found
}
