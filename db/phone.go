package db

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// maxPhoneInput bounds what is looked at, in octets: 15 digits and what people put between them.
const maxPhoneInput = 100

// maxPhoneDigits is the longest number of ITU-T E.164 with its country code.
const maxPhoneDigits = 15

// NormalizePhone returns a phone number in the form of ITU-T E.164 ("+4930123456"). A number
// without a country code is read as one dialled in the region (ISO 3166-1 alpha-2, such as the
// organization's default; "" if there is none).
//
// The number must be possible, that is of a length that its country uses; whether it is assigned
// is not asked, since numbering plans change faster than programs (the advice of libphonenumber).
// E.164 has no extensions: a number with one is refused rather than cut, so that nothing is lost
// unseen; so are letters (1-800-FLOWERS). The error is a *Problem.
func NormalizePhone(text, region string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", problem(ProblemRequired, "a phone number can't be blank: it looks like +49 30 123456")
	}
	if len(text) > maxPhoneInput {
		return "", problem(ProblemTooLong, "%s is too long: a phone number has at most %d digits", shown(text), maxPhoneDigits)
	}
	if err := checkUTF8(text); err != nil {
		return "", err
	}
	number := text
	if len(number) > 4 && strings.EqualFold(number[:4], "tel:") {
		number = strings.TrimSpace(number[4:])
	}
	if err := checkPhoneRunes(text, number); err != nil {
		return "", err
	}
	region = strings.ToUpper(region)
	if !phonenumbers.GetSupportedRegions()[region] {
		region = ""
	}
	if region == "" && !strings.ContainsAny(number, "+＋") {
		return "", problem(ProblemInvalid, "%s has no country code: write it as +49 30 123456", shown(text))
	}
	parsed, err := phonenumbers.Parse(number, region)
	if err != nil || parsed.GetExtension() != "" || phonenumbers.IsPossibleNumberWithReason(parsed) != phonenumbers.IS_POSSIBLE {
		return "", problem(ProblemInvalid, "%s is not a possible phone number: check its country code and count of digits", shown(text))
	}
	e164 := phonenumbers.Format(parsed, phonenumbers.E164)
	if len(e164) > 1+maxPhoneDigits {
		return "", problem(ProblemInvalid, "%s has more than %d digits", shown(text), maxPhoneDigits)
	}
	return e164, nil
}

// checkPhoneRunes refuses what is not a digit or what people put between digits. Without it the
// library would take a number out of any sentence, and drop what follows.
func checkPhoneRunes(text, number string) error {
	for i, r := range number {
		switch {
		case unicode.Is(unicode.Nd, r), r == ' ', r == '\u00a0', r == '\u2009', r == '\u202f', strings.ContainsRune("-.()/[]", r),
			unicode.Is(unicode.Pd, r):
		case r == '+' || r == '＋':
			if strings.TrimLeft(number[:i], "([ ") != "" {
				return problem(ProblemInvalid, "%s has a + that is not at its start: send one number", shown(text))
			}
		case unicode.IsLetter(r), strings.ContainsRune("#;,:*", r):
			return problem(ProblemInvalid, "%s has %s: send only the number, in digits and without an extension", shown(text), shown(string(r)))
		default:
			return problem(ProblemInvalid, "%s has %s, which is no part of a phone number", shown(text), shown(string(r)))
		}
	}
	return nil
}
