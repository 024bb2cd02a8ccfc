package importer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/internal/eventually"
)

// forest is a dirty file of so many portions: parents in any of them, some in circles, ids that occur twice, domains that several claim.
func forest(random *rand.Rand, rows int) []*modelled {
	file := make([]*modelled, rows)
	for n := range file {
		row := &modelled{line: n + 2, id: strconv.Itoa(n), name: "Account " + itoa(random.IntN(3))}
		if random.IntN(100) == 0 {
			row.id = itoa(random.IntN(rows))
		}
		if random.IntN(200) == 0 {
			row.name = ""
		}
		switch random.IntN(4) {
		case 0:
		case 1:
			row.parent = itoa(random.IntN(rows/40) * 40)
		default: // further down in the file, so that most go nowhere in a circle
			row.parent = itoa(n + 1 + random.IntN(rows))
			if random.IntN(20) > 0 {
				row.parent = itoa(min(n+1+random.IntN(rows-n), rows-1))
			}
		}
		if random.IntN(2) == 0 {
			row.domains = []string{fmt.Sprintf("d%d.com", random.IntN(20*rows))}
		}
		file[n] = row
	}
	return file
}

// Portions that are written side by side make what the model says, as those do that one session writes after each other.
func TestImportsOfManyPortionsAreAsTheModelSays(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	for name, connections := range map[string]int{"two sessions": 10, "one session": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := db.Open(db.Options{URL: dbtest.NewURL(t), MaxConnections: connections})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			w := world{t, d, dbtest.Organization(t, d, "Acme")}
			random := rand.New(rand.NewPCG(seed, 0))
			model := modelWorld{}
			for n := range 2 { // the second changes and moves some of what the first has made
				file := forest(random, 4500)
				cells := [][]string{{"external_id", "parent_external_id", "name", "primary_domain", "secondary_domains"}}
				for _, row := range file {
					cells = append(cells, row.cells())
				}
				rejected := model.run(file)
				got := w.run(table(cells), crm())
				lines := make([]int, len(got.rejects))
				for at, reject := range got.rejects {
					line, _, _ := strings.Cut(reject, " ")
					if lines[at], err = strconv.Atoi(line); err != nil {
						t.Fatal(err)
					}
				}
				equal(t, fmt.Sprintf("seed %d, file %d: rejected lines", seed, n), lines, rejected)
				tree := w.tree()
				slices.Sort(tree)
				want := model.tree()
				slices.Sort(want)
				equal(t, fmt.Sprintf("seed %d, file %d: accounts", seed, n), tree, want)
			}
			equal(t, "accounts without an event of their making", one[int](w, `SELECT count(*) FROM accounts a
				WHERE (SELECT count(*) FROM events e WHERE e.entity_id = a.id AND e.type = 'account.created') <> 1`), 0)
		})
	}
}

// divisions is a file of so many companies with 1,000 accounts below each, the companies first.
func divisions(companies int) []string {
	rows := []string{"external_id,parent_external_id,name,primary_domain"}
	for n := range companies {
		rows = append(rows, fmt.Sprintf("c%d,,Company,", n))
	}
	for n := range 1000 * companies {
		rows = append(rows, fmt.Sprintf("%d,c%d,Division,d%d.com", n, n/1000, n))
	}
	return rows
}

// What others write while portions are written is seen by those that come later, whichever session writes them.
func TestChangesWhilePortionsAreWritten(t *testing.T) {
	t.Parallel()
	w := setup(t)
	file := divisions(6)
	w.run(lines(file[:7]...), crm())
	changed := false
	got := w.runWith(lines(file...), crm(), func(done, _ int) {
		if done == 0 || changed {
			return
		}
		changed = true
		if _, err := w.d.DeleteAccount(t.Context(), w.v, w.account("c5").ID, db.ChildrenReject); err != nil {
			t.Error(err)
		}
		for n := 1500; n < 5000; n += 1000 {
			if _, err := w.d.CreateAccount(t.Context(), w.v, db.CreateAccountInput{Name: "Quick", PrimaryDomain: fmt.Sprintf("d%d.com", n), IsActive: true}); err != nil {
				t.Error(err)
			}
		}
	})
	equal(t, "counts", got.counts(), "6006 rows, 4996 created, 6 unchanged, 1004 rejected")
	codes := map[string]int{}
	for _, reject := range got.rejects {
		codes[reject[strings.LastIndex(reject, " ")+1:]]++
	}
	equal(t, "rejects", codes, map[string]int{"NOT_FOUND": 1000, "DOMAIN_TAKEN": 4})
	equal(t, "accounts below each company", query[int](w, "SELECT count(*) FROM accounts WHERE parent_id IS NOT NULL GROUP BY parent_id ORDER BY count(*)"), []int{999, 999, 999, 999, 1000})
}

