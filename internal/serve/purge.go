package serve

import (
	"context"
	"fmt"

	"github.com/accountgraph/accountgraph/db"
)

// Purge removes for good what was deleted and can't be restored any more, and what imports left, of one organization or of all, and
// tells how much; or it only counts it.
func (p Program) Purge(ctx context.Context) error {
	return p.once(ctx, func(d *database) error {
		organizations, err := p.purged(ctx, d)
		if err != nil {
			return err
		}
		purge, would := d.Purge, ""
		if p.Config.Purge.DryRun {
			purge, would = d.CountExpired, "would be "
		}
		for _, o := range organizations {
			purged, err := purge(ctx, db.SystemViewer(o.ID))
			if err != nil {
				return err
			}
			fmt.Fprintf(p.Out, "%s: %sremoved: accounts %s, contacts %s, imports %s, rejected rows %s; %sdeleted: contacts %s\n", o.Name,
				would, thousands(purged.AccountCount), thousands(purged.ContactCount), thousands(purged.ImportCount), thousands(purged.RejectedRowCount),
				would, thousands(purged.UnplacedContactCount))
		}
		return nil
	})
}

// purged are the organizations to purge.
func (p Program) purged(ctx context.Context, d *database) ([]*db.Organization, error) {
	if p.Config.Purge.Organization == "" {
		return d.AllOrganizations(ctx)
	}
	o, err := d.FindOrganization(ctx, p.Config.Purge.Organization)
	return []*db.Organization{o}, err
}
