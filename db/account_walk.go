package db

import (
	"context"
	"fmt"
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

// Walk is a way through the hierarchy: from known accounts, or from one that is yet to be found, over any number of steps,
// each of which may branch. However many steps it has and however many accounts it meets, it is one statement.
type Walk struct {
	// Find is an account that is not known yet, whose place is 0. There are no Starts then.
	Find *AccountID
	// Starts are sets of known accounts. Set i is place i.
	Starts [][]Spot
	// Steps lead from place to place. The first step leads to the place after those that are begun at.
	Steps []Step
}

// begun is how many places the walk begins at.
func (w Walk) begun() int {
	if w.Find != nil {
		return 1
	}
	return len(w.Starts)
}

// Place is where a step leads to.
func (w Walk) Place(step int) int { return w.begun() + step }

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
	// Blind leaves it untold whether there are more than the page: HasNextPage and HasPreviousPage are false, and there are
	// no cursors of the page.
	Blind bool
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

// WalkResult is what a walk found.
type WalkResult struct {
	// Found is the account of Find; nil if there is none.
	Found *Account
	// Steps has one result for each step.
	Steps []StepResult
}

// walkRow is an account where a walk reached it.
type walkRow struct {
	Place int       `db:"place"`
	Of    AccountID `db:"of_id"`
	standing
	Account
}

// Walk follows a way through the hierarchy.
func (d *DB) Walk(ctx context.Context, v Viewer, w Walk) (*WalkResult, error) {
	s := &statement{}
	plan := planWalk(s, v, w, selected[Account](wanted(ctx)))
	result := &WalkResult{Steps: plan.results}
	if len(plan.places) > 0 || w.Find != nil {
		plan.write(s, v, w, left(ctx))
		rows, err := packed[*walkRow](ctx, d.pool, s, append([]string{"place", "of_id", "id", "parent_id", "rank", "sort_key"}, plan.carried...), "walk the hierarchy")
		if err != nil {
			return nil, err
		}
		if err := guard(ctx, len(rows)); err != nil {
			return nil, err
		}
		result.Found = plan.collect(w, rows)
	}
	return result, nil
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
		if before := step.From - w.begun(); before >= 0 && p.results[before].Err != nil {
			p.results[i].Err = p.results[before].Err
			continue
		}
		branch, size := upBranch, int64(1)
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
			branch, size = number, int64(pg.limit)
		}
		p.places = append(p.places, int64(w.Place(i)))
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
	return fmt.Sprint(step.Relation, step.Blind, filterKey(args))
}

// columns lists the columns that are carried, under an alias, to follow others.
func (p *walkPlan) columns(alias string) string {
	var list strings.Builder
	for _, column := range p.carried {
		list.WriteString(", " + alias + column)
	}
	return list.String()
}

// branchText is the next branch: it selects the children or siblings of one account of the walk. Where one more is read
// than the page has, to tell that there is more, the rows are numbered: it is not walked on from.
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
	rank, limit := pg.rank(), "step.size"
	if !step.Blind {
		rank, limit = pg.number(), "step.size + 1"
	}
	return `
    UNION ALL
    (SELECT walk.id, a.id, a.parent_id, ` + rank + `, ` + pg.order.sortKey() + p.columns("a.") + `
     FROM accounts a
     WHERE step.branch = ` + s.arg(int64(number)) + ` AND ` + v.visible(s, "a") + ` AND ` + related + `
       AND ` + condition + ` AND ` + pg.within(s) + `
     ORDER BY ` + pg.orderBy() + `
     LIMIT ` + limit + `)`, nil
}

// write makes the statement. A row of the walk is an account at a place; where ways may meet, rows that are the same are
// one (UNION), so that the parent that many children share is walked on from once. The columns that are wanted are read on
// the way: to fetch each account once more by its key would take as long again.
func (p *walkPlan) write(s *statement, v Viewer, w Walk, limit int64) {
	union := "UNION ALL"
	if p.meets {
		union = "UNION"
	}
	ints := func(values []int64) string { return "CAST(" + s.arg(pq.Array(values)) + " AS bigint[])" }
	s.write(`WITH RECURSIVE step (place, from_place, branch, size) AS (
  SELECT * FROM unnest(`, ints(p.places), `, `, ints(p.from), `, `, ints(p.branch), `, `, ints(p.sizes), `)
), walk (place, size, of_id, id, parent_id, rank, sort_key`, p.columns(""), `) AS (`)
	first := int64(0)
	if w.Find != nil {
		s.write(`
  SELECT CAST(0 AS bigint), CAST(1 AS bigint), found.id, found.id, found.parent_id, CAST(0 AS bigint), CAST(NULL AS text) COLLATE "C"`, p.columns("found."), `
  FROM accounts found
  WHERE `, v.visible(s, "found"), ` AND found.id = `, s.arg(*w.Find))
	} else {
		first = int64(len(w.Starts))
		places, ids, parents := w.starts()
		uuids := func(values []AccountID) string { return "CAST(" + s.arg(idArray(values)) + " AS uuid[])" }
		s.write(`
  SELECT start.place, CAST(1 AS bigint), start.id, start.id, start.parent_id, CAST(0 AS bigint), CAST(NULL AS text) COLLATE "C"`, p.columns("nothing."), `
  FROM unnest(`, ints(places), `, `, uuids(ids), `, `, uuids(parents), `) AS start (place, id, parent_id)
  LEFT JOIN accounts nothing ON false`)
	}
	s.write(`
  `, union, `
  SELECT step.place, step.size, reached.*
  FROM walk
  JOIN step ON step.from_place = walk.place AND walk.rank <= walk.size
  CROSS JOIN LATERAL (
    SELECT above.id AS of_id, above.id, above.parent_id, CAST(1 AS bigint) AS rank, CAST(NULL AS text) COLLATE "C" AS sort_key`, p.columns("above."), `
    FROM accounts above
    WHERE step.branch = `, s.arg(int64(upBranch)), ` AND `, v.visible(s, "above"), ` AND above.id = walk.parent_id`, strings.Join(p.branches, ""), `
  ) reached
)
SELECT walk.place, walk.of_id, walk.id, walk.parent_id, walk.rank, walk.sort_key`, p.columns("walk."), `
FROM walk
WHERE walk.place >= `, s.arg(first), `
LIMIT `, s.arg(limit))
}

// starts are the accounts that the walk begins at, each once at a place.
func (w Walk) starts() (places []int64, ids, parents []AccountID) {
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
	return places, ids, parents
}
