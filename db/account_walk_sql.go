package db

import (
	"strconv"
	"strings"

	"github.com/lib/pq"
)

// foundStep is what the account that the walk finds has for the number of a step.
const foundStep = -1

// rowColumns are those of a row of the walk, in their order.
func (p *walkPlan) rowColumns() []string {
	return append(strings.Split("step, id, parent_id"+p.told("of_id", "rank", "sort_key"), ", "), p.carried...)
}

// write makes the statement. The columns that are wanted are read on the way: to fetch each account once more by its key would
// take as long again.
func (p *walkPlan) write(s *statement, v Viewer, limit int64) {
	s.write("WITH ")
	for _, t := range p.terms {
		if len(t.steps) > 1 {
			s.write("RECURSIVE ")
			break
		}
	}
	p.writeBegin(s, v)
	for i, t := range p.terms {
		s.write(", ")
		p.writeTerm(s, v, i, t)
	}
	between := "\n"
	if p.walk.Find != nil {
		s.write("\nSELECT ", strconv.Itoa(foundStep), ", id, parent_id", p.unlisted(), p.columns(""), " FROM begin")
		between = "\nUNION ALL "
	}
	for i, t := range p.terms {
		number := strconv.Itoa(t.number)
		if len(t.steps) > 1 {
			number += " + level"
		}
		s.write(between, "SELECT ", number, ", id, parent_id", p.told("of_id", "rank", "sort_key"), p.columns(""), " FROM term", strconv.Itoa(i))
		between = "\nUNION ALL "
	}
	s.write("\nLIMIT ", s.arg(limit))
}

// told lists what rows tell of their list, to follow other columns: the account that the list is of, the rank in it, and what it
// is sorted by.
func (p *walkPlan) told(of, rank, sortKey string) string {
	var list strings.Builder
	for _, column := range []struct {
		isRead     bool
		expression string
	}{{p.readsOf, of}, {p.readsRank, rank}, {p.readsSortKey, sortKey}} {
		if column.isRead {
			list.WriteString(", " + column.expression)
		}
	}
	return list.String()
}

// unlisted is what accounts tell that are in no list.
func (p *walkPlan) unlisted() string {
	return p.told("id", "CAST(0 AS bigint)", `CAST(NULL AS text) COLLATE "C"`)
}

// writeBegin writes the term `begin` of the accounts that the walk begins at.
func (p *walkPlan) writeBegin(s *statement, v Viewer) {
	if p.walk.Find != nil {
		s.write("begin AS (\n  SELECT 0 AS place, id, parent_id", p.columns(""), "\n  FROM accounts a\n  WHERE ", v.visible(s, "a"), " AND id = ", s.arg(*p.walk.Find), "\n)")
		return
	}
	places, ids, parents := p.walk.starts()
	list := func(values any, of string) string { return "CAST(" + s.arg(values) + " AS " + of + "[])" }
	s.write("begin AS (\n  SELECT *\n  FROM unnest(", list(pq.Array(padded(places, -1)), "integer"), ", ", list(keyArray(ids), "uuid"), ", ",
		list(keyArray(parents), "uuid"), ") AS known (place, id, parent_id)\n)")
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

// writeTerm writes the term `term0`, `term1`, ... .
func (p *walkPlan) writeTerm(s *statement, v Viewer, i int, t *walkTerm) {
	name := "term" + strconv.Itoa(i)
	isRecursive, first, union := len(t.steps) > 1, "", "UNION ALL"
	if isRecursive {
		first = "0 AS level, "
	}
	s.write(name, " AS (\n  SELECT ", first, "reached.*\n  FROM ", p.source(s, t), " run\n  CROSS JOIN LATERAL (\n    ")
	p.writeReached(s, v, t)
	s.write("\n  ) reached")
	if isRecursive {
		if t.step.Relation == Parent {
			union = "UNION"
		}
		s.write("\n  ", union, "\n  SELECT run.level + 1, reached.*\n  FROM ", name, " run\n  CROSS JOIN LATERAL (\n    ")
		p.writeReached(s, v, t)
		s.write("\n  ) reached\n  WHERE run.level < ", s.arg(int64(len(t.steps)-1)), t.onPage(s))
	}
	s.write("\n)")
}

// source are the accounts that a term begins at, each once though several ways lead there: children share a parent, and
// siblings have each other.
func (p *walkPlan) source(s *statement, t *walkTerm) string {
	columns, from, condition, isOne := "id, parent_id", "begin", "", p.walk.Find != nil
	if before := t.from - p.walk.begun(); before < 0 {
		condition = "place = " + s.arg(int64(t.from))
	} else {
		at := p.at[before]
		other := p.terms[at.term]
		from, condition, isOne = "term"+strconv.Itoa(at.term), "true", other.isOne
		if len(other.steps) > 1 {
			condition = "level = " + s.arg(int64(at.level))
		}
		condition += other.onPage(s)
		if other.step.Relation == Siblings {
			columns = "DISTINCT id, parent_id"
		}
	}
	if t.step.Relation == Parent && !isOne {
		columns = "DISTINCT parent_id"
	}
	return "(SELECT " + columns + " FROM " + from + " run WHERE " + condition + ")"
}

// onPage is the condition that a row of the term is on its page, not the one beyond.
func (t *walkTerm) onPage(s *statement) string {
	if !t.stopsBefore() {
		return ""
	}
	return " AND run.rank <= " + s.arg(int64(t.page.limit))
}

// writeReached writes what selects the accounts that a step leads to from the account `run`.
func (p *walkPlan) writeReached(s *statement, v Viewer, t *walkTerm) {
	related := "a.parent_id = run.id"
	switch t.step.Relation {
	case Parent:
		s.write("SELECT a.id, a.parent_id", p.told("a.id AS of_id", "CAST(0 AS bigint) AS rank", `CAST(NULL AS text) COLLATE "C" AS sort_key`), p.columns("a."),
			"\n    FROM accounts a\n    WHERE ", v.visible(s, "a"), " AND a.id = run.parent_id\n    LIMIT 1")
		return
	case Siblings:
		related = "a.parent_id = run.parent_id AND a.id <> run.id"
	}
	rank, limit := t.page.rank(), int64(t.page.limit)
	if t.stopsBefore() {
		rank = t.page.number()
	}
	if t.looksBeyond() {
		limit++
	}
	s.write("SELECT a.id, a.parent_id", p.told("run.id AS of_id", rank+" AS rank", t.page.order.sortKey()+" AS sort_key"), p.columns("a."), "\n    FROM accounts a")
	s.write("\n    WHERE ", v.visible(s, "a"), " AND ", related, "\n      AND ", t.condition, " AND ", t.within)
	s.write("\n    ORDER BY ", t.page.orderBy(), "\n    LIMIT ", s.arg(limit))
}

// columns lists the columns that are carried, under an alias, to follow others.
func (p *walkPlan) columns(alias string) string {
	var list strings.Builder
	for _, column := range p.carried {
		list.WriteString(", " + alias + column)
	}
	return list.String()
}
