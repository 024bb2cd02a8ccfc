package serve

import (
	"context"
	"fmt"

	"github.com/accountgraph/accountgraph/db"
)

// Purge removes for good what was deleted and can't be restored any more, of one organization or of all, and tells how much; or
// it only counts it.
func (p Program) Purge(ctx context.Context) error {
	return p.once(ctx, func(d *database) error {
		organizations, err := p.purged(ctx, d)
		if err != nil {
			return err
		}
		purge, did := d.Purge, "removed"
		if p.Config.Purge.DryRun {
			purge, did = d.CountExpired, "would be removed"
		}
		for _, o := range organizations {
			result, err := purge(ctx, db.SystemViewer(o.ID))
			if err != nil {
				return err
			}
			fmt.Fprintf(p.Out, "%s: %s: accounts %s, contacts %s\n", o.Name, did, thousands(result.AccountCount), thousands(result.ContactCount))
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
