package db

import (
	"regexp"
	"strings"
)

// IdentifierScheme says who gives a business identifier.
type IdentifierScheme string

// The schemes of business identifiers.
const (
	// SchemeLEI: Legal Entity Identifier, ISO 17442; 20 characters, the last two an ISO 7064 MOD 97-10 check.
	SchemeLEI IdentifierScheme = "LEI"
	// SchemeDUNS: D-U-N-S number of Dun & Bradstreet; 9 digits. Numbers had a check digit until
	// 2006 and are given without one since, so none is asked for.
	SchemeDUNS IdentifierScheme = "DUNS"
	// SchemeVAT: value added tax number with its country prefix, of the EU, the United Kingdom,
	// Northern Ireland (XI) or Switzerland.
	SchemeVAT IdentifierScheme = "VAT"
	// SchemeCompanyRegister: number in a commercial register, kept as given.
	SchemeCompanyRegister IdentifierScheme = "COMPANY_REGISTER"
	// SchemeOther: any other identifier, kept as given.
	SchemeOther IdentifierScheme = "OTHER"
)

// maxIdentifier is the longest identifier, in characters.
const maxIdentifier = 255

// identifierSeparators are what people write between the characters of LEI, DUNS and VAT.
var identifierSeparators = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ".", "", "-", "", "\u2010", "", "\u2011", "", "\u2013", "")

var (
	leiFormat  = regexp.MustCompile(`^[0-9A-Z]{18}[0-9]{2}$`)
	dunsFormat = regexp.MustCompile(`^[0-9]{9}$`)
)

// normalizeIdentifier returns an identifier in the one form in which it is stored and compared.
// LEI, DUNS and VAT lose spaces, dots and hyphens, are put in upper case and held to their format
// and, where it is well defined, to their check digit; the other schemes keep the text as given,
// apart from white space around it. The error is a *Problem.
func normalizeIdentifier(scheme IdentifierScheme, value string) (string, error) {
	text, err := requireText(value, maxIdentifier)
	if err != nil {
		return "", err
	}
	compact := strings.ToUpper(identifierSeparators.Replace(text))
	switch scheme {
	case SchemeCompanyRegister, SchemeOther:
		return text, nil
	case SchemeLEI:
		if !leiFormat.MatchString(compact) {
			return "", problem(ProblemInvalid, "%s is not an LEI: it has 18 letters and digits and 2 check digits", shown(text))
		}
		if mod97(compact) != 1 {
			return "", problem(ProblemInvalid, "%s is not an LEI: its check digits are wrong", shown(text))
		}
		return compact, nil
	case SchemeDUNS:
		if !dunsFormat.MatchString(compact) {
			return "", problem(ProblemInvalid, "%s is not a DUNS number: it has 9 digits", shown(text))
		}
		return compact, nil
	case SchemeVAT:
		return normalizeVAT(text, compact)
	default:
		return "", problem(ProblemInvalid, "%s is not a scheme of identifiers: use LEI, DUNS, VAT, COMPANY_REGISTER or OTHER", shown(string(scheme)))
	}
}

// normalizeVAT checks a VAT number by the row of its country.
func normalizeVAT(text, compact string) (string, error) {
	if strings.HasPrefix(compact, "GR") {
		compact = "EL" + compact[2:]
	}
	for _, country := range vatCountries {
		number, found := strings.CutPrefix(compact, country.prefix)
		if !found {
			continue
		}
		if !country.format.MatchString(number) {
			return "", problem(ProblemInvalid, "%s is not a VAT number of %s: check the count of its characters", shown(text), country.prefix)
		}
		if country.prefix == "CHE" {
			// MWST, TVA and IVA are one tax in three languages: the number is the same.
			number = number[:9]
		}
		if country.check != nil && !country.check(number) {
			return "", problem(ProblemInvalid, "%s is not a VAT number of %s: its check digit is wrong", shown(text), country.prefix)
		}
		return country.prefix + number, nil
	}
	return "", problem(ProblemInvalid, "%s does not begin with the prefix of a country of the EU, GB, XI or CHE, as in DE136695976: use the scheme OTHER for the tax numbers of other countries", shown(text))
}

