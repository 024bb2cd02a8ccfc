package db

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/publicsuffix"
	"pgregory.net/rapid"
)

func TestDomainNormalize(t *testing.T) {
	t.Parallel()
	label63 := strings.Repeat("a", 63)
	for _, test := range []struct {
		claim, in, want string
		code            Code
	}{
		{claim: "keeps a plain domain", in: "example.com", want: "example.com"},
		{claim: "trims and lowers", in: " Example.COM\n", want: "example.com"},
		{claim: "cuts a leading @", in: "@example.com", want: "example.com"},
		{claim: "cuts http://", in: "http://example.com", want: "example.com"},
		{claim: "cuts https:// in any case", in: "HttpS://WWW.Example.com/About?a=b#c", want: "example.com"},
		{claim: "cuts www.", in: "www.example.com", want: "example.com"},
		{claim: "cuts www. as often as it stands", in: "www.www.example.com", want: "example.com"},
		{claim: "keeps www where it is the name", in: "www.com", want: "www.com"},
		{claim: "keeps what only begins with www", in: "www2.example.com", want: "www2.example.com"},
		{claim: "cuts www. before an organization's suffix", in: "www.gov.uk", want: "gov.uk"},
		{claim: "cuts www in full-width letters", in: "ｗｗｗ．ｅｘａｍｐｌｅ．ｃｏｍ", want: "example.com"},
		{claim: "cuts www. behind a soft hyphen", in: "ww\u00adw.example.com", want: "example.com"},
		{claim: "cuts a query without a path", in: "example.com?x=/", want: "example.com"},
		{claim: "cuts a fragment without a path", in: "example.com#x", want: "example.com"},
		{claim: "cuts a path with an @", in: "example.com/@acme", want: "example.com"},
		{claim: "cuts a path with another scheme", in: "example.com/?to=ftp://x", want: "example.com"},
		{claim: "cuts a port", in: "example.com:8443", want: "example.com"},
		{claim: "cuts a final dot", in: "example.com.", want: "example.com"},
		{claim: "cuts an ideographic final dot", in: "example。com。", want: "example.com"},
		{claim: "encodes other scripts", in: "Bücher.de", want: "xn--bcher-kva.de"},
		{claim: "composes before it encodes", in: "bu\u0308cher.de", want: "xn--bcher-kva.de"},
		{claim: "keeps sharp s apart from ss", in: "straße.de", want: "xn--strae-oqa.de"},
		{claim: "keeps encoded names", in: "XN--BCHER-KVA.de", want: "xn--bcher-kva.de"},
		{claim: "takes top levels of other scripts", in: "пример.рф", want: "xn--e1afmkfd.xn--p1ai"},
		{claim: "takes right-to-left names", in: "موقع.وزارة-الاتصالات.مصر", want: "xn--4gbrim.xn----ymcbaaajlc6dj7bxne2c.xn--wgbh1c"},
		{claim: "takes a suffix that is an organization", in: "nhs.uk", want: "nhs.uk"},
		{claim: "takes a registry's suffix too", in: "co.uk", want: "co.uk"},
		{claim: "takes names of the private section", in: "acme.github.io", want: "acme.github.io"},
		{claim: "takes a host of the private section itself", in: "github.io", want: "github.io"},
		{claim: "takes a top level that the list has only as wildcard", in: "acme.ck", want: "acme.ck"},
		{claim: "takes a label of 63", in: label63 + ".com", want: label63 + ".com"},
		{claim: "takes 253 octets", in: strings.Repeat(label63+".", 3) + strings.Repeat("a", 57) + ".com", want: strings.Repeat(label63+".", 3) + strings.Repeat("a", 57) + ".com"},
		{claim: "refuses 254 octets", in: strings.Repeat(label63+".", 3) + strings.Repeat("a", 58) + ".com", code: ProblemTooLong},
		{claim: "refuses a label of 64", in: "a" + label63 + ".com", code: ProblemTooLong},
		{claim: "refuses ten megabytes", in: strings.Repeat("a.", 5<<20), code: ProblemTooLong},
		{claim: "refuses nothing", in: " ", code: ProblemRequired},
		{claim: "refuses a scheme alone", in: "https://", code: ProblemInvalid},
		{claim: "refuses one label", in: "localhost", code: ProblemInvalid},
		{claim: "refuses a top level alone", in: "com", code: ProblemInvalid},
		{claim: "refuses an unknown top level", in: "acme.internal", code: ProblemInvalid},
		{claim: "refuses a mistyped top level", in: "usaisr.health.milmil", code: ProblemInvalid},
		{claim: "refuses an e-mail address", in: "jo@example.com", code: ProblemInvalid},
		{claim: "refuses credentials", in: "https://jo:secret@example.com/", code: ProblemInvalid},
		{claim: "refuses two @", in: "@@example.com", code: ProblemInvalid},
		{claim: "refuses other schemes", in: "ftp://example.com", code: ProblemInvalid},
		{claim: "refuses a port of letters", in: "example.com:http", code: ProblemInvalid},
		{claim: "refuses an IPv4 address", in: "http://192.168.1.1:80/", code: ProblemInvalid},
		{claim: "refuses a short IPv4 address", in: "127.1", code: ProblemInvalid},
		{claim: "refuses an IPv6 address", in: "http://[2001:db8::1]:80/", code: ProblemInvalid},
		{claim: "refuses a bare IPv6 address", in: "2001:db8::1", code: ProblemInvalid},
		{claim: "refuses an IPv4 address in full-width digits", in: "１２７．０．０．１", code: ProblemInvalid},
		{claim: "refuses an underscore", in: "my_company.com", code: ProblemInvalid},
		{claim: "refuses a wildcard", in: "*.example.com", code: ProblemInvalid},
		{claim: "refuses a space", in: "example.com, example.org", code: ProblemInvalid},
		{claim: "refuses an empty label", in: "example..com", code: ProblemInvalid},
		{claim: "refuses a leading dot", in: ".example.com", code: ProblemInvalid},
		{claim: "refuses two final dots", in: "example.com..", code: ProblemInvalid},
		{claim: "refuses a leading hyphen", in: "-example.com", code: ProblemInvalid},
		{claim: "refuses a trailing hyphen", in: "example-.com", code: ProblemInvalid},
		{claim: "refuses broken punycode", in: "xn--a.com", code: ProblemInvalid},
		{claim: "refuses punycode of ASCII", in: "xn--abc-.com", code: ProblemInvalid},
		{claim: "refuses mixed directions", in: "אa.com", code: ProblemInvalid},
		{claim: "refuses other characters", in: "exam!ple.com", code: ProblemInvalid},
		{claim: "refuses a backslash", in: `example.com\x`, code: ProblemInvalid},
		{claim: "refuses NUL", in: "example\x00.com", code: ProblemInvalid},
		{claim: "refuses invalid UTF-8", in: "ex\xffample.com", code: ProblemInvalid},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			got, err := NormalizeDomain(test.in)
			if test.code != "" {
				wantProblem(t, err, test.code)
			} else if err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func realDomains(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/domains_ror.txt")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool { return line == "" || line[0] == '#' })
}

func TestDomainsOfRealOrganizationsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, domain := range realDomains(t) {
		for _, in := range []string{domain, "HTTPS://www." + strings.ToUpper(domain) + "./index.html", "@" + domain} {
			if got, err := NormalizeDomain(in); err != nil || got != domain {
				t.Errorf("%q: got %q, %v, want %q", in, got, err, domain)
			}
		}
	}
}

func TestDomainLookupChain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		claim, domain string
		want          []string
	}{
		{"of a registrable domain is itself", "example.com", []string{"example.com"}},
		{"goes up label by label", "mail.eu.example.com", []string{"mail.eu.example.com", "eu.example.com", "example.com"}},
		{"ends above a suffix of two labels", "a.example.co.uk", []string{"a.example.co.uk", "example.co.uk"}},
		{"does not ask a suffix", "hmrc.gov.uk", []string{"hmrc.gov.uk"}},
		{"asks a suffix that was given", "gov.uk", []string{"gov.uk"}},
		{"ignores the private section", "blog.acme.github.io", []string{"blog.acme.github.io", "acme.github.io", "github.io"}},
		{"ignores private wildcards", "a.b.compute.amazonaws.com", []string{"a.b.compute.amazonaws.com", "b.compute.amazonaws.com", "compute.amazonaws.com", "amazonaws.com"}},
		{"knows wildcards", "mail.acme.co.ck", []string{"mail.acme.co.ck", "acme.co.ck"}},
		{"knows exceptions", "mail.www.ck", []string{"mail.www.ck", "www.ck"}},
		{"knows deep exceptions", "x.city.kawasaki.jp", []string{"x.city.kawasaki.jp", "city.kawasaki.jp"}},
		{"of an unknown top level is itself", "a.b.internal", []string{"a.b.internal"}},
		{"of nothing is empty", "", nil},
		{"of a text that is no domain ends", "....", []string{"...."}},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			if got := domainLookupChain(test.domain); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestDomainLookupChainOfRealDomains(t *testing.T) {
	t.Parallel()
	domains := realDomains(t)
	rapid.Check(t, func(t *rapid.T) {
		domain := rapid.SampledFrom(domains).Draw(t, "domain")
		below := rapid.SampledFrom([]string{"", "mail.", "a.b."}).Draw(t, "below") + domain
		chain := domainLookupChain(below)
		if chain[0] != below {
			t.Fatalf("got %q first, want %q", chain[0], below)
		}
		for i := 1; i < len(chain); i++ {
			if _, rest, _ := strings.Cut(chain[i-1], "."); chain[i] != rest {
				t.Fatalf("got %q after %q, want %q", chain[i], chain[i-1], rest)
			}
		}
		// Where no private rule is met, the library's answer is the same.
		if suffix, icann := publicsuffix.PublicSuffix(below); icann && suffix != below {
			if want, err := publicsuffix.EffectiveTLDPlusOne(below); err != nil || chain[len(chain)-1] != want {
				t.Fatalf("got %q last, want %q (%v)", chain, want, err)
			}
		}
	})
}

func TestDomainsOfFreeMailAreNormalSortedAndNoCustomers(t *testing.T) {
	t.Parallel()
	if len(freeMailDomains) < 150 || !slices.IsSorted(freeMailDomains) || len(slices.Compact(slices.Clone(freeMailDomains))) != len(freeMailDomains) {
		t.Errorf("got %d domains, want 150 or more, sorted, each once", len(freeMailDomains))
	}
	real := realDomains(t)
	for _, domain := range freeMailDomains {
		if got, err := NormalizeDomain(domain); err != nil || got != domain {
			t.Errorf("got %q, %v, want %q", got, err, domain)
		}
		if suffix := icannSuffix(domain); suffix == domain {
			t.Errorf("%q is a public suffix", domain)
		}
		if slices.Contains(real, domain) {
			t.Errorf("%q is the domain of an organization", domain)
		}
	}
}

func FuzzDomain(f *testing.F) {
	for _, in := range []string{"https://www.Bücher.de:80/x", "@пример.рф.", "a.github.io", "１.２", "xn--p1ai.xn--p1ai"} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		domainLookupChain(in)
		got, err := NormalizeDomain(in)
		if err != nil {
			wantProblem(t, err, "")
			return
		}
		if strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || len(got) > maxDomainOctets || !strings.Contains(got, ".") {
			t.Errorf("got %q from %q", got, in)
		}
		if again, err := NormalizeDomain(got); err != nil || again != got {
			t.Errorf("got %q, %v from %q of %q, want no change", again, err, got, in)
		}
		chain := domainLookupChain(got)
		if chain[0] != got || !strings.HasSuffix(got, chain[len(chain)-1]) {
			t.Errorf("got %q for %q", chain, got)
		}
	})
}
