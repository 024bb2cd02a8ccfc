package importer

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

const (
	// atOnce is how many imports a server runs at the same time: each has a connection for as long as it takes, and a
	// second one while it writes.
	atOnce = 2
	// lookInterval is how often a server looks for imports that nobody runs any more.
	lookInterval = 30 * time.Second
	// maxFailures is after how many failures an import is given up.
	maxFailures = 5
)

// Runner runs the imports of uploaded files in the background. What a server has begun goes on after its restart, or in
// another server on the same database: whoever finds an import that nobody runs takes it. It is safe for concurrent use.
type Runner struct {
	db      *db.DB
	options RunnerOptions
	ctx     context.Context
	cancel  context.CancelFunc
	wake    chan struct{}
	done    sync.WaitGroup

	mu sync.Mutex
	// running has the imports that this server runs, failures how often they failed here.
	running  map[db.ImportID]bool
	failures map[db.ImportID]int
}

// RunnerOptions are the settings of a runner.
type RunnerOptions struct {
	// Logger is told of what came of imports, and of failures.
	Logger *slog.Logger
	// Count, if set, is told how many rows of an import came to what: "created", "updated", "unchanged", "rejected".
	Count func(entity, result string, rows int)
}

// NewRunner makes a runner that looks for imports until Stop is called.
func NewRunner(d *db.DB, o RunnerOptions) *Runner {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Runner{db: d, options: o, ctx: ctx, cancel: cancel, wake: make(chan struct{}, 1), running: map[db.ImportID]bool{}, failures: map[db.ImportID]int{}}
	r.done.Go(r.watch)
	return r
}

// Stop stops the imports under way, which wait then to be continued, and returns when they have. A nil runner has none.
func (r *Runner) Stop() {
	if r == nil {
		return
	}
	r.cancel()
	r.done.Wait()
}

// Import reads a file, and returns the import that is about to check and write it. The errors are those of Start; a nil runner
// is UNAVAILABLE.
func (r *Runner) Import(ctx context.Context, v db.Viewer, file File, o Options) (*db.Import, error) {
	if r == nil {
		return nil, &db.Error{Code: db.CodeUnavailable, Message: "this server brings in no files"}
	}
	o.IsUpload = true
	job, err := Start(ctx, r.db, v, file, o, nil)
	if err != nil {
		return nil, err
	}
	started := job.Import
	if err := job.Close(); err != nil {
		return nil, err
	}
	r.look()
	return &started, nil
}

// look makes the runner look for imports now.
func (r *Runner) look() {
	select {
	case r.wake <- struct{}{}:
	default: // it is about to
	}
}

func (r *Runner) watch() {
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	for {
		if err := r.take(); err != nil && r.ctx.Err() == nil {
			r.options.Logger.Error("look for imports", "error", err)
		}
		select {
		case <-r.ctx.Done():
			return
		case <-r.wake:
		case <-ticker.C:
		}
	}
}

// take runs imports that nobody runs, as many as there is room for.
func (r *Runner) take() error {
	unfinished, err := r.db.UnfinishedUploads(r.ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, v := range unfinished {
		if r.running[id] || len(r.running) >= atOnce {
			continue
		}
		r.running[id] = true
		r.done.Go(func() {
			again := r.run(v, id)
			r.mu.Lock()
			delete(r.running, id)
			r.mu.Unlock()
			if again {
				r.look() // there is room for another
			}
		})
	}
	return nil
}

// run runs one import as far as it goes, and tells whether there may be something to do at once.
func (r *Runner) run(v db.Viewer, id db.ImportID) bool {
	done, err := r.finish(v, id)
	switch {
	case r.ctx.Err() != nil:
	case err != nil:
		r.options.Logger.Error("import failed", "import", id.String(), "error", err)
	case done != nil:
		r.options.Logger.Info("import done", "import", id.String(), "state", string(done.State), "rows", done.RowCount, "rejected", done.RejectedCount)
	}
	return err == nil && done != nil
}

// finish goes on with an import to its end. It is nil if somebody else runs it, or has.
func (r *Runner) finish(v db.Viewer, id db.ImportID) (_ *db.Import, err error) {
	importing, err := r.db.ResumeImport(r.ctx, v, id)
	if _, isBusy := db.AsProblems(err); isBusy || err == nil && importing == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, importing.Close()) }()
	if importing.State == db.ImportReading {
		err := importing.Fail(r.ctx, "the file was not read to its end: send it again")
		return &importing.Import, err
	}
	before := importing.ImportCounts
	err = (&Job{Importing: importing}).Finish(r.ctx, nil)
	r.count(importing.Entity, before, importing.ImportCounts)
	if err == nil || r.ctx.Err() != nil {
		return &importing.Import, err
	}
	if r.isHopeless(id, err) {
		err = errors.Join(err, importing.Fail(r.ctx, "internal error: the server's log tells more"))
	}
	return nil, err
}

// isHopeless counts a failure, and tells whether there were too many. What is the database's is waited for, however long.
func (r *Runner) isHopeless(id db.ImportID, err error) bool {
	if db.IsUnavailable(err) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures[id]++
	return r.failures[id] >= maxFailures
}

// count tells what a run has added to what became of rows.
func (r *Runner) count(entity db.ImportEntity, before, after db.ImportCounts) {
	if r.options.Count == nil {
		return
	}
	for result, rows := range map[string]int{
		"created": after.CreatedCount - before.CreatedCount, "updated": after.UpdatedCount - before.UpdatedCount,
		"unchanged": after.UnchangedCount - before.UnchangedCount, "rejected": after.RejectedCount - before.RejectedCount,
	} {
		r.options.Count(strings.ToLower(string(entity)), result, rows)
	}
}
