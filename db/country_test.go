package db

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"
)

func TestCountryNormalize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		claim, in, want string
		code            Code
	}{
		{claim: "keeps a code", in: "DE", want: "DE"},
		{claim: "trims and puts in upper case", in: " us\n", want: "US"},
		{claim: "takes XK", in: "xk", want: "XK"},
		{claim: "refuses nothing", in: "", code: ProblemRequired},
		{claim: "refuses UK", in: "UK", code: ProblemInvalid},
		{claim: "refuses the European Union", in: "EU", code: ProblemInvalid},
		{claim: "refuses a withdrawn code", in: "AN", code: ProblemInvalid},
		{claim: "refuses three letters", in: "DEU", code: ProblemInvalid},
		{claim: "refuses a name", in: "Germany", code: ProblemInvalid},
		{claim: "refuses a part of the list", in: "D ", code: ProblemInvalid},
		{claim: "refuses a space within", in: "\u2000D\u2000 E", code: ProblemInvalid},
		{claim: "refuses letters that lower to others", in: "ı", code: ProblemInvalid},
		{claim: "refuses ten megabytes", in: strings.Repeat("DE", 5<<20), code: ProblemInvalid},
		{claim: "refuses NUL", in: "D\x00", code: ProblemInvalid},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			got, err := NormalizeCountry(test.in)
			if test.code != "" {
				wantProblem(t, err, test.code)
			} else if err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestCountryCodesAreThoseOfISO3166(t *testing.T) {
	t.Parallel()
	codes := strings.Fields(countryCodes)
	if len(codes) != 249+1 || !slices.IsSorted(codes) || len(slices.Compact(slices.Clone(codes))) != len(codes) {
		t.Errorf("got %d codes, want 249 and XK, sorted, each once", len(codes))
	}
	for _, code := range codes {
		region, err := language.ParseRegion(code)
		if err != nil || !region.IsCountry() || region.Canonicalize() != region || region.String() != code {
			t.Errorf("%s: got %v, %v of the library, want a country", code, region, err)
		}
	}
}

func FuzzCountry(f *testing.F) {
	f.Add("de")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := NormalizeCountry(in)
		if err != nil {
			wantProblem(t, err, "")
		} else if len(got) != 2 || !strings.EqualFold(got, strings.TrimSpace(in)) {
			t.Errorf("got %q from %q", got, in)
		}
	})
}
