package db

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestURLNormalize(t *testing.T) {
	t.Parallel()
	base := "https://example.com/"
	for _, test := range []struct {
		claim, in, want string
		code            Code
	}{
		{claim: "keeps a URL as given", in: "https://example.com/A/../b?q=%C3%BC&x=[1]#Top", want: "https://example.com/A/../b?q=%C3%BC&x=[1]#Top"},
		{claim: "adds no slash", in: "http://example.com", want: "http://example.com"},
		{claim: "lowers scheme and host only", in: " HTTPS://WWW.Example.COM:8443/Path ", want: "https://www.example.com:8443/Path"},
		{claim: "keeps other scripts", in: "https://bücher.de/ü", want: "https://bücher.de/ü"},
		{claim: "takes IP addresses and plain hosts", in: "http://[2001:DB8::1]:80/", want: "http://[2001:db8::1]:80/"},
		{claim: "takes an @ in the path", in: "https://example.com/@acme", want: "https://example.com/@acme"},
		{claim: "takes 2,048 characters", in: base + strings.Repeat("é", 2048-len(base)), want: base + strings.Repeat("é", 2048-len(base))},
		{claim: "refuses one more", in: base + strings.Repeat("é", 2049-len(base)), code: ProblemTooLong},
		{claim: "refuses ten megabytes", in: base + strings.Repeat("x", 10<<20), code: ProblemTooLong},
		{claim: "refuses nothing", in: "\n", code: ProblemRequired},
		{claim: "refuses a missing scheme", in: "example.com", code: ProblemInvalid},
		{claim: "refuses a missing host", in: "https://", code: ProblemInvalid},
		{claim: "refuses a port alone", in: "https://:80/", code: ProblemInvalid},
		{claim: "refuses other schemes", in: "javascript://example.com/%0Aalert(1)", code: ProblemInvalid},
		{claim: "refuses opaque URLs", in: "https:example.com", code: ProblemInvalid},
		{claim: "refuses a relative URL", in: "//example.com/x", code: ProblemInvalid},
		{claim: "refuses credentials", in: "https://jo:secret@example.com", code: ProblemInvalid},
		{claim: "refuses an empty user name", in: "https://@example.com", code: ProblemInvalid},
		{claim: "refuses a space", in: "https://example.com/a b", code: ProblemInvalid},
		{claim: "refuses markup", in: "https://example.com/<script>", code: ProblemInvalid},
		{claim: "refuses a backslash", in: `https://example.com\@evil.example`, code: ProblemInvalid},
		{claim: "refuses a line break", in: "https://example.com/\nx", code: ProblemInvalid},
		{claim: "refuses a broken escape", in: "https://example.com/%zz", code: ProblemInvalid},
		{claim: "refuses a port of letters", in: "https://example.com:http/", code: ProblemInvalid},
		{claim: "refuses a port above 65535", in: "https://example.com:65536/", code: ProblemInvalid},
		{claim: "refuses NUL", in: "https://example.com/\x00", code: ProblemInvalid},
		{claim: "refuses invalid UTF-8", in: "https://example.com/\xff", code: ProblemInvalid},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			got, err := NormalizeURL(test.in)
			if test.code != "" {
				wantProblem(t, err, test.code)
			} else if err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func FuzzURL(f *testing.F) {
	for _, in := range []string{"https://Example.com/a?b#c", "http://[::1%25en0]/", "http://İ.com", "https://a:1:2"} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := NormalizeURL(in)
		if err != nil {
			wantProblem(t, err, "")
			return
		}
		if again, err := NormalizeURL(got); err != nil || again != got {
			t.Errorf("got %q, %v from %q of %q, want no change", again, err, got, in)
		}
		if utf8.RuneCountInString(got) > maxURLLength || !strings.HasPrefix(got, "http://") && !strings.HasPrefix(got, "https://") {
			t.Errorf("got %q from %q", got, in)
		}
	})
}
