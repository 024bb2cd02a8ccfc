package db

import "context"

// placesBelowTop joins the places of an account `top` and all below it, as `below`.
func placesBelowTop(s *statement, v Viewer) string {
	return "JOIN account_places below ON " + placedWithin(s, v, "below", "top")
}

// placedWithin is the predicate of the places, under an alias, that are at another or below it.
func placedWithin(s *statement, v Viewer, p, top string) string {
	return v.own(s, p) + " AND " + p + ".root_id = " + top + ".root_id AND " + p + ".first BETWEEN " + top + ".first AND " + top + ".last"
}

// placeByKey is a table of the place of one account, whose id is an expression. It is found by its key, and then only asked for
// anything else (LIMIT 1): its root and marks are in an index, too, by which a plan for all values would go through a whole tree.
func placeByKey(s *statement, v Viewer, id string) string {
	return "(SELECT p.* FROM account_places p WHERE " + v.own(s, "p") + " AND p.account_id = " + id + " LIMIT 1)"
}

// placesBelow writes the term `below`: the places of accounts and of all that is below them, each once, however the subtrees
// overlap. Only those accounts are gone down from that are not below another one of them.
func placesBelow(s *statement, v Viewer, tops []AccountID) {
	s.write("top AS (\n  SELECT p.root_id, p.first, p.last, max(p.last) OVER (PARTITION BY p.root_id ORDER BY p.first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached")
	s.write("\n  FROM account_places p\n  WHERE ", v.own(s, "p"), " AND p.account_id = ANY(", s.arg(keyArray(tops)), ")\n)")
	s.write(", below AS (\n  SELECT p.account_id, p.root_id, p.first, p.last\n  FROM top\n  CROSS JOIN LATERAL (\n    SELECT p.account_id, p.root_id, p.first, p.last\n    FROM account_places p")
	s.write("\n    WHERE ", placedWithin(s, v, "p", "top"), "\n    OFFSET 0\n  ) p")
	s.write("\n  WHERE top.reached IS NULL OR top.reached < top.first\n)")
}

// DescendantCounts counts the accounts below others.
func (d *DB) DescendantCounts(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID]int, error) {
	return d.countBelow(ctx, v, ids, -1, nil)
}

// countOverlapping counts the accounts below others, which may be below each other. Places are gone through once: what was counted
// at an account's last mark is by so much more than at its first.
func (d *DB) countOverlapping(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID]int, error) {
	s := &statement{}
	asked := "p.account_id = ANY(" + s.arg(keyArray(ids)) + ")"
	s.write("WITH ")
	placesBelow(s, v, ids)
	s.write(", marks AS (\n  SELECT account_id, root_id, first AS mark, 1 AS accounts FROM below")
	s.write("\n  UNION ALL\n  SELECT p.account_id, p.root_id, p.last, 0 FROM account_places p WHERE ", v.own(s, "p"), " AND ", asked)
	s.write("\n), counted AS (\n  SELECT account_id, sum(accounts) OVER (ORDER BY root_id, mark) AS accounts FROM marks\n)")
	s.write("\nSELECT p.account_id AS id, max(p.accounts) - min(p.accounts) AS count\nFROM counted p\nWHERE ", asked, "\nGROUP BY p.account_id")
	return countsByID[AccountID](ctx, d, s, "count descendants")
}

// grove is the union of some subtrees in one row: every account right before all that is below it. An account's subtree is
// what stands from its own place to its end.
type grove struct {
	accounts []AccountID
	place    map[AccountID]int
	// above has the place of each account's parent, -1 where that is not in the union; end is the place behind the subtree.
	above, end []int
}

// grove reads the subtrees of accounts.
func (d *DB) grove(ctx context.Context, v Viewer, tops []AccountID) (*grove, error) {
	s := &statement{}
	s.write("WITH ")
	placesBelow(s, v, tops)
	s.write("\nSELECT account_id, root_id, first, last FROM below ORDER BY root_id, first")
	rows, err := all[struct {
		ID     AccountID `db:"account_id"`
		RootID AccountID `db:"root_id"`
		First  int64     `db:"first"`
		Last   int64     `db:"last"`
	}](ctx, d.pool, s, "places in subtrees")
	if err != nil {
		return nil, err
	}
	g := &grove{place: make(map[AccountID]int, len(rows)), above: make([]int, len(rows)), end: make([]int, len(rows))}
	var around []int // the places of those whose last mark is still to come
	for at, row := range rows {
		for len(around) > 0 {
			if above := rows[around[len(around)-1]]; above.RootID == row.RootID && above.Last > row.First {
				break
			}
			g.end[around[len(around)-1]] = at
			around = around[:len(around)-1]
		}
		g.above[at] = -1
		if len(around) > 0 {
			g.above[at] = around[len(around)-1]
		}
		g.accounts, g.place[row.ID] = append(g.accounts, row.ID), at
		around = append(around, at)
	}
	for _, at := range around {
		g.end[at] = len(rows)
	}
	return g, nil
}
