package db

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
)

// maxPathEntries is how long the paths of one statement may be together: the lists of many deep accounts would fill the memory,
// however few records they share.
const maxPathEntries = 1_000_000

// Paths returns, for each account that there is, the way from its root to itself.
func (d *DB) Paths(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID][]*Account, error) {
	s, names := &statement{}, selected[Account](wanted(ctx))
	s.write("WITH RECURSIVE ")
	upwards(s, v, ids)
	s.write("\nSELECT account.*\nFROM line\nCROSS JOIN LATERAL (\n  SELECT ", listOf(names, "a"), "\n  FROM accounts a")
	s.write("\n  WHERE ", v.visible(s, "a"), " AND a.id = line.id\n  LIMIT 1\n) account\nLIMIT ", s.arg(left(ctx)))
	accounts, err := packed[*Account](ctx, d.pool, s, names, "paths of accounts")
	if err != nil {
		return nil, err
	}
	if err := guard(ctx, len(accounts)); err != nil {
		return nil, err
	}
	found := byID(accounts, func(a *Account) AccountID { return a.ID })
	paths, length := make(map[AccountID][]*Account, len(ids)), 0
	for _, id := range ids {
		var path []*Account
		for a := found[id]; a != nil; a = found[a.Spot().ParentID] {
			path = append(path, a)
		}
		if length += len(path); length > maxPathEntries {
			return nil, &Error{Code: CodeTooComplex, Message: "these accounts are so many and so deep that their paths are too long together; ask for fewer at once",
				Details: map[string]any{"limit": maxPathEntries}}
		}
		if path != nil {
			slices.Reverse(path)
			paths[id] = path
		}
	}
	return paths, nil
}

// upwards is the recursive term `line` of accounts and all that is above them, each once. Each parent is fetched by its
// key (LATERAL ... LIMIT 1): of a thousand ids the planner expects so long lines that it would read the whole table.
func upwards(s *statement, v Viewer, ids []AccountID) {
	s.write("line (id, parent_id) AS (\n  SELECT a.id, a.parent_id\n  FROM accounts a\n  WHERE ", v.visible(s, "a"), " AND a.id = ANY(", s.arg(keyArray(ids)), ")")
	s.write("\n  UNION\n  SELECT above.id, above.parent_id\n  FROM line\n  CROSS JOIN LATERAL (\n    SELECT a.id, a.parent_id\n    FROM accounts a\n    WHERE ", v.visible(s, "a"), " AND a.id = line.parent_id\n    LIMIT 1\n  ) above\n)")
}

// Lineage is where an account stands in its tree, without the records above it.
type Lineage struct {
	// Depth is how many accounts are above.
	Depth int
	id    AccountID
	// above has the parent of every account in the line.
	above map[AccountID]AccountID
}

// IsUnder tells whether the account is below another one.
func (l *Lineage) IsUnder(other AccountID) bool {
	for id, ok := l.above[l.id]; ok && !id.IsZero(); id, ok = l.above[id] {
		if id == other {
			return true
		}
	}
	return false
}

// Lineages returns where accounts stand in their trees.
func (d *DB) Lineages(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID]*Lineage, error) {
	above, err := lines(ctx, d.pool, v, ids)
	if err != nil {
		return nil, err
	}
	depths := make(map[AccountID]int, len(above))
	lineages := make(map[AccountID]*Lineage, len(ids))
	for _, id := range ids {
		if _, ok := above[id]; ok {
			lineages[id] = &Lineage{Depth: depth(id, above, depths), id: id, above: above}
		}
	}
	return lineages, nil
}

// lines returns the parent of each account and of each one above it, zero for roots.
func lines(ctx context.Context, q sqlx.QueryerContext, v Viewer, ids []AccountID) (map[AccountID]AccountID, error) {
	s := &statement{}
	s.write("WITH RECURSIVE ")
	upwards(s, v, ids)
	s.write("\nSELECT line.id, line.parent_id FROM line")
	rows, err := packed[struct {
		ID       AccountID  `db:"id"`
		ParentID *AccountID `db:"parent_id"`
	}](ctx, q, s, []string{"id", "parent_id"}, "lines of accounts")
	above := make(map[AccountID]AccountID, len(rows))
	for _, row := range rows {
		above[row.ID] = AccountID{}
		if row.ParentID != nil {
			above[row.ID] = *row.ParentID
		}
	}
	return above, err
}

// depth counts the accounts above one, remembering what it finds on the way; chains may be long, so it does not call itself.
func depth(id AccountID, above map[AccountID]AccountID, known map[AccountID]int) int {
	var way []AccountID
	for {
		if _, ok := known[id]; ok {
			break
		}
		if above[id].IsZero() {
			known[id] = 0
			break
		}
		way = append(way, id)
		id = above[id]
	}
	for i, at := range slices.Backward(way) {
		known[at] = known[id] + len(way) - i
	}
	if len(way) > 0 {
		id = way[0]
	}
	return known[id]
}

// maxCommonAncestor is how many accounts CommonAncestor compares.
const maxCommonAncestor = 1000

// CommonAncestor returns the nearest account that is above all of these, or one of them if it is above the others;
// nil if there is none.
func (d *DB) CommonAncestor(ctx context.Context, v Viewer, ids []AccountID) (*Account, error) {
	if len(ids) == 0 || len(ids) > maxCommonAncestor {
		return nil, BadInput("give 1 to %d ids, not %d", maxCommonAncestor, len(ids))
	}
	above, err := lines(ctx, d.pool, v, ids)
	if err != nil {
		return nil, err
	}
	common, ok := commonAncestor(ids, above)
	if !ok {
		return nil, nil
	}
	found, err := d.AccountsByID(ctx, v, []AccountID{common})
	return found[common], err
}

// commonAncestor is the lowest account that the lines of all ids pass through.
func commonAncestor(ids []AccountID, above map[AccountID]AccountID) (AccountID, bool) {
	distinct := map[AccountID]bool{}
	for _, id := range ids {
		distinct[id] = true
	}
	depths, deepest := map[AccountID]int{}, 0
	for id := range distinct {
		if _, ok := above[id]; !ok {
			return AccountID{}, false
		}
		deepest = max(deepest, depth(id, above, depths))
	}
	// All lines climb together, level by level, from the lowest: where they have become one, they have met.
	for level := deepest; len(distinct) > 1; level-- {
		if level == 0 {
			return AccountID{}, false
		}
		next := map[AccountID]bool{}
		for id := range distinct {
			if depth(id, above, depths) == level {
				id = above[id]
			}
			next[id] = true
		}
		distinct = next
	}
	for id := range distinct {
		return id, true
	}
	return AccountID{}, false
}

// AccountPath returns the way from one account to another: up to their nearest common ancestor, then down.
// It is nil if there is none.
func (d *DB) AccountPath(ctx context.Context, v Viewer, from, to AccountID) ([]*Account, error) {
	paths, err := d.Paths(ctx, v, []AccountID{from, to})
	if err != nil {
		return nil, err
	}
	up, down := paths[from], paths[to]
	if len(up) == 0 || len(down) == 0 || up[0] != down[0] {
		return nil, nil
	}
	shared := 0
	for shared < len(up) && shared < len(down) && up[shared] == down[shared] {
		shared++
	}
	way := slices.Clone(up[shared-1:])
	slices.Reverse(way)
	return append(way, down[shared:]...), nil
}
