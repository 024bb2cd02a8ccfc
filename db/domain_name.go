package db

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxDomainOctets is the length of a domain name in text without the final dot (RFC 1035, 2.3.4:
// 255 octets on the wire, of which two are the first length octet and the root).
const maxDomainOctets = 253

// maxDomainInput bounds what is looked at: a domain may come as the address of a page.
const maxDomainInput = 2048

// domainProfile is IDNA2008 (RFC 5891, 5: lookup) to ASCII, by the mapping of UTS 46 without its
// transitional form ("ß" stays a letter of its own). Beyond what MapForLookup sets (mapping of
// case and width, NFC, letters-digits-hyphen only, the hyphen and joiner rules) it checks the
// Bidi rule (RFC 5893) and the lengths of labels and name. "xn--" labels are decoded and held
// to the same rules, so that each name has one form.
var domainProfile = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.StrictDomainName(true),
	idna.ValidateLabels(true),
	idna.VerifyDNSLength(true),
	idna.BidiRule(),
)

// ideographicDots are the full stops that IDNA takes for a dot (RFC 3490, 3.1; UTS 46, 4.5).
var ideographicDots = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".")

// NormalizeDomain returns the one form in which a company's domain is stored: lower case, ASCII
// (IDNA2008), without "www.". Around the domain it takes what people paste: a leading "@",
// "http://" or "https://", a port, a path, a final dot.
//
// The name has at least two labels, at most 253 octets, and a top level of the ICANN section of
// the Public Suffix List; the list's private section is not used. Any name under such a top level
// is accepted, public suffixes included: some are organizations themselves (gov.uk, nhs.uk), and
// nothing in the list tells these from registries (co.uk).
// IP addresses, user names, underscores and wildcards are refused. The error is a *Problem.
func NormalizeDomain(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", problem(ProblemRequired, "a domain can't be blank: it looks like example.com")
	}
	if len(text) > maxDomainInput {
		return "", problem(ProblemTooLong, "is longer than %d characters: a domain has at most %d", maxDomainInput, maxDomainOctets)
	}
	if err := checkUTF8(text); err != nil {
		return "", err
	}
	host, err := cutHost(text)
	if err != nil {
		return "", err
	}
	host = strings.TrimSuffix(ideographicDots.Replace(host), ".")
	domain, err := asciiDomain(cutWWW(host))
	if err != nil {
		return "", err
	}
	// Once more: characters that IDNA drops may have hidden the prefix.
	domain = cutWWW(domain)
	top := domain[strings.LastIndexByte(domain, '.')+1:]
	// Asked with a label in front, because the list has some countries only as "*.ck".
	if _, icann := publicsuffix.PublicSuffix("0." + top); !icann {
		return "", problem(ProblemInvalid, "%s is not a domain of the Internet: there is no top-level domain %s", shown(domain), shown(top))
	}
	return domain, nil
}

// cutHost takes a domain out of what surrounds it in an address of the web or of mail.
func cutHost(text string) (string, error) {
	rest := strings.TrimPrefix(text, "@")
	for _, scheme := range []string{"http://", "https://"} {
		if len(rest) >= len(scheme) && strings.EqualFold(rest[:len(scheme)], scheme) {
			rest = rest[len(scheme):]
			break
		}
	}
	if scheme, _, found := strings.Cut(rest, "://"); found && !strings.ContainsAny(scheme, "/?#") {
		return "", problem(ProblemInvalid, "%s has the scheme %s: send the bare domain, such as example.com", shown(text), shown(scheme))
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		return "", problem(ProblemInvalid, "%s has a user name: send only what follows the @", shown(text))
	}
	if _, err := netip.ParseAddr(strings.Trim(rest, "[]")); err == nil {
		return "", problem(ProblemInvalid, "%s is an IP address: send a domain, such as example.com", shown(text))
	}
	if i := strings.IndexByte(rest, ':'); i >= 0 {
		port := rest[i+1:]
		if len(port) > 5 || strings.Trim(port, "0123456789") != "" {
			return "", problem(ProblemInvalid, "%s is not a domain: what follows its colon is not a port", shown(text))
		}
		rest = rest[:i]
		if _, err := netip.ParseAddr(rest); err == nil {
			return "", problem(ProblemInvalid, "%s is an IP address: send a domain, such as example.com", shown(text))
		}
	}
	return rest, nil
}

