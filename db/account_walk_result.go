package db

import (
	"cmp"
	"slices"
)

// listed is the account and its place in its list, but for its id.
func (r *walkRow) listed() (*Account, *string) { return &r.Account, r.SortKey }

// collect sorts the rows into the results of their steps. It returns the account that was to be found.
func (p *walkPlan) collect(w Walk, rows []*walkRow) *Account {
	var found *Account
	reached := make([][]Spot, w.begun()+len(w.Steps))
	copy(reached, w.Starts)
	if w.Find != nil && len(rows) > 0 {
		if i := slices.IndexFunc(rows, func(r *walkRow) bool { return r.Place == 0 }); i >= 0 {
			found = &rows[i].Account
			reached[0] = []Spot{found.Spot()}
			rows = slices.Delete(rows, i, i+1)
		}
	}
	lists := p.group(w, rows)
	room := newAccountPages(len(rows))
	for i, step := range w.Steps {
		if p.results[i].Err != nil {
			continue
		}
		place := w.Place(i)
		if step.Relation == Parent {
			p.results[i].Parents = make(map[AccountID]*Account, len(lists[i]))
			for id, list := range lists[i] {
				p.results[i].Parents[id] = &list[0].Account
				reached[place] = append(reached[place], list[0].Spot())
			}
			continue
		}
		p.results[i].Lists = make(map[AccountID]*AccountConnection, len(reached[step.From]))
		for _, spot := range reached[step.From] {
			if _, done := p.results[i].Lists[spot.ID]; done {
				continue
			}
			list := AccountList{of: spot.ID, parent: spot.ID, filter: step.Args.Filter}
			if step.Relation == Siblings {
				list.parent = spot.ParentID
			}
			page := accountPage(room, p.pages[i], lists[i][spot.ID], list)
			if step.Blind {
				page.PageInfo = PageInfo{}
			}
			p.results[i].Lists[spot.ID] = page
			for _, node := range page.nodes {
				reached[place] = append(reached[place], node.Spot())
			}
		}
	}
	return found
}

// group makes lists of the rows, by step and by the account that they belong to, each in the order in which its page is
// read. They come so, but SQL does not promise it: where they do not, they are sorted.
func (p *walkPlan) group(w Walk, rows []*walkRow) []map[AccountID][]*walkRow {
	lists, ordered := p.runs(w, rows)
	if !ordered {
		slices.SortFunc(rows, func(a, b *walkRow) int {
			return cmp.Or(cmp.Compare(a.Place, b.Place), compareIDs(a.Of, b.Of), p.compare(w, a, b))
		})
		lists, _ = p.runs(w, rows)
	}
	return lists
}

// runs makes lists of rows that follow each other. It tells whether each list is one run, and in order.
func (p *walkPlan) runs(w Walk, rows []*walkRow) (lists []map[AccountID][]*walkRow, ordered bool) {
	lists, ordered = make([]map[AccountID][]*walkRow, len(w.Steps)), true
	for from := 0; from < len(rows) && ordered; {
		first, until := rows[from], from+1
		for ; until < len(rows) && rows[until].Place == first.Place && rows[until].Of == first.Of; until++ {
			ordered = ordered && p.compare(w, rows[until-1], rows[until]) <= 0
		}
		i := first.Place - w.begun()
		if lists[i] == nil {
			lists[i] = map[AccountID][]*walkRow{}
		}
		_, again := lists[i][first.Of]
		ordered = ordered && !again
		lists[i][first.Of] = rows[from:until:until]
		from = until
	}
	return lists, ordered
}

// compare tells which of two rows of a list comes first.
func (p *walkPlan) compare(w Walk, a, b *walkRow) int {
	i := a.Place - w.begun()
	if w.Steps[i].Relation == Parent {
		return 0
	}
	return p.pages[i].compare(a.standing, b.standing, a.ID.raw(), b.ID.raw())
}
