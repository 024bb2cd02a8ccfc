package db

import (
	"context"
	"maps"
	"slices"
)

// placement is what a contact is at an account of a grove.
type placement struct {
	linkRow
	Account AccountID `db:"account_id"`
	Contact ContactID `db:"contact_id"`
	SortKey *string   `db:"sort_key"`
}

// placements reads who is at the accounts, contact by contact in the order of the page, those alone that the filter lets
// pass and that lie between the page's cursors.
func (d *DB) placements(ctx context.Context, v Viewer, accounts []AccountID, filter *ContactFilter, p page) ([]*placement, error) {
	s := &statement{}
	condition, err := filter.where(s, v, "c")
	if err != nil {
		return nil, err
	}
	listed := p
	listed.order.expression, listed.order.id = "c.sort_value", "c.id"
	_, link := linkColumns(nil)
	s.write("SELECT link.account_id, link.contact_id", link, ", ", listed.order.sortKey(), " AS sort_key\nFROM account_contacts link")
	s.write("\nCROSS JOIN LATERAL (\n  SELECT c.id, ", p.order.expression, " AS sort_value\n  FROM contacts c")
	s.write("\n  WHERE ", v.visible(s, "c"), " AND c.id = link.contact_id AND ", condition, " AND ", p.within(s), "\n  LIMIT 1\n) c")
	s.write("\nWHERE ", v.own(s, "link"), " AND link.account_id = ANY(", s.arg(keyArray(accounts)), ")\nORDER BY ", listed.orderBy())
	return all[*placement](ctx, d.pool, s, "contacts in subtrees")
}

// crowd are the people at all accounts of a grove.
type crowd struct {
	*grove
	// people are the contacts in their order, each by one of its placements.
	people []*placement
	// at has for each place who is there, as positions in people in rising order, and links what they are there.
	at    [][]int
	links [][]*placement
	// main has the place of each one's main account, -1 if that is not in the grove.
	main []int
}

// crowd reads the people at the accounts and at all below them.
func (d *DB) crowd(ctx context.Context, v Viewer, accounts []AccountID, filter *ContactFilter, p page) (*crowd, error) {
	g, err := d.grove(ctx, v, accounts)
	if err != nil {
		return nil, err
	}
	c := &crowd{grove: g}
	c.at, c.links = make([][]int, len(c.accounts)), make([][]*placement, len(c.accounts))
	if len(c.accounts) == 0 {
		return c, nil
	}
	rows, err := d.placements(ctx, v, c.accounts, filter, p)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		if i == 0 || rows[i-1].Contact != row.Contact {
			c.people, c.main = append(c.people, row), append(c.main, -1)
		}
		at, person := c.place[row.Account], len(c.people)-1
		c.at[at], c.links[at] = append(c.at[at], person), append(c.links[at], row)
		if row.IsPrimaryAccount {
			c.main[person] = at
		}
	}
	return c, nil
}

// first returns for each of the accounts the first n of the people in its subtree, as positions in people. Each account
// hands what it has on to its parent, so that the work is that of the grove, however its subtrees overlap.
func (c *crowd) first(accounts []AccountID, n int) map[AccountID][]int {
	found := make(map[AccountID][]int, len(accounts))
	for _, id := range accounts {
		found[id] = nil
	}
	lists := make([][]int, len(c.accounts))
	for at, id := range slices.Backward(c.accounts) { // those below come first
		list := merge(lists[at], c.at[at], n)
		if _, asked := found[id]; asked {
			found[id] = list
		}
		if above := c.above[at]; above >= 0 {
			lists[above] = merge(lists[above], list, n)
		}
		lists[at] = nil
	}
	return found
}

// merge returns the first n of the numbers of two rising lists, each once. It changes neither, and may return a part of one.
func merge(a, b []int, n int) []int {
	switch {
	case len(a) == 0:
		return b[:min(n, len(b))]
	case len(b) == 0 || len(a) >= n && a[n-1] <= b[0]:
		return a[:min(n, len(a))]
	}
	merged := make([]int, 0, min(n, len(a)+len(b)))
	for len(merged) < n && len(a)+len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			merged, a = append(merged, a[0]), a[1:]
		case len(a) == 0 || b[0] < a[0]:
			merged, b = append(merged, b[0]), b[1:]
		default:
			a = a[1:] // the same one
		}
	}
	return merged
}

