package bench_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/bench"
	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// open is the database that BENCH_DATABASE_URL names, which bench/server or run.sh loaded, else a fresh one, which takes a
// minute to load.
func open(b *testing.B) *db.DB {
	b.Helper()
	if url := os.Getenv("BENCH_DATABASE_URL"); url != "" {
		return dbtest.Open(b, url)
	}
	d := dbtest.New(b)
	if err := bench.Load(b.Context(), d, 1); err != nil {
		b.Fatal(err)
	}
	return d
}

// Benchmark measures what queries are made of: methods of db, and queries from the request to the last byte, without a network.
func Benchmark(b *testing.B) {
	d := open(b)
	b.Run("db", func(b *testing.B) { reads(b, d) })
	b.Run("subtree", func(b *testing.B) { subtrees(b, d) })
	b.Run("write", func(b *testing.B) { writes(b, d) })
	b.Run("query", func(b *testing.B) { queries(b, d) })
	b.Run("request", func(b *testing.B) { requests(b, d) })
}

func measure(b *testing.B, name string, do func(ctx context.Context) error) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := do(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func reads(b *testing.B, d *db.DB) {
	v := bench.Viewer()
	found, err := d.AccountsByID(b.Context(), v, []db.AccountID{bench.Account(bench.Tree)})
	if err != nil {
		b.Fatal(err)
	}
	walk := db.Walk{Starts: [][]db.Spot{{found[bench.Account(bench.Tree)].Spot()}}}
	for from := range 4 {
		walk.Steps = append(walk.Steps, db.Step{From: from, Relation: db.Children, Args: db.AccountArgs{PageArgs: first(100)}})
	}
	measure(b, "account", func(ctx context.Context) error {
		_, err := d.AccountsByID(ctx, v, []db.AccountID{bench.Account(bench.Tree)})
		return err
	})
	measure(b, "walk of 781", func(ctx context.Context) error {
		_, err := d.Walk(ctx, v, walk)
		return err
	})
	active := &db.AccountFilter{Status: &db.PicklistFilter{In: []string{"ACTIVE"}}}
	measure(b, "list of 50", func(ctx context.Context) error {
		_, err := d.Accounts(ctx, v, db.AccountArgs{PageArgs: first(50), Filter: active})
		return err
	})
	measure(b, "contacts of 156", func(ctx context.Context) error {
		_, err := d.ContactsOf(ctx, v, numbered(bench.Tree, 156), db.AccountContactArgs{PageArgs: first(3)})
		return err
	})
	measure(b, "descendants, 100 of 3,905", func(ctx context.Context) error {
		_, err := d.Descendants(ctx, v, numbered(bench.Tree, 1), db.DescendantArgs{First: first(100).First})
		return err
	})
}

// subtrees measures the count of a whole subtree, for each 1,000 accounts in it (docs/decisions/0017-stored-subtrees.md).
func subtrees(b *testing.B, d *db.DB) {
	for _, subtree := range []struct {
		name string
		top  int
		size int
	}{{"tree of 3,906", bench.Tree, 3906}, {"wide 5,001", bench.Wide, 5001}, {"chain of 1,000", bench.Chain, 1000}, {"block of 200", 1_000_000, 200}} {
		b.Run(subtree.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				counts, err := d.DescendantCounts(b.Context(), bench.Viewer(), numbered(subtree.top, 1))
				if got := counts[bench.Account(subtree.top)]; err != nil || got != subtree.size-1 {
					b.Fatalf("got %d descendants, want %d: %v", got, subtree.size-1, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/float64(subtree.size)*1000, "ms/1000accounts")
		})
	}
}

// writes leave the rows as they were but for one name: what is made is of an organization of its own, which is removed.
func writes(b *testing.B, d *db.DB) {
	n := 0
	measure(b, "update", func(ctx context.Context) error {
		n++
		name := fmt.Sprintf("Renamed %s %d", db.NewUUID(), n)
		_, err := d.UpdateAccount(ctx, bench.Viewer(), bench.Account(bench.Leaf), nil, func(c *db.AccountChange) { c.Name = &name })
		return err
	})
	organization, err := d.CreateOrganization(b.Context(), db.NewOrganization{Name: "Writes", DefaultCurrency: "USD", DefaultRegion: "US"})
	if err != nil {
		b.Fatal(err)
	}
	v := db.SystemViewer(organization.ID)
	b.Cleanup(func() {
		for _, table := range []string{"events", "accounts", "hierarchies", "picklist_values", "free_mail_domains"} {
			if _, err := d.Pool().Exec("DELETE FROM "+table+" WHERE organization_id = $1", organization.ID); err != nil {
				b.Error(err)
			}
		}
		if _, err := d.Pool().Exec("DELETE FROM organizations WHERE id = $1", organization.ID); err != nil {
			b.Error(err)
		}
	})
	measure(b, "create 1,000 in a tree", func(ctx context.Context) error {
		n++
		in := db.CreateAccountsInput{OnError: db.OnErrorAbort}
		for i := range 1000 {
			row := &db.CreateAccountsRowInput{Key: text("row %d", i), Account: &db.CreateAccountInput{
				Name: fmt.Sprintf("Account %d", i), PrimaryDomain: fmt.Sprintf("d%d-%d.example.com", n, i), IsActive: true,
			}}
			if i > 0 {
				row.ParentKey = text("row %d", (i-1)/5)
			}
			in.Accounts = append(in.Accounts, row)
		}
		_, err := d.CreateAccounts(ctx, v, in)
		return err
	})
}

// queries are those of queries.mjs that say most: one account, a list with links, a tree.
func queries(b *testing.B, d *db.DB) {
	limits, err := bench.Limits()
	if err != nil {
		b.Fatal(err)
	}
	handler := auth.Demo(bench.Viewer(), graph.NewHandler(d, limits))
	ask := func(name, text, variables string) {
		measure(b, name, func(ctx context.Context) error {
			request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(`{"query":"`+text+`","variables":{`+variables+`}}`))
			request.Header.Set("Content-Type", "application/json")
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			if answer.Code != http.StatusOK || strings.Contains(answer.Body.String(), `"errors"`) {
				return fmt.Errorf("got %d %.200s", answer.Code, answer.Body)
			}
			return nil
		})
	}
	top := `{ account(id: \"` + bench.Account(bench.Tree).String() + `\") { `
	for _, query := range []struct{ name, text string }{
		{"Q1 one account", top + `id name primaryDomain status { key } classification { key } health { key } industry { key } employees } }`},
		{"Q2 leaf and five above", `{ account(id: \"` + bench.Account(bench.Leaf).String() + `\") { ` + strings.Repeat(four+` parent { `, 5) + four + strings.Repeat(` }`, 7)},
		{"Q3a tree of 781", top + nested(4) + ` } }`},
		{"Q4 tree of 156 with contacts", top + nested(3, people) + ` } }`},
		{"Q5 list of 50", `{ accounts(filter: { status: { in: [\"ACTIVE\"] } }, first: 50) { nodes { ` + four +
			` parent { id name } ` + people + ` } } }`},
		{"Q6 chain of 50", `{ account(id: \"` + bench.Account(bench.Chain).String() + `\") { ` + strings.Repeat(`id name children(first: 10) { nodes { `, 49) + `id name` + strings.Repeat(` } }`, 49) + ` } }`},
		{"Q7 wide 1,000", `{ account(id: \"` + bench.Account(bench.Wide).String() + `\") { id name children(first: 1000) { nodes { ` + four + ` } } } }`},
	} {
		ask(query.name, query.text, "")
	}
	ask("E1 100 representations", `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Account { `+four+` } } }`, representations(100))
}

// four is what the queries ask of most accounts: an id, and four fields.
const four = `id name status { key } health { key } employees`

// people asks for three contacts of an account.
const people = `contacts(first: 3) { nodes { id firstName lastName email } }`

// nested asks for a tree, so many levels below its top, and for more of each account.
func nested(levels int, more ...string) string {
	fields := strings.Join(append([]string{four}, more...), " ")
	if levels == 0 {
		return fields
	}
	return fields + ` children(first: 100) { nodes { ` + nested(levels-1, more...) + ` } }`
}

// representations are those of n accounts, as a gateway sends them.
func representations(n int) string {
	list := make([]string, n)
	for i, id := range numbered(bench.Tree, n) {
		list[i] = `{"__typename":"Account","id":"` + id.String() + `"}`
	}
	return `"representations":[` + strings.Join(list, ",") + `]`
}

func first(n int) db.PageArgs { return db.PageArgs{First: &n} }

func text(format string, args ...any) *string {
	s := fmt.Sprintf(format, args...)
	return &s
}

// numbered are the ids of n accounts from a number on.
func numbered(from, n int) []db.AccountID {
	ids := make([]db.AccountID, n)
	for i := range ids {
		ids[i] = bench.Account(from + i)
	}
	return ids
}
