package db

import (
	"database/sql"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestTake(t *testing.T) {
	t.Parallel()
	id := uuid.Must(uuid.NewV7())
	moment := time.Date(2026, 1, 31, 8, 15, 0, 0, time.UTC)
	text, number := "x", 7
	for name, test := range map[string]struct {
		into        any
		value, want any
	}{
		"a text":             {new(string), "x", "x"},
		"a text of bytes":    {new(string), []byte("x"), "x"},
		"a text, if any":     {new(*string), "x", &text},
		"no text":            {new(*string), nil, (*string)(nil)},
		"an enum":            {new(Role), "ADMIN", RoleAdmin},
		"a number":           {new(int), int64(7), 7},
		"a number, if any":   {new(*int), int64(7), &number},
		"a fraction":         {new(float64), 0.5, 0.5},
		"a yes":              {new(bool), true, true},
		"a moment":           {new(time.Time), moment, moment},
		"no moment":          {new(*time.Time), nil, (*time.Time)(nil)},
		"an id":              {new(AccountID), []byte(id.String()), AccountID{typedID[accountKind]{id}}},
		"an id, if any":      {new(*AccountID), []byte(id.String()), &AccountID{typedID[accountKind]{id}}},
		"no id":              {new(*AccountID), nil, (*AccountID)(nil)},
		"JSON":               {new(json.RawMessage), []byte("{}"), json.RawMessage("{}")},
		"what scans itself":  {new(Picklist), "account_status", AccountStatus},
		"an address, if any": {new(*Address), []byte(`{"city":"Bern"}`), &Address{City: ptrTo("Bern")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			into := reflect.ValueOf(test.into).Elem()
			if err := takeOf(into.Type())(into, test.value); err != nil {
				t.Fatal(err)
			}
			if got := into.Interface(); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	for name, test := range map[string]struct{ into, value any }{
		"null for a text":       {new(string), nil},
		"null for a number":     {new(int), nil},
		"null for a yes":        {new(bool), nil},
		"null for a moment":     {new(time.Time), nil},
		"a text for a number":   {new(int), "7"},
		"a number for a text":   {new(*string), int64(7)},
		"nonsense for an id":    {new(AccountID), []byte("nonsense")},
		"what no column can be": {new(struct{}), "x"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			into := reflect.ValueOf(test.into).Elem()
			if err := takeOf(into.Type())(into, test.value); err == nil {
				t.Errorf("got %v, want an error", into.Interface())
			}
		})
	}
}

func ptrTo[T any](value T) *T { return &value }

func TestFieldsOf(t *testing.T) {
	t.Parallel()
	type row struct {
		accountRow
		Rank int
	}
	fields, err := fieldsOf(reflect.TypeFor[row](), []string{"id", "created_by_id", "sort_key", "rank"})
	if err != nil {
		t.Fatal(err)
	}
	var r row
	for i, f := range fields {
		if got, want := f.of(reflect.ValueOf(&r).Elem()).Type(), []reflect.Type{
			reflect.TypeFor[AccountID](), reflect.TypeFor[*uuid.UUID](), reflect.TypeFor[*string](), reflect.TypeFor[int](),
		}[i]; got != want {
			t.Errorf("field %d: got %s, want %s", i, got, want)
		}
	}
	if _, err := fieldsOf(reflect.TypeFor[row](), []string{"id", "colour"}); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("got %v, want an error about the column colour", err)
	}
	for _, single := range []reflect.Type{reflect.TypeFor[int](), reflect.TypeFor[AccountID](), reflect.TypeFor[string](), reflect.TypeFor[sql.NullString]()} {
		if fields, err := fieldsOf(single, []string{"anything"}); err != nil || fields[0].path != nil {
			t.Errorf("%s: got %v, %v; want a single value", single, fields, err)
		}
	}
}

func TestColumnsOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		typeName, field string
		want            Columns
	}{
		{"Account", "name", NewColumns("name")},
		{"Account", "isRoot", NewColumns("parent_id")},
		{"Account", "annualRevenue", NewColumns("annual_revenue", "annual_revenue_currency")},
		{"Contact", "name", NewColumns("first_name", "last_name")},
		{"Contact", "createdAt", NewColumns("created_at")},
		{"Account", "somethingNew", nil},
		{"User", "name", nil},
	} {
		if got := ColumnsOf(test.typeName, test.field); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s.%s: got %v, want %v", test.typeName, test.field, got, test.want)
		}
	}
	if got, want := selected[Account](NewColumns("name", "nothing")), []string{"id", "parent_id", "name"}; !slices.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := selected[Account](nil), columnNames[Account](); !slices.Equal(got, want) {
		t.Errorf("got %s, want all", got)
	}
	if got := NewColumns("a").Also(nil); got != nil {
		t.Errorf("got %v, want all", got)
	}
}
