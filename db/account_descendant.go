package db

import "context"

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
	Edges    []*AccountDescendantEdge
	PageInfo PageInfo
	// List is the list that this is a page of.
	List DescendantList
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

// Descendants returns a page of the accounts below each of some, in one statement, which reads little more than the pages.
// A cursor is good below the account that it was given out for, and an error of the pages below others.
func (d *DB) Descendants(ctx context.Context, v Viewer, ids []AccountID, args DescendantArgs) (map[AccountID]*AccountDescendantConnection, error) {
	if args.Traversal == "" {
		args.Traversal = BreadthFirst
	}
	size, after, err := args.window()
	if err != nil {
		return nil, err
	}
	pages := make(map[AccountID]*AccountDescendantConnection, len(ids))
	var tops []AccountID
	for _, id := range ids {
		switch {
		case pages[id] != nil:
		case after != nil && after.Top != id.String():
			pages[id] = &AccountDescendantConnection{Err: errDescendantCursor()}
		default:
			pages[id] = &AccountDescendantConnection{List: DescendantList{id, args.level(), args.Filter}, PageInfo: PageInfo{HasPreviousPage: after != nil}}
			tops = append(tops, id)
		}
	}
	if len(tops) == 0 {
		return pages, nil
	}
	found, err := d.descend(ctx, v, descent{tops: tops, traversal: args.Traversal, maxLevel: args.MaxLevel, filter: args.Filter, after: after, limit: size + 1})
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		c := pages[f.Top]
		if len(c.Edges) == size {
			c.PageInfo.HasNextPage = true
			continue
		}
		at := descendantPlace{top: f.Top, traversal: args.Traversal, index: len(c.Edges), way: f.Way}
		if after != nil {
			at.index += after.Index + 1
		}
		c.Edges = append(c.Edges, &AccountDescendantEdge{Level: f.Level, Node: &f.Account, at: at})
	}
	for _, c := range pages {
		if len(c.Edges) > 0 {
			c.PageInfo.start, c.PageInfo.end = c.Edges[0].at, c.Edges[len(c.Edges)-1].at
		}
	}
	return pages, nil
}

// DescendantList is a list of accounts below one, whatever its order and pages.
type DescendantList struct {
	top AccountID
	// maxLevel is the last level that is listed; -1 for all.
	maxLevel int
	filter   *AccountFilter
}

func (a DescendantArgs) level() int {
	if a.MaxLevel == nil {
		return -1
	}
	return *a.MaxLevel
}

// CountDescendants counts the accounts of lists, whatever their pages. Lists of the same filter and level are one statement.
func (d *DB) CountDescendants(ctx context.Context, v Viewer, lists []DescendantList) (map[DescendantList]int, error) {
	type alike struct {
		maxLevel int
		filter   string
	}
	counts := make(map[DescendantList]int, len(lists))
	for _, group := range groups(lists, func(list DescendantList) alike { return alike{list.maxLevel, filterKey(list.filter)} }) {
		tops := make([]AccountID, len(group))
		for i, list := range group {
			tops[i] = list.top
		}
		byTop, err := d.countBelow(ctx, v, tops, group[0].maxLevel, group[0].filter)
		if err != nil {
			return nil, err
		}
		for _, list := range group {
			counts[list] = byTop[list.top]
		}
	}
	return counts, nil
}

// countBelow counts what is below each of some accounts, down to a level; -1 is all the way.
func (d *DB) countBelow(ctx context.Context, v Viewer, tops []AccountID, maxLevel int, filter *AccountFilter) (map[AccountID]int, error) {
	s := &statement{}
	condition, err := filter.where(s, v, "a")
	if err != nil {
		return nil, err
	}
	if condition == "true" && maxLevel < 0 && len(tops) > 1 {
		return d.countOverlapping(ctx, v, tops)
	}
	s.write("SELECT top.account_id AS id, count(*)\nFROM account_places top\n", placesBelowTop(s, v), " AND below.first > top.first")
	if maxLevel >= 0 {
		s.write(" AND below.depth <= top.depth + CAST(", s.arg(int64(maxLevel)), " AS bigint)")
	}
	if condition != "true" {
		s.write("\nJOIN accounts a ON ", v.visible(s, "a"), " AND a.id = below.account_id AND ", condition)
	}
	s.write("\nWHERE ", v.own(s, "top"), " AND top.account_id = ANY(", s.arg(keyArray(tops)), ")\nGROUP BY top.account_id")
	return countsByID[AccountID](ctx, d, s, "count accounts below")
}
