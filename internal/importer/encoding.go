package importer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/accountgraph/accountgraph/db"
)

// survey is what one pass over a file tells.
type survey struct {
	size int64
	hash [sha256.Size]byte
	// lines counts line feeds, or carriage returns where there are none: about as many rows.
	lines int
	// wide and broken count the characters of more than one byte, and the bytes that are none, if it is read as UTF-8.
	wide, broken int
	begin        []byte // the first bytes
}

// surveyed is how many bytes at the beginning are looked at for byte order marks and zeros.
const surveyed = 4096

// readSurvey reads a file to its end and goes back to its beginning.
func readSurvey(file io.ReadSeeker) (survey, error) {
	s := survey{}
	hash := sha256.New()
	chunk, rest := make([]byte, 256<<10), 0 // rest is what the last chunk left of a character
	returns := 0
	for {
		n, err := io.ReadFull(file, chunk[rest:])
		isLast := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !isLast {
			return s, err
		}
		hash.Write(chunk[rest : rest+n])
		s.size += int64(n)
		text := chunk[:rest+n]
		if missing := surveyed - len(s.begin); missing > 0 {
			s.begin = append(s.begin, text[:min(missing, len(text))]...)
		}
		s.lines += bytes.Count(chunk[rest:rest+n], []byte("\n"))
		returns += bytes.Count(chunk[rest:rest+n], []byte("\r"))
		for len(text) > 0 && (isLast || utf8.FullRune(text)) {
			if text[0] < utf8.RuneSelf {
				text = text[1:]
				continue
			}
			r, size := utf8.DecodeRune(text)
			if r == utf8.RuneError && size == 1 {
				s.broken++
			} else {
				s.wide++
			}
			text = text[size:]
		}
		if isLast {
			break
		}
		rest = copy(chunk, text)
	}
	if s.lines == 0 {
		s.lines = returns
	}
	hash.Sum(s.hash[:0])
	_, err := file.Seek(0, io.SeekStart)
	return s, err
}

// The names of encodings, as they are told. Others have the names of the Encoding Standard (WHATWG), as iso-8859-2.
const (
	utf8Name        = "utf-8"
	utf16LEName     = "utf-16le"
	utf16BEName     = "utf-16be"
	windows1252Name = "windows-1252"
)

var (
	utf8Mark    = []byte("\xef\xbb\xbf")
	utf16LEMark = []byte("\xff\xfe")
	utf16BEMark = []byte("\xfe\xff")
)

// encodingName says in what a file is written. A byte order mark decides; then zeros in every other of the first bytes,
// which tell UTF-16; then whether more of what is not ASCII is UTF-8 than not. A file that is UTF-8 but for a few bytes
// stays that, and the rows with these bytes are rejected. All else is taken for Windows-1252.
func (s survey) encodingName() string {
	switch {
	case bytes.HasPrefix(s.begin, utf8Mark):
		return utf8Name
	case bytes.HasPrefix(s.begin, utf16LEMark):
		return utf16LEName
	case bytes.HasPrefix(s.begin, utf16BEMark):
		return utf16BEName
	}
	zeros := [2]int{}
	for i, b := range s.begin {
		if b == 0 {
			zeros[i%2]++
		}
	}
	const few = 20
	switch pairs := len(s.begin) / 2; {
	case zeros[1] > pairs/3 && zeros[0] <= zeros[1]/few:
		return utf16LEName
	case zeros[0] > pairs/3 && zeros[1] <= zeros[0]/few:
		return utf16BEName
	case s.broken == 0 || s.wide > s.broken:
		return utf8Name
	}
	return windows1252Name
}

// decoded reads a file as UTF-8, without a byte order mark, whatever it is written in.
func decoded(file io.Reader, name string) (*bufio.Reader, error) {
	var from encoding.Encoding
	switch name {
	case utf8Name:
	case utf16LEName:
		from = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case utf16BEName:
		from = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case windows1252Name:
		from = charmap.Windows1252
	default:
		var err error
		if from, err = htmlindex.Get(name); err != nil {
			return nil, &db.Problem{Field: []string{"encoding"}, Code: db.ProblemInvalid,
				Message: fmt.Sprintf("%q is no encoding: use a name such as utf-8, utf-16le, windows-1252 or iso-8859-2", name)}
		}
	}
	if from != nil {
		file = transform.NewReader(file, from.NewDecoder())
	}
	text := bufio.NewReaderSize(file, 64<<10)
	if mark, err := text.Peek(len(utf8Mark)); err == nil && bytes.Equal(mark, utf8Mark) {
		if _, err := text.Discard(len(utf8Mark)); err != nil {
			return nil, err
		}
	}
	return text, nil
}
