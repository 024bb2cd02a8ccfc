//go:build unix

package faults

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lib/pq"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/eventually"
)

// load is requests that run beside what a test does. It checks that they fail only while something is broken, and then
// with a code that says so.
type load struct {
	server *server
	// phase is even while all is well and odd while something is broken.
	phase atomic.Int64
	// found, written and failed count answers since the phase began.
	found, written, failed atomic.Int64
	// quit ends it.
	quit    chan struct{}
	workers sync.WaitGroup

	mutex sync.Mutex
	made  []string // ids of accounts whose creation was acknowledged
}

// the codes that may be answered while something is broken.
var faulty = []string{string(db.CodeUnavailable), string(db.CodeTimeout), string(db.CodeOutcomeUnknown)}

// start runs six readers and two writers.
func start(t *testing.T, s *server) *load {
	t.Helper()
	l := &load{server: s, quit: make(chan struct{})}
	for i := range 8 {
		l.workers.Go(func() { l.work(i, i < 2) })
	}
	l.await("requests are answered", l.well)
	return l
}

func (l *load) work(worker int, writes bool) {
	for n := 0; ; n++ {
		select {
		case <-l.quit:
			return
		default:
		}
		query, variables := read, map[string]string(nil)
		if writes {
			query, variables = write, map[string]string{"name": "Load", "domain": fmt.Sprintf("w%d-%d.com", worker, n)}
		}
		began := l.phase.Load()
		a, err := l.server.ask(l.server.t.Context(), query, variables)
		switch {
		case err != nil:
			l.server.t.Errorf("%s: %v", query, err)
			return
		case a.code == "":
			if !writes {
				l.found.Add(1)
				continue
			}
			l.written.Add(1)
			l.mutex.Lock()
			l.made = append(l.made, a.id)
			l.mutex.Unlock()
			continue
		case !slices.Contains(faulty, a.code) || a.code == string(db.CodeOutcomeUnknown) && !writes:
			l.server.t.Errorf("%s: got %s while something was broken", query, a.code)
		case began%2 == 0 && l.phase.Load() == began:
			l.server.t.Errorf("%s: got %s while all was well", query, a.code)
		}
		l.failed.Add(1)
	}
}

func (l *load) await(what string, so func() bool) {
	l.server.t.Helper()
	eventually.So(l.server.t, what, func() bool { return so() || l.server.t.Failed() })
}

// well tells whether there are many good answers.
func (l *load) well() bool { return l.found.Load() > 200 && l.written.Load() > 20 }

// enter begins a phase.
func (l *load) enter() {
	l.phase.Add(1)
	l.found.Store(0)
	l.written.Store(0)
	l.failed.Store(0)
}

// through breaks something, waits until requests notice, mends it, and waits until many are answered.
func (l *load) through(breakIt, mend func()) {
	l.server.t.Helper()
	l.enter()
	breakIt()
	l.await("requests fail", func() bool { return l.failed.Load() > 20 })
	mend()
	l.enter()
	l.await("requests are answered again", l.well)
}

// finish ends the load, and checks that every account whose creation was acknowledged is there, and none by half.
func (l *load) finish() {
	t := l.server.t
	t.Helper()
	close(l.quit)
	l.workers.Wait()
	var found []string
	if err := l.server.db.Pool().SelectContext(t.Context(), &found, `
		SELECT a.id FROM accounts a
		WHERE EXISTS (SELECT FROM account_domains d WHERE d.account_id = a.id)
		  AND EXISTS (SELECT FROM events e WHERE e.entity_id = a.id AND e.type = 'account.created')`); err != nil {
		t.Fatal(err)
	}
	whole := map[string]bool{}
	for _, id := range found {
		whole[id] = true
	}
	for _, id := range l.made {
		parsed, err := db.ParseID(id)
		if err != nil {
			t.Fatal(err)
		}
		if !whole[parsed.UUID.String()] {
			t.Errorf("account %s was acknowledged, and is not there", id)
		}
	}
	var halves int
	if err := l.server.db.Pool().GetContext(t.Context(), &halves, `
		SELECT (SELECT count(*) FROM accounts WHERE NOT id = ANY(CAST($1 AS uuid[])))
		  + (SELECT count(*) FROM account_domains WHERE NOT account_id = ANY(CAST($1 AS uuid[])))
		  + (SELECT count(*) FROM events WHERE type = 'account.created' AND NOT entity_id = ANY(CAST($1 AS uuid[])))`, pq.Array(found)); err != nil {
		t.Fatal(err)
	}
	if halves > 0 {
		t.Errorf("%d accounts, domains or events are there without the others", halves)
	}
	t.Logf("%d accounts acknowledged, %d there", len(l.made), len(found)-1)
}
