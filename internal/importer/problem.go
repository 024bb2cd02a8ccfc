package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/accountgraph/accountgraph/db"
)

// problems are what is wrong with one row.
type problems struct {
	layout  *layout
	cells   []string
	list    []db.ImportProblem
	failure error // about us
}

// add notes what a rule says. Without a column it is found by the path. What can't be read is not told to be missing as well.
func (p *problems) add(at *column, err error) {
	if err == nil {
		return
	}
	found, ok := db.AsProblems(err)
	if !ok {
		p.failure = err
		return
	}
	for _, one := range found {
		c := at
		if c == nil {
			c = p.layout.of(one.Field)
		}
		problem := db.ImportProblem{Code: one.Code, Reason: one.Message}
		if c != nil {
			if one.Code == db.ProblemRequired && strings.TrimSpace(p.cells[c.index]) != "" && p.tells(c) {
				continue
			}
			problem.Column, problem.Value = c.header, shown(p.cells[c.index])
		}
		if !slices.Contains(p.list, problem) { // the source is that of the external id, and the account's
			p.list = append(p.list, problem)
		}
	}
}

// tells says whether something is wrong with a column; nothing is with one that there is not.
func (p *problems) tells(c *column) bool {
	return c != nil && slices.ContainsFunc(p.list, func(one db.ImportProblem) bool { return one.Column == c.header })
}

// source is the name of another system that a column has; "" if that can't be one, which is noted.
func (p *problems) source(text, column string) string {
	if problem := db.CheckExternalSource(text); problem != nil {
		p.add(p.layout.column(column), problem)
		return ""
	}
	return strings.TrimSpace(text)
}

// externalID tells whether a column has what can be an external id, and notes what is wrong otherwise.
func (p *problems) externalID(text, column string) bool {
	problem := db.CheckExternalID(text)
	if problem != nil {
		p.add(p.layout.column(column), problem)
	}
	return problem == nil
}

// shown is what a problem repeats of a cell.
func shown(text string) string {
	const most = 1000
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

// checkCell refuses what no database can hold.
func checkCell(text string) *db.Problem {
	if !utf8.ValidString(text) {
		return invalid("has bytes that are not UTF-8, which the rest of the file is written in")
	}
	if at := strings.IndexByte(text, 0); at >= 0 {
		return invalid("has a NUL character at byte %d: remove it", at+1)
	}
	return nil
}

// wrongWidth is what is wrong with a row that has not as many cells as the header; nil if nothing is.
// Empty cells after the last column do no harm: spreadsheets make them.
func wrongWidth(cells, header []string) *db.Problem {
	if len(cells) < len(header) {
		return invalid("the row has %s and the header %d: is a delimiter missing?", count(len(cells), "cell"), len(header))
	}
	if strings.TrimSpace(strings.Join(cells[len(header):], "")) != "" {
		return invalid("the row has %s and the header %d: does a cell with a delimiter need quotes?", count(len(cells), "cell"), len(header))
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