// cutWWW cuts a leading "www.", unless it is the name itself (www.com).
func cutWWW(domain string) string {
	for len(domain) > 4 && strings.EqualFold(domain[:4], "www.") && strings.Contains(domain[4:], ".") {
		domain = domain[4:]
	}
	return domain
}

// asciiDomain brings a bare domain name to lower-case ASCII and holds it to the rules of host
// names: two labels or more, letters, digits and hyphens. It does not ask whether the top level exists.
func asciiDomain(name string) (string, error) {
	if len(name) > maxDomainOctets*utf8.UTFMax {
		return "", problem(ProblemTooLong, "a domain has at most %d characters", maxDomainOctets)
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return "", problem(ProblemInvalid, "%s is an IP address: send a domain, such as example.com", shown(name))
	}
	name = ideographicDots.Replace(name)
	switch {
	case name == "":
		return "", problem(ProblemInvalid, "the domain is missing: it looks like example.com")
	case strings.ContainsAny(name, " \t\r\n\u00a0"):
		return "", problem(ProblemInvalid, "%s has a space: send one domain, such as example.com", shown(name))
	case strings.HasPrefix(name, "*."):
		return "", problem(ProblemInvalid, "%s has a wildcard: send the domain without it", shown(name))
	case strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, ".."):
		return "", problem(ProblemInvalid, "%s has an empty part before, after or between its dots", shown(name))
	case strings.Contains(name, "_"):
		return "", problem(ProblemInvalid, "%s has an underscore: domains are made of letters, digits, hyphens and dots", shown(name))
	}
	domain, err := domainProfile.ToASCII(name)
	if err != nil {
		return "", domainProblem(name, domain)
	}
	if !strings.Contains(domain, ".") {
		return "", problem(ProblemInvalid, "%s is not a whole domain: it needs a dot, as in example.com", shown(name))
	}
	if last := domain[strings.LastIndexByte(domain, '.')+1:]; strings.Trim(last, "0123456789") == "" {
		return "", problem(ProblemInvalid, "%s ends in a number: send a domain, such as example.com", shown(name))
	}
	return domain, nil
}

// domainProblem says why IDNA refused a name, as far as the name shows it.
func domainProblem(name, ascii string) *Problem {
	if len(ascii) > maxDomainOctets {
		return problem(ProblemTooLong, "%s is %d octets long: a domain has at most %d", shown(name), len(ascii), maxDomainOctets)
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if len(label) > 63 {
			return problem(ProblemTooLong, "%s has a part of %d octets between its dots: the limit is 63", shown(name), len(label))
		}
		if strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return problem(ProblemInvalid, "%s has a hyphen next to a dot or at an end", shown(name))
		}
	}
	return problem(ProblemInvalid, "%s is not a domain: it is made of letters, digits and hyphens with dots between, as in example.com", shown(name))
}

// domainLookupChain returns the domains whose account an address at the domain belongs to, in the
// order in which they are asked: the domain itself, then one label less each time, down to the
// registrable domain of the ICANN section of the Public Suffix List. A public suffix is only asked
// when it is the domain itself. The domain is expected in the form of NormalizeDomain.
func domainLookupChain(domain string) []string {
	if domain == "" || len(domain) > maxDomainOctets {
		return nil
	}
	suffix := icannSuffix(domain)
	chain := []string{domain}
	for suffix != "" {
		_, rest, found := strings.Cut(domain, ".")
		if !found || len(rest) <= len(suffix) {
			break
		}
		domain = rest
		chain = append(chain, domain)
	}
	return chain
}

// icannSuffix returns the longest public suffix of the domain by the ICANN section alone, or ""
// if its top level is unknown. publicsuffix tells of which section its answer is, but for
// foo.github.io it answers github.io, of the private one; so it is asked for each shorter name
// too, and the longest ICANN answer counts: io, which makes github.io a registrable domain.
func icannSuffix(domain string) string {
	longest := ""
	for end := len(domain); end >= 0; {
		end = strings.LastIndexByte(domain[:end], '.')
		if suffix, icann := publicsuffix.PublicSuffix(domain[end+1:]); icann && len(suffix) > len(longest) {
			longest = suffix
		}
		if end < 0 {
			break
		}
	}
	return longest
}
