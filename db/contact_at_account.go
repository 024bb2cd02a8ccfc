package db

import (
	"context"
	"slices"
	"time"
)

// AccountContactArgs choose a page of the people at an account.
type AccountContactArgs struct {
	PageArgs
	Filter  *ContactFilter
	OrderBy *ContactOrder
	// IncludeDescendants adds the people at all accounts below, each once.
	IncludeDescendants bool
}

// scope is how far a list that is chosen so reaches.
func (a AccountContactArgs) scope() contactScope {
	if a.IncludeDescendants {
		return belowAccount
	}
	return atAccount
}

// AccountContactConnection is a page of the people at an account.
type AccountContactConnection struct {
	Edges    []*AccountContactEdge
	PageInfo PageInfo
	// List is the list that the page is of: what TotalCount counts.
	List ContactList
}

// AccountContactEdge is a person at an account.
type AccountContactEdge struct {
	Node *Contact
	// IsPrimaryAccount tells whether the account is the contact's main one; with IncludeDescendants,
	// whether an account of the subtree is.
	IsPrimaryAccount bool
	// IsPrimaryContact, Role and Since are about the account itself, even with IncludeDescendants.
	IsPrimaryContact bool
	Role             *string
	// Since is a day, midnight UTC.
	Since *time.Time
	at    position
}

// Cursor is the contact's place in the list.
func (e *AccountContactEdge) Cursor() string { return e.at.cursor() }

// Nodes are the people alone.
func (c *AccountContactConnection) Nodes() []*Contact {
	nodes := make([]*Contact, len(c.Edges))
	for i, edge := range c.Edges {
		nodes[i] = edge.Node
	}
	return nodes
}

// linkRow is what a contact is at an account, as edges tell it.
type linkRow struct {
	IsPrimaryAccount bool       `db:"is_primary_account"`
	IsPrimaryContact bool       `db:"is_primary_contact"`
	Role             *string    `db:"role"`
	Since            *time.Time `db:"since"`
}

// linkColumns are the columns of a linkRow that are wanted, with what they are of a row of account_contacts under the alias `link`.
func linkColumns(want Columns) (names []string, list string) {
	for _, column := range [][2]string{
		{"is_primary_account", "link.is_primary_account"}, {"is_primary_contact", "link.primary_for_type IS NOT NULL AS is_primary_contact"},
		{"role", "link.role"}, {"since", "link.since"},
	} {
		if want == nil || want[column[0]] {
			names, list = append(names, column[0]), list+", "+column[1]
		}
	}
	return names, list
}

// ContactsOf returns a page of the people at each of some accounts. An account that does not exist has an empty one.
//
// Here and in the other statements that go from links to records, each record is fetched by its key (LATERAL ... LIMIT 1):
// for a hundred lists the planner takes a join for a reason to read the whole table, as often as there are lists.
func (d *DB) ContactsOf(ctx context.Context, v Viewer, accounts []AccountID, args AccountContactArgs) (map[AccountID]*AccountContactConnection, error) {
	p, err := args.page(args.OrderBy.order("c", args.scope()), maxLinkPage)
	if err != nil {
		return nil, err
	}
	if args.IncludeDescendants {
		return d.contactsBelow(ctx, v, accounts, args, p)
	}
	s := &statement{}
	condition, err := args.Filter.where(s, v, "c")
	if err != nil {
		return nil, err
	}
	listed := p
	listed.order.expression, listed.order.id = "c.sort_value", "c.id"
	names := selected[Contact](wanted(ctx))
	person := listOf(names, "c")
	links, link := linkColumns(wanted(ctx))
	read, rank := []string{"of_id", "sort_key"}, ""
	if !p.byText() {
		read, rank = append(read, "rank"), ", "+listed.number()
	}
	s.write("SELECT account.id, listed.*\nFROM accounts account\nCROSS JOIN LATERAL (")
	s.write("\n  SELECT ", listed.order.sortKey(), rank, link, ", ", person, "\n  FROM account_contacts link")
	s.write("\n  CROSS JOIN LATERAL (\n    SELECT ", person, ", ", p.order.expression, " AS sort_value\n    FROM contacts c")
	s.write("\n    WHERE ", v.visible(s, "c"), " AND c.id = link.contact_id AND ", condition, " AND ", p.within(s), "\n    LIMIT 1\n  ) c")
	s.write("\n  WHERE ", v.own(s, "link"), " AND link.account_id = account.id")
	s.write("\n  ORDER BY ", listed.orderBy(), "\n  LIMIT ", s.arg(int64(p.limit)+1), "\n) listed")
	s.write("\nWHERE ", v.visible(s, "account"), " AND account.id = ANY(", s.arg(keyArray(accounts)), ")\nLIMIT ", s.arg(left(ctx)))
	type row struct {
		Of AccountID `db:"of_id"`
		standing
		linkRow
		Contact
	}
	rows, err := packed[*row](ctx, d.pool, s, slices.Concat(read, links, names), "contacts of accounts")
	if err != nil {
		return nil, err
	}
	if err := guard(ctx, len(rows)); err != nil {
		return nil, err
	}
	people := map[AccountID][]*row{}
	for _, r := range rows {
		people[r.Of] = append(people[r.Of], r)
	}
	at := func(r *row) position { return position{Order: p.order.name, Key: r.SortKey, ID: r.ID.ID()} }
	pages := make(map[AccountID]*AccountContactConnection, len(accounts))
	for _, id := range accounts {
		if pages[id] != nil {
			continue
		}
		slices.SortFunc(people[id], func(a, b *row) int { return p.compare(a.standing, b.standing, a.ID.raw(), b.ID.raw()) })
		found, info := cut(p, people[id], at)
		c := &AccountContactConnection{
			Edges: make([]*AccountContactEdge, len(found)), PageInfo: info,
			List: ContactList{scope: args.scope(), account: id, filter: args.Filter},
		}
		for i, r := range found {
			c.Edges[i] = &AccountContactEdge{
				Node: &r.Contact, IsPrimaryAccount: r.IsPrimaryAccount, IsPrimaryContact: r.IsPrimaryContact,
				Role: r.Role, Since: r.Since, at: at(r),
			}
		}
		pages[id] = c
	}
	return pages, nil
}
