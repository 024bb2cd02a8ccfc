package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db/dbtest"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

func TestMeasuresAndDraws(t *testing.T) {
	t.Parallel()
	url, folder := dbtest.NewURL(t), t.TempDir()
	for range 2 { // the second time the rows are there
		var out strings.Builder
		if err := run(t.Context(), url, trees(111), chains(100), folder, &out); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"| accounts in the tree | 11 | 111 |\n", "| accounts in the chain | 10 | 100 |\n", "\n| descendantCount, ms | "} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("got\n%s\nwant %q", out.String(), want)
			}
		}
	}
	svg, err := os.ReadFile(filepath.Join(folder, "growth.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(svg), "<polyline "); got != len(bySize)+len(byDepth) {
		t.Errorf("got %d lines, want one for each read", got)
	}
	err = run(t.Context(), url, trees(11), chains(10), folder, &strings.Builder{})
	if err == nil || !strings.Contains(err.Error(), "the database has 232 accounts, not 21") {
		t.Errorf("got %v, want that the database has other rows", err)
	}
}

func TestFailsWhereAnAnswerHasOtherAccounts(t *testing.T) {
	t.Parallel()
	chain := []shape{{children: 1, accounts: 11}} // has one account on each of three levels, where a tree has ten on the first
	err := run(t.Context(), dbtest.NewURL(t), chain, chains(10), t.TempDir(), &strings.Builder{})
	if err == nil || !strings.Contains(err.Error(), "children, three levels of 11 accounts: got 3 accounts, want 10") {
		t.Errorf("got %v, want that accounts are missing", err)
	}
}

func TestChart(t *testing.T) {
	t.Parallel()
	p := &panel{of: "accounts", shapes: trees(111), reads: bySize[:3], millis: [][]float64{{1, 10}, {1, 10}, {1, 0.1}}}
	got := chart(p)
	for _, want := range []string{
		`>111</text>`, // a tick of the shapes
		`>0.1</text>`, // and one of the times
		`<polyline points="50.0,145.0 550.0,30.0" stroke="#2a9d6f"/>`, // from the middle of the plot to its upper corner
		`y="34.0" style="fill: #2a9d6f">breadth first: the first 25<`,
		`y="47.0" style="fill: #5b7fa6">breadth first: 25 in the middle<`, // below the first, whose end is its own
		`y="264.0" style="fill: #b08a3c">depth first: the first 25<`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant %s", got, want)
		}
	}
}
