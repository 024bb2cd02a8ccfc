package db_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// TestPackedRows reads the same rows packed and one by one.
func TestPackedRows(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)

	t.Run("of records as they are stored", func(t *testing.T) {
		v := dbtest.Organization(t, d, "Acme")
		in := db.CreateAccountInput{Name: `Quote " and \ and ` + "😀", PrimaryDomain: "acme.com", Status: ptr("ACTIVE"), Metadata: json.RawMessage(`{"a":[1,null]}`), Employees: ptr(0),
			AnnualRevenue: &db.MoneyInput{Amount: "1234567.5", Currency: ptr("EUR")}, BillingAddress: &db.AddressInput{City: ptr("Bern")}}
		if _, err := d.CreateAccount(t.Context(), v, in); err != nil {
			t.Fatal(err)
		}
		hire(t, d, v, "Ann", create(t, d, v, "Plain", nil))
		bothWays[*db.Account](t, d, "accounts")
		bothWays[db.Account](t, d, "accounts")
		bothWays[*db.Contact](t, d, "contacts")
		bothWays[*db.User](t, d, "users")
		bothWays[*db.PicklistValue](t, d, "picklist_values")
		bothWays[*db.Organization](t, d, "organizations")
	})

	t.Run("of any values", func(t *testing.T) {
		type record struct {
			Text   *string          `db:"text"`
			Long   int              `db:"long"`
			Short  *int             `db:"short"`
			Number *decimal.Decimal `db:"number"`
			Moment time.Time        `db:"moment"`
			Day    *time.Time       `db:"day"`
			ID     uuid.UUID        `db:"id"`
			Yes    bool             `db:"yes"`
			Real   float64          `db:"real"`
			Kind   db.ActorKind     `db:"kind"`
		}
		columns := db.ColumnNames[record]()
		rapid.Check(t, func(rt *rapid.T) {
			var rows []string
			var args []any
			arg := func(value any, as string) string {
				args = append(args, value)
				return fmt.Sprintf("CAST($%d AS %s)", len(args), as)
			}
			maybe := func(value any, as string) string {
				if rapid.Bool().Draw(rt, "is NULL") {
					return "CAST(NULL AS " + as + ")"
				}
				return arg(value, as)
			}
			second := time.Unix(rapid.Int64Range(-60_000_000_000, 250_000_000_000).Draw(rt, "second"), rapid.Int64Range(0, 999_999).Draw(rt, "micro")*1000).UTC()
			for range rapid.IntRange(0, 4).Draw(rt, "rows") {
				rows = append(rows, "("+strings.Join([]string{
					maybe(strings.ReplaceAll(rapid.String().Draw(rt, "text"), "\x00", ""), "text"),
					arg(rapid.Int64().Draw(rt, "long"), "bigint"),
					maybe(int64(rapid.Int32().Draw(rt, "short")), "integer"),
					maybe(rapid.StringMatching(`-?[0-9]{1,30}(\.[0-9]{1,20})?`).Draw(rt, "number"), "numeric"),
					arg(second, "timestamptz"),
					maybe(second, "date"),
					arg(uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "id")).String(), "uuid"),
					arg(rapid.Bool().Draw(rt, "yes"), "boolean"),
					arg(rapid.Float64().Draw(rt, "real"), "double precision"),
					"CAST('SYSTEM' AS actor_kind)",
				}, ", ")+")")
			}
			text := "SELECT * FROM (VALUES " + strings.Join(rows, ", ") + ") AS v"
			if rows == nil {
				text = "SELECT CAST(NULL AS text), 1, 1, 1, now(), now(), gen_random_uuid(), true, 0.5, CAST('SYSTEM' AS actor_kind) WHERE false"
			}
			asPacked, asRows, err := db.ReadBothWays[record](t.Context(), d, columns, "SELECT * FROM ("+text+") AS v ("+strings.Join(columns, ", ")+")", args...)
			if err != nil {
				rt.Fatal(err)
			}
			wantEqual(rt, asPacked, asRows)
		})
	})
}

func bothWays[T any](t *testing.T, d *db.DB, table string) {
	t.Helper()
	record := reflect.TypeFor[T]()
	var columns []string
	switch record.String() {
	case "*db.Contact":
		columns = db.ColumnNames[db.Contact]()
	case "*db.User":
		columns = db.ColumnNames[db.User]()
	case "*db.PicklistValue":
		columns = db.ColumnNames[db.PicklistValue]()
	case "*db.Organization":
		columns = db.ColumnNames[db.Organization]()
	default:
		columns = db.ColumnNames[db.Account]()
	}
	asPacked, asRows, err := db.ReadBothWays[T](t.Context(), d, columns, "SELECT "+strings.Join(columns, ", ")+" FROM "+table+" ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	if len(asRows) == 0 {
		t.Errorf("there is nothing in %s", table)
	}
	wantEqual(t, asPacked, asRows)
}

// wantEqual compares what was read, by its JSON and its texts where Go has several forms of a value.
func wantEqual(t interface{ Errorf(string, ...any) }, got, want any) {
	text := func(value any) string {
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Errorf("%v", err)
		}
		return string(encoded)
	}
	if text(got) != text(want) {
		t.Errorf("packed: %s\none by one: %s", text(got), text(want))
	}
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	row := func(typ int, value string) string {
		return "\x00\x00\x00\x01\x00\x00\x00" + string(rune(typ)) + "\x00\x00\x00" + string(rune(len(value))) + value
	}
	const text, int8, null = 25, 20, "\x00\x00\x00\x01\x00\x00\x00\x19\xff\xff\xff\xff"
	for name, test := range map[string]struct {
		packed string
		read   func(packed string) error
	}{
		"a row that is cut off":     {row(text, "abc")[:14], unpackNames},
		"a number of columns":       {"\x00\x00\x00\x02" + row(text, "abc")[4:], unpackNames},
		"half a number":             {"\x00\x00", unpackNames},
		"a length beyond the end":   {strings.Replace(row(text, "abc"), "\x03", "\x04", 1), unpackNames},
		"a number for a text":       {row(int8, "12345678"), unpackNames},
		"NULL for a text":           {null, unpackNames},
		"a number of three bytes":   {row(int8, "123"), unpackNumbers},
		"a text for a number":       {row(text, "12345678"), unpackNumbers},
		"a column without a field":  {row(text, "abc"), func(packed string) error { _, err := db.Unpack[struct{ Name string }](packed, "colour"); return err }},
		"a type that has no reader": {row(text, "abc"), func(packed string) error { _, err := db.Unpack[struct{ Name chan int }](packed, "name"); return err }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := test.read(test.packed); err == nil {
				t.Error("got no error")
			}
		})
	}
	if err := unpackNames(row(text, "abc") + row(text, "")); err != nil {
		t.Errorf("got %v for rows that are right", err)
	}
}

func unpackNames(packed string) error {
	_, err := db.Unpack[struct{ Name string }](packed, "name")
	return err
}

func unpackNumbers(packed string) error {
	_, err := db.Unpack[struct{ Name int }](packed, "name")
	return err
}
