package db

import "context"

// ContactArgs choose a page of a list of contacts.
type ContactArgs struct {
	PageArgs
	Filter  *ContactFilter
	OrderBy *ContactOrder
	// Deleted makes the list one of deleted contacts.
	Deleted DeletedFilter
}

// ContactOrder is how contacts are ordered; nil means by name.
type ContactOrder struct {
	Field     ContactOrderField
	Direction OrderDirection
}

// ContactConnection is a page of contacts.
type ContactConnection struct {
	Edges    []*ContactEdge
	PageInfo PageInfo
	// List is the list that the page is of: what TotalCount counts.
	List ContactList
}

// ContactEdge is a contact in a page.
type ContactEdge struct {
	Node *Contact
	at   position
}

// Cursor is the contact's place in the list.
func (e *ContactEdge) Cursor() string { return e.at.cursor() }

// Nodes are the contacts alone.
func (c *ContactConnection) Nodes() []*Contact {
	nodes := make([]*Contact, len(c.Edges))
	for i, edge := range c.Edges {
		nodes[i] = edge.Node
	}
	return nodes
}

// ContactList names a list of contacts, whatever the page. Lists can be compared.
type ContactList struct {
	scope contactScope
	// account is where the contacts are; zero for the list of all contacts.
	account AccountID
	filter  *ContactFilter
	deleted DeletedFilter
}

// contactScope is how far a list of contacts reaches.
type contactScope string

const (
	allContacts  contactScope = "all"
	atAccount    contactScope = "at"
	belowAccount contactScope = "below"
)

// order is the order of a list of contacts under an alias. Cursors name the list, by how far it reaches.
func (o *ContactOrder) order(c string, list contactScope) order {
	if o == nil {
		o = &ContactOrder{Field: ContactByName, Direction: Ascending}
	}
	by := order{
		name: "contacts:" + string(list) + ":" + string(o.Field) + ":" + string(o.Direction.said()), id: c + ".id",
		descending: o.Direction == Descending,
	}
	switch o.Field {
	case ContactByEmail:
		// As the unique index has it, which serves this order too.
		by.expression, by.sqlType = fold(c+".email"), "text"
	case ContactByCreatedAt:
		by.expression, by.sqlType = c+".created_at", "timestamptz"
	case ContactByUpdatedAt:
		by.expression, by.sqlType = c+".updated_at", "timestamptz"
	case ContactByDeletedAt:
		by.expression, by.sqlType, by.nullable = c+".deleted_at", "timestamptz", true
	default:
		by.expression, by.sqlType = c+".name_folded", "text"
	}
	return by
}

// contactRow is a contact as lists read it.
type contactRow struct {
	Contact
	SortKey *string `db:"sort_key"`
}

// at is the contact's place in a list.
func (r *contactRow) at(o order) position {
	return position{Order: o.name, Key: r.SortKey, ID: r.ID.ID()}
}

// Contacts returns a page of the organization's contacts, or for admins of the deleted ones.
func (d *DB) Contacts(ctx context.Context, v Viewer, args ContactArgs) (*ContactConnection, error) {
	s := &statement{}
	listed, err := v.listed(s, "c", args.Deleted)
	if err != nil {
		return nil, err
	}
	p, err := args.page(args.OrderBy.order("c", allContacts).of(args.Deleted), maxPage)
	if err != nil {
		return nil, err
	}
	condition, err := args.Filter.where(s, v, "c")
	if err != nil {
		return nil, err
	}
	want := wanted(ctx)
	if args.Deleted == DeletedOnly {
		want = nil // as in Accounts
	}
	names := selected[Contact](want)
	p.list(s, names, "contacts", "c", listed+" AND "+condition, s.arg(min(int64(p.limit)+1, left(ctx))))
	rows, err := packed[*contactRow](ctx, d.pool, s, append(names, "sort_key"), "list contacts")
	if err != nil {
		return nil, err
	}
	if err := guard(ctx, len(rows)); err != nil {
		return nil, err
	}
	rows, info := cut(p, rows, func(r *contactRow) position { return r.at(p.order) })
	c := &ContactConnection{Edges: make([]*ContactEdge, len(rows)), PageInfo: info, List: ContactList{scope: allContacts, filter: args.Filter, deleted: args.Deleted}}
	for i, r := range rows {
		c.Edges[i] = &ContactEdge{Node: &r.Contact, at: r.at(p.order)}
	}
	return c, nil
}
