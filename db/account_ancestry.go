package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// maxPathEntries is how long the paths of one statement may be together: the lists of many deep accounts would fill the memory,
// however few records they share.
const maxPathEntries = 1_000_000

// Paths returns, for each account that there is, the way from its root to itself.
func (d *DB) Paths(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID][]*Account, error) {
	s, names := &statement{}, selected[Account](wanted(ctx))
	upwards(s, v, ids, names)
	s.write("\nLIMIT ", s.arg(left(ctx)))
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

// Roots returns the account at the top of each account's tree.
func (d *DB) Roots(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID]*Account, error) {
	s, names := &statement{}, selected[Account](wanted(ctx))
	s.write("SELECT top.of_ids, root.*\nFROM (\n  SELECT p.root_id, jsonb_agg(p.account_id) AS of_ids\n  FROM account_places p")
	s.write("\n  WHERE ", v.own(s, "p"), " AND p.account_id = ANY(", s.arg(keyArray(ids)), ")\n  GROUP BY p.root_id\n) top")
	s.write("\nCROSS JOIN LATERAL (\n  SELECT ", listOf(names, "a"), " FROM accounts a WHERE ", v.visible(s, "a"), " AND a.id = top.root_id LIMIT 1\n) root\nLIMIT ", s.arg(left(ctx)))
	rows, err := packed[*struct {
		OfIDs json.RawMessage `db:"of_ids"`
		Account
	}](ctx, d.pool, s, append([]string{"of_ids"}, names...), "roots of accounts")
	if err != nil {
		return nil, err
	}
	roots := make(map[AccountID]*Account, len(ids))
	for _, row := range rows {
		var of []uuid.UUID
		if err := json.Unmarshal(row.OfIDs, &of); err != nil {
			return nil, fmt.Errorf("roots of accounts: %w", err)
		}
		for _, id := range of {
			roots[AccountID{typedID[accountKind]{id}}] = &row.Account
		}
	}
	return roots, guard(ctx, len(rows))
}

// Depths tells how many accounts are above each of some.
func (d *DB) Depths(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID]int, error) {
	s := &statement{}
	s.write("SELECT p.account_id AS id, p.depth AS count\nFROM account_places p\nWHERE ", v.own(s, "p"), " AND p.account_id = ANY(", s.arg(keyArray(ids)), ")")
	return countsByID[AccountID](ctx, d, s, "depths of accounts")
}

// Below tells which of some accounts are below another one.
func (d *DB) Below(ctx context.Context, v Viewer, ids []AccountID, top AccountID) (map[AccountID]bool, error) {
	s, under := &statement{}, &UnderFilter{ID: top.ID()}
	s.write("SELECT given.id\nFROM unnest(CAST(", s.arg(keyArray(ids)), " AS uuid[])) AS given (id)\nCROSS JOIN LATERAL ", placeByKey(s, v, "given.id"), " below")
	s.write("\nWHERE ", under.places(s, v, "(SELECT "+under.top(s, v)+")"))
	found, err := all[AccountID](ctx, d.pool, s, "accounts below another")
	below := make(map[AccountID]bool, len(found))
	for _, id := range found {
		below[id] = true
	}
	return below, err
}

// upwards selects columns, id and parent_id among them, of accounts and of all that is above them, each once. They are read on the
// way: to fetch each account once more by its key would take as long again. Each parent is fetched by its key (LATERAL ... LIMIT 1):
// of a thousand ids the planner expects so long lines that it would read the whole table.
func upwards(s *statement, v Viewer, ids []AccountID, names []string) {
	account := "SELECT " + listOf(names, "a") + " FROM accounts a WHERE " + v.visible(s, "a") + " AND a.id = "
	s.write("WITH RECURSIVE line AS (\n  ", account, "ANY(", s.arg(keyArray(ids)), ")\n  UNION\n  SELECT above.*\n  FROM line\n  CROSS JOIN LATERAL (\n    ")
	s.write(account, "line.parent_id LIMIT 1\n  ) above\n)\nSELECT ", listOf(names, "line"), " FROM line")
}

// lines returns the parent of each account and of each one above it, zero for roots.
func lines(ctx context.Context, q sqlx.QueryerContext, v Viewer, ids []AccountID) (map[AccountID]AccountID, error) {
	s, names := &statement{}, []string{"id", "parent_id"}
	upwards(s, v, ids, names)
	rows, err := packed[struct {
		ID       AccountID  `db:"id"`
		ParentID *AccountID `db:"parent_id"`
	}](ctx, q, s, names, "lines of accounts")
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
