package db

import (
	"slices"
	"strconv"
)

// walkPlan is a walk made ready: its steps in runs. Steps of the same kind that follow each other are a run, and a run is one
// recursive term of the statement, whatever its length.
type walkPlan struct {
	walk    Walk
	runs    []*walkRun
	results []StepResult
	// carried are the columns of accounts that are read on the way, but for those that every row of the walk has.
	carried []string
	// at has, for each step that is walked, its run and how many steps it is into it.
	at []runPlace
}

// walkRun is a number of equal steps, each from where the one before leads to.
type walkRun struct {
	step Step
	page page
	// condition is that of the step's filter, and within that of its cursors.
	condition, within string
	// from is where the run begins: a place that the walk begins at, or one in another run.
	from  int
	steps []int
}

// runPlace is a place in a run: 1 is where its first step leads to.
type runPlace struct{ run, level int }

func planWalk(s *statement, v Viewer, w Walk, columns []string) *walkPlan {
	p := &walkPlan{walk: w, results: make([]StepResult, len(w.Steps)), at: make([]runPlace, len(w.Steps))}
	p.carried = slices.DeleteFunc(slices.Clone(columns), func(column string) bool { return column == "id" || column == "parent_id" })
	goneOn := map[int]bool{} // the steps that another of their run follows
	keys := make([]string, len(w.Steps))
	for i, step := range w.Steps {
		keys[i] = walkKey(step)
		before := step.From - w.begun()
		if before >= 0 && p.results[before].Err != nil {
			p.results[i].Err = p.results[before].Err
			continue
		}
		if before >= 0 && keys[before] == keys[i] && step.Relation != Siblings && !goneOn[before] {
			goneOn[before] = true
			at := p.at[before]
			p.at[i] = runPlace{at.run, at.level + 1}
			p.runs[at.run].steps = append(p.runs[at.run].steps, i)
			continue
		}
		run := &walkRun{step: step, from: step.From, steps: []int{i}}
		if step.Relation != Parent {
			args := len(s.args)
			if err := run.choose(s, v); err != nil {
				s.drop(args)
				p.results[i].Err = err
				continue
			}
		}
		p.at[i] = runPlace{len(p.runs), 1}
		p.runs = append(p.runs, run)
	}
	return p
}

// walkKey is equal for steps of the same kind.
func walkKey(step Step) string {
	return string(step.Relation) + strconv.FormatBool(step.Blind) + filterKey(step.Args)
}

// choose makes the conditions of which children or siblings are chosen.
func (r *walkRun) choose(s *statement, v Viewer) (err error) {
	args := r.step.Args
	if r.page, err = args.page(args.OrderBy.order(v, s, "a", string(r.step.Relation)), maxLinkPage); err != nil {
		return err
	}
	if r.condition, err = args.Filter.where(s, v, "a"); err != nil {
		return err
	}
	r.within = r.page.within(s)
	return nil
}
