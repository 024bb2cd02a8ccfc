package db

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// ContactAccountConnection is a page of the accounts where a contact is.
type ContactAccountConnection struct {
	Edges    []*ContactAccountEdge
	PageInfo PageInfo
	// Contact is whose accounts they are: what TotalCount counts.
	Contact ContactID
}

// ContactAccountEdge is an account where a contact is.
type ContactAccountEdge struct {
	Node *Account
	// IsPrimaryAccount tells whether the account is the contact's main one; at most one is.
	IsPrimaryAccount bool
	// IsPrimaryContact tells whether the contact is the account's main one of its type.
	IsPrimaryContact bool
	Role             *string
	// Since is a day, midnight UTC.
	Since *time.Time
	at    position
}

// Cursor is the account's place in the list.
func (e *ContactAccountEdge) Cursor() string { return e.at.cursor() }

// Nodes are the accounts alone.
func (c *ContactAccountConnection) Nodes() []*Account {
	nodes := make([]*Account, len(c.Edges))
	for i, edge := range c.Edges {
		nodes[i] = edge.Node
	}
	return nodes
}

// contactAccountOrder is the one order of the accounts of a contact: the main one, then by name. It is one text, so
// that a cursor holds it.
var contactAccountOrder = order{
	name:       "contact-account",
	expression: `(CASE WHEN link.is_primary_account THEN '0' ELSE '1' END || a.name_folded) COLLATE "C"`,
	sqlType:    "text",
	id:         "a.id",
}

// AccountsOf returns a page of the accounts of each of some contacts, the main one first, then by name.
// A contact that does not exist has an empty one.
func (d *DB) AccountsOf(ctx context.Context, v Viewer, contacts []ContactID, args PageArgs) (map[ContactID]*ContactAccountConnection, error) {
	p, err := args.page(contactAccountOrder, maxPage)
	if err != nil {
		return nil, err
	}
	s := &statement{}
	_, link := linkColumns(nil)
	s.write("SELECT c.id AS of_id, place.*\nFROM contacts c\nCROSS JOIN LATERAL (")
	s.write("\n  SELECT ", columns[Account]("a"), ", ", p.order.sortKey(), " AS sort_key, row_number() OVER (ORDER BY ", p.orderBy(), ") AS rank", link)
	s.write("\n  FROM account_contacts link\n  CROSS JOIN LATERAL (\n    SELECT ", columns[Account]("a"), ", a.name_folded\n    FROM accounts a")
	s.write("\n    WHERE ", v.visible(s, "a"), " AND a.id = link.account_id\n    LIMIT 1\n  ) a")
	s.write("\n  WHERE ", v.own(s, "link"), " AND link.contact_id = c.id AND ", p.within(s))
	s.write("\n  ORDER BY ", p.orderBy(), "\n  LIMIT ", s.arg(int64(p.limit)+1), "\n) place")
	s.write("\nWHERE ", v.visible(s, "c"), " AND c.id = ANY(", s.arg(keyArray(contacts)), ")\nLIMIT ", s.arg(left(ctx)))
	type row struct {
		accountRow
		linkRow
		Of   ContactID `db:"of_id"`
		Rank int       `db:"rank"`
	}
	rows, err := all[*row](ctx, d.pool, s, "accounts of contacts")
	if err != nil {
		return nil, err
	}
	if err := guard(ctx, len(rows)); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b *row) int { return cmp.Compare(a.Rank, b.Rank) })
	places := map[ContactID][]*row{}
	for _, r := range rows {
		places[r.Of] = append(places[r.Of], r)
	}
	at := func(r *row) position { return position{Order: p.order.name, Key: r.SortKey, ID: r.ID.ID()} }
	pages := make(map[ContactID]*ContactAccountConnection, len(contacts))
	for _, id := range contacts {
		if pages[id] != nil {
			continue
		}
		found, info := cut(p, places[id], func(r *row) position { return at(r) })
		c := &ContactAccountConnection{Edges: make([]*ContactAccountEdge, len(found)), PageInfo: info, Contact: id}
		for i, r := range found {
			c.Edges[i] = &ContactAccountEdge{
				Node: &r.Account, IsPrimaryAccount: r.IsPrimaryAccount, IsPrimaryContact: r.IsPrimaryContact,
				Role: r.Role, Since: r.Since, at: at(r),
			}
		}
		pages[id] = c
	}
	return pages, nil
}

// PrimaryAccounts returns the main accounts of contacts. A contact without one is not in the answer.
func (d *DB) PrimaryAccounts(ctx context.Context, v Viewer, contacts []ContactID) (map[ContactID]*Account, error) {
	s := &statement{}
	s.write("SELECT link.contact_id AS of_id, a.*\nFROM account_contacts link")
	s.write("\nCROSS JOIN LATERAL (SELECT FROM contacts c WHERE ", v.visible(s, "c"), " AND c.id = link.contact_id LIMIT 1) c")
	s.write("\nCROSS JOIN LATERAL (SELECT ", columns[Account]("a"), " FROM accounts a WHERE ", v.visible(s, "a"), " AND a.id = link.account_id LIMIT 1) a")
	s.write("\nWHERE ", v.own(s, "link"), " AND link.contact_id = ANY(", s.arg(keyArray(contacts)), ") AND link.is_primary_account")
	rows, err := all[*struct {
		Account
		Of ContactID `db:"of_id"`
	}](ctx, d.pool, s, "primary accounts of contacts")
	found := make(map[ContactID]*Account, len(rows))
	for _, row := range rows {
		found[row.Of] = &row.Account
	}
	return found, err
}
