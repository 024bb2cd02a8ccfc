package importer

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/accountgraph/accountgraph/db"
)

// WriteRejects writes the rejected rows as a file that can be mended and imported again as it is: the cells as they were,
// after the columns problem_line, problem_column, problem_value, problem_code and problem_reason, which are not read. Of a
// row with several problems each of these has all of them, with " | " between.
func (j *Job) WriteRejects(ctx context.Context, to io.Writer) error {
	out := csv.NewWriter(to)
	out.Comma = rune(j.Delimiter)
	former := j.formerProblems()
	if err := out.Write(append(append([]string{}, problemColumns...), without(j.Header, former)...)); err != nil {
		return fmt.Errorf("write the rejected rows: %w", err)
	}
	err := j.Rejects(ctx, func(r db.ImportReject) error {
		var columns, values, codes, reasons []string
		for _, p := range r.Problems {
			columns, values = append(columns, p.Column), append(values, p.Value)
			codes, reasons = append(codes, string(p.Code)), append(reasons, p.Reason)
		}
		const between = " | "
		return out.Write(append([]string{strconv.Itoa(r.Line), strings.Join(columns, between), strings.Join(values, between),
			strings.Join(codes, between), strings.Join(reasons, between)}, without(r.Cells, former)...))
	})
	if err != nil {
		return fmt.Errorf("write the rejected rows: %w", err)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the rejected rows: %w", err)
	}
	return nil
}

// formerProblems are the places of the columns that a file of rejected rows has already.
func (j *Job) formerProblems() map[int]bool {
	places := map[int]bool{}
	for i, text := range j.Header {
		for _, name := range problemColumns {
			if columnName(text) == name {
				places[i] = true
			}
		}
	}
	return places
}

func without(cells []string, places map[int]bool) []string {
	var rest []string
	for i, cell := range cells {
		if !places[i] {
			rest = append(rest, cell)
		}
	}
	return rest
}
