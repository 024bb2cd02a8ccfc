package db

import "strings"

// countryCodes are the 249 officially assigned codes of ISO 3166-1 alpha-2, by first letter, and
// XK: a user-assigned code, which the European Commission, SWIFT, CLDR and the registries that
// customers import from use for Kosovo. Reserved and withdrawn codes (UK, EU, AN, SU) are not among them.
const countryCodes = " " +
	"AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ " +
	"BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ " +
	"CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ " +
	"DE DJ DK DM DO DZ " +
	"EC EE EG EH ER ES ET " +
	"FI FJ FK FM FO FR " +
	"GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY " +
	"HK HM HN HR HT HU " +
	"ID IE IL IM IN IO IQ IR IS IT " +
	"JE JM JO JP " +
	"KE KG KH KI KM KN KP KR KW KY KZ " +
	"LA LB LC LI LK LR LS LT LU LV LY " +
	"MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ " +
	"NA NC NE NF NG NI NL NO NP NR NU NZ " +
	"OM " +
	"PA PE PF PG PH PK PL PM PN PR PS PT PW PY " +
	"QA " +
	"RE RO RS RU RW " +
	"SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ " +
	"TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ " +
	"UA UG UM US UY UZ " +
	"VA VC VE VG VI VN VU " +
	"WF WS " +
	"XK " +
	"YE YT " +
	"ZA ZM ZW "

// NormalizeCountry returns a country's code of ISO 3166-1 alpha-2 in upper case; XK, for Kosovo,
// counts as one. Names and alpha-3 codes are not read. The error is a *Problem.
func NormalizeCountry(text string) (string, error) {
	code := strings.TrimSpace(text)
	if code == "" {
		return "", problem(ProblemRequired, "a country can't be blank: it is a code of two letters, such as DE")
	}
	if len(code) == 2 {
		if code = strings.ToUpper(code); strings.Contains(countryCodes, " "+code+" ") {
			return code, nil
		}
	}
	if strings.EqualFold(code, "UK") {
		return "", problem(ProblemInvalid, "%s is not a country: the code of the United Kingdom is GB", shown(text))
	}
	return "", problem(ProblemInvalid, "%s is not a country: send a code of two letters by ISO 3166-1, such as DE", shown(text))
}
