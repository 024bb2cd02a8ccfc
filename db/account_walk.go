package db

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// Relation is a way through the hierarchy from one account to others.
type Relation string

// The relations that a Walk follows.
const (
	Parent   Relation = "parent"
	Children Relation = "children"
	Siblings Relation = "siblings"
)

// Walk is a way through the hierarchy: from known accounts over any number of steps, each of which may branch.
// However many steps it has and however many accounts it meets, it is one statement.
type Walk struct {
	// Starts are sets of known accounts. Set i is place i.
	Starts [][]Spot
	// Steps lead from place to place. Step i leads to place len(Starts) + i.
	Steps []Step
}

// Spot is what a walk needs to know of an account where it starts.
type Spot struct {
	ID AccountID
	// ParentID is zero for a root.
	ParentID AccountID
}

// Spot is where the account is in the hierarchy.
func (a *Account) Spot() Spot {
	spot := Spot{ID: a.ID}
	if a.ParentID != nil {
		spot.ParentID = *a.ParentID
	}
	return spot
}

// Step leads from each account of a place to its parent, children or siblings.
type Step struct {
	// From is the place where the step begins: that of a start, or of an earlier step.
	From     int
	Relation Relation
	// Args choose among children or siblings, for each account anew.
	Args AccountArgs
}

// StepResult is what a step found.
type StepResult struct {
	// Err is an *Error about the step's arguments. Neither it nor what begins at its place was walked.
	Err error
	// Parents are the accounts that a step to the parent found, by their ids.
	Parents map[AccountID]*Account
	// Lists are the pages that another step found, by the account that they belong to. Every account of the place has one.
	Lists map[AccountID]*AccountConnection
}

// walkRow is an account where a walk reached it.
type walkRow struct {
	accountRow
	Place int       `db:"place"`
	Of    AccountID `db:"of_id"`
	Rank  int       `db:"rank"`
}

// Walk follows a way through the hierarchy. It returns one result for each step.
func (d *DB) Walk(ctx context.Context, v Viewer, w Walk) ([]StepResult, error) {
	s := &statement{}
	plan := planWalk(s, v, w, selectedNames[Account](d.want))
	if len(plan.places) > 0 {
		plan.write(s, v, w, left(ctx))
		rows, err := all[*walkRow](ctx, d.pool, s, "walk the hierarchy")
		if err != nil {
			return nil, err
		}
		if err := guard(ctx, len(rows)); err != nil {
			return nil, err
		}
		plan.collect(w, rows)
	}
	return plan.results, nil
}

// walkPlan is a walk made ready: its steps as rows of a table, and a branch of SQL for each different choice of accounts.
type walkPlan struct {
	results  []StepResult
	pages    []page
	places   []int64
	from     []int64
	branch   []int64
	sizes    []int64
	branches []string
	// carried are the columns of accounts that are read on the way, but for those that every row of the walk has.
	carried []string
	// meets tells that ways may meet again: children share a parent, and are each other's siblings.
	meets bool
}

// upBranch is the branch of every step to the parent.
const upBranch = 0

func planWalk(s *statement, v Viewer, w Walk, columns []string) *walkPlan {
	p := &walkPlan{results: make([]StepResult, len(w.Steps)), pages: make([]page, len(w.Steps))}
	p.carried = slices.DeleteFunc(slices.Clone(columns), func(column string) bool { return column == "id" || column == "parent_id" })
	known := map[string]int{}
	for i, step := range w.Steps {
		if before := step.From - len(w.Starts); before >= 0 && p.results[before].Err != nil {
			p.results[i].Err = p.results[before].Err
			continue
		}
		branch, size := upBranch, int64(2)
		p.meets = p.meets || step.Relation != Children
		if step.Relation != Parent {
			key, args := walkKey(step), len(s.args)
			number, ok := known[key]
			pg, err := step.Args.page(step.Args.OrderBy.order(v, s, "a", string(step.Relation)), maxLinkPage)
			if err == nil && !ok {
				var text string
				if text, err = p.branchText(s, v, step, pg); err == nil {
					p.branches = append(p.branches, text)
					number = len(p.branches)
					known[key] = number
				}
			}
			if err != nil {
				s.drop(args)
				p.results[i].Err = err
				continue
			}
			p.pages[i] = pg
			branch, size = number, int64(pg.limit)+1
		}
		p.places = append(p.places, int64(len(w.Starts)+i))
		p.from = append(p.from, int64(step.From))
		p.branch = append(p.branch, int64(branch))
		p.sizes = append(p.sizes, size)
	}
	return p
}

// walkKey is equal for steps that differ in nothing but how many accounts they ask for.
func walkKey(step Step) string {
	args := step.Args
	args.First = nil
	if args.Last != nil {
		args.Last = new(int)
	}
	return string(step.Relation) + filterKey(args)
}

// columns lists the columns that are carried, under an alias, to follow others.
func (p *walkPlan) columns(alias string) string {
	var list strings.Builder
	for _, column := range p.carried {
		list.WriteString(", " + alias + column)
	}
	return list.String()
}

