package db

import (
	"cmp"
	"context"
	"slices"

	"github.com/lib/pq"
)

// descent goes down from accounts through all that is below them, account by account in the order of the list, and no further than
// the list needs: what it costs is set by the page, not by the tree.
type descent struct {
	tops      []AccountID
	traversal Traversal
	maxLevel  *int
	filter    *AccountFilter
	// after is where the page before ended; the only top is the one of its list.
	after *descendantPosition
	// withTop tells that each list begins with its top.
	withTop bool
	// limit is how many accounts of each top are listed at most.
	limit int
	// large is how many accounts make a subtree so large that those who pass a filter may be found first; see writeFew.
	large int
}

// descended is an account that was come upon.
type descended struct {
	Top AccountID `db:"top_id"`
	// Rank is its number in the page, from 1.
	Rank  int64 `db:"rank"`
	Level int   `db:"level"`
	// Way is how the descent came down to it; see cursor.
	Way string `db:"way"`
	Account
}

// bottom is a level below any other.
const bottom = 1 << 30

// until is the last level that is listed.
func (d descent) until() int {
	if d.maxLevel == nil {
		return bottom
	}
	return min(*d.maxLevel, bottom)
}

// write makes the statement, a walk with a finger. A step has the account at which the finger is, its level, and whether it came
// there from above or aside (is_inward), so that those below are next, or back from below. It goes down to the first child, else
// aside to the next sibling, else back up. Breadth first is the same in rounds, each of which lists one level (goal) and goes no
// deeper. A round need not begin at the top: what was met in the one before is all at or below an account (met), and so is what
// comes. Thus a chain is gone down once, and not once for each level.
func (d descent) write(s *statement, v Viewer, names []string, limit int64) error {
	condition, err := d.filter.where(s, v, "a")
	if err != nil {
		return err
	}
	arrived := "true"
	s.write("WITH RECURSIVE ")
	if d.traversal == BreadthFirst {
		arrived = "moved.level = moved.goal"
	}
	begin := "begin"
	if d.mayBeFew() {
		d.writeFew(s, v, condition)
		begin += " WHERE NOT (SELECT are_few FROM few)"
	}
	d.writeBegin(s, v)
	child := "a.id, a.name_folded, (" + condition + ") IS TRUE AS passes\n    FROM accounts a\n    WHERE " + v.visible(s, "a")
	const inOrder = "\n    ORDER BY a.name_folded, a.id\n    LIMIT 1\n  )"
	s.write(`, step AS (
  SELECT * FROM `, begin, `
  UNION ALL
  SELECT step.top_id, next.id, next.parent_id, next.name_folded, next.level, next.move <> 'UP', next.goal,
    CASE next.move WHEN 'AGAIN' THEN step.met_level ELSE step.base_level END,
    around.reach, around.reach_level,
    CASE WHEN next.arrived OR next.move = 'AGAIN' THEN around.reach ELSE step.met END,
    CASE WHEN next.arrived OR next.move = 'AGAIN' THEN around.reach_level ELSE step.met_level END,
    next.way, step.rank + CAST(next.arrived AND next.passes AS integer), next.arrived AND next.passes
  FROM step
  LEFT JOIN LATERAL (
    SELECT `, child, ` AND a.parent_id = step.id
      AND step.is_inward AND step.level < step.goal`, inOrder, ` down ON true
  LEFT JOIN LATERAL (
    SELECT `, child, ` AND a.parent_id = step.parent_id AND (a.name_folded, a.id) > (step.name_folded, step.id)
      AND down.id IS NULL AND step.level > step.base_level AND step.level <= step.goal`, inOrder, ` aside ON true
  LEFT JOIN LATERAL (
    SELECT a.id, a.parent_id, a.name_folded
    FROM accounts a
    WHERE `, v.visible(s, "a"), ` AND down.id IS NULL AND aside.id IS NULL AND a.id = CASE
      WHEN step.level > step.base_level THEN step.parent_id`)
	if d.traversal == BreadthFirst {
		const met = "CAST(step.met -> -1 ->> 'i' AS uuid)"
		s.write(`
      WHEN step.goal < `, s.arg(int64(d.until())), ` AND EXISTS (
        SELECT
        FROM account_places top
        CROSS JOIN LATERAL (
          SELECT
          FROM account_places below
          WHERE `, placedWithin(s, v, "below", "top"), ` AND below.depth > top.depth + step.goal - step.met_level
          ORDER BY below.first
          LIMIT 1
        ) deeper
        WHERE `, v.own(s, "top"), " AND top.account_id = ", met, ") THEN ", met)
	}
	s.write(`
    END
    LIMIT 1
  ) back ON true
  CROSS JOIN LATERAL (
    SELECT CASE WHEN down.id IS NOT NULL THEN 'DOWN' WHEN aside.id IS NOT NULL THEN 'ASIDE' WHEN step.level > step.base_level THEN 'UP' ELSE 'AGAIN' END AS move
  ) finger
  `, fingerMovedSQL, `
  CROSS JOIN LATERAL (SELECT moved.*, moved.move IN ('DOWN', 'ASIDE') AND `, arrived, ` AS arrived OFFSET 0) next
  `, surroundingsSQL, `
  WHERE next.id IS NOT NULL AND step.rank < `, s.arg(int64(d.limit)), "\n)")
	listed := "SELECT top_id, id, rank, level, way FROM step WHERE is_listed AND rank > 0"
	if d.mayBeFew() {
		d.writeRanked(s, v)
		listed += "\n  UNION ALL\n  SELECT top_id, id, rank, level, way FROM ranked WHERE rank BETWEEN 1 AND " + s.arg(int64(d.limit))
	}
	s.write("\nSELECT listed.top_id, listed.rank, listed.level, CAST(listed.way AS text), ", listOf(names, "a"), "\nFROM (\n  ", listed, "\n) listed\nCROSS JOIN LATERAL (")
	s.write("\n  SELECT ", listOf(names, "a"), " FROM accounts a WHERE ", v.visible(s, "a"), " AND a.id = listed.id LIMIT 1\n) a")
	s.write("\nLIMIT ", s.arg(limit))
	return nil
}

