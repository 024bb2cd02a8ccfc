package db

import "context"

// AccountTree is a subtree as a flat list, depth first.
type AccountTree struct {
	Nodes     []*AccountTreeNode
	Truncated bool
}

// AccountTreeNode is an account in a subtree. Its account knows its parent.
type AccountTreeNode struct {
	Account    *Account
	Level      int
	ChildCount int
}

// maxTreeNodes is how many accounts an AccountTree may have.
const maxTreeNodes = 10_000

// AccountTree returns a subtree as a flat list; nil if its top does not exist. It is three statements, whatever the tree.
func (d *DB) AccountTree(ctx context.Context, v Viewer, top AccountID, maxLevel *int, maxNodes int) (*AccountTree, error) {
	if maxNodes < 1 || maxNodes > maxTreeNodes {
		return nil, BadInput("`maxNodes` is %d, and must be from 1 to %d", maxNodes, maxTreeNodes)
	}
	if maxLevel != nil && *maxLevel < 0 {
		return nil, BadInput("`maxLevel` is %d, and must not be negative", *maxLevel)
	}
	k, err := d.subtrees(ctx, v, []AccountID{top}, maxLevel, nil)
	if err != nil {
		return nil, err
	}
	start, exists := k.top[top]
	if !exists {
		return nil, nil
	}
	places := append([]*place{{bone: start}}, k.list(top, DepthFirst, maxLevel)...)
	tree := &AccountTree{Truncated: len(places) > maxNodes}
	places = places[:min(len(places), maxNodes)]
	ids := make([]AccountID, len(places), len(places)+1)
	for i, p := range places {
		ids[i] = p.ID
	}
	if int64(len(ids)) >= left(ctx) {
		return nil, Spend(ctx, len(ids))
	}
	if start.ParentID != nil {
		ids = append(ids, *start.ParentID) // the others' parents are in the tree
	}
	records, err := d.AccountsByID(ctx, v, ids)
	if err != nil {
		return nil, err
	}
	counts, err := d.ChildCounts(ctx, v, ids)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		a := records[p.ID]
		if a == nil {
			continue // deleted between the statements
		}
		a.parent = records[a.Spot().ParentID]
		tree.Nodes = append(tree.Nodes, &AccountTreeNode{Account: a, Level: p.level, ChildCount: counts[p.ID]})
	}
	return tree, nil
}
