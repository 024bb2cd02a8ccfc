package auth

import (
	"context"
	"log/slog"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

const (
	// maxPending is how many uses wait to be recorded. What is beyond is dropped: the key's next use will do.
	maxPending = 1000
	// recordTime is how long one recording may take.
	recordTime = 5 * time.Second
)

// recorder notes when keys were used last, apart from the requests that use them: it delays none, and fails none. It writes
// what has come up meanwhile together.
type recorder struct {
	db      *db.DB
	logger  *slog.Logger
	pending chan db.Viewer
	quit    chan struct{}
	done    chan struct{}
}

func newRecorder(d *db.DB, logger *slog.Logger) *recorder {
	r := &recorder{db: d, logger: logger, pending: make(chan db.Viewer, maxPending), quit: make(chan struct{}), done: make(chan struct{})}
	go r.run()
	return r
}

// record notes that the viewer's key is used now.
func (r *recorder) record(v db.Viewer) {
	select {
	case r.pending <- v:
	default:
	}
}

// close writes what is pending and ends.
func (r *recorder) close() {
	close(r.quit)
	<-r.done
}

func (r *recorder) run() {
	defer close(r.done)
	for {
		select {
		case v := <-r.pending:
			r.write([]db.Viewer{v})
		case <-r.quit:
			r.write(nil)
			return
		}
	}
}

// write records uses, and all that are pending.
func (r *recorder) write(uses []db.Viewer) {
	for more := true; more; {
		select {
		case v := <-r.pending:
			uses = append(uses, v)
		default:
			more = false
		}
	}
	if len(uses) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), recordTime)
	defer cancel()
	if err := r.db.RecordAPIKeyUses(ctx, uses); err != nil {
		r.logger.Warn("uses of API keys not recorded", "keys", len(uses), "error", err)
	}
}