// fingerMovedSQL is where the finger is next. The way that it went down is kept as JSON, of which the first element is an account
// somewhere above (i), the others what orders each account on the way among its siblings (n, i). It begins anew where it gets long.
const fingerMovedSQL = `CROSS JOIN LATERAL (
    SELECT finger.move, coalesce(down.id, aside.id, back.id) AS id, coalesce(down.name_folded, aside.name_folded, back.name_folded) AS name_folded,
      coalesce(down.passes, aside.passes, false) AS passes,
      CASE finger.move WHEN 'DOWN' THEN step.id WHEN 'ASIDE' THEN step.parent_id ELSE back.parent_id END AS parent_id,
      CASE finger.move WHEN 'DOWN' THEN step.level + 1 WHEN 'ASIDE' THEN step.level WHEN 'UP' THEN step.level - 1 ELSE step.met_level END AS level,
      step.goal + CAST(finger.move = 'AGAIN' AS integer) AS goal,
      CASE finger.move
        WHEN 'DOWN' THEN CASE WHEN jsonb_array_length(step.way) > 64 THEN jsonb_build_array(jsonb_build_object('i', step.id)) ELSE step.way END
          || jsonb_build_object('n', down.name_folded, 'i', down.id)
        WHEN 'ASIDE' THEN CASE jsonb_array_length(step.way) WHEN 1 THEN jsonb_build_array(jsonb_build_object('i', step.parent_id)) ELSE step.way - -1 END
          || jsonb_build_object('n', aside.name_folded, 'i', aside.id)
        WHEN 'UP' THEN CASE jsonb_array_length(step.way) WHEN 1 THEN jsonb_build_array(jsonb_build_object('i', back.id)) ELSE step.way - -1 END
        ELSE step.met
      END AS way
    OFFSET 0
  ) moved`

// surroundingsSQL is the way to the account at or below which everything is that this round has come upon: the first that was
// met, until the finger goes aside further up.
const surroundingsSQL = `CROSS JOIN LATERAL (
    SELECT CASE WHEN next.move <> 'AGAIN' THEN CASE WHEN is_wider THEN next.way - -1 WHEN is_first THEN next.way ELSE step.reach END END AS reach,
      CASE WHEN next.move <> 'AGAIN' THEN CASE WHEN is_wider THEN next.level - 1 WHEN is_first THEN next.level ELSE step.reach_level END END AS reach_level
    FROM (SELECT next.move = 'ASIDE' AND next.level <= step.reach_level AS is_wider, next.arrived AND step.reach IS NULL AS is_first) what
  ) around`

// writeBegin writes the term `begin`: where the finger is at first.
func (d descent) writeBegin(s *statement, v Viewer) {
	goal := d.until()
	if d.traversal == BreadthFirst {
		goal = min(goal, 1)
	}
	if d.after == nil {
		s.write("begin AS (\n")
		d.writeTop(s, v, goal, "true")
		s.write("\n)")
		return
	}
	d.writeAfter(s, v)
	s.write(", begin AS (\n  SELECT * FROM resumed\n  UNION ALL\n")
	d.writeTop(s, v, goal, "NOT EXISTS (SELECT FROM anchor)")
	s.write("\n)")
}

