package graph

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/accountgraph/accountgraph/graph/generated"
)

func TestKeptIsBoundedByWeight(t *testing.T) {
	t.Parallel()
	k := newKept[string, int](10)
	for i, key := range []string{"a", "b", "c"} {
		k.add(key, i, 3)
	}
	k.get("a")
	k.add("d", 3, 3) // in place of b, which was used before all others
	k.add("d", 7, 3) // is there
	for key, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		if _, ok := k.get(key); ok != want {
			t.Errorf("%s is kept: got %v, want %v", key, ok, want)
		}
	}
	if got, _ := k.get("d"); got != 3 || k.left != 1 {
		t.Errorf("got %d with %d left, want the first value and 1", got, k.left)
	}
	k.add("as heavy as all", 4, 10)
	k.add("too heavy", 5, 11)
	if k.entries.Len() > 0 || k.left != 10 {
		t.Errorf("got %d entries and %d left, want none: what is too heavy takes the place of all, and goes itself", k.entries.Len(), k.left)
	}
}

// Nobody fills the memory with queries that differ in a letter.
func TestDocumentsAreBounded(t *testing.T) {
	t.Parallel()
	d := newDocuments(generated.NewExecutableSchema(generated.Config{}).Schema(), Options{})
	var readers sync.WaitGroup
	for reader := range 4 {
		readers.Go(func() {
			for i := range 40 {
				text := fmt.Sprintf("{ viewer { role } } # %d.%d %s", reader, i, strings.Repeat("x", maxQueryText-100))
				first, refusal := d.read(text)
				if refusal != nil {
					t.Error(refusal.errors)
					return
				}
				if again, _ := d.read(text); i == 0 && again.Operations[0].Operation != first.Operations[0].Operation {
					t.Error("got another document for the same text")
				}
			}
		})
	}
	readers.Wait()
	if n := d.kept.entries.Len(); n == 0 || n > maxKeptText/(maxQueryText-100) {
		t.Errorf("got %d documents kept", n)
	}
}

func TestDocumentsThatAreAskedOnceAreNotKept(t *testing.T) {
	t.Parallel()
	d := newDocuments(generated.NewExecutableSchema(generated.Config{}).Schema(), Options{})
	const text = "{ viewer { role } }"
	for asked, want := range []bool{false, true, true} {
		if _, refusal := d.read(text); refusal != nil {
			t.Fatal(refusal.errors)
		}
		if _, isKept := d.kept.get(text); isKept != want {
			t.Errorf("asked %d times: got %v, want %v", asked+1, isKept, want)
		}
	}
}
