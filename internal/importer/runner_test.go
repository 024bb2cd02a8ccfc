package importer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/eventually"
)

// uploaded begins an import as a request does, with nobody to finish it.
func (w world) uploaded(text string) db.ImportID {
	w.t.Helper()
	o := crm()
	o.IsUpload = true
	job, err := w.start(text, o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.close(job)
	return job.ID
}

// runner runs until the test ends, at the latest.
func (w world) runner() *Runner {
	w.t.Helper()
	r := NewRunner(w.d, RunnerOptions{Logger: slog.New(slog.DiscardHandler)})
	w.t.Cleanup(r.Stop)
	return r
}

// ended waits until an import has ended, and returns it.
func (w world) ended(id db.ImportID) *db.Import {
	w.t.Helper()
	var found map[db.ImportID]*db.Import
	eventually.So(w.t, "the import has ended", func() bool {
		var err error
		if found, err = w.d.ImportsByID(w.t.Context(), w.v, []db.ImportID{id}); err != nil {
			w.t.Fatal(err)
		}
		return found[id] != nil && found[id].FinishedAt != nil
	})
	return found[id]
}

func TestRunner(t *testing.T) {
	t.Parallel()
	t.Run("goes on with what another has left", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id, other := w.uploaded("external_id,name\n1,One\n2,\n"), w.beside("Other").uploaded("external_id,name\n3,Three\n")
		counts := make(chan string, 8)
		r := NewRunner(w.d, RunnerOptions{Logger: slog.New(slog.DiscardHandler), Count: func(entity, result string, rows int) {
			if rows > 0 {
				counts <- fmt.Sprint(entity, " ", result, " ", rows)
			}
		}})
		t.Cleanup(r.Stop)
		done := w.ended(id)
		equal(t, "import", []any{done.State, done.CreatedCount, done.RejectedCount, *done.StartedByID == w.v.User.ID().UUID}, []any{db.ImportDone, 1, 1, true})
		equal(t, "accounts", w.tree(), []string{"1 One"})
		equal(t, "actor of the event", one[string](w, "SELECT CAST(actor_id AS text) FROM events WHERE type = 'account.created' AND organization_id = $1", w.v.Organization), w.v.User.ID().UUID.String())
		eventually.So(t, "the import of the other organization is done", func() bool {
			return one[string](w, "SELECT state FROM imports WHERE id = $1", other) == "DONE"
		})
		told := []string{<-counts, <-counts, <-counts}
		slices.Sort(told)
		equal(t, "what is counted", told, []string{"account created 1", "account created 1", "account rejected 1"})
	})
	t.Run("stops in the middle, and another goes on", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.uploaded(family(80))
		first := w.runner()
		eventually.So(t, "the import has begun to write", func() bool { return one[int](w, "SELECT created_count FROM imports") > 0 })
		first.Stop()
		equal(t, "accounts and what the import counts", one[int](w, "SELECT count(*) FROM accounts"), one[int](w, "SELECT created_count FROM imports"))
		w.runner()
		equal(t, "created", w.ended(id).CreatedCount, 6481)
		equal(t, "accounts", one[int](w, "SELECT count(*) FROM accounts"), 6481)
	})
	t.Run("waits for a database that has no space, however long", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.uploaded("external_id,name\n1,One\n")
		for _, statement := range []string{
			"CREATE SEQUENCE failures",
			`CREATE FUNCTION fail_for_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			  IF nextval('failures') <= 7 THEN RAISE 'no space left' USING ERRCODE = 'disk_full'; END IF;
			  RETURN NULL;
			END $$`,
			"CREATE TRIGGER fail_for_test BEFORE INSERT ON accounts FOR EACH STATEMENT EXECUTE FUNCTION fail_for_test()",
		} {
			if _, err := w.d.Pool().ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		r := w.runner()
		eventually.So(t, "the import has ended", func() bool {
			r.look()
			return one[bool](w, "SELECT finished_at IS NOT NULL FROM imports WHERE id = $1", id)
		})
		done := w.ended(id)
		equal(t, "import", []any{done.State, done.CreatedCount, one[int](w, "SELECT last_value FROM failures")}, []any{db.ImportDone, 1, 8})
	})
	t.Run("gives up what was not read", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		importing, err := w.d.BeginImport(t.Context(), w.v, db.NewImport{Entity: db.ImportAccounts, FileName: "up.csv", Fingerprint: "f", Columns: map[string]string{}, IsUpload: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := importing.Close(); err != nil {
			t.Fatal(err)
		}
		w.runner()
		failed := w.ended(importing.ID)
		equal(t, "import", []any{failed.State, *failed.Failure}, []any{db.ImportFailed, "the file was not read to its end: send it again"})
	})
	t.Run("tells what is wrong with a file, and takes none if there is no runner", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		_, err := w.runner().Import(t.Context(), w.v, File{Name: "x", ReadSeeker: strings.NewReader("")}, crm())
		equal(t, "problems", len(problemsOf(t, err)), 1)
		var none *Runner
		_, err = none.Import(t.Context(), w.v, File{}, crm())
		var refused *db.Error
		if !errors.As(err, &refused) || refused.Code != db.CodeUnavailable {
			t.Errorf("got %v, want UNAVAILABLE", err)
		}
		none.Stop()
	})
	t.Run("a request that ends while its file is read leaves a failed import", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		o := crm()
		o.IsUpload = true
		_, err := Start(ctx, w.d, w.v, File{Name: "f.csv", ReadSeeker: strings.NewReader(family(30))}, o, func(done, _ int) { cancel() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		w.runner()
		id := one[db.ImportID](w, "SELECT id FROM imports")
		equal(t, "state", w.ended(id).State, db.ImportFailed)
	})
	t.Run("an import that is waiting keeps other uploads out, and is found by the same file", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.uploaded("external_id,name\n1,One\n")
		equal(t, "the same file", w.uploaded("external_id,name\n1,One\n").String(), id.String())
		o := crm()
		o.IsUpload = true
		_, err := w.start("external_id,name\n2,Two\n", o)
		equal(t, "problems", problemsOf(t, err), []string{" CONFLICT: another import of the organization is running: wait until it is done"})
		got := w.run("external_id,name\n3,Three\n", crm())
		equal(t, "what the operator gives up", got.job.Abandoned[0].ID.String(), id.String())
	})
}
