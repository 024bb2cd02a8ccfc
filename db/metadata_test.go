package db

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func nested(levels int) any {
	var value any = map[string]any{}
	for i := 1; i < levels; i++ {
		if i%2 == 0 || i == levels-1 {
			value = map[string]any{"a": value}
		} else {
			value = []any{value}
		}
	}
	return value
}

func TestMetadataNormalize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		claim string
		in    any
		want  string
		code  Code
	}{
		{claim: "nil is an empty object", in: nil, want: `{}`},
		{claim: "keeps what JSON has", in: map[string]any{"b": []any{nil, true, "<é>", 1, int64(2), 1.5}, "a": json.Number("12345678901234567890.10")}, want: `{"a":12345678901234567890.10,"b":[null,true,"<é>",1,2,1.5]}`},
		{claim: "reads encoded JSON and makes it compact", in: json.RawMessage(" {\"a\" : 1.0 }\n"), want: `{"a":1.0}`},
		{claim: "takes 32 levels", in: nested(32), want: `*`},
		{claim: "refuses 33 levels", in: nested(33), code: ProblemInvalid},
		{claim: "refuses a hundred thousand levels", in: nested(1e5), code: ProblemInvalid},
		{claim: "takes 64 KiB", in: map[string]any{"a": strings.Repeat("x", 64<<10-8)}, want: `*`},
		{claim: "refuses one octet more", in: map[string]any{"a": strings.Repeat("x", 64<<10-7)}, code: ProblemTooLong},
		{claim: "counts escapes", in: map[string]any{"a": strings.Repeat("\x01", 11<<10)}, code: ProblemTooLong},
		{claim: "refuses ten megabytes", in: map[string]any{"a": strings.Repeat("x", 10<<20)}, code: ProblemTooLong},
		{claim: "refuses ten encoded megabytes", in: json.RawMessage(strings.Repeat("[", 10<<20)), code: ProblemTooLong},
		{claim: "counts numbers as jsonb writes them", in: map[string]any{"a": slicesOf(json.Number("1e308"), 1000)}, code: ProblemTooLong},
		{claim: "refuses a list", in: []any{}, code: ProblemInvalid},
		{claim: "refuses a text", in: "{}", code: ProblemInvalid},
		{claim: "refuses a number", in: 7, code: ProblemInvalid},
		{claim: "refuses encoded null", in: json.RawMessage("null"), code: ProblemInvalid},
		{claim: "refuses broken JSON", in: json.RawMessage(`{"a":`), code: ProblemInvalid},
		{claim: "refuses two values", in: json.RawMessage(`{} {}`), code: ProblemInvalid},
		{claim: "refuses a broken end", in: json.RawMessage(`{}}`), code: ProblemInvalid},
		{claim: "refuses NUL in a text", in: map[string]any{"a": []any{"\x00"}}, code: ProblemInvalid},
		{claim: "refuses NUL in a key", in: map[string]any{"\x00": 1}, code: ProblemInvalid},
		{claim: "refuses an escaped NUL", in: json.RawMessage(`{"a":"\u0000"}`), code: ProblemInvalid},
		{claim: "refuses invalid UTF-8", in: map[string]any{"a": "\xff"}, code: ProblemInvalid},
		{claim: "refuses infinity", in: map[string]any{"a": math.Inf(1)}, code: ProblemInvalid},
		{claim: "refuses NaN", in: map[string]any{"a": math.NaN()}, code: ProblemInvalid},
		{claim: "refuses too large numbers", in: map[string]any{"a": json.Number("1e400")}, code: ProblemOutOfRange},
		{claim: "refuses too small numbers", in: map[string]any{"a": json.Number("1e-99999999999")}, code: ProblemOutOfRange},
		{claim: "refuses a number that is none", in: map[string]any{"a": json.Number("0x10")}, code: ProblemInvalid},
		{claim: "refuses JSON in place of a number", in: map[string]any{"a": json.Number(`"\u0000"`)}, code: ProblemInvalid},
		{claim: "refuses an empty number", in: map[string]any{"a": json.Number("")}, code: ProblemInvalid},
		{claim: "refuses other Go values", in: map[string]any{"a": struct{}{}}, code: ProblemInvalid},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			got, err := normalizeMetadata(test.in)
			if test.code != "" {
				wantProblem(t, err, test.code)
			} else if err != nil || test.want != "*" && string(got) != test.want {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
}

func slicesOf(value any, n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = value
	}
	return out
}

func TestMetadataIsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		leaf := rapid.OneOf(rapid.Bool().AsAny(), rapid.String().AsAny(), rapid.Float64().AsAny(), rapid.Int64().AsAny(), rapid.Just(any(nil)))
		list := rapid.SliceOfN(leaf, 0, 5).AsAny()
		in := rapid.MapOf(rapid.String(), rapid.OneOf(leaf, list)).Draw(t, "in")
		once, err := normalizeMetadata(in)
		if err != nil {
			return
		}
		if twice, err := normalizeMetadata(once); err != nil || string(twice) != string(once) {
			t.Fatalf("got %s, %v, want %s", twice, err, once)
		}
	})
}

func FuzzMetadata(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5e10,null,true,"x"],"b":{"c":{}}}`))
	f.Add([]byte(`{"a":"\ud800"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := normalizeMetadata(json.RawMessage(in))
		if err != nil {
			wantProblem(t, err, "")
			return
		}
		if len(got) > maxMetadataBytes || got[0] != '{' || !json.Valid(got) || strings.Contains(strings.ReplaceAll(string(got), `\\`, ""), `\u0000`) {
			t.Errorf("got %s from %s", got, in)
		}
		if again, err := normalizeMetadata(got); err != nil || string(again) != string(got) {
			t.Errorf("got %s, %v from %s, want no change", again, err, got)
		}
	})
}
