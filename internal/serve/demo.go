package serve

import (
	"context"
	"errors"
	"fmt"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/demo"
)

// found is what a server that starts finds in its database.
type found struct {
	// demo is who asks without an API key: the demo's user, where it may; else nil.
	demo *db.Viewer
	// loopback tells that only this machine reaches the server.
	loopback bool
	// organizations and keys tell that there is an organization, and an active key.
	organizations, keys bool
}

// prepare loads the demo where it belongs, into an empty database that is served on loopback, and finds out who may ask.
func (p Program) prepare(ctx context.Context, d *database, loopback bool, doing func(string)) (found, error) {
	f := found{loopback: loopback}
	var err error
	if f.keys, err = d.HasActiveAPIKey(ctx); err != nil {
		return f, err
	}
	if err := d.Pool().GetContext(ctx, &f.organizations, "SELECT EXISTS (SELECT FROM organizations)"); err != nil {
		return f, fmt.Errorf("look for organizations: %w", err)
	}
	if !loopback {
		return f, nil
	}
	if p.Config.Demo && !f.organizations {
		doing("loading the demo")
		if err := p.loadDemo(ctx, d.DB); err != nil {
			return f, err
		}
		f.organizations = true
	}
	viewer, err := demo.Viewer(ctx, d.DB)
	switch {
	case err == nil:
		f.demo = &viewer
	case !errors.Is(err, demo.ErrNotLoaded):
		return f, err
	}
	return f, nil
}

func (p Program) loadDemo(ctx context.Context, d *db.DB) error {
	progress := newProgress(p.Out, "Loading the demo")
	err := demo.Load(db.WithoutStatementTimeout(ctx), d, progress.report)
	progress.end(err == nil)
	return err
}