// writeTop selects the tops as steps.
func (d descent) writeTop(s *statement, v Viewer, goal int, condition string) {
	rank := 0
	if d.withTop {
		rank = 1
	}
	if d.after != nil {
		rank = -d.after.Index
	}
	s.write(`  SELECT a.id AS top_id, a.id, a.parent_id, a.name_folded, 0 AS level, true AS is_inward, CAST(`, s.arg(int64(goal)), ` AS integer) AS goal, 0 AS base_level,
    CAST(NULL AS jsonb) AS reach, CAST(NULL AS integer) AS reach_level, CAST(NULL AS jsonb) AS met, CAST(NULL AS integer) AS met_level,
    jsonb_build_array(jsonb_build_object('i', a.id)) AS way, CAST(`, s.arg(int64(rank)), ` AS bigint) AS rank, CAST(`, s.arg(d.withTop), ` AS boolean) AS is_listed
  FROM accounts a
  WHERE `, v.visible(s, "a"), " AND a.id = ANY(", s.arg(keyArray(d.tops)), ") AND ", condition)
}

// writeAfter writes the term `resumed`: where the finger is right after the place of a cursor. That is the last account on the way
// which is where it was, or what follows its child on the way that is not. None is if the account at which the way begins
// (`anchor`) is not below the top any more.
func (d descent) writeAfter(s *statement, v Viewer) {
	after := d.after
	ids, names := make([]AccountID, len(after.Path)), make([]string, len(after.Path))
	for i, r := range after.Path {
		ids[i], names[i] = r.account, r.Name
	}
	top, under, length := s.arg(d.tops[0]), s.arg(after.under), s.arg(int64(len(ids)))
	s.write(`anchor AS (
  SELECT under.depth - top.depth AS level
  FROM account_places top
  JOIN account_places under ON `, placedWithin(s, v, "under", "top"), `
  WHERE `, v.own(s, "top"), " AND top.account_id = ", top, " AND under.account_id = ", under, `
), rung AS (
  SELECT number, id, name COLLATE "C" AS name, lag(id, 1, `, under, `) OVER (ORDER BY number) AS above
  FROM unnest(CAST(`, s.arg(keyArray(ids)), ` AS uuid[]), CAST(`, s.arg(pq.Array(names)), ` AS text[])) WITH ORDINALITY AS rung (id, name, number)
), standing AS (
  SELECT coalesce(min(rung.number) - 1, `, length, `) AS count
  FROM rung
  WHERE NOT EXISTS (SELECT FROM accounts a WHERE `, v.visible(s, "a"), ` AND a.id = rung.id AND a.parent_id = rung.above AND a.name_folded = rung.name)
), resumed AS (
  SELECT CAST(`, top, ` AS uuid) AS top_id, rung.id, rung.above AS parent_id, rung.name AS name_folded, CAST(anchor.level + rung.number AS integer) AS level`)
	if d.traversal == BreadthFirst {
		s.write(", false AS is_inward, CAST(anchor.level + ", length, " AS integer) AS goal")
	} else {
		s.write(", standing.count = ", length, " AS is_inward, CAST(", s.arg(int64(d.until())), " AS integer) AS goal")
	}
	s.write(`, 0 AS base_level,
    around.way AS reach, 0 AS reach_level, around.way AS met, 0 AS met_level,
    jsonb_build_array(jsonb_build_object('i', `, under, `)) || (SELECT jsonb_agg(jsonb_build_object('n', r.name, 'i', r.id) ORDER BY r.number) FROM rung r WHERE r.number <= rung.number) AS way,
    CAST(0 AS bigint) AS rank, false AS is_listed
  FROM anchor, standing, rung, (SELECT jsonb_build_array(jsonb_build_object('i', `, top, `)) AS way) around
  WHERE rung.number = least(standing.count + 1, `, length, ")")
	if d.traversal == BreadthFirst {
		s.write(" AND anchor.level + ", length, " <= ", s.arg(int64(d.until())))
	}
	s.write("\n)")
}

// descend lists what is below accounts, of each of them in the order of its list. It stops beyond the budget: see guard.
func (d *DB) descend(ctx context.Context, v Viewer, down descent) ([]*descended, error) {
	s, names := &statement{}, selected[Account](wanted(ctx))
	down.large = d.largeSubtree
	if err := down.write(s, v, names, left(ctx)); err != nil {
		return nil, err
	}
	found, err := packed[*descended](ctx, d.pool, s, append([]string{"top_id", "rank", "level", "way"}, names...), "accounts below")
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b *descended) int { return cmp.Compare(a.Rank, b.Rank) })
	return found, guard(ctx, len(found))
}
