package importer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
)

// modelled is an account, or the row that would make it so.
type modelled struct {
	line             int
	id, parent, name string
	domains          []string
}

func (m *modelled) cells() []string {
	primary, further := "", ""
	if len(m.domains) > 0 {
		primary, further = m.domains[0], strings.Join(m.domains[1:], ";")
	}
	return []string{m.id, m.parent, m.name, primary, further}
}

// modelWorld is what imports mean, as plainly as it can be said: accounts by their external ids.
type modelWorld map[string]*modelled

// importing is one file on its way into a model.
type modelImport struct {
	world   modelWorld
	rows    map[string]*modelled // the first of each account
	refused map[string]bool
}

// run takes a file in and returns the lines that are rejected.
func (w modelWorld) run(file []*modelled) []int {
	i := &modelImport{w, map[string]*modelled{}, map[string]bool{}}
	rejected := map[int]bool{}
	for _, row := range file {
		first := i.rows[row.id]
		switch {
		case first == nil:
			i.rows[row.id] = row
			i.refused[row.id] = row.name == ""
		case i.refused[row.id] || slices.Compare(row.cells(), first.cells()) != 0:
			rejected[row.line] = true
		}
	}
	for id, row := range i.rows {
		if row.parent != "" && i.rows[row.parent] == nil && w[row.parent] == nil {
			i.refused[id] = true
		}
		for _, domain := range row.domains {
			for other, account := range w {
				if other != id && slices.Contains(account.domains, domain) {
					i.refused[id] = true
				}
			}
		}
	}
	for before := -1; before != len(i.refusedRows()); {
		before = len(i.refusedRows())
		i.refuse()
	}
	for _, id := range i.refusedRows() {
		rejected[i.rows[id].line] = true
	}
	for id, row := range i.rows {
		if !i.refused[id] {
			w[id] = row
		}
	}
	return slices.Sorted(maps.Keys(rejected))
}

func (i *modelImport) refusedRows() []string {
	var ids []string
	for id := range i.rows {
		if i.refused[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// isThere tells whether an account will be there.
func (i *modelImport) isThere(id string) bool {
	return i.world[id] != nil || i.rows[id] != nil && !i.refused[id]
}

// above is the parent that an account will have.
func (i *modelImport) above(id string) string {
	if row := i.rows[id]; row != nil && !i.refused[id] {
		return row.parent
	}
	return i.world[id].parent
}

// refuse refuses the rows of the first of these sorts that there are.
func (i *modelImport) refuse() {
	found := false
	for id, row := range i.rows {
		if !i.refused[id] && row.parent != "" && !i.isThere(row.parent) {
			i.refused[id], found = true, true
		}
	}
	if found {
		return
	}
	levels := map[string]int{}
	for id := range i.rows {
		if i.refused[id] {
			continue
		}
		for at := i.above(id); at != "" && levels[id] < 1000; at = i.above(at) {
			levels[id]++
		}
		for at, steps := i.above(id), 0; at != "" && steps < 1000; at, steps = i.above(at), steps+1 {
			if at == id {
				defer func() { i.refused[id] = true }()
				found = true
				break
			}
		}
	}
	if found {
		return
	}
	var turns []string
	for id := range i.rows {
		if !i.refused[id] {
			turns = append(turns, id)
		}
	}
	slices.SortFunc(turns, func(a, b string) int {
		return cmp.Or(cmp.Compare(levels[a], levels[b]), cmp.Compare(i.rows[a].line, i.rows[b].line))
	})
	held := map[string]bool{}
	for _, id := range turns {
		row := i.rows[id]
		lost := row.parent != "" && !i.isThere(row.parent)
		for _, domain := range row.domains {
			lost = lost || held[domain]
		}
		i.refused[id] = lost
		for _, domain := range row.domains {
			held[domain] = held[domain] || !lost
		}
	}
}

func (w modelWorld) tree() []string {
	lines := []string{}
	for _, id := range slices.Sorted(maps.Keys(w)) {
		line := []string{id, w[id].name}
		if w[id].parent != "" {
			line = append(line, "<"+w[id].parent)
		}
		lines = append(lines, strings.Join(append(line, w[id].domains...), " "))
	}
	return lines
}

// TestImportsAreAsTheModelSays brings random dirty files, one after the other, into an organization and into a model.
func TestImportsAreAsTheModelSays(t *testing.T) {
	t.Parallel()
	w := setup(t)
	organizations := 0
	rapid.Check(t, func(rt *rapid.T) {
		organizations++
		w := w.beside(fmt.Sprintf("Random %d", organizations))
		model := modelWorld{}
		for range rapid.IntRange(1, 3).Draw(rt, "files") {
			ids := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"})
			file := []*modelled{}
			for line := range rapid.IntRange(0, 14).Draw(rt, "rows") {
				row := &modelled{line: line + 2, id: ids.Draw(rt, "id"), name: rapid.SampledFrom([]string{"X", "X", "X", "Y", ""}).Draw(rt, "name")}
				if rapid.IntRange(0, 3).Draw(rt, "has a parent") > 0 {
					row.parent = ids.Draw(rt, "parent")
				}
				row.domains = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"p.com", "q.com", "r.com", "s.com", "t.com", "u.com", "v.com", "w.com"}), 0, 2, rapid.ID).Draw(rt, "domains")
				file = append(file, row)
			}
			rows := [][]string{{"external_id", "parent_external_id", "name", "primary_domain", "secondary_domains"}}
			for _, row := range file {
				rows = append(rows, row.cells())
			}
			before := strings.Join(model.tree(), "\n")
			rejected := []int{}
			rejected = append(rejected, model.run(file)...)
			got := w.run(table(rows), crm())
			lines := []int{}
			for _, reject := range got.rejects {
				var line int
				if _, err := fmt.Sscan(reject, &line); err != nil {
					rt.Fatal(err)
				}
				lines = append(lines, line)
			}
			if !slices.Equal(lines, rejected) {
				rt.Fatalf("before:\n%s\nfile:\n%s\nrejected lines: got %v, want %v\n%v", before, table(rows), lines, rejected, got.rejects)
			}
			if tree, want := w.tree(), model.tree(); !slices.Equal(tree, want) {
				rt.Fatalf("before:\n%s\nfile:\n%s\naccounts: got\n%s\nwant\n%s", before, table(rows), strings.Join(tree, "\n"), strings.Join(want, "\n"))
			}
			accounted := got.CreatedCount + got.UnchangedCount + got.RepeatedCount + got.RejectedCount
			if most := accounted + got.UpdatedCount + got.MovedCount; got.RowCount < accounted || got.RowCount > most || got.State != db.ImportDone {
				rt.Fatalf("counts: got %s of the state %s", got.counts(), got.State)
			}
		}
	})
}
