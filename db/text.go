package db

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shownLength bounds what a message repeats of an input, in characters.
const shownLength = 80

// shown quotes a text for a message: control characters are escaped, long texts are cut.
func shown(s string) string {
	if len(s) > shownLength*utf8.UTFMax {
		s = s[:shownLength*utf8.UTFMax]
	}
	if whole := strconv.Quote(s); utf8.RuneCountInString(whole) <= shownLength {
		return whole
	}
	var out strings.Builder
	out.WriteByte('"')
	for n := 0; len(s) > 0; {
		_, size := utf8.DecodeRuneInString(s)
		quoted := strconv.Quote(s[:size])
		quoted = quoted[1 : len(quoted)-1]
		if n += utf8.RuneCountInString(quoted); n > shownLength-len(`""...`) {
			break
		}
		out.WriteString(quoted)
		s = s[size:]
	}
	out.WriteString(`"...`)
	return out.String()
}

// trimmedText returns s without the white space and byte order marks around it. It refuses what is
// longer than limit characters (Unicode code points, as PostgreSQL's char_length counts them), what is
// not UTF-8, and control characters: NUL can't be stored by PostgreSQL at all, the others are
// traces of broken exports. Multi-line texts may hold tabs and line ends. Texts of one line, which
// names are, may not hold controls of direction (Unicode Bidi_Control): they make one name look like another.
// Halves of surrogate pairs, which no UTF-8 can have, never get here: the decoders of JSON and GraphQL make U+FFFD of them.
func trimmedText(s string, limit int, multiline bool) (string, error) {
	s = strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
	if len(s) > limit*utf8.UTFMax {
		return "", problem(ProblemTooLong, "is longer than %d characters", limit)
	}
	if !utf8.ValidString(s) {
		return "", problem(ProblemInvalid, "%s is not valid UTF-8: send the text in UTF-8", shown(s))
	}
	count := 0
	for _, r := range s {
		count++
		switch {
		case multiline && (r == '\t' || r == '\n' || r == '\r'):
		case r == '\n' || r == '\r' || !multiline && (r == '\u2028' || r == '\u2029'):
			return "", problem(ProblemInvalid, "has a line break at character %d: only one line is possible here", count)
		case unicode.IsControl(r), !multiline && unicode.Is(unicode.Bidi_Control, r):
			return "", problem(ProblemInvalid, "has the control character %U at character %d: remove it", r, count)
		}
	}
	if count > limit {
		return "", problem(ProblemTooLong, "is %d characters long: the limit is %d", count, limit)
	}
	return s, nil
}

// requireText returns a single-line text of 1 to limit characters, trimmed.
// A text of which nothing can be seen (white space, zero-width characters) is blank.
func requireText(s string, limit int) (string, error) {
	s, err := trimmedText(s, limit, false)
	if err != nil {
		return "", err
	}
	if isBlank(s) {
		return "", problem(ProblemRequired, "can't be blank")
	}
	return s, nil
}

// optionalText returns a single-line text of at most limit characters, trimmed; nil if nothing is left.
func optionalText(s string, limit int) (*string, error) {
	return presentText(s, limit, false)
}

// optionalLongText is optionalText for texts of several lines.
func optionalLongText(s string, limit int) (*string, error) {
	return presentText(s, limit, true)
}

// requireLongText is requireText for texts of several lines.
func requireLongText(s string, limit int) (string, error) {
	text, err := presentText(s, limit, true)
	if err != nil {
		return "", err
	}
	if text == nil {
		return "", problem(ProblemRequired, "can't be blank")
	}
	return *text, nil
}

func presentText(s string, limit int, multiline bool) (*string, error) {
	s, err := trimmedText(s, limit, multiline)
	if err != nil || isBlank(s) {
		return nil, err
	}
	return &s, nil
}

func isBlank(s string) bool {
	for _, r := range s {
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Co, r) {
			return false
		}
	}
	return true
}

// checkUTF8 refuses text that PostgreSQL can't store: bytes that are not UTF-8, and NUL.
func checkUTF8(s string) error {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return problem(ProblemInvalid, "%s is not valid UTF-8 or has a NUL character: send clean UTF-8", shown(s))
	}
	return nil
}