// count counts the people in the subtree of each of the accounts, each person once in each. Looking at the places from
// left to right, everybody is counted where they were met last, so that a subtree that ends here has what was counted since it began.
func (c *crowd) count(accounts []AccountID) map[AccountID]int {
	ending := make([][]AccountID, len(c.accounts)+1)
	for _, id := range accounts {
		if at, exists := c.place[id]; exists {
			ending[c.end[at]] = append(ending[c.end[at]], id)
		}
	}
	counts := make(map[AccountID]int, len(accounts))
	met, total := newTally(len(c.accounts)), 0
	last := make([]int, len(c.people))
	for at := range c.accounts {
		for _, person := range c.at[at] {
			if before := last[person]; before > 0 {
				met.add(before-1, -1)
				total--
			}
			last[person] = at + 1
			met.add(at, 1)
			total++
		}
		for _, id := range ending[at+1] {
			counts[id] = total - met.before(c.place[id])
		}
	}
	return counts
}

// tally keeps numbers at places, of which any first ones are added up in logarithmic time (a Fenwick tree).
type tally []int

func newTally(places int) tally { return make(tally, places+1) }

// add adds to the number at a place.
func (t tally) add(place, n int) {
	for i := place + 1; i < len(t); i += i & -i {
		t[i] += n
	}
}

// before is the sum of the numbers at the places before one.
func (t tally) before(place int) int {
	sum := 0
	for i := place; i > 0; i -= i & -i {
		sum += t[i]
	}
	return sum
}

// contactsBelow returns a page of the people at each of some accounts and all below it, each once: the shape of the subtrees,
// who is there, and the records of all pages are one statement each.
func (d *DB) contactsBelow(ctx context.Context, v Viewer, accounts []AccountID, args AccountContactArgs, p page) (map[AccountID]*AccountContactConnection, error) {
	c, err := d.crowd(ctx, v, accounts, args.Filter, p)
	if err != nil {
		return nil, err
	}
	pages := make(map[AccountID]*AccountContactConnection, len(accounts))
	wanted, records := map[ContactID]bool{}, 0
	for id, people := range c.first(accounts, p.limit+1) {
		at := func(person int) position {
			return position{Order: p.order.name, Key: c.people[person].SortKey, ID: c.people[person].Contact.ID()}
		}
		found, info := cut(p, slices.Clone(people), func(person int) position { return at(person) })
		connection := &AccountContactConnection{
			Edges: make([]*AccountContactEdge, len(found)), PageInfo: info,
			List: ContactList{scope: belowAccount, account: id, filter: args.Filter},
		}
		for i, person := range found {
			connection.Edges[i] = c.edge(id, person, at(person))
			wanted[c.people[person].Contact] = true
		}
		pages[id] = connection
		records += len(found)
	}
	if int64(records) >= left(ctx) {
		return nil, Spend(ctx, records)
	}
	if records == 0 {
		return pages, nil
	}
	people, err := d.ContactsByID(ctx, v, slices.Collect(maps.Keys(wanted)))
	if err != nil {
		return nil, err
	}
	for _, connection := range pages {
		// A contact that was deleted between the statements is left out.
		connection.Edges = slices.DeleteFunc(connection.Edges, func(e *AccountContactEdge) bool {
			e.Node = people[e.Node.ID]
			return e.Node == nil
		})
	}
	return pages, nil
}

// edge is one of the people in the subtree of an account, of whose record it has the id.
func (c *crowd) edge(account AccountID, person int, at position) *AccountContactEdge {
	top := c.place[account]
	e := &AccountContactEdge{
		Node: &Contact{ID: c.people[person].Contact}, at: at,
		IsPrimaryAccount: c.main[person] >= top && c.main[person] < c.end[top],
	}
	if i, here := slices.BinarySearch(c.at[top], person); here {
		link := c.links[top][i]
		e.IsPrimaryContact, e.Role, e.Since = link.IsPrimaryContact, link.Role, link.Since
	}
	return e
}

// countContactsBelow counts the people in subtrees, for lists that have the same filter.
func (d *DB) countContactsBelow(ctx context.Context, v Viewer, lists []ContactList, into map[ContactList]int) error {
	accounts := make([]AccountID, len(lists))
	for i, list := range lists {
		accounts[i] = list.account
	}
	c, err := d.crowd(ctx, v, accounts, lists[0].filter, page{order: order{expression: "c.id", id: "c.id"}})
	if err != nil {
		return err
	}
	counts := c.count(accounts)
	for _, list := range lists {
		into[list] = counts[list.account]
	}
	return nil
}
