package db

import (
	"context"
	"slices"
)

// DescendantArgs choose among the accounts below one.
type DescendantArgs struct {
	Traversal Traversal
	First     *int
	After     *string
	MaxLevel  *int
	Filter    *AccountFilter
}

// AccountDescendantConnection is a page of the accounts below one.
type AccountDescendantConnection struct {
	Edges      []*AccountDescendantEdge
	PageInfo   PageInfo
	TotalCount int
	// Err tells that the cursor is one of a list below another account; then there is no page.
	Err error
}

// AccountDescendantEdge is an account below another.
type AccountDescendantEdge struct {
	Node  *Account
	Level int
	at    descendantPlace
}

// Cursor is the account's place in the list.
func (e *AccountDescendantEdge) Cursor() string { return e.at.cursor() }

// Nodes are the accounts alone.
func (c *AccountDescendantConnection) Nodes() []*Account {
	nodes := make([]*Account, len(c.Edges))
	for i, edge := range c.Edges {
		nodes[i] = edge.Node
	}
	return nodes
}

// window checks the arguments and returns the size of the page and where it begins.
func (a DescendantArgs) window() (int, *descendantPosition, error) {
	size := defaultPage
	if a.First != nil {
		size = *a.First
	}
	if size < 0 || size > maxLinkPage {
		return 0, nil, BadInput("`first` is %d, and must be from 0 to %d", size, maxLinkPage)
	}
	if a.MaxLevel != nil && *a.MaxLevel < 0 {
		return 0, nil, BadInput("`maxLevel` is %d, and must not be negative", *a.MaxLevel)
	}
	if a.After == nil {
		return size, nil, nil
	}
	after, err := parseDescendantCursor(*a.After, a.Traversal)
	return size, after, err
}

// Descendants returns a page of the accounts below each of some: the shapes in one statement, the records of all pages in another.
// A cursor is good below the account that it was given out for, and an error of the pages below others.
func (d *DB) Descendants(ctx context.Context, v Viewer, ids []AccountID, args DescendantArgs) (map[AccountID]*AccountDescendantConnection, error) {
	if args.Traversal == "" {
		args.Traversal = BreadthFirst
	}
	size, after, err := args.window()
	if err != nil {
		return nil, err
	}
	k, err := d.subtrees(ctx, v, ids, args.MaxLevel, args.Filter)
	if err != nil {
		return nil, err
	}
	pages := map[AccountID]*AccountDescendantConnection{}
	var wanted []AccountID
	for _, id := range ids {
		if _, done := pages[id]; done {
			continue
		}
		if after != nil && after.Top != id.String() {
			pages[id] = &AccountDescendantConnection{Err: errDescendantCursor()}
			continue
		}
		found := k.list(id, args.Traversal, args.MaxLevel)
		from := 0
		if after != nil {
			from = k.after(after, found)
		}
		until := min(from+size, len(found))
		c := &AccountDescendantConnection{TotalCount: len(found), PageInfo: PageInfo{HasNextPage: until < len(found), HasPreviousPage: after != nil}}
		for i, p := range found[from:until] {
			at := descendantPlace{id, args.Traversal, from + i, p}
			c.Edges = append(c.Edges, &AccountDescendantEdge{Level: p.level, Node: &Account{ID: p.ID}, at: at})
			wanted = append(wanted, p.ID)
		}
		if len(c.Edges) > 0 {
			c.PageInfo.start, c.PageInfo.end = c.Edges[0].at, c.Edges[len(c.Edges)-1].at
		}
		pages[id] = c
	}
	if int64(len(wanted)) >= left(ctx) {
		return nil, Spend(ctx, len(wanted))
	}
	records, err := d.AccountsByID(ctx, v, wanted)
	if err != nil {
		return nil, err
	}
	for _, c := range pages {
		// An account that was deleted between the two statements is left out.
		c.Edges = slices.DeleteFunc(c.Edges, func(e *AccountDescendantEdge) bool {
			e.Node = records[e.Node.ID]
			return e.Node == nil
		})
	}
	return pages, nil
}
