package serve

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/importer"
)

// ErrRejected tells that rows of an import were rejected, which has been told.
var ErrRejected = errors.New("rows were rejected")

// shownRejects is how many rejected rows are shown; the file of rejected rows has all.
const shownRejects = 5

// Import brings a file into an organization. The error is ErrRejected if rows were left out.
func (p Program) Import(ctx context.Context) error {
	in := p.Config.Import
	source, err := openSource(in.File)
	if err != nil {
		return err
	}
	defer source.close()
	if in.Rejects == "" {
		in.Rejects = source.rejects
	}
	rejects, err := newFile(in.Rejects, "--rejects")
	if err != nil {
		return err
	}
	defer rejects.discard()
	if err := source.fill(ctx, p.In); err != nil {
		return err
	}
	rejected := 0
	err = p.once(ctx, func(d *database) error {
		organization, err := d.FindOrganization(ctx, in.Organization)
		if err != nil {
			return err
		}
		job, err := p.startImport(ctx, d, organization, source)
		if err != nil {
			return sentences(err)
		}
		defer func() { p.warn("end the import", job.Close()) }()
		if err := p.finishImport(ctx, job); err != nil {
			return err
		}
		rejected = job.RejectedCount
		return p.reportImport(ctx, job, rejects)
	})
	if err == nil && rejected > 0 {
		return ErrRejected
	}
	return err
}

func (p Program) startImport(ctx context.Context, d *database, organization *db.Organization, source *source) (*importer.Job, error) {
	in := p.Config.Import
	mappings := make([]importer.Mapping, len(in.Map))
	for i, m := range in.Map {
		mappings[i] = importer.Mapping(m)
	}
	reading := newProgress(p.Out, "Reading "+source.name)
	job, err := importer.Start(ctx, d.DB, db.SystemViewer(organization.ID), importer.File{Name: source.name, ReadSeeker: source}, importer.Options{
		Entity: db.ImportEntity(strings.ToUpper(in.Entity)), Map: mappings, Source: in.Source, Encoding: in.Encoding, DryRun: in.DryRun,
		ImportOptions: db.ImportOptions{ShareDomains: in.ShareDomains, AllowFreeMailDomains: in.AllowFreeMailDomains, RejectNewIndustries: !in.AddIndustries},
	}, func(done, total int) { reading.report(done, total, "rows") })
	reading.end(err == nil)
	return job, err
}

func (p Program) finishImport(ctx context.Context, job *importer.Job) error {
	for _, given := range job.Abandoned {
		fmt.Fprintf(p.Out, "The import of %s, which was not finished, is given up. What was written of it stays.\n", given.FileName)
	}
	if job.Continued {
		fmt.Fprintln(p.Out, "An import of the same file was stopped: it is continued.")
	}
	if len(job.Ignored) > 0 {
		fmt.Fprintf(p.Out, "Columns that are not read: %s\n", strings.Join(job.Ignored, ", "))
	}
	writing := newProgress(p.Out, "Importing")
	writing.report(0, job.RowCount, "checking")
	err := job.Finish(ctx, func(done, total int) { writing.report(done, total, "writing") })
	writing.end(err == nil)
	if err != nil && !job.IsDryRun && job.PendingCount < job.RowCount {
		fmt.Fprintf(p.Out, "%s rows of %s: %s so far, and %s wait to be written: import the same file again to go on\n",
			thousands(job.RowCount), job.FileName, p.countRows(job), thousands(job.PendingCount))
	}
	return err
}

// reportImport says what came of the rows, and keeps those that were rejected.
func (p Program) reportImport(ctx context.Context, job *importer.Job, rejects *file) error {
	if job.RejectedCount > 0 {
		if err := p.showRejects(ctx, job); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.Out, "%s rows of %s: %s\n", thousands(job.RowCount), job.FileName, p.countRows(job))
	if job.RejectedCount == 0 {
		return nil
	}
	err := job.WriteRejects(ctx, rejects)
	if err == nil {
		err = rejects.keep()
	}
	if err != nil {
		return fmt.Errorf("%w; to have the rejected rows, import the same file again: what went in is found there", err)
	}
	fmt.Fprintf(p.Out, "The rejected rows are in %s: mend them, and import that file.\n", rejects.path)
	return nil
}

// countRows says how many rows came to what.
func (p Program) countRows(job *importer.Job) string {
	did := ""
	if p.Config.Import.DryRun {
		did = "would be "
	}
	parts := []string{}
	for _, part := range []struct {
		n    int
		what string
	}{
		{job.CreatedCount, did + "created"}, {job.UpdatedCount, did + "updated"}, {job.MovedCount, did + "moved"}, {job.UnchangedCount, "unchanged"},
		{job.RepeatedCount, "repeated"}, {job.RejectedCount, "rejected"}, {job.IndustryCount, "industries " + did + "added"},
	} {
		if part.n > 0 {
			parts = append(parts, thousands(part.n)+" "+part.what)
		}
	}
	return strings.Join(parts, ", ")
}

// showRejects shows the first of the rejected rows.
func (p Program) showRejects(ctx context.Context, job *importer.Job) error {
	shown := 0
	enough := errors.New("enough")
	err := job.Rejects(ctx, func(r db.ImportReject) error {
		for _, problem := range r.Problems {
			where := ""
			if problem.Column != "" {
				where = fmt.Sprintf(", %s %q", problem.Column, problem.Value)
			}
			fmt.Fprintf(p.Out, "  line %d%s: %s (%s)\n", r.Line, where, problem.Reason, problem.Code)
		}
		if shown++; shown == shownRejects && job.RejectedCount > shown {
			fmt.Fprintf(p.Out, "  ... and %s more\n", thousands(job.RejectedCount-shown))
			return enough
		}
		return nil
	})
	if errors.Is(err, enough) {
		return nil
	}
	return err
}

// sentences makes one sentence of what is wrong with a file.
func sentences(err error) error {
	problems, ok := db.AsProblems(err)
	if !ok {
		return err
	}
	if len(problems) == 1 {
		return errors.New(problems[0].Message)
	}
	parts := make([]string, len(problems))
	for i, problem := range problems {
		parts[i] = fmt.Sprintf("(%d) %s", i+1, problem.Message)
	}
	return fmt.Errorf("%d things are wrong with the file: %s", len(parts), strings.Join(parts, "; "))
}
