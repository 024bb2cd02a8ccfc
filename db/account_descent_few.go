package db

const (
	// maxFew is how many accounts of an organization are few of those that a filter may pass.
	maxFew = 1000
	// maxFewLevels is how many levels they may be below the top, all taken together: so many accounts are climbed over.
	maxFewLevels = 10_000
)

// mayBeFew tells whether the accounts that pass the filter may be found first, where a descent would come by all that do not. That
// is for a list of one account: those of many take what their pages take, or what many large subtrees do.
func (d descent) mayBeFew() bool { return d.filter != nil && len(d.tops) == 1 }

// writeFew writes the term `few`: whether the top has a large subtree, and few accounts of the organization pass the filter. Those of
// them that are below the top are `passing`. They are found as a list of the organization has them, so that a filter goes by its index.
func (d descent) writeFew(s *statement, v Viewer, condition string) {
	under, most := &UnderFilter{ID: d.tops[0].ID(), MaxLevel: d.maxLevel}, s.arg(int64(maxFew))
	place := "(SELECT " + under.top(s, v) + ")"
	s.write(`subtree AS MATERIALIZED (
  SELECT `, under.isLarge(s, v, d.large), ` AS is_large
), found AS MATERIALIZED (
  SELECT a.id
  FROM accounts a
  WHERE `, v.visible(s, "a"), " AND ", condition, `
  ORDER BY a.name_folded, a.id
  LIMIT (SELECT CASE WHEN is_large THEN `, most, ` + 1 ELSE 0 END FROM subtree)
), passing AS MATERIALIZED (
  SELECT found.id, below.depth - `, place, `.depth AS level
  FROM found
  CROSS JOIN LATERAL `, placeByKey(s, v, "found.id"), ` below
  WHERE (SELECT count(*) FROM found) <= `, most, " AND ", under.places(s, v, place), `
), few AS MATERIALIZED (
  SELECT is_large AND (SELECT count(*) FROM found) <= `, most, ` AND (SELECT coalesce(sum(level), 0) FROM passing) <= `, s.arg(int64(maxFewLevels)), ` AS are_few
  FROM subtree
), `)
}

// writeRanked writes the term `ranked`: the passing ones, if they are few, with their ranks. Each is climbed up from to the top. The
// names and ids on the way, one behind the other, are what depth first has the list in the order of, and breadth first each level of it.
func (d descent) writeRanked(s *statement, v Viewer) {
	top := s.arg(d.tops[0])
	given, order, beyond, skipped := "SELECT id FROM passing WHERE (SELECT are_few FROM few)", "key", "", "0"
	if d.traversal == BreadthFirst {
		order = "level, key"
	}
	if d.after != nil {
		under, length := s.arg(d.after.under), s.arg(int64(len(d.after.Path)))
		given += " UNION SELECT CAST(" + under + " AS uuid) FROM anchor WHERE (SELECT are_few FROM few)"
		reached := "coalesce((SELECT key FROM climbed WHERE of_id = " + under + "), '') || (SELECT " + wayKey("name", "id", "number") + " FROM rung WHERE number <= " + length + ")"
		if d.traversal == BreadthFirst {
			reached = "(SELECT level FROM anchor) + " + length + ", " + reached
		}
		beyond = "\n  WHERE NOT EXISTS (SELECT FROM anchor) OR (" + order + ") > (" + reached + ")"
		skipped = "CASE WHEN EXISTS (SELECT FROM anchor) THEN 0 ELSE " + s.arg(int64(d.after.Index)) + " END"
	}
	account := "SELECT a.id, a.parent_id, a.name_folded FROM accounts a WHERE " + v.visible(s, "a") + " AND a.id <> " + top + " AND a.id = "
	s.write(`, climb AS (
  SELECT given.id AS of_id, a.*, 1 AS number
  FROM (`, given, `) given
  CROSS JOIN LATERAL (`, account, `given.id LIMIT 1) a
  UNION ALL
  SELECT climb.of_id, a.*, climb.number + 1
  FROM climb
  CROSS JOIN LATERAL (`, account, `climb.parent_id LIMIT 1) a
), climbed AS (
  SELECT of_id, max(number) AS level, `, wayKey("name_folded", "id", "-number"), ` AS key,
    jsonb_build_array(jsonb_build_object('i', `, top, `)) || jsonb_agg(jsonb_build_object('n', name_folded, 'i', id) ORDER BY -number) AS way
  FROM climb
  GROUP BY of_id
), ranked AS (
  SELECT CAST(`, top, ` AS uuid) AS top_id, id, row_number() OVER (ORDER BY `, order, ") - ", skipped, ` AS rank, level, way
  FROM (SELECT passing.id, climbed.level, climbed.key, climbed.way FROM passing JOIN climbed ON climbed.of_id = passing.id) passed`, beyond, "\n)")
}

// wayKey aggregates a way so that ways are in the order of their names and ids, from the top, and each is right before what is below it.
func wayKey(name, id, order string) string {
	return "string_agg(convert_to(" + name + ", 'UTF8') || '\\x00' || uuid_send(" + id + "), '' ORDER BY " + order + ")"
}
