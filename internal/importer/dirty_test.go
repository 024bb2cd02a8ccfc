package importer

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile("testdata/"+name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, name, got, string(want))
}

// Rows as real registries have them: testdata/README.md tells what they are.
func TestRealDirtyRows(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/dirty.csv")
	if err != nil {
		t.Fatal(err)
	}
	w := setup(t)
	got := w.run(string(text), Options{Entity: db.ImportAccounts})
	equal(t, "counts", got.counts(), "27 rows, 12 created, 15 rejected, 1 industries")
	golden(t, "dirty.rejects.csv", got.file)
	golden(t, "dirty.accounts.txt", strings.Join(w.tree(), "\n")+"\n")
	equal(t, "counts of the same again", w.run(string(text), Options{Entity: db.ImportAccounts}).counts(), "27 rows, 12 unchanged, 15 rejected")
}
