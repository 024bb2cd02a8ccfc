package serve

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

// CreateAPIKey makes an API key and writes it to Result, where nothing else comes.
func (p Program) CreateAPIKey(ctx context.Context) error {
	o := p.Config.APIKeyCreate
	return p.once(ctx, func(d *database) error {
		organization, err := d.FindOrganization(ctx, o.Organization)
		if err != nil {
			return err
		}
		in := db.CreateAPIKeyInput{Name: o.Name, Scope: db.Scope(strings.ToUpper(o.Scope))}
		if o.Expires > 0 {
			at := time.Now().Add(o.Expires)
			in.ExpiresAt = &at
		}
		key, text, err := d.CreateAPIKey(ctx, db.SystemViewer(organization.ID), in)
		if err != nil {
			return inSentence(err)
		}
		fmt.Fprintf(p.Out, "Made the API key %s of %s, with the scope %s; it %s. Keep it like a password, it is not shown again:\n",
			key.Name, organization.Name, key.Scope, expiry(key))
		fmt.Fprintln(p.Result, text)
		return nil
	})
}

// ListAPIKeys writes the API keys of an organization to Result, a line each, newest first.
func (p Program) ListAPIKeys(ctx context.Context) error {
	return p.once(ctx, func(d *database) error {
		organization, err := d.FindOrganization(ctx, p.Config.APIKeyList.Organization)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.Result, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "PREFIX\tNAME\tSCOPE\tCREATED (UTC)\tLAST USED (UTC)\tSTATE")
		most := 100
		for args := (db.APIKeyArgs{PageArgs: db.PageArgs{First: &most}, IncludeRevoked: true}); ; {
			page, err := d.APIKeys(ctx, db.SystemViewer(organization.ID), args)
			if err != nil {
				return err
			}
			for _, key := range page.Nodes() {
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", key.Prefix, key.Name, key.Scope, moment(&key.CreatedAt), moment(key.LastUsedAt), state(key))
			}
			if args.After = page.PageInfo.EndCursor(); !page.PageInfo.HasNextPage {
				return table.Flush()
			}
		}
	})
}

// RevokeAPIKey ends an API key.
func (p Program) RevokeAPIKey(ctx context.Context) error {
	return p.once(ctx, func(d *database) error {
		key, err := d.FindAPIKey(ctx, p.Config.APIKeyRevoke.Key)
		if err != nil {
			return err
		}
		if _, err := d.RevokeAPIKey(ctx, db.SystemViewer(key.OrganizationID), key.ID); err != nil {
			return inSentence(err)
		}
		fmt.Fprintf(p.Out, "Revoked the API key %s (%s). A server that runs may let it in for 30 seconds more.\n", key.Prefix, key.Name)
		return nil
	})
}

// moment writes a time for a table; "never" if there is none.
func moment(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// expiry continues a sentence about a key.
func expiry(key *db.APIKey) string {
	if key.ExpiresAt == nil {
		return "does not expire"
	}
	return "expires at " + moment(key.ExpiresAt) + " UTC"
}

// state tells what has become of a key, or will.
func state(key *db.APIKey) string {
	switch {
	case key.RevokedAt != nil:
		return "revoked at " + moment(key.RevokedAt)
	case key.ExpiresAt != nil && key.ExpiresAt.Before(time.Now()):
		return "expired at " + moment(key.ExpiresAt)
	default:
		return expiry(key)
	}
}
