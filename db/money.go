package db

import (
	"strings"

	"github.com/bojanz/currency"
	"github.com/shopspring/decimal"
)

// Limits of amounts and of the decimal numbers in filters.
const (
	maxMoneyDecimals = 2
	maxDecimalDigits = 30                                        // before the point
	maxDecimalPlaces = 10                                        // after it
	maxDecimalLength = 2 * (maxDecimalDigits + maxDecimalPlaces) // room for zeros that say nothing
)

// maxMoney is the largest amount: 10^15.
var maxMoney = decimal.New(1, 15)

// Money is an amount in a currency. The amount is at least 0, has at most 2 decimals (whatever
// the currency's minor unit) and is at most 10^15; the currency is an ISO 4217 code.
type Money struct {
	Amount   decimal.Decimal `json:"amount"`
	Currency string          `json:"currency"`
}

// ParseMoney reads an amount in plain decimal text ("1234.50") and the code of a currency, in any
// case. More than 2 decimals are refused, never rounded; zeros at the end don't count. The error is a *Problem.
func ParseMoney(amount, currency string) (Money, error) {
	code, err := normalizeCurrency(currency)
	if err != nil {
		return Money{}, err
	}
	value, err := parseAmount(amount)
	if err != nil {
		return Money{}, err
	}
	return Money{Amount: value, Currency: code}, nil
}

// parseAmount is ParseMoney for the amount alone.
func parseAmount(amount string) (decimal.Decimal, error) {
	value, err := ParseDecimal(amount)
	switch {
	case err != nil:
		return decimal.Decimal{}, err
	case value.IsNegative():
		return decimal.Decimal{}, problem(ProblemOutOfRange, "the amount %s is below 0", shown(amount))
	case value.GreaterThan(maxMoney):
		return decimal.Decimal{}, problem(ProblemOutOfRange, "the amount %s is above 10^15, the largest possible", shown(amount))
	case !value.Equal(value.Truncate(maxMoneyDecimals)):
		return decimal.Decimal{}, problem(ProblemInvalid, "the amount %s has more than %d decimals: round it first", shown(amount), maxMoneyDecimals)
	}
	return value.Truncate(maxMoneyDecimals), nil
}

// normalizeCurrency returns the code of a current currency (ISO 4217) in upper case.
func normalizeCurrency(text string) (string, error) {
	code := strings.TrimSpace(text)
	if code == "" {
		return "", problem(ProblemRequired, "a currency can't be blank: it is a code of ISO 4217, such as EUR")
	}
	if len(code) == 3 {
		if code = strings.ToUpper(code); currency.IsValid(code) {
			return code, nil
		}
	}
	return "", problem(ProblemInvalid, "%s is not a currency: send a code of ISO 4217, such as EUR", shown(text))
}

// ParseDecimal reads a number in plain decimal text: an optional minus, digits, and possibly a
// point and more digits. It has at most 30 digits before the point and 10 after it. Exponents,
// thousands separators and a comma as point are refused, since each is read differently somewhere.
// The error is a *Problem.
func ParseDecimal(text string) (decimal.Decimal, error) {
	number := strings.TrimSpace(text)
	if number == "" {
		return decimal.Decimal{}, problem(ProblemRequired, "a number can't be blank: it looks like 1234.50")
	}
	if len(number) > maxDecimalLength {
		return decimal.Decimal{}, problem(ProblemTooLong, "%s is too long for a number: at most %d digits before the point and %d after it", shown(text), maxDecimalDigits, maxDecimalPlaces)
	}
	whole, fraction, point := strings.Cut(strings.TrimPrefix(number, "-"), ".")
	if !isDigits(whole) || point && !isDigits(fraction) {
		return decimal.Decimal{}, problem(ProblemInvalid, "%s is not a number: write it in digits with a point, such as 1234.50, without exponent or thousands separators", shown(text))
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(strings.TrimLeft(whole, "0")) > maxDecimalDigits || len(fraction) > maxDecimalPlaces {
		return decimal.Decimal{}, problem(ProblemOutOfRange, "%s has more than %d digits before the point or %d after it", shown(text), maxDecimalDigits, maxDecimalPlaces)
	}
	value, err := decimal.NewFromString(number)
	if err != nil {
		return decimal.Decimal{}, problem(ProblemInvalid, "%s is not a number", shown(text))
	}
	return value, nil
}

// isDigits reports whether s is one ASCII digit or more, and nothing else.
func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
