package db

import (
	"cmp"
	"context"
	"slices"
)

// skeleton is the shape of one or more subtrees: for each account in them its children, without the records.
type skeleton struct {
	children map[AccountID][]bone
	// top has the accounts that were asked for and exist.
	top map[AccountID]bone
}

// bone is an account in a skeleton.
type bone struct {
	ID       AccountID  `db:"id"`
	ParentID *AccountID `db:"parent_id"`
	Name     string     `db:"name_folded"`
	// Listed tells whether a filter lets the account pass.
	Listed bool `db:"listed"`
}

// childrenOfBelow joins the children of each row of a recursive term called below, as child. They are looked up by the
// parent and nothing else (OFFSET 0), of an organization that the planner does not know: where its statistics are old or
// none, it takes an organization for a handful of rows, any index that begins with it for as good as that of parents,
// and reads the whole organization for each account.
func childrenOfBelow(s *statement, v Viewer) string {
	return `CROSS JOIN LATERAL (
    SELECT child.organization_id, child.id, child.parent_id, child.name_folded, child.deleted_at
    FROM accounts child
    WHERE child.organization_id = (SELECT CAST(` + s.arg(v.Organization) + ` AS uuid)) AND child.parent_id = below.id
    OFFSET 0
  ) child`
}

// maxLevelVisits bounds how often overlapping subtrees are gone through, as tops times levels.
const maxLevelVisits = 10_000

// subtrees reads the shapes of subtrees down to a level below each top; nil is all the way. It may read deeper than that.
func (d *DB) subtrees(ctx context.Context, v Viewer, tops []AccountID, maxLevel *int, filter *AccountFilter) (*skeleton, error) {
	s := &statement{}
	condition, err := filter.where(s, v, "a")
	if err != nil {
		return nil, err
	}
	// Without a limit each account is met once (UNION), however the subtrees overlap. With a limit it may be met once for
	// each level that it has below one of the tops. Where those are many, all is read, once; list cuts by the level.
	level, deeper, until := "0", "0", "true"
	if maxLevel != nil && (len(tops) == 1 || *maxLevel <= maxLevelVisits/len(tops)) {
		level, deeper, until = "0", "below.level + 1", "below.level < CAST("+s.arg(int64(*maxLevel))+" AS bigint)"
	}
	// What a shape is made of is read on the way down; only a filter looks at the accounts once more.
	s.write("WITH RECURSIVE below (id, parent_id, name_folded, level) AS (\n  SELECT top.id, top.parent_id, top.name_folded, ", level, "\n  FROM accounts top\n  WHERE ", v.visible(s, "top"), " AND top.id = ANY(", s.arg(keyArray(tops)), ")")
	s.write("\n  UNION\n  SELECT child.id, child.parent_id, child.name_folded, ", deeper, "\n  FROM below\n  ", childrenOfBelow(s, v), "\n  WHERE ", v.visible(s, "child"), " AND ", until, "\n)")
	if condition == "true" {
		s.write("\nSELECT DISTINCT id, parent_id, name_folded, true AS listed\nFROM below")
	} else {
		s.write("\nSELECT a.id, a.parent_id, a.name_folded, (", condition, ") IS TRUE AS listed")
		s.write("\nFROM (SELECT DISTINCT id FROM below) reached\nJOIN accounts a ON ", v.visible(s, "a"), " AND a.id = reached.id")
	}
	bones, err := packed[bone](ctx, d.pool, s, columnNames[bone](), "shape of subtrees")
	if err != nil {
		return nil, err
	}
	k := &skeleton{children: map[AccountID][]bone{}, top: map[AccountID]bone{}}
	asked := map[AccountID]bool{}
	for _, id := range tops {
		asked[id] = true
	}
	for _, b := range bones {
		if b.ParentID != nil {
			k.children[*b.ParentID] = append(k.children[*b.ParentID], b)
		}
		if asked[b.ID] {
			k.top[b.ID] = b
		}
	}
	for _, siblings := range k.children {
		slices.SortFunc(siblings, func(a, b bone) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), compareIDs(a.ID, b.ID))
		})
	}
	return k, nil
}

// list goes through the accounts below one in the order asked for and returns those that the filter lets pass.
func (k *skeleton) list(top AccountID, traversal Traversal, maxLevel *int) []*place {
	var found []*place
	// Places that were pointed to stay when this grows.
	var visited []place
	// The places still to be visited: a queue for breadth first, a stack for depth first.
	var pending []*place
	push := func(id AccountID, level int, above *place) {
		if maxLevel != nil && level > *maxLevel {
			return
		}
		from := len(pending)
		for _, child := range k.children[id] {
			visited = append(visited, place{child, level, above})
			pending = append(pending, &visited[len(visited)-1])
		}
		if traversal == DepthFirst {
			slices.Reverse(pending[from:])
		}
	}
	push(top, 1, nil)
	for len(pending) > 0 {
		var next *place
		if traversal == DepthFirst {
			next, pending = pending[len(pending)-1], pending[:len(pending)-1]
		} else {
			next, pending = pending[0], pending[1:]
		}
		if next.Listed {
			found = append(found, next)
		}
		push(next.ID, next.level+1, next)
	}
	return found
}

// DescendantCounts counts the accounts below others.
func (d *DB) DescendantCounts(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID]int, error) {
	k, err := d.subtrees(ctx, v, ids, nil, nil)
	if err != nil {
		return nil, err
	}
	// Each account is counted once, when all its children are: accounts in breadth first order, looked at from the end.
	counts := map[AccountID]int{}
	for _, id := range ids {
		if _, done := counts[id]; done {
			continue
		}
		if _, exists := k.top[id]; !exists {
			continue
		}
		order := []AccountID{id}
		for i := 0; i < len(order); i++ {
			for _, child := range k.children[order[i]] {
				if _, done := counts[child.ID]; !done {
					order = append(order, child.ID)
				}
			}
		}
		for _, at := range slices.Backward(order) {
			count := 0
			for _, child := range k.children[at] {
				count += 1 + counts[child.ID]
			}
			counts[at] = count
		}
	}
	return counts, nil
}
