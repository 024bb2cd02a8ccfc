package jobs

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// logbook is a log that may be read while it is written.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startWith starts the jobs of one server.
func startWith(t *testing.T, d *db.DB, stopTimeout time.Duration) (*Jobs, *logbook) {
	t.Helper()
	log := &logbook{}
	j, err := start(t.Context(), d, Options{StopTimeout: stopTimeout, Logger: slog.New(slog.NewTextHandler(log, nil))}, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	return j, log
}

// run runs the jobs of one server until the test ends.
func run(t *testing.T, d *db.DB) *logbook {
	t.Helper()
	j, log := startWith(t, d, time.Minute)
	t.Cleanup(func() {
		if err := j.Stop(context.Background()); err != nil { // the test's own has ended
			t.Error(err)
		}
		if t.Failed() {
			t.Log(log)
		}
	})
	return log
}

// await waits until a query finds something.
func await(t *testing.T, d *db.DB, query string) {
	t.Helper()
	for n := 0; n == 0; {
		if err := d.Pool().GetContext(t.Context(), &n, "SELECT count(*) "+query); err != nil {
			t.Fatal(err)
		}
	}
}

func text(t *testing.T, d *db.DB, query string) string {
	t.Helper()
	var found []string
	if err := d.Pool().SelectContext(t.Context(), &found, query); err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, "\n")
}

// doomed makes an organization with an account that is deleted and can't be restored any more.
func doomed(t *testing.T, d *db.DB, name string) {
	t.Helper()
	v := dbtest.Organization(t, d, name)
	made, err := d.CreateAccount(t.Context(), v, db.CreateAccountInput{Name: name, PrimaryDomain: "doomed.com"})
	if err == nil {
		_, err = d.DeleteAccount(t.Context(), v, made.Account.ID, db.ChildrenReject)
	}
	if err == nil {
		_, err = d.Pool().ExecContext(t.Context(), "UPDATE accounts SET deleted_at = now() - interval '31 days'")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestPurge starts the jobs of two servers: one of them purges all organizations, once.
func TestPurge(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for _, name := range []string{"Acme", "Rival"} {
		doomed(t, d, name)
	}
	first, second := run(t, d), run(t, d)
	await(t, d, "FROM river_job WHERE state = 'completed'")
	if got := text(t, d, "SELECT o.name || ' ' || p.account_count || ' ' || p.contact_count FROM purges p JOIN organizations o ON o.id = p.organization_id ORDER BY 1"); got != "Acme 1 0\nRival 1 0" {
		t.Errorf("got\n%s", got)
	}
	if got := text(t, d, "SELECT kind || ' ' || state || ' ' || attempt FROM river_job"); got != "purge completed 1" {
		t.Errorf("got the jobs\n%s", got)
	}
	if got := strings.Count(first.String()+second.String(), "msg=purged"); got != 2 {
		t.Errorf("got %d lines of what was purged, want 2", got)
	}
}

// TestFailure breaks the purge of one organization: the others are purged all the same, the failure is logged, and tried again later.
func TestFailure(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for _, name := range []string{"Acme", "Broken", "Rival"} {
		doomed(t, d, name)
	}
	_, err := d.Pool().ExecContext(t.Context(), `
		CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no deletion''; END';
		CREATE TRIGGER refuse BEFORE DELETE ON accounts FOR EACH ROW WHEN (OLD.name = 'Broken') EXECUTE FUNCTION refuse()`)
	if err != nil {
		t.Fatal(err)
	}
	log := run(t, d)
	await(t, d, "FROM river_job WHERE state = 'retryable' AND errors[1] ->> 'error' LIKE '%no deletion%'")
	if got := text(t, d, "SELECT name FROM accounts"); got != "Broken" {
		t.Errorf("left: got\n%s", got)
	}
	for _, word := range []string{"level=ERROR", `msg="job failed"`, "job=purge", "attempt=1", "of=3", "no deletion", "org_"} {
		if !strings.Contains(log.String(), word) {
			t.Errorf("no %s in\n%s", word, log)
		}
	}
}

// TestStop stops the jobs while one waits for a lock, with little time for it.
func TestStop(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	doomed(t, d, "Acme")
	tx, err := d.Pool().BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE account_domains IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	j, log := startWith(t, d, 0)
	await(t, d, "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
	if err := j.Stop(t.Context()); err != nil {
		t.Errorf("stop: %v", err)
	}
	if got := text(t, d, "SELECT state FROM river_job"); got != "available" {
		t.Errorf("got the job %s, want it available to another server\n%s", got, log)
	}
	if got := text(t, d, "SELECT name FROM accounts"); got != "Acme" {
		t.Errorf("got %q, want nothing half done", got)
	}
	if strings.Contains(log.String(), "job failed") {
		t.Errorf("got a failure logged of a job that was only stopped:\n%s", log)
	}
}

func TestPanicIsLogged(t *testing.T) {
	t.Parallel()
	log := &logbook{}
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[purgeArgs]) error { panic("out of order") }))
	d := dbtest.New(t)
	client, err := river.NewClient(riverdatabasesql.New(d.Pool().DB), &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}}, Workers: workers, ErrorHandler: failures{slog.New(slog.NewTextHandler(log, nil))},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	failed, unsubscribe := client.Subscribe(river.EventKindJobFailed)
	defer unsubscribe()
	if _, err := client.Insert(t.Context(), purgeArgs{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-failed
	if err := client.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "panic: out of order") || !strings.Contains(log.String(), "stack=") {
		t.Errorf("got\n%s", log)
	}
}

// described is what a database has of River's.
const described = `
SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL ' ELSE ' ' END
  || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || ' ' || CAST(c.relpersistence AS text)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relname LIKE 'river\_%' AND c.relkind = 'r' AND c.relname <> 'river_migration'
UNION ALL
SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE CAST(conrelid::regclass AS text) LIKE 'river\_%' AND conrelid <> coalesce(to_regclass('river_migration'), 0)
UNION ALL
SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'river\_%' AND tablename <> 'river_migration'
UNION ALL
SELECT 'enum ' || t.typname || ' ' || string_agg(e.enumlabel, ' ' ORDER BY e.enumsortorder) FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
WHERE t.typname LIKE 'river\_%' GROUP BY t.typname
UNION ALL
SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.proname LIKE 'river\_%'
UNION ALL
SELECT 'trigger ' || tgname || ' ' || tgrelid::regclass FROM pg_trigger WHERE CAST(tgrelid::regclass AS text) LIKE 'river\_%' AND NOT tgisinternal
ORDER BY 1`

// TestMigrationMakesRiversTables compares our migrations with River's own: a new River with other tables needs a migration here.
func TestMigrationMakesRiversTables(t *testing.T) {
	t.Parallel()
	ours, theirs := dbtest.New(t), dbtest.Open(t, dbtest.NewEmptyURL(t))
	migrator, err := rivermigrate.New[*sql.Tx](riverdatabasesql.New(theirs.Pool().DB), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := migrator.Migrate(t.Context(), rivermigrate.DirectionUp, nil); err != nil {
		t.Fatal(err)
	}
	want := text(t, theirs, described)
	if diff := cmp.Diff(want, text(t, ours, described)); diff != "" || !strings.Contains(want, "river_job") {
		t.Errorf("(-River +ours):\n%s", fmt.Sprint(diff))
	}
}
