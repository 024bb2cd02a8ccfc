package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/importer"
)

// Export writes accounts or contacts of an organization to a file, which has its name only when it is complete, or to the
// program's output, to which nothing else is written then.
func (p Program) Export(ctx context.Context) error {
	in := p.Config.Export
	o := importer.ExportOptions{Entity: db.ImportEntity(strings.ToUpper(in.Entity)), IsNDJSON: strings.EqualFold(in.Format, "ndjson")}
	if in.Filter != "" {
		decoder := json.NewDecoder(strings.NewReader(in.Filter))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&o.Accounts); err != nil {
			return fmt.Errorf("--filter is no filter of accounts, such as {\"isActive\": {\"equals\": true}}: %w", err)
		}
	}
	if in.Output == "" {
		out := p.Out
		p.Out = io.Discard
		_, err := p.export(ctx, out, o)
		return err
	}
	file, err := newFile(in.Output, "--output")
	if err != nil {
		return err
	}
	defer file.discard()
	n, err := p.export(ctx, file, o)
	if err != nil {
		return err
	}
	if err := file.keep(); err != nil {
		return err
	}
	fmt.Fprintf(p.Out, "%s %ss are in %s\n", thousands(n), strings.ToLower(in.Entity), in.Output)
	return nil
}

func (p Program) export(ctx context.Context, to io.Writer, o importer.ExportOptions) (n int, err error) {
	err = p.once(ctx, func(d *database) error {
		organization, err := d.FindOrganization(ctx, p.Config.Export.Organization)
		if err != nil {
			return err
		}
		viewer := db.SystemViewer(organization.ID)
		if p.Config.Export.Under != "" {
			top, err := d.FindAccount(ctx, viewer, p.Config.Export.Under)
			if err != nil {
				return err
			}
			under := &db.AccountFilter{Under: &db.UnderFilter{ID: top.ID.ID(), IncludeSelf: true}}
			if o.Accounts != nil {
				under.And = []*db.AccountFilter{o.Accounts}
			}
			o.Accounts = under
		}
		n, err = importer.Export(ctx, d.DB, viewer, to, o)
		return err
	})
	return n, err
}
