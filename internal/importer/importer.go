// Package importer brings files of accounts and contacts into an organization, and writes such files.
//
// A file is CSV with a header, in any usual encoding and with any usual delimiter. Its rows are held to the rules of
// package db one by one, kept in the database as they are read, and then checked and written there (db.Importing): here
// nothing is held in memory but the row at hand. Rows that can't be written are told with all that is wrong with them, and
// do not keep the others from being written.
package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/accountgraph/accountgraph/db"
)

// Options say how a file is read.
type Options struct {
	// Entity is what the rows are.
	Entity db.ImportEntity
	// Map is for columns that are not named like their field.
	Map []Mapping
	// Source is whose the external ids are, where the rows do not say.
	Source string
	// Encoding is the name of the file's encoding; "" to find it out.
	Encoding string
	// DryRun does all but writing.
	DryRun bool
	// IsUpload tells that a Runner finishes the import.
	IsUpload bool
	db.ImportOptions
}

// Mapping reads the column of a name into a field; Field is "" if the column is not read.
type Mapping struct{ Column, Field string }

// File is a file to be read.
type File struct {
	Name string
	io.ReadSeeker
}

// Format is how a file is written.
type Format struct {
	Encoding  string
	Delimiter byte
	// Header has the names of the columns, Ignored those that are not read.
	Header, Ignored []string
}

// Job is an import whose file is read. Close ends it, done or not.
type Job struct {
	*db.Importing
	Format
	// Continued tells that an import of the same file was stopped, and goes on here.
	Continued bool
}

// Start reads a file into the database, or finds what an import of the same file, which was stopped, has read. Progress,
// which may be nil, is told how many rows are read of about how many. What is wrong with the file, its header or the
// options comes back as db.Problems, all at once.
func Start(ctx context.Context, d *db.DB, v db.Viewer, file File, o Options, progress func(done, total int)) (*Job, error) {
	rules, err := d.ImportRules(ctx, v, o.ImportOptions)
	if err != nil {
		return nil, err
	}
	s, err := readSurvey(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file.Name, err)
	}
	rows, err := open(file, s, o)
	if err != nil {
		return nil, err
	}
	fingerprint, err := o.fingerprint(s)
	if err != nil {
		return nil, err
	}
	importing, err := d.BeginImport(ctx, v, db.NewImport{
		Entity: o.Entity, FileName: file.Name, Fingerprint: fingerprint, Columns: rows.layout.named(), Keys: o.keys(rows.layout),
		Options: o.ImportOptions, DryRun: o.DryRun, IsUpload: o.IsUpload,
	})
	if err != nil {
		return nil, err
	}
	job := &Job{Importing: importing, Format: rows.format, Continued: importing.State != db.ImportReading}
	if job.Continued {
		return job, nil
	}
	if err := importing.Stage(ctx, rules, rows.read(rules, o, progress, s.lines)); err != nil {
		if o.IsUpload {
			err = errors.Join(err, importing.Fail(context.WithoutCancel(ctx), "the file was not read to its end: send it again"))
		}
		return nil, errors.Join(err, importing.Close())
	}
	return job, nil
}

// Finish checks and writes what is read. Progress, which may be nil, is told how many rows are written of how many.
func (j *Job) Finish(ctx context.Context, progress func(done, total int)) error {
	if err := j.Check(ctx); err != nil {
		return err
	}
	return j.Write(ctx, progress)
}

// keys are the keys of the records that the file says something of.
func (o Options) keys(l *layout) []string {
	keys := l.keys()
	if o.Source != "" && o.Entity == db.ImportAccounts && !slices.Contains(keys, "source") {
		keys = append(keys, "source")
	}
	return keys
}

// fingerprint is equal for equal files that are read in the same way.
func (o Options) fingerprint(s survey) (string, error) {
	o.Map = slices.SortedFunc(slices.Values(o.Map), func(a, b Mapping) int { return strings.Compare(a.Column, b.Column) })
	text, err := json.Marshal(o)
	if err != nil {
		return "", fmt.Errorf("describe an import: %w", err)
	}
	sum := sha256.Sum256(append(s.hash[:], text...))
	return hex.EncodeToString(sum[:]), nil
}

// opened is a file whose header is read.
type opened struct {
	records *records
	layout  *layout
	format  Format
}

// open finds out how a file is written, and reads its header.
func open(file io.Reader, s survey, o Options) (*opened, error) {
	fields, missing := accountFields, (*layout).missingOfAccounts
	if o.Entity == db.ImportContacts {
		fields, missing = contactFields, (*layout).missingOfContacts
	}
	name := o.Encoding
	if name == "" {
		name = s.encodingName()
	}
	text, err := decoded(file, name)
	if err != nil {
		return nil, err
	}
	if text, err = withLineFeeds(text); err != nil {
		return nil, err
	}
	begin, err := text.Peek(text.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	delimiter, isNamed := namedDelimiter(begin)
	if !isNamed {
		delimiter = delimiterOf(begin, o.Map, fields)
	}
	r := newRecords(text, delimiter)
	if isNamed {
		if _, err := r.nextLine(); err != nil {
			return nil, err
		}
	}
	first, err := r.nextFilled()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fileProblem(db.ProblemRequired, "the file is empty: its first line must name the columns")
	case err != nil:
		return nil, err
	case first.defect != nil:
		return nil, fileProblem(first.defect.Code, "the header can't be read: %s", first.defect.Message)
	}
	header := slices.Clone(first.cells)
	if err := checkHeader(header); err != nil {
		return nil, err
	}
	l, err := newLayout(header, o, fields, missing)
	if err != nil {
		return nil, err
	}
	return &opened{records: r, layout: l, format: Format{Encoding: name, Delimiter: delimiter, Header: header, Ignored: l.ignored}}, nil
}

func fileProblem(code db.Code, format string, args ...any) error {
	return db.Problems{{Field: []string{"file"}, Code: code, Message: fmt.Sprintf(format, args...)}}
}

// read holds the rows to the rules.
func (f *opened) read(rules *db.ImportRules, o Options, progress func(done, total int), total int) iter.Seq2[db.ImportRow, error] {
	return func(yield func(db.ImportRow, error) bool) {
		for n := 0; ; n++ {
			if progress != nil && n%1000 == 0 {
				progress(n, max(n, total))
			}
			next, err := f.records.nextFilled()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(db.ImportRow{}, err)
				return
			}
			row, err := f.row(rules, o, next)
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// row holds one row to the rules.
func (f *opened) row(rules *db.ImportRules, o Options, r record) (db.ImportRow, error) {
	defect := r.defect
	if defect == nil {
		defect = wrongWidth(r.cells, f.format.Header)
	}
	if defect != nil {
		return db.ImportRow{Line: r.line, Cells: r.cells, Problems: []db.ImportProblem{{Code: defect.Code, Reason: defect.Message}}}, nil
	}
	read := f.layout.readAccount
	if o.Entity == db.ImportContacts {
		read = f.layout.readContact
	}
	row, found := read(rules, o, r.cells)
	row.Line, row.Cells, row.Problems = r.line, r.cells, found.list
	return row, found.failure
}