// branchText is the next branch: it selects the children or siblings of one account of the walk.
func (p *walkPlan) branchText(s *statement, v Viewer, step Step, pg page) (string, error) {
	number := len(p.branches) + 1
	condition, err := step.Args.Filter.where(s, v, "a")
	if err != nil {
		return "", err
	}
	related := "a.parent_id = walk.id"
	if step.Relation == Siblings {
		related = "a.parent_id = walk.parent_id AND a.id <> walk.id"
	}
	return `
    UNION ALL
    (SELECT walk.id, a.id, a.parent_id, row_number() OVER (ORDER BY ` + pg.orderBy() + `), ` + pg.order.sortKey() + p.columns("a.") + `
     FROM accounts a
     WHERE step.branch = ` + s.arg(int64(number)) + ` AND ` + v.visible(s, "a") + ` AND ` + related + `
       AND ` + condition + ` AND ` + pg.within(s) + `
     ORDER BY ` + pg.orderBy() + `
     LIMIT step.size)`, nil
}

// write makes the statement. A row of the walk is an account at a place; where ways may meet, rows that are the same are
// one (UNION), so that the parent that many children share is walked on from once. An account beyond the size of its page
// is read, to tell that there is more, and not walked on from. The columns that are wanted are read on the way: to fetch
// each account once more by its key would take as long again.
func (p *walkPlan) write(s *statement, v Viewer, w Walk, limit int64) {
	var places []int64
	var ids, parents []AccountID
	for place, spots := range w.Starts {
		begun := map[AccountID]bool{}
		for _, spot := range spots {
			if begun[spot.ID] {
				continue
			}
			begun[spot.ID] = true
			places = append(places, int64(place))
			ids = append(ids, spot.ID)
			parents = append(parents, spot.ParentID)
		}
	}
	union := "UNION ALL"
	if p.meets {
		union = "UNION"
	}
	ints := func(values []int64) string { return "CAST(" + s.arg(pq.Array(values)) + " AS bigint[])" }
	uuids := func(values []AccountID) string { return "CAST(" + s.arg(idArray(values)) + " AS uuid[])" }
	s.write(`WITH RECURSIVE step (place, from_place, branch, size) AS (
  SELECT * FROM unnest(`, ints(p.places), `, `, ints(p.from), `, `, ints(p.branch), `, `, ints(p.sizes), `)
), walk (place, size, of_id, id, parent_id, rank, sort_key`, p.columns(""), `) AS (
  SELECT start.place, CAST(1 AS bigint), start.id, start.id, start.parent_id, CAST(0 AS bigint), CAST(NULL AS text) COLLATE "C"`, p.columns("nothing."), `
  FROM unnest(`, ints(places), `, `, uuids(ids), `, `, uuids(parents), `) AS start (place, id, parent_id)
  LEFT JOIN accounts nothing ON false
  `, union, `
  SELECT step.place, step.size, reached.*
  FROM walk
  JOIN step ON step.from_place = walk.place AND walk.rank < walk.size
  CROSS JOIN LATERAL (
    SELECT above.id AS of_id, above.id, above.parent_id, CAST(1 AS bigint) AS rank, CAST(NULL AS text) COLLATE "C" AS sort_key`, p.columns("above."), `
    FROM accounts above
    WHERE step.branch = `, s.arg(int64(upBranch)), ` AND `, v.visible(s, "above"), ` AND above.id = walk.parent_id`, strings.Join(p.branches, ""), `
  ) reached
)
SELECT walk.place, walk.of_id, walk.id, walk.parent_id, walk.rank, walk.sort_key`, p.columns("walk."), `
FROM walk
WHERE walk.place >= `, s.arg(int64(len(w.Starts))), `
LIMIT `, s.arg(limit))
}

// collect sorts the rows into the results of their steps.
func (p *walkPlan) collect(w Walk, rows []*walkRow) {
	slices.SortFunc(rows, func(a, b *walkRow) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), compareIDs(a.Of, b.Of), cmp.Compare(a.Rank, b.Rank))
	})
	reached := make([][]Spot, len(w.Starts)+len(w.Steps))
	copy(reached, w.Starts)
	lists := make([]map[AccountID][]*accountRow, len(w.Steps))
	for _, row := range rows {
		i := row.Place - len(w.Starts)
		if lists[i] == nil {
			lists[i] = map[AccountID][]*accountRow{}
		}
		lists[i][row.Of] = append(lists[i][row.Of], &row.accountRow)
	}
	for i, step := range w.Steps {
		if p.results[i].Err != nil {
			continue
		}
		place := len(w.Starts) + i
		if step.Relation == Parent {
			p.results[i].Parents = make(map[AccountID]*Account, len(lists[i]))
			for id, row := range lists[i] {
				p.results[i].Parents[id] = &row[0].Account
				reached[place] = append(reached[place], row[0].Spot())
			}
			continue
		}
		p.results[i].Lists = map[AccountID]*AccountConnection{}
		for _, spot := range reached[step.From] {
			if _, done := p.results[i].Lists[spot.ID]; done {
				continue
			}
			list := AccountList{of: spot.ID, parent: spot.ID, filter: step.Args.Filter}
			if step.Relation == Siblings {
				list.parent = spot.ParentID
			}
			page := accountPage(p.pages[i], lists[i][spot.ID], list)
			p.results[i].Lists[spot.ID] = page
			for _, edge := range page.Edges {
				reached[place] = append(reached[place], edge.Node.Spot())
			}
		}
	}
}

// guard turns a statement that stopped at the budget into the error that tells so.
func guard(ctx context.Context, rows int) error {
	if int64(rows) < left(ctx) {
		return nil
	}
	return Spend(ctx, rows)
}
