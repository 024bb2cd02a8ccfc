package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/accountgraph/accountgraph/db"
)

// purgeArgs ask for a purge of all organizations.
type purgeArgs struct{}

// Kind is the job's name in the database.
func (purgeArgs) Kind() string { return "purge" }

// purgeTimeout is the time for one purge of all organizations. What is done when it is over stays done, and the next goes on.
const purgeTimeout = 30 * time.Minute

// purgeWorker purges one organization after the other.
type purgeWorker struct {
	river.WorkerDefaults[purgeArgs]
	db     *db.DB
	logger *slog.Logger
}

// Timeout is the time for one job.
func (*purgeWorker) Timeout(*river.Job[purgeArgs]) time.Duration { return purgeTimeout }

// Work purges all organizations. One that can't be purged keeps none of the others waiting.
func (w *purgeWorker) Work(ctx context.Context, _ *river.Job[purgeArgs]) error {
	ctx = db.WithoutStatementTimeout(ctx) // the job has a time of its own
	organizations, err := w.db.AllOrganizations(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, o := range organizations {
		purged, err := w.db.Purge(ctx, db.SystemViewer(o.ID))
		if err != nil {
			// A server that stops is no failure: River knows it by the context's error.
			errs = append(errs, fmt.Errorf("purge %s: %w", o.ID, errors.Join(err, ctx.Err())))
			if ctx.Err() != nil {
				break
			}
		} else if *purged != (db.Purged{}) {
			w.logger.InfoContext(ctx, "purged", "organization", o.ID, "accounts", purged.AccountCount, "contacts", purged.ContactCount,
				"imports", purged.ImportCount, "rejected_rows", purged.RejectedRowCount, "unplaced_contacts", purged.UnplacedContactCount)
		}
	}
	return errors.Join(errs...)
}