// vatCountries are the formats of VAT numbers (European Commission, VIES; HMRC; Swiss Federal
// Statistical Office, UID) and the checks that are published and hold for all numbers in use.
// BG, CY, LT and LV have several kinds of numbers with checks of their own: format only.
var vatCountries = []struct {
	prefix string
	format *regexp.Regexp
	check  func(number string) bool
}{
	{"AT", regexp.MustCompile(`^U\d{8}$`), func(n string) bool { return (luhnSum(n[1:8], 1)+4+digit(n, 8))%10 == 0 }},
	{"BE", regexp.MustCompile(`^[01]\d{9}$`), func(n string) bool { return 97-decimalMod(n[:8], 97) == decimalMod(n[8:], 100) }},
	{"BG", regexp.MustCompile(`^\d{9,10}$`), nil},
	{"CHE", regexp.MustCompile(`^\d{9}(MWST|TVA|IVA)?$`), func(n string) bool { return weighted(n, 5, 4, 3, 2, 7, 6, 5, 4, 1)%11 == 0 }},
	{"CY", regexp.MustCompile(`^\d{8}[A-Z]$`), nil},
	{"CZ", regexp.MustCompile(`^\d{8,10}$`), func(n string) bool {
		// 9 and 10 digits are numbers of persons.
		return len(n) != 8 || (11-weighted(n[:7], 8, 7, 6, 5, 4, 3, 2)%11)%10 == digit(n, 7)
	}},
	{"DE", regexp.MustCompile(`^[1-9]\d{8}$`), mod11over10},
	{"DK", regexp.MustCompile(`^[1-9]\d{7}$`), func(n string) bool { return weighted(n, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 }},
	{"EE", regexp.MustCompile(`^\d{9}$`), func(n string) bool { return weighted(n, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 == 0 }},
	{"EL", regexp.MustCompile(`^\d{9}$`), func(n string) bool { return weighted(n, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == digit(n, 8) }},
	{"ES", regexp.MustCompile(`^([A-Z]\d{7}[0-9A-Z]|\d{8}[A-Z])$`), spanishNIF},
	{"FI", regexp.MustCompile(`^\d{8}$`), func(n string) bool { return weighted(n, 7, 9, 10, 5, 8, 4, 2, 1)%11 == 0 }},
	{"FR", regexp.MustCompile(`^[0-9A-HJ-NP-Z]{2}\d{9}$`), func(n string) bool {
		// Keys with a letter have a check that is not published.
		return !isDigits(n[:2]) || (12+3*decimalMod(n[2:], 97))%97 == decimalMod(n[:2], 100)
	}},
	{"GB", regexp.MustCompile(`^(\d{9}|\d{12}|GD[0-4]\d{2}|HA[5-9]\d{2})$`), britishVAT},
	{"HR", regexp.MustCompile(`^\d{11}$`), mod11over10},
	{"HU", regexp.MustCompile(`^\d{8}$`), func(n string) bool { return weighted(n, 9, 7, 3, 1, 9, 7, 3, 1)%10 == 0 }},
	{"IE", regexp.MustCompile(`^(\d{7}[A-W][A-IW]?|\d[A-Z]\d{5}[A-W])$`), irishVAT},
	{"IT", regexp.MustCompile(`^\d{11}$`), func(n string) bool { return (luhnSum(n[:10], 1)+digit(n, 10))%10 == 0 }},
	{"LT", regexp.MustCompile(`^(\d{9}|\d{12})$`), nil},
	{"LU", regexp.MustCompile(`^\d{8}$`), func(n string) bool { return decimalMod(n[:6], 89) == decimalMod(n[6:], 100) }},
	{"LV", regexp.MustCompile(`^\d{11}$`), nil},
	{"MT", regexp.MustCompile(`^\d{8}$`), func(n string) bool { return weighted(n, 3, 4, 6, 7, 8, 9, 10, 1)%37 == 0 }},
	{"NL", regexp.MustCompile(`^\d{9}B\d{2}$`), func(n string) bool {
		// Companies' numbers follow the eleven test, those of sole traders (since 2020) MOD 97-10.
		return weighted(n[:8], 9, 8, 7, 6, 5, 4, 3, 2)%11 == digit(n, 8) || mod97("NL"+n) == 1
	}},
	{"PL", regexp.MustCompile(`^\d{10}$`), func(n string) bool { return weighted(n, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == digit(n, 9) }},
	{"PT", regexp.MustCompile(`^[1-9]\d{8}$`), func(n string) bool {
		return (11-weighted(n, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11%10 == digit(n, 8)
	}},
	{"RO", regexp.MustCompile(`^[1-9]\d{1,9}$`), func(n string) bool {
		n = strings.Repeat("0", 10-len(n)) + n
		return weighted(n, 7, 5, 3, 2, 1, 7, 5, 3, 2)*10%11%10 == digit(n, 9)
	}},
	{"SE", regexp.MustCompile(`^\d{10}(0[1-9]|[1-8]\d|9[0-4])$`), func(n string) bool { return (luhnSum(n[:9], 0)+digit(n, 9))%10 == 0 }},
	{"SI", regexp.MustCompile(`^[1-9]\d{7}$`), func(n string) bool {
		check := 11 - weighted(n, 8, 7, 6, 5, 4, 3, 2)%11
		return check != 11 && check%10 == digit(n, 7)
	}},
	{"SK", regexp.MustCompile(`^[1-9]\d{9}$`), func(n string) bool { return decimalMod(n, 11) == 0 }},
	{"XI", regexp.MustCompile(`^(\d{9}|\d{12}|GD[0-4]\d{2}|HA[5-9]\d{2})$`), britishVAT},
}

// britishVAT: MOD 97, of the old series or of that since 2009 (55 more). GD and HA are public bodies without a check.
func britishVAT(n string) bool {
	if !isDigits(n) {
		return true
	}
	sum := weighted(n, 8, 7, 6, 5, 4, 3, 2, 10, 1)
	return sum%97 == 0 || (sum+55)%97 == 0
}

// irishVAT: a letter by MOD 23. The old form has a letter in place of the second digit and the first digit last.
func irishVAT(n string) bool {
	digits, letter, extra := n[:7], n[7], 0
	switch {
	case len(n) == 9:
		extra = 9 * strings.IndexByte("WABCDEFGHI", n[8])
	case !isDigits(digits):
		digits = "0" + n[2:7] + n[:1]
	}
	return "WABCDEFGHIJKLMNOPQRSTUV"[(weighted(digits, 8, 7, 6, 5, 4, 3, 2)+extra)%23] == letter
}

// spanishNIF: a letter by MOD 23 for persons, a digit or the letter that stands for it for all others.
func spanishNIF(n string) bool {
	const letters = "TRWAGMYFPDXBNJZSQVHLCKE"
	switch first := n[0]; {
	case first <= '9':
		return letters[decimalMod(n[:8], 23)] == n[8]
	case strings.IndexByte("XYZ", first) >= 0:
		return letters[decimalMod(string('0'+first-'X')+n[1:8], 23)] == n[8]
	case strings.IndexByte("KLM", first) >= 0:
		return letters[decimalMod(n[1:8], 23)] == n[8]
	case strings.IndexByte("ABCDEFGHJNPQRSUVW", first) >= 0:
		check := (10 - luhnSum(n[1:8], 0)%10) % 10
		return n[8] == byte('0'+check) || n[8] == "JABCDEFGHI"[check]
	default:
		return false
	}
}

// The functions below expect ASCII digits, which the formats have ensured.

func digit(n string, i int) int { return int(n[i] - '0') }

// weighted is the sum of the first digits, each times its weight.
func weighted(n string, weights ...int) int {
	sum := 0
	for i, weight := range weights {
		sum += weight * digit(n, i)
	}
	return sum
}

// luhnSum is the sum of the digits, with the digit sum of twice the digit at every other place, from the given one on.
func luhnSum(n string, doubled int) int {
	sum := 0
	for i := range len(n) {
		d := digit(n, i)
		if i%2 == doubled {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum
}

func decimalMod(n string, modulus int) int {
	rest := 0
	for i := range len(n) {
		rest = (rest*10 + digit(n, i)) % modulus
	}
	return rest
}

// mod11over10 is the check of ISO 7064 MOD 11,10.
func mod11over10(n string) bool {
	product := 10
	for i := range len(n) - 1 {
		sum := (product + digit(n, i)) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	return (product+digit(n, len(n)-1))%10 == 1
}

// mod97 is the rest of ISO 7064 MOD 97-10, with A as 10 to Z as 35; the check holds if it is 1.
func mod97(s string) int {
	rest := 0
	for _, c := range []byte(s) {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest
}
