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

// AccountTree returns a subtree as a flat list; nil if its top does not exist. It is at most three statements, whatever the tree.
func (d *DB) AccountTree(ctx context.Context, v Viewer, top AccountID, maxLevel *int, maxNodes int) (*AccountTree, error) {
	if maxNodes < 1 || maxNodes > maxTreeNodes {
		return nil, BadInput("`maxNodes` is %d, and must be from 1 to %d", maxNodes, maxTreeNodes)
	}
	if maxLevel != nil && *maxLevel < 0 {
		return nil, BadInput("`maxLevel` is %d, and must not be negative", *maxLevel)
	}
	found, err := d.descend(ctx, v, descent{tops: []AccountID{top}, traversal: DepthFirst, maxLevel: maxLevel, withTop: true, limit: maxNodes + 1})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	tree := &AccountTree{Truncated: len(found) > maxNodes}
	found = found[:min(len(found), maxNodes)]
	records, ids := make(map[AccountID]*Account, len(found)+1), make([]AccountID, len(found))
	for i, f := range found {
		records[f.ID], ids[i] = &f.Account, f.ID
	}
	if parent := found[0].ParentID; parent != nil { // the others' parents are in the tree
		above, err := d.AccountsByID(ctx, v, []AccountID{*parent})
		if err != nil {
			return nil, err
		}
		records[*parent] = above[*parent]
	}
	counts, err := d.ChildCounts(ctx, v, ids)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		f.Account.parent = records[f.Account.Spot().ParentID]
		tree.Nodes = append(tree.Nodes, &AccountTreeNode{Account: &f.Account, Level: f.Level, ChildCount: counts[f.ID]})
	}
	return tree, nil
}
