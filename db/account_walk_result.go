package db

import (
	"cmp"
	"slices"
)

// walkRow is an account where a walk reached it: by the step that has a number.
type walkRow struct {
	Step int       `db:"step"`
	Of   AccountID `db:"of_id"`
	standing
	Account
}

// listed is the account and its place in its list, but for its id.
func (r *walkRow) listed() (*Account, *string) { return &r.Account, r.SortKey }

// collect sorts the rows into the results of their steps. It returns the account that was to be found.
func (p *walkPlan) collect(rows []*walkRow) *Account {
	var found *Account
	reached := make([][]Spot, p.walk.Place(len(p.walk.Steps)))
	copy(reached, p.walk.Starts)
	if i := slices.IndexFunc(rows, func(r *walkRow) bool { return r.Step == foundStep }); i >= 0 {
		found = &rows[i].Account
		reached[0] = []Spot{found.Spot()}
		rows = slices.Delete(rows, i, i+1)
	}
	if !p.readsOf {
		p.belong(rows)
	}
	lists := p.group(rows)
	room := newAccountPages(len(rows))
	for i, step := range p.walk.Steps {
		if p.results[i].Err != nil {
			continue
		}
		place := p.walk.Place(i)
		if step.Relation == Parent {
			p.results[i].Parents = make(map[AccountID]*Account, len(lists[i]))
			for id, list := range lists[i] {
				p.results[i].Parents[id] = &list[0].Account
				reached[place] = append(reached[place], list[0].Spot())
			}
			continue
		}
		pg := p.termOf(i).page
		p.results[i].Lists = make(map[AccountID]*AccountConnection, len(reached[step.From]))
		for _, spot := range reached[step.From] {
			if _, done := p.results[i].Lists[spot.ID]; done {
				continue
			}
			list := AccountList{of: spot.ID, parent: spot.ID, filter: step.Args.Filter}
			if step.Relation == Siblings {
				list.parent = spot.ParentID
			}
			page := accountPage(room, pg, lists[i][spot.ID], list)
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

// belong says of rows which account they belong to, where they do not tell: children to their parent, a parent to itself.
func (p *walkPlan) belong(rows []*walkRow) {
	for _, r := range rows {
		if p.termOf(p.numbered[r.Step]).step.Relation == Parent {
			r.Of = r.ID
		} else {
			r.Of = *r.ParentID
		}
	}
}

// termOf is the term of a step.
func (p *walkPlan) termOf(step int) *walkTerm { return p.terms[p.at[step].term] }

// group makes lists of the rows, by step and by the account that they belong to, each in the order in which its page is
// read. They come so, but SQL does not promise it: where they do not, they are sorted.
func (p *walkPlan) group(rows []*walkRow) []map[AccountID][]*walkRow {
	lists, ordered := p.lists(rows)
	if !ordered {
		slices.SortFunc(rows, func(a, b *walkRow) int {
			return cmp.Or(cmp.Compare(a.Step, b.Step), compareIDs(a.Of, b.Of), p.compare(a, b))
		})
		lists, _ = p.lists(rows)
	}
	return lists
}

// lists makes lists of rows that follow each other. It tells whether each list is whole, and in order.
func (p *walkPlan) lists(rows []*walkRow) (lists []map[AccountID][]*walkRow, ordered bool) {
	lists, ordered = make([]map[AccountID][]*walkRow, len(p.walk.Steps)), true
	for from := 0; from < len(rows) && ordered; {
		first, until := rows[from], from+1
		for ; until < len(rows) && rows[until].Step == first.Step && rows[until].Of == first.Of; until++ {
			ordered = ordered && p.compare(rows[until-1], rows[until]) <= 0
		}
		step := p.numbered[first.Step]
		if lists[step] == nil {
			lists[step] = map[AccountID][]*walkRow{}
		}
		_, again := lists[step][first.Of]
		ordered = ordered && !again
		lists[step][first.Of] = rows[from:until:until]
		from = until
	}
	return lists, ordered
}

// compare tells which of two rows of a list comes first.
func (p *walkPlan) compare(a, b *walkRow) int {
	term := p.termOf(p.numbered[a.Step])
	if term.step.Relation == Parent {
		return 0
	}
	return term.page.compare(a.standing, b.standing, a.ID.raw(), b.ID.raw())
}
