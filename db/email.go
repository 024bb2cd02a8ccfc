package db

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of RFC 5321, 4.5.3.1: the local part, and what a path leaves to the whole address.
const (
	maxLocalPartOctets = 64
	maxEmailOctets     = 254
)

// NormalizeEmail returns an e-mail address in the one form in which it is stored: the domain in
// lower-case ASCII (IDNA2008), the local part as it came, since its case belongs to the receiver
// (RFC 5321, 2.4).
//
// The address is a mailbox of RFC 5321 with a dot-string before the @. Quoted local parts and
// domain literals are refused: nobody gives them to customers, and many systems break on them.
// Local parts of other scripts (SMTPUTF8, RFC 6531) are accepted if they are made of letters,
// marks and digits, and are brought to NFC as RFC 6532 asks. The domain follows the rules of host
// names and has two labels or more, under any top level. The error is a *Problem.
func NormalizeEmail(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", problem(ProblemRequired, "an e-mail address can't be blank: it looks like name@example.com")
	}
	// A domain may be longer before IDNA than after it, never four times.
	if len(text) > maxEmailOctets*utf8.UTFMax {
		return "", problem(ProblemTooLong, "is too long: an e-mail address has at most %d octets", maxEmailOctets)
	}
	if err := checkUTF8(text); err != nil {
		return "", err
	}
	if strings.ContainsAny(text, "<>") {
		return "", problem(ProblemInvalid, "%s has a display name or angle brackets: send the bare address, such as name@example.com", shown(text))
	}
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return "", problem(ProblemInvalid, "%s has no @: an e-mail address looks like name@example.com", shown(text))
	}
	local, host := norm.NFC.String(text[:at]), text[at+1:]
	if err := checkLocalPart(text, local); err != nil {
		return "", err
	}
	domain, err := asciiDomain(host)
	if err != nil {
		return "", err
	}
	email := local + "@" + domain
	if len(email) > maxEmailOctets {
		return "", problem(ProblemTooLong, "%s is %d octets long: an e-mail address has at most %d", shown(text), len(email), maxEmailOctets)
	}
	return email, nil
}

// checkLocalPart holds what is before the @ to the dot-string of RFC 5321, 4.1.2 and RFC 6531, 3.3.
func checkLocalPart(text, local string) error {
	switch {
	case local == "":
		return problem(ProblemInvalid, "%s has nothing before the @", shown(text))
	case strings.HasPrefix(local, `"`):
		return problem(ProblemInvalid, "%s has a quoted name before the @, which is not supported", shown(text))
	case strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, ".."):
		return problem(ProblemInvalid, "%s has a dot at an end of the part before the @, or two in a row", shown(text))
	case len(local) > maxLocalPartOctets:
		return problem(ProblemTooLong, "%s has %d octets before the @: the limit is %d", shown(text), len(local), maxLocalPartOctets)
	}
	for _, r := range local {
		if !isLocalPartRune(r) {
			return problem(ProblemInvalid, "%s has %s before the @, where only letters, digits, dots and !#$%%&'*+-/=?^_`{|}~ can be", shown(text), shown(string(r)))
		}
	}
	return nil
}

func isLocalPartRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r)
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd)
}

// emailDomain returns what follows the @ of an address in the form of NormalizeEmail; "" if there is none.
func emailDomain(email string) string {
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return ""
	}
	return email[at+1:]
}
