package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/accountgraph/accountgraph/db"
)

// maxRecord is how many bytes a row may have.
const maxRecord = 1 << 20

// record is one row of a file, or what there is in its place.
type record struct {
	// line is where it begins, counted from 1.
	line  int
	cells []string
	// defect is why the cells can't be trusted; nil if they can.
	defect *db.Problem
}

// records reads the rows of a CSV file (RFC 4180, with any delimiter). A row that breaks the rules of quotes, or is longer
// than maxRecord, has a defect, and the next line is taken for the beginning of the next row: an open quote does not
// swallow the rest of the file. It holds a bit more than maxRecord in memory at most, and looks at no line more than twice:
// the lines that an open quote has swallowed have an even number of quotes each, so that none of them leaves one open.
type records struct {
	source    *bufio.Reader
	delimiter byte
	line      int            // how many lines were read from the source
	pending   []physicalLine // lines that are looked at once more
	feed      feed
	csv       *csv.Reader
}

// physicalLine is a line of the file, with its end.
type physicalLine struct {
	text   []byte
	number int
	// isLong tells that the line is longer than maxRecord, and cut.
	isLong bool
}

// feed hands one row after the other to encoding/csv, so that it is known which one it reads.
type feed struct{ text []byte }

func (f *feed) Read(into []byte) (int, error) {
	if len(f.text) == 0 {
		return 0, io.EOF
	}
	n := copy(into, f.text)
	f.text = f.text[n:]
	return n, nil
}

func newRecords(source *bufio.Reader, delimiter byte) *records {
	return &records{source: source, delimiter: delimiter}
}

// next returns the next row that is not empty; io.EOF after the last. Its cells are good until the next call. A byte order
// mark before it, which files that were put together have, is none of it.
func (r *records) next() (record, error) {
	for {
		first, err := r.nextLine()
		if err != nil {
			return record{}, err
		}
		first.text = bytes.TrimPrefix(first.text, utf8Mark)
		if len(withoutEnd(first.text)) == 0 {
			continue
		}
		if first.isLong {
			return r.broken(first, db.ProblemTooLong, "the line is longer than %d bytes: shorten it in the file itself, since rejected rows have only its beginning", maxRecord), nil
		}
		text, defect, err := r.whole(first)
		if err != nil {
			return record{}, err
		}
		if defect != nil {
			return r.broken(first, defect.Code, "%s", defect.Message), nil
		}
		cells, err := r.parse(text)
		return record{line: first.number, cells: cells}, err
	}
}

// nextFilled returns the next row that says something. Spreadsheets write rows of blank cells below a table.
func (r *records) nextFilled() (record, error) {
	for {
		next, err := r.next()
		if err != nil || next.defect != nil || strings.TrimSpace(strings.Join(next.cells, "")) != "" {
			return next, err
		}
	}
}

// whole reads what a row has beyond its first line. If it is not well formed, all but the first line is read again.
func (r *records) whole(first physicalLine) ([]byte, *db.Problem, error) {
	text := first.text
	state := r.scan(first.text, false)
	var further []physicalLine
	for state == openQuote {
		if len(text) > maxRecord {
			break
		}
		line, err := r.nextLine()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		further = append(further, line)
		if line.isLong {
			break
		}
		if len(further) == 1 {
			text = bytes.Clone(text)
		}
		text = append(text, line.text...)
		state = r.scan(line.text, true)
	}
	if state == complete {
		return text, nil, nil
	}
	r.pending = append(further, r.pending...)
	if state == openQuote {
		return nil, &db.Problem{Code: db.ProblemInvalid, Message: fmt.Sprintf(`a quote (") is opened and not closed within %d bytes`, maxRecord)}, nil
	}
	return nil, &db.Problem{Code: db.ProblemInvalid, Message: misplaced}, nil
}

const misplaced = `a quote (") stands where none can be: a cell with quotes begins and ends with one, and has two for each inside`

// The states at the end of a line.
const (
	complete = iota
	openQuote
	misplacedQuote
)

// scan looks for the quotes of a line, of which the first cell may have been opened by a line before.
func (r *records) scan(line []byte, inQuotes bool) int {
	line = withoutEnd(line)
	for at := 0; ; {
		if !inQuotes {
			if at < len(line) && line[at] == '"' {
				inQuotes = true
				at++
			} else {
				cell := line[at:]
				if end := bytes.IndexByte(cell, r.delimiter); end >= 0 {
					cell = cell[:end]
				}
				if bytes.IndexByte(cell, '"') >= 0 {
					return misplacedQuote
				}
				if at += len(cell); at == len(line) {
					return complete
				}
				at++ // the delimiter
				continue
			}
		}
		quote := bytes.IndexByte(line[at:], '"')
		if quote < 0 {
			return openQuote
		}
		at += quote + 1
		switch {
		case at < len(line) && line[at] == '"':
			at++
		case at == len(line):
			return complete
		case line[at] == r.delimiter:
			inQuotes = false
			at++
		default:
			return misplacedQuote
		}
	}
}

// withoutEnd is a line without its line feed and a carriage return before it.
func withoutEnd(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
}

// parse takes the cells out of a row.
func (r *records) parse(text []byte) ([]string, error) {
	if r.csv == nil {
		r.csv = csv.NewReader(&r.feed)
		r.csv.Comma = rune(r.delimiter)
		r.csv.FieldsPerRecord = -1
		r.csv.ReuseRecord = true // only the slice: the texts are the row's own
	}
	r.feed.text = text
	return r.csv.Read()
}

// broken is a row that is not well formed: its cells are what stands between the delimiters of its first line, of which a
// line that is too long leaves the beginning.
func (r *records) broken(line physicalLine, code db.Code, format string, args ...any) record {
	const beginning = 4096
	text := withoutEnd(line.text)
	if line.isLong {
		text = text[:beginning]
	}
	return record{line: line.number, cells: strings.Split(string(text), string(r.delimiter)),
		defect: &db.Problem{Code: code, Message: fmt.Sprintf(format, args...)}}
}

// nextLine returns the next line; io.EOF after the last.
func (r *records) nextLine() (physicalLine, error) {
	if len(r.pending) > 0 {
		line := r.pending[0]
		r.pending = r.pending[1:]
		return line, nil
	}
	line := physicalLine{number: r.line + 1}
	for {
		part, err := r.source.ReadSlice('\n')
		if line.isLong = line.isLong || len(line.text)+len(part) > maxRecord; !line.isLong {
			line.text = append(line.text, part...)
		}
		switch {
		case err == nil:
			r.line++
			return line, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			if len(line.text) == 0 && !line.isLong {
				return line, io.EOF
			}
			r.line++
			return line, nil
		default:
			return line, err
		}
	}
}
