package db

import (
	"slices"
	"strings"
)

// ranking is an order by the place that a column's value has in a short list of keys.
type ranking struct {
	column string
	// keys is an array of them, in SQL.
	keys string
}

// The ends of all ids.
const (
	leastID    = "'00000000-0000-0000-0000-000000000000'"
	greatestID = "'ffffffff-ffff-ffff-ffff-ffffffffffff'"
)

// column is what is absent where the order has no value.
func (o order) column() string {
	if o.ranking != nil {
		return o.ranking.column
	}
	return o.expression
}

// hasValues tells whether the cursors leave anything of the list that has a value.
func (p page) hasValues() bool { return p.after == nil || p.after.Key != nil }

// hasAbsent tells whether they leave anything of what has none, which is the end of the list.
func (p page) hasAbsent() bool { return p.order.nullable && (p.before == nil || p.before.Key == nil) }

// values is the condition that a row has a value and lies between the cursors.
func (p page) values(s *statement) string {
	o := p.order
	var c conjunction
	for _, cursor := range p.cursors() {
		if cursor.Key != nil {
			c.add("(" + o.expression + ", " + o.id + ") " + o.beyond(cursor) + " (CAST(" + s.arg(*cursor.Key) + " AS " + o.sqlType + "), " + cursor.idArg(s) + ")")
		}
	}
	if c == nil {
		c.add(o.column() + " IS NOT NULL")
	}
	return c.text()
}

// absent is the condition that a row has no value and lies between the cursors.
func (p page) absent(s *statement) string {
	c := conjunction{p.order.column() + " IS NULL"}
	for _, cursor := range p.cursors() {
		if cursor.Key == nil {
			c.add(p.order.id + " " + p.order.beyond(cursor) + " " + cursor.idArg(s))
		}
	}
	return c.text()
}

// cursor is where a page begins or ends.
type cursor struct {
	position
	isAfter bool
}

// idArg is the id of the row at the cursor.
func (c cursor) idArg(s *statement) string {
	return "CAST(" + s.arg(c.ID.UUID.String()) + " AS uuid)"
}

func (p page) cursors() []cursor {
	var cursors []cursor
	if p.after != nil {
		cursors = append(cursors, cursor{*p.after, true})
	}
	if p.before != nil {
		cursors = append(cursors, cursor{*p.before, false})
	}
	return cursors
}

// beyond is how rows between the page's cursors compare with one of them.
func (o order) beyond(c cursor) string {
	if c.isAfter == o.descending {
		return "<"
	}
	return ">"
}

// within is the condition that a row lies between the page's cursors; "true" without any.
func (p page) within(s *statement) string {
	switch {
	case p.cursors() == nil:
		return "true"
	case p.hasValues() && p.hasAbsent():
		return "(" + p.values(s) + " OR " + p.absent(s) + ")"
	case p.hasValues():
		return p.values(s)
	case p.hasAbsent():
		return p.absent(s)
	default:
		return "false"
	}
}

// list writes the statement of a page of a table's rows, which are under an alias: the columns, and the sort key. Values and what has none are read by
// themselves, each from where the page begins and no further than it is long: in one scan, with a condition of either, everything
// before a cursor would be read.
func (p page) list(s *statement, names []string, table, alias, condition, limit string) {
	columns := listOf(names, alias)
	rows := func(columns, within, order string) string {
		return "SELECT " + columns + "\nFROM " + table + " " + alias + "\nWHERE " + condition + " AND " + within +
			"\nORDER BY " + order + "\nLIMIT " + limit
	}
	shown, order := columns+", "+p.order.sortKey()+" AS sort_key", p.orderBy()
	isWhole := p.cursors() == nil || !p.hasValues() || !p.hasAbsent()
	if isWhole && p.order.ranking == nil || !p.hasValues() && !p.hasAbsent() {
		s.write(rows(shown, p.within(s), order))
		return
	}
	if sorted := strings.TrimPrefix(p.order.column(), alias+"."); !slices.Contains(names, sorted) {
		columns += ", " + p.order.column() // for the order of the whole
	}
	var parts []string
	switch {
	case !p.hasValues():
	case p.order.ranking != nil:
		parts = append(parts, p.ranked(s, columns, table, alias, condition, limit))
	default:
		parts = append(parts, rows(columns, p.values(s), order))
	}
	if p.hasAbsent() {
		by := order
		if p.order.ranking != nil {
			by = p.order.column() + p.direction() + ", " + p.order.id + p.direction() // as the column's index has it
		}
		parts = append(parts, rows(columns, p.absent(s), by))
	}
	s.write("SELECT ", shown, "\nFROM (\n(", strings.Join(parts, ")\nUNION ALL\n("), ")\n) ", alias, "\nORDER BY ", order, "\nLIMIT ", limit)
}

// ranked selects the values of a page key by key. It begins at the cursor's key, and there at the cursor's id.
func (p page) ranked(s *statement, columns, table, alias, condition, limit string) string {
	o := p.order
	within, keys := conjunction{o.ranking.column + " = rank.key"}, conjunction{}
	for _, cursor := range p.cursors() {
		if cursor.Key == nil {
			continue // all values are before what has none
		}
		beyond, all := o.beyond(cursor), leastID
		if beyond == "<" {
			all = greatestID
		}
		place := "CAST(" + s.arg(*cursor.Key) + " AS integer)"
		keys.add("rank.place " + beyond + "= " + place)
		within.add(o.id + " " + beyond + " CASE rank.place WHEN " + place + " THEN " + cursor.idArg(s) + " ELSE " + all + " END")
	}
	return "SELECT " + alias + ".*\nFROM unnest(" + o.ranking.keys + ") WITH ORDINALITY AS rank (key, place)" +
		"\nCROSS JOIN LATERAL (\n  SELECT " + columns + "\n  FROM " + table + " " + alias + "\n  WHERE " + condition + " AND " + within.text() +
		"\n  ORDER BY " + o.id + p.direction() + "\n  LIMIT " + limit + "\n) " + alias + "\nWHERE " + keys.text()
}
