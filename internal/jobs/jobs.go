// Package jobs is what the server does by itself, on River in the same database. Several servers on one database share the work: River
// elects one of them to make the jobs that come by the clock, and each job is done by one of them.
//
// What a job did, with the errors of each attempt, is in the table river_job for a day, a failed one for a week.
package jobs

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivertype"

	"github.com/accountgraph/accountgraph/db"
)

// Options are the settings of the jobs.
type Options struct {
	// StopTimeout is how long jobs under way may go on when the server stops, before their context ends.
	StopTimeout time.Duration
	// Logger is told of what jobs did, and of their failures.
	Logger *slog.Logger
}

// pollInterval is how often a server looks for jobs: nothing here is in a hurry, and the driver of lib/pq can't listen.
const pollInterval = 5 * time.Second

// Jobs are the workers of one server.
type Jobs struct {
	client *river.Client[*sql.Tx]
	cancel context.CancelFunc
}

// Start begins to work on jobs, until ctx ends or Stop is called.
func Start(ctx context.Context, d *db.DB, o Options) (*Jobs, error) {
	return start(ctx, d, o, pollInterval)
}

func start(ctx context.Context, d *db.DB, o Options, poll time.Duration) (*Jobs, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &purgeWorker{db: d, logger: o.Logger})
	client, err := river.NewClient(riverdatabasesql.New(d.Pool().DB), &river.Config{
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}},
		Workers:           workers,
		PeriodicJobs:      []*river.PeriodicJob{hourly(purgeArgs{})},
		FetchPollInterval: poll,
		SoftStopTimeout:   max(o.StopTimeout, time.Millisecond), // for River zero is without end
		ErrorHandler:      failures{o.Logger},
		Logger:            slog.New(warnings{o.Logger.Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("set up the jobs: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	if err := client.Start(ctx); err != nil {
		cancel()
		return nil, fmt.Errorf("start the jobs: %w", err)
	}
	return &Jobs{client: client, cancel: cancel}, nil
}

// Stop takes no more jobs and waits for those under way, which have StopTimeout from when the context of Start ended, or from now. It
// returns ctx's error if it ends before.
func (j *Jobs) Stop(ctx context.Context) error {
	j.cancel()
	select {
	case <-j.client.Stopped():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hourly makes a job every hour, and when a server begins to make jobs: one for each hour, however many servers begin in it.
func hourly(args river.JobArgs) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(time.Hour), func() (river.JobArgs, *river.InsertOpts) {
		// After three attempts the next hour's job takes over.
		return args, &river.InsertOpts{MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByPeriod: time.Hour}}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// failures logs jobs that failed. River tries them again, and keeps the errors with the job.
type failures struct{ logger *slog.Logger }

// HandleError logs an error.
func (f failures) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.logger.ErrorContext(ctx, "job failed", "job", job.Kind, "id", job.ID, "attempt", job.Attempt, "of", job.MaxAttempts, "error", err)
	return nil
}

// HandlePanic logs a panic.
func (f failures) HandlePanic(ctx context.Context, job *rivertype.JobRow, panicked any, trace string) *river.ErrorHandlerResult {
	f.logger.ErrorContext(ctx, "job failed", "job", job.Kind, "id", job.ID, "attempt", job.Attempt, "of", job.MaxAttempts,
		"error", fmt.Sprint("panic: ", panicked), "stack", trace)
	return nil
}

// warnings are what River's own log has to say to the server's operator.
type warnings struct{ slog.Handler }

// Enabled lets warnings and errors pass.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}
