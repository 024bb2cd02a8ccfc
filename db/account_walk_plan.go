package db

import (
	"slices"
	"strconv"
)

// walkPlan is a walk made ready: its steps as terms of the statement.
type walkPlan struct {
	walk    Walk
	terms   []*walkTerm
	results []StepResult
	// at has, for each step that is walked, its term and how many steps come before it there.
	at []termPlace
	// numbered are the steps by the numbers that their rows have.
	numbered []int
	// carried are the columns of accounts that are read on the way, but for those that every row of the walk has.
	carried []string
	// The columns of a row's list, each read only if something needs it.
	readsOf, readsRank, readsSortKey bool
}

// walkTerm is a term of the statement: one step, or many equal ones that follow each other, each from where the one before leads to.
type walkTerm struct {
	step Step
	page page
	// condition is that of the step's filter, and within that of its cursors.
	condition, within string
	// from is where the term begins: a place that the walk begins at, or one in another term.
	from int
	// steps are those of the term, and number the number of the first.
	steps  []int
	number int
	// isOne tells that it reaches one account at most, and isFollowed that steps lead on from what it reaches.
	isOne, isFollowed bool
}

// termPlace is a place in a term: 0 is where its first step leads to.
type termPlace struct{ term, level int }

// fewSteps is how many equal steps are a term each. A recursive term is one for the planner however many steps it has, but puts each row by
// twice: terms of their own take a third less time for 781 accounts in four steps.
const fewSteps = 8

func planWalk(s *statement, v Viewer, w Walk, columns []string) *walkPlan {
	p := &walkPlan{walk: w, results: make([]StepResult, len(w.Steps)), at: make([]termPlace, len(w.Steps))}
	p.carried = slices.DeleteFunc(slices.Clone(columns), func(column string) bool { return column == "id" || column == "parent_id" })
	for _, run := range w.runs() {
		first := run[0]
		if before := w.Steps[first].From - w.begun(); before >= 0 && p.results[before].Err != nil {
			p.refuse(run, p.results[before].Err)
			continue
		}
		model := walkTerm{step: w.Steps[first]}
		if model.step.Relation != Parent {
			args := len(s.args)
			if err := model.choose(s, v); err != nil {
				s.drop(args)
				p.refuse(run, err)
				continue
			}
		}
		if len(run) > fewSteps {
			p.add(model, run)
			continue
		}
		for i := range run {
			p.add(model, run[i:i+1])
		}
	}
	for _, t := range p.terms {
		p.readsOf = p.readsOf || t.step.Relation == Siblings
		p.readsRank = p.readsRank || t.step.Relation != Parent && (t.stopsBefore() || !t.page.byText())
		p.readsSortKey = p.readsSortKey || t.step.Relation != Parent
	}
	return p
}

// runs are the steps, those of the same kind that follow each other together, each run after what it begins at. Siblings do not
// follow siblings: those of each account are others.
func (w Walk) runs() (runs [][]int) {
	keys, runOf, goneOn := make([]string, len(w.Steps)), make([]int, len(w.Steps)), make([]bool, len(w.Steps))
	for i, step := range w.Steps {
		keys[i] = walkKey(step)
		if before := step.From - w.begun(); before >= 0 && keys[before] == keys[i] && step.Relation != Siblings && !goneOn[before] {
			goneOn[before] = true
			runOf[i] = runOf[before]
			runs[runOf[i]] = append(runs[runOf[i]], i)
			continue
		}
		runOf[i] = len(runs)
		runs = append(runs, []int{i})
	}
	return runs
}

// walkKey is equal for steps of the same kind.
func walkKey(step Step) string {
	key := string(step.Relation) + strconv.FormatBool(step.Blind)
	if args := step.Args; args.First != nil && args == (AccountArgs{PageArgs: PageArgs{First: args.First}}) {
		return key + strconv.Itoa(*args.First) // the one that most have
	}
	return key + filterKey(step.Args)
}

// refuse says of steps that they can't be walked.
func (p *walkPlan) refuse(steps []int, err error) {
	for _, i := range steps {
		p.results[i].Err = err
	}
}

// add adds a term of the steps, which is like a model.
func (p *walkPlan) add(model walkTerm, steps []int) {
	t := model
	t.from, t.steps, t.number = p.walk.Steps[steps[0]].From, steps, len(p.numbered)
	t.isFollowed = len(steps) > 1
	isOne := p.walk.Find != nil
	if before := t.from - p.walk.begun(); before >= 0 {
		other := p.terms[p.at[before].term]
		other.isFollowed, isOne = true, other.isOne
	}
	t.isOne = isOne && t.step.Relation == Parent && len(steps) == 1
	for level, i := range steps {
		p.at[i] = termPlace{len(p.terms), level}
	}
	p.terms, p.numbered = append(p.terms, &t), append(p.numbered, steps...)
}

// choose makes the conditions of which children or siblings are chosen.
func (t *walkTerm) choose(s *statement, v Viewer) (err error) {
	args := t.step.Args
	if t.page, err = args.page(args.OrderBy.order(v, s, "a", string(t.step.Relation)), maxLinkPage); err != nil {
		return err
	}
	if t.condition, err = args.Filter.where(s, v, "a"); err != nil {
		return err
	}
	t.within = t.page.within(s)
	return nil
}

// looksBeyond tells whether one more account is read than a page has, which tells that there are more.
func (t *walkTerm) looksBeyond() bool { return t.step.Relation != Parent && !t.step.Blind }

// stopsBefore tells whether nothing is walked on to from the account beyond a page.
func (t *walkTerm) stopsBefore() bool { return t.looksBeyond() && t.isFollowed }
