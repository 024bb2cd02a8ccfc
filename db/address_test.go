package db

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAddressNormalize(t *testing.T) {
	t.Parallel()
	p := func(s string) *string { return &s }
	for _, test := range []struct {
		claim    string
		in       AddressInput
		want     *Address
		problems []string
	}{
		{claim: "of nothing is absent"},
		{claim: "of blanks is absent", in: AddressInput{Street: p(" "), Country: p(""), Formatted: p("\n")}},
		{
			claim: "trims the parts",
			in:    AddressInput{Street: p(" c/o Acme\nHauptstr. 1 "), City: p("Berlin "), PostalCode: p(" 10115"), Country: p("de"), State: p("")},
			want:  &Address{Street: p("c/o Acme\nHauptstr. 1"), City: p("Berlin"), PostalCode: p("10115"), Country: p("DE")},
		},
		{
			claim: "keeps a text as given",
			in:    AddressInput{Formatted: p("1 Market St, San Francisco, CA 94105"), City: p(" ")},
			want:  &Address{Given: p("1 Market St, San Francisco, CA 94105")},
		},
		{claim: "refuses a text with parts", in: AddressInput{Formatted: p("Berlin"), City: p("Berlin")}, problems: []string{"formatted INVALID"}},
		{
			claim: "tells all problems at once",
			in: AddressInput{
				Street: p(strings.Repeat("x", 256)), City: p("Ber\nlin"), State: p("\x00"),
				PostalCode: p(strings.Repeat("1", 33)), Country: p("Germany"), Formatted: p("\xff"),
			},
			problems: []string{"street TOO_LONG", "city INVALID", "state INVALID", "postalCode TOO_LONG", "country INVALID", "formatted INVALID"},
		},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			got, problems := test.in.normalize()
			var told []string
			for _, problem := range problems {
				told = append(told, strings.Join(problem.Field, ".")+" "+string(problem.Code))
			}
			if diff := cmp.Diff(test.problems, told); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("address (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAddressFormatted(t *testing.T) {
	t.Parallel()
	p := func(s string) *string { return &s }
	for _, test := range []struct {
		claim string
		in    Address
		want  string
	}{
		{"puts the postal code before the city", Address{Street: p("Hauptstr. 1"), City: p("Berlin"), PostalCode: p("10115"), Country: p("DE")}, "Hauptstr. 1\n10115 Berlin\nDE"},
		{"puts it last where that is the custom", Address{Street: p("1 Market St"), City: p("San Francisco"), State: p("CA"), PostalCode: p("94105"), Country: p("US")}, "1 Market St\nSan Francisco, CA 94105\nUS"},
		{"leaves out what is absent", Address{State: p("Bavaria")}, "Bavaria"},
		{"keeps the text that was given", Address{Given: p("somewhere,\nfar away")}, "somewhere,\nfar away"},
		{"of nothing is empty", Address{}, ""},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			if got := test.in.Formatted(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAddressInColumnAndBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		part := func(name string) *string { return rapid.Ptr(rapid.String(), true).Draw(t, name) }
		want, problems := AddressInput{Street: part("street"), City: part("city"), State: part("state"), PostalCode: part("postal"), Country: rapid.Ptr(rapid.SampledFrom(strings.Fields(countryCodes)), true).Draw(t, "country")}.normalize()
		if len(problems) > 0 || want == nil {
			return
		}
		column, err := want.Value()
		if err != nil {
			t.Fatal(err)
		}
		var got, fromBytes Address
		if err := got.Scan(column); err != nil {
			t.Fatal(err)
		}
		if err := fromBytes.Scan([]byte(column.(string))); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(*want, got) + cmp.Diff(*want, fromBytes); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
	address := Address{}
	if err := address.Scan(nil); err != nil || address != (Address{}) {
		t.Errorf("NULL: got %v, %v, want an empty address", address, err)
	}
	for _, src := range []any{7, "[]", "{"} {
		if err := address.Scan(src); err == nil {
			t.Errorf("%v: got no error", src)
		}
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("Hauptstr. 1", "Berlin", "de", "")
	f.Fuzz(func(t *testing.T, street, city, country, formatted string) {
		got, problems := AddressInput{Street: &street, City: &city, Country: &country, Formatted: &formatted}.normalize()
		if got == nil {
			return
		}
		if len(problems) > 0 || got.Formatted() == "" {
			t.Errorf("got %v and %v", got, problems)
		}
		if encoded, err := json.Marshal(got); err != nil || strings.Contains(string(encoded), `\u0000`) {
			t.Errorf("got %s, %v", encoded, err)
		}
	})
}