// Sessions that write portions and others that change the same trees do not stand in each other's way for good.
func TestOthersWriteWhilePortionsAreWritten(t *testing.T) {
	t.Parallel()
	w := setup(t)
	file := divisions(6)
	w.run(lines(file[:7]...), crm())
	c0, c1 := w.account("c0"), w.account("c1")
	job, err := w.start(lines(file...), crm())
	if err != nil {
		t.Fatal(err)
	}
	defer w.close(job)
	done, others := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for ; ; n++ {
			select {
			case <-done:
				others <- n
				return
			default:
			}
			made, err := w.d.CreateAccount(t.Context(), w.v, db.CreateAccountInput{Name: "Other", PrimaryDomain: fmt.Sprintf("other%d.com", n), ParentID: &c0.ID, IsActive: true})
			if err == nil {
				_, err = w.d.MoveAccounts(t.Context(), w.v, []db.AccountMove{{ID: made.Account.ID, ParentID: &c1.ID}}, func(int) []string { return nil })
			}
			if err == nil {
				_, err = w.d.DeleteAccount(t.Context(), w.v, made.Account.ID, db.ChildrenReject)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}()
	err = job.Finish(t.Context(), nil)
	close(done)
	n := <-others
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "counts", outcome{Import: job.Import}.counts(), "6006 rows, 6000 created, 6 unchanged")
	equal(t, "accounts that are there", one[int](w, "SELECT count(*) FROM accounts WHERE deleted_at IS NULL"), 6006)
	equal(t, "accounts that came and went", one[int](w, "SELECT count(*) FROM accounts WHERE deleted_at IS NOT NULL"), n)
}

// A portion that has locked the parents of its accounts, and who deletes one of them, wait for each other: one of the two is repeated.
func TestParentsThatAreDeletedWhileAPortionIsWritten(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.run(lines("external_id,name", "above,Above"), crm())
	above := w.account("above").ID
	for _, statement := range []string{
		"CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END $$",
		"CREATE TRIGGER a_wait_for_test AFTER INSERT ON accounts FOR EACH STATEMENT EXECUTE FUNCTION wait_for_test()", // before the lock of the hierarchy
	} {
		if _, err := w.d.Pool().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	hold, err := w.d.Pool().BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = hold.Rollback() }()
	if _, err := hold.ExecContext(t.Context(), "SELECT pg_advisory_xact_lock(42)"); err != nil {
		t.Fatal(err)
	}
	const waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	job, err := w.start(lines("external_id,parent_external_id,name", "1,above,One"), crm())
	if err != nil {
		t.Fatal(err)
	}
	defer w.close(job)
	imported, deleted := make(chan error, 1), make(chan error, 1)
	go func() { imported <- job.Finish(t.Context(), nil) }()
	eventually.So(t, "the portion waits", func() bool { return one[int](w, waiting) == 1 })
	go func() {
		_, err := w.d.DeleteAccount(t.Context(), w.v, above, db.ChildrenReject)
		deleted <- err
	}()
	eventually.So(t, "the deletion waits for the portion", func() bool { return one[int](w, waiting) == 2 })
	if err := hold.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-imported; err != nil {
		t.Fatal(err)
	}
	if err := <-deleted; err != nil {
		why, _, _ := strings.Cut(problemsOf(t, err)[0], ":")
		equal(t, "why it is not deleted", why, "id HAS_CHILDREN")
		equal(t, "accounts", w.tree(), []string{"1 One <above", "above Above"})
		return
	}
	equal(t, "counts", outcome{Import: job.Import}.counts(), "1 rows, 1 rejected")
	equal(t, "accounts", w.tree(), []string{})
}
