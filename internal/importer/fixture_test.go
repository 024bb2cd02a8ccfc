package importer

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// world is an organization that files are brought into.
type world struct {
	t *testing.T
	d *db.DB
	v db.Viewer
}

func setup(t *testing.T) world {
	t.Helper()
	d := dbtest.New(t)
	return world{t, d, dbtest.Organization(t, d, "Acme")}
}

// beside is another organization in the same database.
func (w world) beside(name string) world {
	w.t.Helper()
	w.v = dbtest.Organization(w.t, w.d, name)
	return w
}

// outcome is what became of a file.
type outcome struct {
	db.Import
	// rejects has for each rejected row "line column CODE, column CODE".
	rejects []string
	// file is the file of rejected rows.
	file string
	job  *Job
}

func crm() Options { return Options{Entity: db.ImportAccounts, Source: "crm"} }

// start reads a file; the job is closed when the test ends.
func (w world) start(text string, o Options) (*Job, error) {
	w.t.Helper()
	return Start(w.t.Context(), w.d, w.v, File{Name: "file.csv", ReadSeeker: strings.NewReader(text)}, o, nil)
}

// run brings a file in.
func (w world) run(text string, o Options) outcome {
	w.t.Helper()
	return w.runWith(text, o, nil)
}

// runWith brings a file in and calls progress as it is written.
func (w world) runWith(text string, o Options, progress func(done, total int)) outcome {
	w.t.Helper()
	job, err := w.start(text, o)
	if err != nil {
		w.t.Fatalf("read the file: %v", err)
	}
	defer w.close(job)
	if err := job.Finish(w.t.Context(), progress); err != nil {
		w.t.Fatalf("import the file: %v", err)
	}
	out := outcome{Import: job.Import, job: job}
	if err := job.Rejects(w.t.Context(), func(r db.ImportReject) error {
		var problems []string
		for _, p := range r.Problems {
			problems = append(problems, strings.TrimSpace(p.Column+" "+string(p.Code)))
			if p.Reason == "" {
				w.t.Errorf("line %d: got no reason for %s", r.Line, p.Code)
			}
		}
		out.rejects = append(out.rejects, fmt.Sprintf("%d %s", r.Line, strings.Join(problems, ", ")))
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	var file bytes.Buffer
	if err := job.WriteRejects(w.t.Context(), &file); err != nil {
		w.t.Fatal(err)
	}
	out.file = file.String()
	return out
}

func (w world) close(job *Job) {
	w.t.Helper()
	if err := job.Close(); err != nil {
		w.t.Errorf("close the import: %v", err)
	}
}

// counts are what became of the rows, in one line, without what is 0.
func (o outcome) counts() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{o.RowCount, "rows"}, {o.CreatedCount, "created"}, {o.UpdatedCount, "updated"}, {o.MovedCount, "moved"}, {o.UnchangedCount, "unchanged"},
		{o.RepeatedCount, "repeated"}, {o.RejectedCount, "rejected"}, {o.IndustryCount, "industries"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return strings.Join(parts, ", ")
}

// tree are the accounts, a line each: external id, name, parent's external id, domains (those that route elsewhere in brackets).
func (w world) tree() []string {
	w.t.Helper()
	return query[string](w, `
		SELECT concat_ws(' ', coalesce(e.external_id, '-'), a.name, '<' || above.external_id, d.list)
		FROM accounts a
		LEFT JOIN account_external_ids e ON e.organization_id = a.organization_id AND e.account_id = a.id AND e.position = 0
		LEFT JOIN account_external_ids above ON above.organization_id = a.organization_id AND above.account_id = a.parent_id AND above.position = 0
		LEFT JOIN LATERAL (
		  SELECT string_agg(CASE WHEN is_routing THEN domain ELSE '(' || domain || ')' END, ' ' ORDER BY domain <> a.primary_domain, position) AS list
		  FROM account_domains d WHERE d.organization_id = a.organization_id AND d.account_id = a.id
		) d ON true
		WHERE a.organization_id = $1 AND a.deleted_at IS NULL
		ORDER BY e.external_id COLLATE "C", a.number`, w.v.Organization)
}

// query reads one column.
func query[T any](w world, text string, args ...any) []T {
	w.t.Helper()
	rows := []T{}
	if err := w.d.Pool().SelectContext(w.t.Context(), &rows, text, args...); err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
	return rows
}

// one reads one value.
func one[T any](w world, text string, args ...any) T {
	w.t.Helper()
	rows := query[T](w, text, args...)
	if len(rows) != 1 {
		w.t.Fatalf("%s: got %d rows, want 1", text, len(rows))
	}
	return rows[0]
}

func (w world) account(external string) *db.Account {
	w.t.Helper()
	return w.accountOf("crm", external)
}

func (w world) accountOf(source, external string) *db.Account {
	w.t.Helper()
	asked := db.ExternalID{Source: source, ID: external}
	found, err := w.d.AccountsByExternalID(w.t.Context(), w.v, []db.ExternalID{asked})
	if err != nil {
		w.t.Fatal(err)
	}
	if found[asked] == nil {
		w.t.Fatalf("there is no account %v", asked)
	}
	return found[asked]
}

// create makes an account by the API.
func (w world) create(name, external string, parent *db.Account) *db.Account {
	w.t.Helper()
	in := db.CreateAccountInput{Name: name, PrimaryDomain: external + ".com", IsActive: true, ExternalIDs: []*db.ExternalIDInput{{Source: "crm", ID: external}}}
	if parent != nil {
		in.ParentID = &parent.ID
	}
	made, err := w.d.CreateAccount(w.t.Context(), w.v, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return made.Account
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if difference := cmp.Diff(want, got); difference != "" {
		t.Errorf("%s: (-want +got)\n%s", what, difference)
	}
}

// lines makes a file of rows.
func lines(rows ...string) string { return strings.Join(rows, "\n") + "\n" }

// table makes a file of cells.
func table(rows [][]string) string {
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	if err := out.WriteAll(rows); err != nil {
		panic(err) // it writes to memory
	}
	return text.String()
}

// problemsOf are the problems of an error, each as "field CODE: message".
func problemsOf(t testing.TB, err error) []string {
	t.Helper()
	found, ok := db.AsProblems(err)
	if !ok {
		t.Fatalf("got the error %v, want problems", err)
	}
	var list []string
	for _, p := range found {
		list = append(list, fmt.Sprintf("%s %s: %s", strings.Join(p.Field, "."), p.Code, p.Message))
	}
	return list
}
