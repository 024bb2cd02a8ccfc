package importer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/accountgraph/accountgraph/db"
)

// field is something that a column of a file can say of a record.
type field struct {
	// name is that of the column that is read into it without a mapping.
	name string
	// target is what it says something of, by the path in the inputs of mutations; of two columns with one target both
	// would say it.
	target string
	// keys are the keys of the record that it changes.
	keys []string
	// set puts a cell in place.
	set func(r *row, text string) error
}

// column is a column of a file that is read.
type column struct {
	field
	// header is its name in the file, index its place.
	header string
	index  int
}

// layout says how the rows of a file are read.
type layout struct {
	header  []string
	columns []column
	// ignored are the names of the columns that are not read.
	ignored []string
}

// problemColumns are what a file of rejected rows has in front of the columns of the file that it is from. They are not read.
var problemColumns = []string{"problem_line", "problem_column", "problem_value", "problem_code", "problem_reason"}

// columnName makes a name of what stands in a header: "Primary Domain" is primary_domain.
func columnName(text string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(text)))
}

// checkHeader refuses names that no text has. Lines that are broken within a name are fine: spreadsheets do so.
func checkHeader(header []string) error {
	for i, text := range header {
		for _, r := range text {
			if unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) {
				return fileProblem(db.ProblemInvalid, "the name of column %d has the control character %U: is this a text file? A spreadsheet has to be saved as CSV first", i+1, r)
			}
		}
	}
	return nil
}

// newLayout reads a header by the mappings of the options; missing says which columns are needed besides. All that is wrong
// is told at once, as db.Problems.
func newLayout(header []string, o Options, fields []field, missing func(*layout, Options) []string) (*layout, error) {
	var problems db.Problems
	fail := func(where string, code db.Code, format string, args ...any) {
		problems = append(problems, &db.Problem{Field: []string{where}, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	byName := map[string]field{}
	for _, f := range fields {
		byName[f.name] = f
	}
	wanted := map[string]string{}
	for _, m := range o.Map {
		name := columnName(m.Column)
		if _, ok := wanted[name]; ok {
			fail("columns", db.ProblemDuplicate, "the column %.80q is mapped twice", m.Column)
		}
		if _, ok := byName[m.Field]; !ok && m.Field != "" {
			fail("columns", db.ProblemNotFound, "%.80q is mapped to %.80q, and there is no such field: there are %s", m.Column, m.Field, strings.Join(names(fields), ", "))
			continue
		}
		wanted[name] = m.Field
	}
	if o.Source != "" {
		if err := db.CheckExternalSource(o.Source); err != nil {
			fail("source", err.Code, "the source %s", err.Message)
		}
	}
	l := &layout{header: slices.Clone(header)}
	known, targets := map[string]int{}, map[string]string{}
	for i, text := range header {
		name := columnName(text)
		if first, ok := known[name]; ok && name != "" {
			fail("file", db.ProblemDuplicate, "the columns %d and %d are both named %.80q", first+1, i+1, strings.TrimSpace(text))
			continue
		}
		known[name] = i
		to, isMapped := wanted[name]
		if !isMapped {
			to = name
		}
		delete(wanted, name)
		f, ok := byName[to]
		switch {
		case !ok:
			if !slices.Contains(problemColumns, name) {
				l.ignored = append(l.ignored, cmp.Or(strings.TrimSpace(text), fmt.Sprintf("column %d", i+1)))
			}
		case targets[f.target] != "":
			fail("file", db.ProblemDuplicate, "the columns %.80q and %.80q are both read into %s: map one of them to nothing", targets[f.target], text, f.target)
		default:
			targets[f.target] = text
			l.columns = append(l.columns, column{field: f, header: strings.TrimSpace(text), index: i})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		fail("columns", db.ProblemNotFound, "there is no column %.80q in the file: it has %s", name, quoted(header))
	}
	for _, sentence := range missing(l, o) {
		fail("file", db.ProblemRequired, "%s", sentence)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return l, nil
}

func names(fields []field) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.name
	}
	return list
}

// quoted shows the names of a header, as far as a message has room for them.
func quoted(header []string) string {
	const most, length = 50, 80
	var list []string
	for _, text := range header[:min(len(header), most)] {
		list = append(list, fmt.Sprintf("%.*q", length, text))
	}
	if more := len(header) - most; more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(list, ", ")
}

// column is the column that is read into a field; nil if there is none.
func (l *layout) column(name string) *column {
	for i := range l.columns {
		if l.columns[i].name == name {
			return &l.columns[i]
		}
	}
	return nil
}

// of is the column that a path in the input of a mutation is about; nil if there is none.
func (l *layout) of(path []string) *column {
	var steps []string
	for _, step := range path {
		if strings.Trim(step, "0123456789") != "" { // positions in lists are within a cell
			steps = append(steps, step)
		}
	}
	for ; len(steps) > 0; steps = steps[:len(steps)-1] {
		target := strings.Join(steps, ".")
		for i := range l.columns {
			if l.columns[i].target == target {
				return &l.columns[i]
			}
		}
	}
	return nil
}

// named are the names of the columns by the fields that they are read into.
func (l *layout) named() map[string]string {
	found := map[string]string{}
	for _, c := range l.columns {
		found[c.name] = c.header
	}
	return found
}

// keys are the keys of the record that the columns say something of.
func (l *layout) keys() []string {
	found := map[string]bool{}
	for _, c := range l.columns {
		for _, key := range c.keys {
			found[key] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
