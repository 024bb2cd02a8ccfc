package db

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxURLLength is the longest address of the web that is stored, in characters.
const maxURLLength = 2048

// NormalizeURL checks that a text is an absolute http or https URL with a host and without
// credentials (RFC 3986; letters of other scripts may stand unescaped, as in RFC 3987). It is
// kept as given, apart from the white space around it and the case of scheme and host, which do
// not count (RFC 3986, 6.2.2.1). Nothing is fetched. The error is a *Problem.
func NormalizeURL(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", problem(ProblemRequired, "a URL can't be blank: it looks like https://example.com")
	}
	if len(text) > maxURLLength*utf8.UTFMax || utf8.RuneCountInString(text) > maxURLLength {
		return "", problem(ProblemTooLong, "is longer than %d characters: send a shorter URL", maxURLLength)
	}
	if err := checkUTF8(text); err != nil {
		return "", err
	}
	for _, r := range text {
		if unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>\"`\\", r) {
			return "", problem(ProblemInvalid, "%s has the character %s, which must be percent-encoded in a URL", shown(text), shown(string(r)))
		}
	}
	scheme, rest, found := strings.Cut(text, "://")
	scheme = strings.ToLower(scheme)
	if !found || scheme != "http" && scheme != "https" {
		return "", problem(ProblemInvalid, "%s does not begin with http:// or https://", shown(text))
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority := rest[:end]
	if strings.Contains(authority, "@") {
		return "", problem(ProblemInvalid, "the URL holds a user name or password: remove what is before the @")
	}
	normalized := scheme + "://" + strings.ToLower(authority) + rest[end:]
	parsed, err := url.Parse(normalized)
	if err != nil {
		return "", problem(ProblemInvalid, "%s is not a URL: check its host and its percent signs", shown(text))
	}
	if parsed.Hostname() == "" {
		return "", problem(ProblemInvalid, "%s has no host: a URL looks like https://example.com", shown(text))
	}
	if port := parsed.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", problem(ProblemInvalid, "%s has a port that is not between 1 and 65535", shown(text))
		}
	}
	if utf8.RuneCountInString(normalized) > maxURLLength {
		return "", problem(ProblemTooLong, "is longer than %d characters: send a shorter URL", maxURLLength)
	}
	return normalized, nil
}
