package db

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// wantProblem fails unless err is a *Problem with the code, without a path, and with a message that is short and clean.
func wantProblem(t testing.TB, err error, code Code) {
	t.Helper()
	p, ok := err.(*Problem)
	if !ok || p == nil {
		t.Errorf("got error %v, want a *Problem with %s", err, code)
		return
	}
	if code != "" && p.Code != code {
		t.Errorf("got %s (%s), want %s", p.Code, p.Message, code)
	}
	if len(p.Field) > 0 || p.Message == "" || utf8.RuneCountInString(p.Message) > 400 || !utf8.ValidString(p.Message) || strings.ContainsFunc(p.Message, unicode.IsControl) {
		t.Errorf("got path %v and message %q, want no path and a short clean message", p.Field, p.Message)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		claim, in, want string
		limit           int
		long            bool
		code            Code
	}{
		{claim: "cuts white space around it", in: " \t\u00a0Acme GmbH\r\n", want: "Acme GmbH", limit: 255},
		{claim: "keeps white space within", in: "Acme  GmbH", want: "Acme  GmbH", limit: 255},
		{claim: "counts characters, not octets", in: "東京大学", want: "東京大学", limit: 4},
		{claim: "takes exactly the limit", in: strings.Repeat("é", 255), want: strings.Repeat("é", 255), limit: 255},
		{claim: "refuses one more", in: strings.Repeat("é", 256), limit: 255, code: ProblemTooLong},
		{claim: "refuses ten megabytes", in: strings.Repeat("x", 10<<20), limit: 255, code: ProblemTooLong},
		{claim: "refuses nothing", in: "", limit: 255, code: ProblemRequired},
		{claim: "refuses white space", in: " \n\u2003", limit: 255, code: ProblemRequired},
		{claim: "refuses what can't be seen", in: "\u200b\u2060\ufeff", limit: 255, code: ProblemRequired},
		{claim: "refuses NUL", in: "Ac\x00me", limit: 255, code: ProblemInvalid},
		{claim: "refuses NUL in several lines", in: "Ac\x00me", limit: 255, long: true, code: ProblemInvalid},
		{claim: "refuses invalid UTF-8", in: "Ac\xffme", limit: 255, code: ProblemInvalid},
		{claim: "refuses a line break in one line", in: "Acme\nGmbH", limit: 255, code: ProblemInvalid},
		{claim: "refuses a line separator in one line", in: "Acme\u2028GmbH", limit: 255, code: ProblemInvalid},
		{claim: "refuses a tab in one line", in: "Acme\tGmbH", limit: 255, code: ProblemInvalid},
		{claim: "keeps tabs and line ends in several lines", in: "a\r\n\tb\n", want: "a\r\n\tb", limit: 255, long: true},
		{claim: "refuses other controls in several lines", in: "a\x1bb", limit: 255, long: true, code: ProblemInvalid},
		{claim: "cuts byte order marks around it", in: "\ufeffAcme \ufeff ", want: "Acme", limit: 255},
		{claim: "refuses an override of direction in one line", in: "Acme\u202egpj.exe", limit: 255, code: ProblemInvalid},
		{claim: "refuses a mark of direction in one line", in: "\u200fAcme", limit: 255, code: ProblemInvalid},
		{claim: "keeps marks of direction in several lines", in: "a\u200fb", want: "a\u200fb", limit: 255, long: true},
		{claim: "keeps names that are written from right to left", in: "אקמה בע״מ", want: "אקמה בע״מ", limit: 255},
		{claim: "keeps joined emoji and marks", in: "👩‍🔬 Q̃", want: "👩‍🔬 Q̃", limit: 255},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			require, optional := requireText, optionalText
			if test.long {
				require, optional = requireLongText, optionalLongText
			}
			got, err := require(test.in, test.limit)
			if test.code != "" {
				wantProblem(t, err, test.code)
			} else if err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
			maybe, err := optional(test.in, test.limit)
			switch test.code {
			case "":
				if err != nil || maybe == nil || *maybe != test.want {
					t.Errorf("optional: got %v, %v, want %q", maybe, err, test.want)
				}
			case ProblemRequired:
				if err != nil || maybe != nil {
					t.Errorf("optional: got %v, %v, want absent", maybe, err)
				}
			default:
				wantProblem(t, err, test.code)
			}
		})
	}
}

func TestTextIsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "in")
		once, err := requireLongText(in, 20)
		if err != nil {
			return
		}
		if twice, err := requireLongText(once, 20); err != nil || twice != once {
			t.Fatalf("got %q, %v, want %q", twice, err, once)
		}
	})
}

func TestTextShownInMessages(t *testing.T) {
	t.Parallel()
	if got := shown("Acme"); got != `"Acme"` {
		t.Errorf("got %s, want \"Acme\"", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "in")) + strings.Repeat(rapid.String().Draw(t, "tail"), 20)
		got := shown(in)
		if n := utf8.RuneCountInString(got); n > shownLength || !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Fatalf("got %s of %d characters, want at most %d clean ones", got, n, shownLength)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add("Acme GmbH")
	f.Add("a\x00b")
	f.Fuzz(func(t *testing.T, in string) {
		for _, read := range []func(string, int) (string, error){requireText, requireLongText} {
			got, err := read(in, 40)
			if err != nil {
				wantProblem(t, err, "")
			} else if got == "" || utf8.RuneCountInString(got) > 40 || strings.IndexByte(got, 0) >= 0 || !utf8.ValidString(got) {
				t.Errorf("got %q from %q", got, in)
			}
		}
	})
}
