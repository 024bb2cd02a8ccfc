package db

import (
	"strconv"
	"strings"

	"github.com/lib/pq"
)

// write makes the statement. A row of a run is an account and how many steps into the run it is; a run begins with the accounts
// that it starts from, at level 0. The columns that are wanted are read on the way: to fetch each account once more by its
// key would take as long again.
func (p *walkPlan) write(s *statement, v Viewer, limit int64) {
	s.write("WITH RECURSIVE ")
	p.writeBegin(s, v)
	for i, run := range p.runs {
		s.write(", ")
		p.writeRun(s, v, i, run)
	}
	between := "\n"
	if p.walk.Find != nil {
		s.write("\nSELECT -1 AS run, 0 AS level, begin.id, begin.id, begin.parent_id", unlisted, p.columns("begin."), " FROM begin")
		between = "\nUNION ALL "
	}
	for i := range p.runs {
		number := strconv.Itoa(i)
		s.write(between, "SELECT ", number, " AS run, run", number, ".* FROM run", number, " WHERE run", number, ".level > 0")
		between = "\nUNION ALL "
	}
	s.write("\nLIMIT ", s.arg(limit))
}

// unlisted is what accounts have for rank and sort_key that are in no list.
const unlisted = `, CAST(0 AS bigint), CAST(NULL AS text) COLLATE "C"`

// writeBegin writes the term `begin` of the accounts that the walk begins at.
func (p *walkPlan) writeBegin(s *statement, v Viewer) {
	s.write("begin (place, id, parent_id", p.columns(""), ") AS (\n  ")
	if p.walk.Find != nil {
		s.write("SELECT 0, a.id, a.parent_id", p.columns("a."), "\n  FROM accounts a\n  WHERE ", v.visible(s, "a"), " AND a.id = ", s.arg(*p.walk.Find), "\n)")
		return
	}
	places, ids, parents := p.walk.starts()
	list := func(values any, of string) string { return "CAST(" + s.arg(values) + " AS " + of + "[])" }
	s.write("SELECT known.*", p.columns("nothing."), "\n  FROM unnest(", list(pq.Array(padded(places, -1)), "integer"), ", ",
		list(keyArray(ids), "uuid"), ", ", list(keyArray(parents), "uuid"), ") AS known (place, id, parent_id)\n  LEFT JOIN accounts nothing ON false\n)")
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

// writeRun writes the term `run0`, `run1`, ... of a run. Where ways meet again, rows that are the same are one: children
// share a parent, and siblings have each other.
func (p *walkPlan) writeRun(s *statement, v Viewer, i int, run *walkRun) {
	s.write("run", strconv.Itoa(i), " (level, of_id, id, parent_id, rank, sort_key", p.columns(""), ") AS (")
	if before := run.from - p.walk.begun(); before >= 0 {
		at := p.at[before]
		other, distinct := p.runs[at.run], ""
		if other.step.Relation == Siblings {
			distinct = "DISTINCT "
		}
		s.write("\n  SELECT ", distinct, "0, run.id, run.id, run.parent_id", unlisted, p.columns("nothing."), "\n  FROM run", strconv.Itoa(at.run), " run\n  LEFT JOIN accounts nothing ON false")
		s.write("\n  WHERE run.level = ", s.arg(int64(at.level)), other.onPage(s))
	} else {
		s.write("\n  SELECT 0, begin.id, begin.id, begin.parent_id", unlisted, p.columns("begin."), "\n  FROM begin\n  WHERE begin.place = ", s.arg(int64(run.from)))
	}
	union := "UNION ALL"
	if run.step.Relation == Parent {
		union = "UNION"
	}
	s.write("\n  ", union, "\n  SELECT run.level + 1, reached.*\n  FROM run", strconv.Itoa(i), " run\n  CROSS JOIN LATERAL (\n    ")
	run.writeReached(s, v, p.columns)
	s.write("\n  ) reached\n  WHERE run.level < ", s.arg(int64(len(run.steps))), run.onPage(s), "\n)")
}

// onPage is the condition that a row of the run is on its page, not the one beyond that tells that there is more: nothing is
// walked on to from that.
func (r *walkRun) onPage(s *statement) string {
	if !r.looksBeyond() {
		return ""
	}
	return " AND run.rank <= " + s.arg(int64(r.page.limit))
}

// looksBeyond tells whether one more account is read than a page has.
func (r *walkRun) looksBeyond() bool { return r.step.Relation != Parent && !r.step.Blind }

// writeReached writes what selects the accounts that a step leads to from the account `run`.
func (r *walkRun) writeReached(s *statement, v Viewer, columns func(alias string) string) {
	related := "a.parent_id = run.id"
	switch r.step.Relation {
	case Parent:
		s.write("SELECT a.id AS of_id, a.id, a.parent_id", unlisted, columns("a."), "\n    FROM accounts a\n    WHERE ", v.visible(s, "a"), " AND a.id = run.parent_id")
		return
	case Siblings:
		related = "a.parent_id = run.parent_id AND a.id <> run.id"
	}
	rank, limit := r.page.rank(), int64(r.page.limit)
	if r.looksBeyond() {
		rank, limit = r.page.number(), limit+1
	}
	s.write("SELECT run.id AS of_id, a.id, a.parent_id, ", rank, ", ", r.page.order.sortKey(), columns("a."), "\n    FROM accounts a")
	s.write("\n    WHERE ", v.visible(s, "a"), " AND ", related, "\n      AND ", r.condition, " AND ", r.within)
	s.write("\n    ORDER BY ", r.page.orderBy(), "\n    LIMIT ", s.arg(limit))
}

// columns lists the columns that are carried, under an alias, to follow others.
func (p *walkPlan) columns(alias string) string {
	var list strings.Builder
	for _, column := range p.carried {
		list.WriteString(", " + alias + column)
	}
	return list.String()
}
