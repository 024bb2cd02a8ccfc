package db

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func TestMoneyParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		claim, amount, currency, want string
		code                          Code
	}{
		{claim: "reads digits and a point", amount: "1234.50", currency: "EUR", want: "1234.5 EUR"},
		{claim: "reads whole amounts", amount: "0", currency: "USD", want: "0 USD"},
		{claim: "trims and puts the currency in upper case", amount: " 12.3\n", currency: " chf ", want: "12.3 CHF"},
		{claim: "takes 10^15", amount: "1000000000000000.00", currency: "JPY", want: "1000000000000000 JPY"},
		{claim: "refuses more than 10^15", amount: "1000000000000000.01", currency: "JPY", code: ProblemOutOfRange},
		{claim: "does not count zeros at the end", amount: "1.5000000000000", currency: "EUR", want: "1.5 EUR"},
		{claim: "refuses a third decimal", amount: "1.005", currency: "EUR", code: ProblemInvalid},
		{claim: "takes minus zero as zero", amount: "-0.00", currency: "EUR", want: "0 EUR"},
		{claim: "refuses less than 0", amount: "-0.01", currency: "EUR", code: ProblemOutOfRange},
		{claim: "refuses a plus", amount: "+1", currency: "EUR", code: ProblemInvalid},
		{claim: "refuses exponents", amount: "1e3", currency: "EUR", code: ProblemInvalid},
		{claim: "refuses thousands separators", amount: "1,000.00", currency: "EUR", code: ProblemInvalid},
		{claim: "refuses a comma as point", amount: "1,5", currency: "EUR", code: ProblemInvalid},
		{claim: "refuses a point at an end", amount: "1.", currency: "EUR", code: ProblemInvalid},
		{claim: "refuses a point alone", amount: ".5", currency: "EUR", code: ProblemInvalid},
		{claim: "refuses NaN", amount: "NaN", currency: "EUR", code: ProblemInvalid},
		{claim: "refuses digits of other scripts", amount: "１", currency: "EUR", code: ProblemInvalid},
		{claim: "refuses a currency sign", amount: "€5", currency: "EUR", code: ProblemInvalid},
		{claim: "refuses NUL", amount: "1\x00", currency: "EUR", code: ProblemInvalid},
		{claim: "refuses invalid UTF-8", amount: "1\xff", currency: "EUR", code: ProblemInvalid},
		{claim: "refuses a blank amount", amount: " ", currency: "EUR", code: ProblemRequired},
		{claim: "refuses ten megabytes", amount: strings.Repeat("0", 10<<20), currency: "EUR", code: ProblemTooLong},
		{claim: "refuses a blank currency", amount: "1", currency: "", code: ProblemRequired},
		{claim: "refuses an unknown currency", amount: "1", currency: "XYZ", code: ProblemInvalid},
		{claim: "refuses a withdrawn currency", amount: "1", currency: "DEM", code: ProblemInvalid},
		{claim: "refuses a currency of ten megabytes", amount: "1", currency: strings.Repeat("E", 10<<20), code: ProblemInvalid},
		{claim: "refuses a currency that only grows into a code", amount: "1", currency: "ſd", code: ProblemInvalid},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			got, err := ParseMoney(test.amount, test.currency)
			if test.code != "" {
				wantProblem(t, err, test.code)
			} else if s := got.Amount.String() + " " + got.Currency; err != nil || s != test.want {
				t.Errorf("got %q, %v, want %q", s, err, test.want)
			}
		})
	}
}

func TestMoneyParseDecimalLimits(t *testing.T) {
	t.Parallel()
	nines := strings.Repeat("9", maxDecimalDigits)
	for _, in := range []string{nines + "." + nines[:maxDecimalPlaces], "-" + nines, "000" + nines, "-12.50"} {
		if got, err := ParseDecimal(in); err != nil || !got.Equal(decimal.RequireFromString(in)) {
			t.Errorf("%q: got %v, %v, want it as it is", in, got, err)
		}
	}
	for _, in := range []string{nines + "9", "0." + nines[:maxDecimalPlaces] + "9"} {
		_, err := ParseDecimal(in)
		wantProblem(t, err, ProblemOutOfRange)
	}
}

func TestMoneyRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := decimal.New(rapid.Int64Range(0, 1e17).Draw(t, "cents"), -2)
		got, err := ParseMoney(want.String(), "EUR")
		if err != nil || !got.Amount.Equal(want) {
			t.Fatalf("got %v, %v, want %v", got, err, want)
		}
	})
}

func FuzzMoney(f *testing.F) {
	f.Add("1234.50", "eur")
	f.Add("-1e999999999", "USD")
	f.Fuzz(func(t *testing.T, amount, currency string) {
		got, err := ParseMoney(amount, currency)
		if err != nil {
			wantProblem(t, err, "")
			return
		}
		if again, err := ParseMoney(got.Amount.String(), got.Currency); err != nil || !again.Amount.Equal(got.Amount) || again.Currency != got.Currency {
			t.Errorf("got %v, %v from %v, want no change", again, err, got)
		}
		if got.Amount.IsNegative() || got.Amount.Exponent() < -maxMoneyDecimals {
			t.Errorf("got %v from %q", got, amount)
		}
	})
}
