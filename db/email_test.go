package db

import (
	"strings"
	"testing"
)

func TestEmailNormalize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		claim, in, want string
		code            Code
	}{
		{claim: "keeps a plain address", in: "jo@example.com", want: "jo@example.com"},
		{claim: "trims", in: "\tjo@example.com ", want: "jo@example.com"},
		{claim: "lowers the domain only", in: "Jo.Doe@Example.COM", want: "Jo.Doe@example.com"},
		{claim: "encodes the domain", in: "jo@bücher.de", want: "jo@xn--bcher-kva.de"},
		{claim: "keeps www in the domain", in: "jo@www.example.com", want: "jo@www.example.com"},
		{claim: "takes all characters of an atom", in: "a!#$%&'*+-/=?^_`{|}~1@example.com", want: "a!#$%&'*+-/=?^_`{|}~1@example.com"},
		{claim: "takes unknown top levels", in: "jo@mail.internal", want: "jo@mail.internal"},
		{claim: "takes letters of other scripts", in: "用户@例え.jp", want: "用户@xn--r8jz45g.jp"},
		{claim: "composes letters", in: "jo\u0308rg@example.com", want: "jörg@example.com"},
		{claim: "takes 64 octets before the @", in: strings.Repeat("a", 64) + "@example.com", want: strings.Repeat("a", 64) + "@example.com"},
		{claim: "refuses 65 octets before the @", in: strings.Repeat("a", 65) + "@example.com", code: ProblemTooLong},
		{claim: "refuses 255 octets", in: "a@" + strings.Repeat(strings.Repeat("b", 62)+".", 3) + strings.Repeat("c", 60) + ".com", code: ProblemTooLong},
		{claim: "refuses ten megabytes", in: strings.Repeat("a@", 5<<20), code: ProblemTooLong},
		{claim: "refuses nothing", in: " ", code: ProblemRequired},
		{claim: "refuses a missing @", in: "example.com", code: ProblemInvalid},
		{claim: "refuses a missing local part", in: "@example.com", code: ProblemInvalid},
		{claim: "refuses a missing domain", in: "jo@", code: ProblemInvalid},
		{claim: "refuses a domain of one label", in: "jo@localhost", code: ProblemInvalid},
		{claim: "refuses a display name", in: "Jo Doe <jo@example.com>", code: ProblemInvalid},
		{claim: "refuses a quoted local part", in: `"jo doe"@example.com`, code: ProblemInvalid},
		{claim: "refuses an IP address", in: "jo@[192.168.1.1]", code: ProblemInvalid},
		{claim: "refuses a bare IP address", in: "jo@192.168.1.1", code: ProblemInvalid},
		{claim: "refuses two addresses", in: "jo@example.com,al@example.com", code: ProblemInvalid},
		{claim: "refuses a second @", in: "jo@doe@example.com", code: ProblemInvalid},
		{claim: "refuses mailto", in: "mailto:jo@example.com", code: ProblemInvalid},
		{claim: "refuses a comment", in: "jo(work)@example.com", code: ProblemInvalid},
		{claim: "refuses a space", in: "jo doe@example.com", code: ProblemInvalid},
		{claim: "refuses a leading dot", in: ".jo@example.com", code: ProblemInvalid},
		{claim: "refuses a trailing dot", in: "jo.@example.com", code: ProblemInvalid},
		{claim: "refuses two dots", in: "j..o@example.com", code: ProblemInvalid},
		{claim: "refuses a dot at the end", in: "jo@example.com.", code: ProblemInvalid},
		{claim: "refuses an ideographic dot at the end", in: "jo@example.com。", code: ProblemInvalid},
		{claim: "refuses an underscore in the domain", in: "jo@my_company.com", code: ProblemInvalid},
		{claim: "refuses invisible characters", in: "jo\u200b@example.com", code: ProblemInvalid},
		{claim: "refuses line breaks", in: "jo@example.com\r\nBcc: al@example.com", code: ProblemInvalid},
		{claim: "refuses NUL", in: "jo\x00@example.com", code: ProblemInvalid},
		{claim: "refuses invalid UTF-8", in: "jo\xff@example.com", code: ProblemInvalid},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			got, err := NormalizeEmail(test.in)
			if test.code != "" {
				wantProblem(t, err, test.code)
			} else if err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestEmailDomain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"jo@example.com": "example.com", "": "", "example.com": "", "jo@": ""} {
		if got := emailDomain(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzEmail(f *testing.F) {
	for _, in := range []string{"Jo@Example.com", "jo\u0308@bücher.de", `"a b"@example.com`, "a@[::1]"} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := NormalizeEmail(in)
		if err != nil {
			wantProblem(t, err, "")
			return
		}
		if again, err := NormalizeEmail(got); err != nil || again != got {
			t.Errorf("got %q, %v from %q of %q, want no change", again, err, got, in)
		}
		if len(got) > maxEmailOctets || strings.Count(got, "@") != 1 || emailDomain(got) == "" {
			t.Errorf("got %q from %q", got, in)
		}
	})
}
