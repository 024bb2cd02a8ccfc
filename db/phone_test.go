package db

import (
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func TestPhoneNormalize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		claim, in, region, want string
		code                    Code
	}{
		{claim: "keeps E.164", in: "+493012345678", want: "+493012345678"},
		{claim: "drops what is between digits", in: " +49 (0)30 / 1234-56.78 ", want: "+493012345678"},
		{claim: "reads national numbers of the region", in: "030 12345678", region: "DE", want: "+493012345678"},
		{claim: "reads the region in any case", in: "030 12345678", region: "de", want: "+493012345678"},
		{claim: "reads the region's international prefix", in: "0049 30 12345678", region: "DE", want: "+493012345678"},
		{claim: "lets the number's own country win", in: "+1 415 555 0132", region: "DE", want: "+14155550132"},
		{claim: "reads a tel: URI", in: "tel:+1-415-555-0132", want: "+14155550132"},
		{claim: "keeps the zero of Italy", in: "+39 06 69812345", want: "+390669812345"},
		{claim: "takes numbers that are possible only", in: "+1 555 123 4567", want: "+15551234567"},
		{claim: "reads digits of other scripts", in: "＋４９ ３０ １２３４５６７８", want: "+493012345678"},
		{claim: "takes international free numbers", in: "+800 1234 5678", want: "+80012345678"},
		{claim: "refuses national numbers without a region", in: "030 12345678", code: ProblemInvalid},
		{claim: "refuses national numbers of an unknown region", in: "030 12345678", region: "XX", code: ProblemInvalid},
		{claim: "refuses too short numbers", in: "+49 30", code: ProblemInvalid},
		{claim: "refuses too long numbers", in: "+49 30 1234567890123456", code: ProblemInvalid},
		{claim: "refuses numbers that work within a place only", in: "253 0000", region: "US", code: ProblemInvalid},
		{claim: "refuses unknown country codes", in: "+999 123456789", code: ProblemInvalid},
		{claim: "refuses an extension", in: "+49 30 12345678 ext. 12", code: ProblemInvalid},
		{claim: "refuses an extension after #", in: "+49 30 12345678#12", code: ProblemInvalid},
		{claim: "refuses an extension of a tel: URI", in: "tel:+493012345678;ext=12", code: ProblemInvalid},
		{claim: "refuses letters", in: "1-800-FLOWERS", region: "US", code: ProblemInvalid},
		{claim: "refuses a sentence", in: "call +49 30 12345678", code: ProblemInvalid},
		{claim: "refuses two numbers", in: "+49 30 12345678 / +49 30 12345679", code: ProblemInvalid},
		{claim: "refuses nothing", in: "", region: "DE", code: ProblemRequired},
		{claim: "refuses signs alone", in: "+()-", region: "DE", code: ProblemInvalid},
		{claim: "refuses ten megabytes", in: strings.Repeat("1", 10<<20), region: "DE", code: ProblemTooLong},
		{claim: "refuses NUL", in: "+49 30 \x00 12345678", code: ProblemInvalid},
		{claim: "refuses invalid UTF-8", in: "+49 30 \xff 12345678", code: ProblemInvalid},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			got, err := NormalizePhone(test.in, test.region)
			if test.code != "" {
				wantProblem(t, err, test.code)
			} else if err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestPhoneReadsTheNationalFormOfEveryCountry(t *testing.T) {
	t.Parallel()
	for region := range phonenumbers.GetSupportedRegions() {
		example := phonenumbers.GetExampleNumber(region)
		want := phonenumbers.Format(example, phonenumbers.E164)
		for _, form := range []phonenumbers.PhoneNumberFormat{phonenumbers.NATIONAL, phonenumbers.INTERNATIONAL, phonenumbers.RFC3966} {
			in := phonenumbers.Format(example, form)
			if got, err := NormalizePhone(in, region); err != nil || got != want {
				t.Errorf("%s: %q: got %q, %v, want %q", region, in, got, err, want)
			}
		}
		if got, err := NormalizePhone(want, ""); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", region, got, err, want)
		}
	}
}

func FuzzPhone(f *testing.F) {
	f.Add("+49 30 12345678", "DE")
	f.Add("030/1234567", "DE")
	f.Add("(020) 7946 0958", "GB")
	f.Add("011 15 2345-6789", "AR")
	f.Fuzz(func(t *testing.T, in, region string) {
		got, err := NormalizePhone(in, region)
		if err != nil {
			wantProblem(t, err, "")
			return
		}
		if got[0] != '+' || !isDigits(got[1:]) || len(got) > 1+maxPhoneDigits {
			t.Errorf("got %q from %q, %q, want E.164", got, in, region)
		}
		if again, err := NormalizePhone(got, ""); err != nil || again != got {
			t.Errorf("got %q, %v from %q of %q, %q, want no change", again, err, got, in, region)
		}
	})
}
