package importer

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"

	"github.com/accountgraph/accountgraph/db"
)

// ExportOptions say what is exported, and how.
type ExportOptions struct {
	Entity db.ImportEntity
	// IsNDJSON asks for one JSON object a line, instead of CSV (RFC 4180, UTF-8, lines end with LF).
	IsNDJSON bool
	// Accounts says which accounts, or at which accounts the contacts are; nil for all.
	Accounts *db.AccountFilter
}

// Export writes the organization's accounts or contacts as a file that an import reads, and returns how many there are. In
// CSV texts are written as they are: a spreadsheet that opens the file takes one that begins with = for a formula.
func Export(ctx context.Context, d *db.DB, v db.Viewer, to io.Writer, o ExportOptions) (int, error) {
	columns, read := db.AccountExportColumns(), d.ExportAccounts
	if o.Entity == db.ImportContacts {
		columns, read = db.ContactExportColumns(), d.ExportContacts
	}
	out := bufio.NewWriterSize(to, 64<<10)
	write := newNDJSONExport(out, columns)
	if !o.IsNDJSON {
		var err error
		if write, err = newCSVExport(out, columns); err != nil {
			return 0, fmt.Errorf("write the export: %w", err)
		}
	}
	n := 0
	if err := read(ctx, v, o.Accounts, func(cells []sql.RawBytes) error {
		n++
		return write(cells)
	}); err != nil {
		return n, err
	}
	if err := write(nil); err != nil {
		return n, fmt.Errorf("write the export: %w", err)
	}
	if err := out.Flush(); err != nil {
		return n, fmt.Errorf("write the export: %w", err)
	}
	return n, nil
}

// newCSVExport writes a header, and returns what writes the rows; nil ends them.
func newCSVExport(to io.Writer, columns []db.ExportColumn) (func([]sql.RawBytes) error, error) {
	out := csv.NewWriter(to)
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = c.Name
	}
	if err := out.Write(row); err != nil {
		return nil, err
	}
	return func(cells []sql.RawBytes) error {
		if cells == nil {
			out.Flush()
			return out.Error()
		}
		for i, cell := range cells {
			row[i] = string(cell)
		}
		return out.Write(row)
	}, nil
}

// newNDJSONExport returns what writes the rows; nil ends them. Lists are lists of texts; what there is not is left out.
func newNDJSONExport(to io.Writer, columns []db.ExportColumn) func([]sql.RawBytes) error {
	names := make([][]byte, len(columns))
	for i, c := range columns {
		names[i] = fmt.Appendf(nil, "%q:", c.Name)
	}
	var line []byte
	return func(cells []sql.RawBytes) error {
		if cells == nil {
			return nil
		}
		line = append(line[:0], '{')
		for i, c := range columns {
			if cells[i] == nil {
				continue
			}
			if len(line) > 1 {
				line = append(line, ',')
			}
			line = append(line, names[i]...)
			var value any = string(cells[i])
			switch c.Kind {
			case db.ExportJSON:
				value = json.RawMessage(cells[i])
			case db.ExportList:
				value = splitList(string(cells[i]))
			}
			text, err := json.Marshal(value)
			if err != nil {
				return err
			}
			line = append(line, text...)
		}
		_, err := to.Write(append(line, '}', '\n'))
		return err
	}
}
