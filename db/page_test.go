package db

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestCursorsThatSomebodyMadeUp(t *testing.T) {
	t.Parallel()
	id := AccountID{newID[accountKind]()}.String()
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for _, test := range []struct {
		name, sqlType, cursor string
		nullable, good        bool
	}{
		{"a name", "text", encode(`{"o":"x","k":"acme","i":"` + id + `"}`), false, true},
		{"another order", "text", encode(`{"o":"y","k":"acme","i":"` + id + `"}`), false, false},
		{"no JSON", "text", encode(`acme`), false, false},
		{"no base 64", "text", "%%%", false, false},
		{"no id", "text", encode(`{"o":"x","k":"acme","i":"acme"}`), false, false},
		{"a NUL", "text", encode(`{"o":"x","k":"ac\u0000me","i":"` + id + `"}`), false, false},
		{"a null key", "text", encode(`{"o":"x","i":"` + id + `"}`), false, false},
		{"a null key of a nullable order", "integer", encode(`{"o":"x","i":"` + id + `"}`), true, true},
		{"a number", "integer", encode(`{"o":"x","k":"12","i":"` + id + `"}`), false, true},
		{"a number too large", "integer", encode(`{"o":"x","k":"99999999999","i":"` + id + `"}`), false, false},
		{"no number", "bigint", encode(`{"o":"x","k":"twelve","i":"` + id + `"}`), false, false},
		{"a decimal", "numeric", encode(`{"o":"x","k":"12.50","i":"` + id + `"}`), false, true},
		{"no decimal", "numeric", encode(`{"o":"x","k":"NaN","i":"` + id + `"}`), false, false},
		{"a moment", "timestamptz", encode(`{"o":"x","k":"2026-11-23 17:30:13.058+00","i":"` + id + `"}`), false, true},
		{"no moment", "timestamptz", encode(`{"o":"x","k":"abc","i":"` + id + `"}`), false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseCursor(test.cursor, order{name: "x", sqlType: test.sqlType, nullable: test.nullable}, "after")
			if (err == nil) != test.good {
				t.Errorf("got %v, want good %t", err, test.good)
			}
		})
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(position{Order: "x", ID: AccountID{}.ID()}.cursor(), "numeric")
	f.Fuzz(func(t *testing.T, cursor, sqlType string) {
		p, err := parseCursor(cursor, order{name: "x", sqlType: sqlType}, "after")
		if err == nil && p.Key == nil {
			t.Error("a cursor without a key passed for an order that has no nulls")
		}
	})
}

func TestTheLongestKeyMakesACursorThatIsTaken(t *testing.T) {
	t.Parallel()
	for _, character := range []string{"&", `"`, "𐐀", "\u2028"} {
		name := strings.Repeat(character, maxName)
		key := name + " " + name
		o := order{name: "contacts:UPDATED_AT:DESC", sqlType: "text"}
		cursor := position{Order: o.name, Key: &key, ID: ContactID{newID[contactKind]()}.ID()}.cursor()
		if at, err := parseCursor(cursor, o, "after"); err != nil || *at.Key != key {
			t.Errorf("%q: got %v for a cursor of %d bytes, want it taken", character, err, len(cursor))
		}
	}
}
