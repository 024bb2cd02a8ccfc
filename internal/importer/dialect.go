package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// delimiters are what may stand between the cells of a row.
var delimiters = []byte{',', ';', '\t', '|'}

// withLineFeeds is a text whose lines end with a line feed. On old Macs they ended with a carriage return alone; a text that
// begins with many of these and no line feed is taken for one from there.
func withLineFeeds(text *bufio.Reader) (*bufio.Reader, error) {
	begin, err := text.Peek(text.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	if !bytes.Contains(begin, []byte("\r")) || bytes.Contains(begin, []byte("\n")) {
		return text, nil
	}
	return bufio.NewReaderSize(carriageReturns{text}, text.Size()), nil
}

// carriageReturns reads a line feed for each of them.
type carriageReturns struct{ io.Reader }

// Read reads on.
func (c carriageReturns) Read(into []byte) (int, error) {
	n, err := c.Reader.Read(into)
	for i, b := range into[:n] {
		if b == '\r' {
			into[i] = '\n'
		}
	}
	return n, err
}

// namedDelimiter is the delimiter that a first line "sep=;" names, which spreadsheets write and read; false if there is none.
func namedDelimiter(begin []byte) (byte, bool) {
	line, _, _ := strings.Cut(string(begin[:min(len(begin), 8)]), "\n")
	name, value, _ := strings.Cut(strings.TrimSuffix(line, "\r"), "=")
	if !strings.EqualFold(name, "sep") || len(value) != 1 || !slices.Contains(delimiters, value[0]) {
		return 0, false
	}
	return value[0], true
}

// delimiterOf finds the delimiter of a file by how it begins: the one that makes the most known columns of the header, of
// equally good ones the one that makes the most cells.
func delimiterOf(begin []byte, mappings []Mapping, fields []field) byte {
	known := map[string]bool{}
	for _, name := range slices.Concat(names(fields), problemColumns) {
		known[name] = true
	}
	for _, m := range mappings {
		known[columnName(m.Column)] = true
	}
	best, most := byte(','), -1
	for _, delimiter := range delimiters {
		reader := csv.NewReader(bytes.NewReader(begin))
		reader.Comma, reader.LazyQuotes, reader.FieldsPerRecord = rune(delimiter), true, -1
		header, _ := reader.Read() // what is wrong with it is told by who reads it
		score := len(header)
		for _, text := range header {
			if known[columnName(text)] {
				score += len(begin)
			}
		}
		if score > most {
			best, most = delimiter, score
		}
	}
	return best
}
