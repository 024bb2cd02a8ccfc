package db

import "context"

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

// Walk follows a way through the hierarchy: its steps are made terms (account_walk_plan.go) of a statement (account_walk_sql.go),
// whose rows are sorted into the results of their steps (account_walk_result.go).
func (d *DB) Walk(ctx context.Context, v Viewer, w Walk) (*WalkResult, error) {
	s := &statement{}
	plan := planWalk(s, v, w, selected[Account](wanted(ctx)))
	result := &WalkResult{Steps: plan.results}
	if len(plan.terms) > 0 || w.Find != nil {
		plan.write(s, v, left(ctx))
		rows, err := packed[*walkRow](ctx, d.pool, s, plan.rowColumns(), "walk the hierarchy")
		if err != nil {
			return nil, err
		}
		if err := guard(ctx, len(rows)); err != nil {
			return nil, err
		}
		result.Found = plan.collect(rows)
	}
	return result, nil
}
