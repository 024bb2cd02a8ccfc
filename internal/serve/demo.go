package serve

import (
	"context"
	"errors"
	"fmt"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/demo"
)

// prepare loads the demo where it belongs, and returns who every request is made by until there is sign-in.
func (p Program) prepare(ctx context.Context, d *database, doing func(string)) (db.Viewer, error) {
	const missing = "there is no sign-in yet, so requests are made by the demo's user, and the demo is not in the database: "
	loaded, err := demo.Loaded(ctx, d.DB)
	if err != nil {
		return db.Viewer{}, err
	}
	if !loaded {
		var used bool
		if err := d.Pool().GetContext(ctx, &used, "SELECT EXISTS (SELECT FROM organizations)"); err != nil {
			return db.Viewer{}, fmt.Errorf("look for organizations: %w", err)
		}
		switch {
		case !p.Config.Demo:
			return db.Viewer{}, errors.New(missing + "start without --no-demo (DEMO=false), or load it with 'accountgraph demo'")
		case used:
			return db.Viewer{}, errors.New(missing + "it has other organizations, so that is left to you: 'accountgraph demo' adds the demo beside them")
		}
		doing("loading the demo")
		if err := p.loadDemo(ctx, d.DB); err != nil {
			return db.Viewer{}, err
		}
	}
	return demo.Viewer(ctx, d.DB)
}

func (p Program) loadDemo(ctx context.Context, d *db.DB) error {
	progress := newProgress(p.Out, "Loading the demo")
	err := demo.Load(ctx, d, progress.report)
	progress.end(err == nil)
	return err
}
