package serve

import (
	"context"
	"errors"
	"fmt"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/demo"
)

// errInterrupted is what becomes of work that is done once if ctx ends before.
var errInterrupted = errors.New("interrupted: start it again to complete it")

// Migrate brings the database to the schema of this program.
func (p Program) Migrate(ctx context.Context) error {
	return p.once(ctx, func(d *database) error {
		version, _, err := db.SchemaVersion(ctx, d.url)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.Out, "The schema is at version %d: %s\n", version, d.where)
		return nil
	})
}

// LoadDemo migrates the database and loads the demo, if it is not there.
func (p Program) LoadDemo(ctx context.Context) error {
	return p.once(ctx, func(d *database) error {
		loaded, err := demo.Loaded(ctx, d.DB)
		if err != nil {
			return err
		}
		if loaded {
			fmt.Fprintf(p.Out, "The demo is there already: %s\n", d.where)
			return nil
		}
		return p.loadDemo(ctx, d.DB)
	})
}

// once opens the database, which migrates it, does something and closes it.
func (p Program) once(ctx context.Context, do func(*database) error) error {
	d, err := p.open(ctx, true, func(string) {}, db.Options{})
	if err == nil {
		if err = do(d); err != nil {
			err = d.explain(err)
		}
		err = errors.Join(err, d.close())
	}
	if err != nil && ctx.Err() != nil {
		return errInterrupted
	}
	return err
}
