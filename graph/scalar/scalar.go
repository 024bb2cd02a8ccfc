// Package scalar is how the schema's scalars are written and read where Go's own types need help.
// Input is checked for its JSON kind only, and kept as text: its rules are db's, and come back as userErrors.
// Arguments of queries, which have no userErrors, are read strictly.
package scalar

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"

	"github.com/accountgraph/accountgraph/db"
)

// AppendDecimal appends a decimal number as a JSON string, with at least two decimals.
func AppendDecimal(text []byte, d decimal.Decimal) []byte {
	return strconv.AppendQuote(text, d.StringFixed(max(2, -d.Exponent())))
}

// MarshalDecimal writes what AppendDecimal appends.
func MarshalDecimal(d decimal.Decimal) graphql.Marshaler { return appended(AppendDecimal, d) }

// UnmarshalDecimal reads a decimal number strictly.
func UnmarshalDecimal(v any) (decimal.Decimal, error) {
	text, err := UnmarshalDecimalText(v)
	if err != nil {
		return decimal.Decimal{}, err
	}
	d, err := db.ParseDecimal(text)
	if err != nil {
		return decimal.Decimal{}, db.BadInput("%s", err)
	}
	return d, nil
}

// MarshalDecimalText writes the text of a decimal number.
func MarshalDecimalText(s string) graphql.Marshaler { return quoted(s) }

// UnmarshalDecimalText reads a string or number as the text that was sent.
func UnmarshalDecimalText(v any) (string, error) {
	switch n := v.(type) {
	case string:
		return n, nil
	case json.Number:
		return n.String(), nil
	case int64:
		return strconv.FormatInt(n, 10), nil
	case int:
		return strconv.Itoa(n), nil
	case float64:
		return strconv.FormatFloat(n, 'f', -1, 64), nil
	}
	return "", db.BadInput("a Decimal is a string such as \"1234.50\", or a number, not %T", v)
}

// AppendDateTime appends a moment as a JSON string, in UTC, to the microsecond, which is what the database keeps.
func AppendDateTime(text []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(text, `"2006-01-02T15:04:05.999999Z07:00"`)
}

// MarshalDateTime writes what AppendDateTime appends.
func MarshalDateTime(t time.Time) graphql.Marshaler { return appended(AppendDateTime, t) }

// UnmarshalDateTime reads RFC 3339 strictly: with an offset.
func UnmarshalDateTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, db.BadInput("a DateTime is a string such as \"2026-01-31T08:15:30Z\", not %T", v)
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	t = t.UTC()
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, db.BadInput("%s is not a moment such as \"2026-01-31T08:15:30Z\"", shown(text))
	}
	return t, nil
}

// AppendDate appends a day as a JSON string.
func AppendDate(text []byte, t time.Time) []byte { return t.AppendFormat(text, `"2006-01-02"`) }

// MarshalDate writes what AppendDate appends.
func MarshalDate(t time.Time) graphql.Marshaler { return appended(AppendDate, t) }

// UnmarshalDate reads a day strictly.
func UnmarshalDate(v any) (time.Time, error) {
	text, err := UnmarshalDateText(v)
	if err != nil {
		return time.Time{}, err
	}
	day, err := db.ParseDate(text)
	if err != nil {
		return time.Time{}, db.BadInput("%s", err)
	}
	return day, nil
}

// MarshalDateText writes the text of a day.
func MarshalDateText(s string) graphql.Marshaler { return quoted(s) }

// UnmarshalDateText reads a string as the text that was sent.
func UnmarshalDateText(v any) (string, error) {
	text, ok := v.(string)
	if !ok {
		return "", db.BadInput("a Date is a string such as \"2026-01-31\", not %T", v)
	}
	return text, nil
}

// MarshalJSON writes an object as it is stored.
func MarshalJSON(raw json.RawMessage) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(raw) })
}

// UnmarshalJSON takes any value as it was sent; db says what it may be.
func UnmarshalJSON(v any) (json.RawMessage, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, db.BadInput("this is not JSON: %s", err)
	}
	return raw, nil
}

func appended[V any](appendTo func([]byte, V) []byte, value V) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(appendTo(nil, value)) })
}

func quoted(s string) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(s)) })
}

// shown quotes a value for a message, shortened.
func shown(s string) string {
	if len(s) > 60 {
		s = s[:60] + "..."
	}
	return fmt.Sprintf("%q", s)
}
