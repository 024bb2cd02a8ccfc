package scalar_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/scalar"
)

func written(m graphql.Marshaler) string {
	var text bytes.Buffer
	m.MarshalGQL(&text)
	return text.String()
}

// refused checks that an error blames the input.
func refused(t *testing.T, what any, err error) {
	t.Helper()
	var e *db.Error
	if !errors.As(err, &e) || e.Code != db.CodeBadUserInput {
		t.Errorf("%v: got %v, want an error with the code BAD_USER_INPUT", what, err)
	}
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for in, want := range map[any]string{
		"1234.5": `"1234.50"`, "0": `"0.00"`, "-1.125": `"-1.125"`, json.Number("7"): `"7.00"`, int64(3): `"3.00"`, 12: `"12.00"`, 0.25: `"0.25"`,
		"1000000000000000": `"1000000000000000.00"`, "1.10": `"1.10"`, 1e15: `"1000000000000000.00"`,
	} {
		d, err := scalar.UnmarshalDecimal(in)
		if err != nil {
			t.Errorf("%v: got %v", in, err)
			continue
		}
		if got := written(scalar.MarshalDecimal(d)); got != want {
			t.Errorf("%v: got %s, want %s", in, got, want)
		}
	}
	for _, in := range []any{"", "x", "1e5", "1,5", "NaN", "Infinity", true, nil, []any{}, map[string]any{}, json.Number("1e400")} {
		_, err := scalar.UnmarshalDecimal(in)
		refused(t, in, err)
	}
	if got, err := scalar.UnmarshalDecimalText("anything at all"); err != nil || got != "anything at all" {
		t.Errorf("text: got %q, %v, want it as it was sent", got, err)
	}
	if got := written(scalar.MarshalDecimalText(`a"b`)); got != `"a\"b"` {
		t.Errorf("text: got %s", got)
	}
}

func TestDecimalKeepsItsValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := decimal.New(rapid.Int64().Draw(t, "digits"), -rapid.Int32Range(0, 8).Draw(t, "places"))
		var text string
		if err := json.Unmarshal([]byte(written(scalar.MarshalDecimal(d))), &text); err != nil {
			t.Fatal(err)
		}
		if back, err := scalar.UnmarshalDecimal(text); err != nil || !back.Equal(d) {
			t.Fatalf("got %s (%v), want %s", back, err, d)
		}
	})
}

func TestDateTime(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2026-01-31T08:15:30Z": `"2026-01-31T08:15:30Z"`, "2026-01-31T09:15:30.5+01:00": `"2026-01-31T08:15:30.5Z"`,
		"2026-01-31T08:15:30.123456789Z": `"2026-01-31T08:15:30.123456Z"`, "0001-01-01T00:00:00Z": `"0001-01-01T00:00:00Z"`,
	} {
		moment, err := scalar.UnmarshalDateTime(in)
		if err != nil {
			t.Errorf("%s: got %v", in, err)
			continue
		}
		if got := written(scalar.MarshalDateTime(moment)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	for _, in := range []any{"", "2026-01-31", "2026-01-31T08:15:30", "2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", strings.Repeat("9", 1000), 5, nil} {
		_, err := scalar.UnmarshalDateTime(in)
		refused(t, in, err)
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("%v: got a message of %d bytes, want it short", in, len(err.Error()))
		}
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(rapid.IntRange(1, 9999).Draw(t, "year"), 1, rapid.IntRange(1, 366).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		if day.Year() > 9999 {
			return
		}
		var text string
		if err := json.Unmarshal([]byte(written(scalar.MarshalDate(day))), &text); err != nil {
			t.Fatal(err)
		}
		if back, err := scalar.UnmarshalDate(text); err != nil || !back.Equal(day) {
			t.Fatalf("got %s (%v), want %s", back, err, day)
		}
	})
	for _, in := range []any{"", "2026-1-1", "2026-02-30", "31.1.2026", "2026-01-31T00:00:00Z", 20260131, nil} {
		_, err := scalar.UnmarshalDate(in)
		refused(t, in, err)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]any{
		`{"a":1.50,"b":[null,true,"<&>"]}`: map[string]any{"a": json.Number("1.50"), "b": []any{nil, true, "<&>"}}, `null`: nil, `"text"`: "text", `12345678901234567890`: json.Number("12345678901234567890"),
	} {
		raw, err := scalar.UnmarshalJSON(want)
		if err != nil {
			t.Errorf("%s: got %v", in, err)
			continue
		}
		var a, b any
		if json.Unmarshal([]byte(in), &a) != nil || json.Unmarshal([]byte(written(scalar.MarshalJSON(raw))), &b) != nil {
			t.Errorf("%s: got %s, want JSON", in, raw)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, raw); err != nil || !strings.Contains(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(compact.String()), in) {
			t.Errorf("got %s, want %s", raw, in)
		}
	}
	_, err := scalar.UnmarshalJSON(func() {})
	refused(t, "a function", err)
}
