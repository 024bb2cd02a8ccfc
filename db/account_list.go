package db

import (
	"context"
	"encoding/json"
)

// AccountArgs choose a page of a list of accounts.
type AccountArgs struct {
	PageArgs
	Filter  *AccountFilter
	OrderBy *AccountOrder
	// Deleted makes the list of all accounts one of deleted accounts. Links from one account to others know no such list.
	Deleted DeletedFilter
}

// AccountOrder is how accounts are ordered; nil means by name.
type AccountOrder struct {
	Field     AccountOrderField
	Direction OrderDirection
}

// AccountConnection is a page of accounts.
type AccountConnection struct {
	Edges    []*AccountEdge
	PageInfo PageInfo
	// List is the list that the page is of: what TotalCount counts.
	List  AccountList
	nodes []*Account
}

// AccountEdge is an account in a page.
type AccountEdge struct {
	Node *Account
	// order and key are where the account stands in the list, but for its id.
	order string
	key   *string
}

// Cursor is the account's place in the list.
func (e *AccountEdge) Cursor() string { return e.cursor() }

func (e *AccountEdge) cursor() string {
	return position{Order: e.order, Key: e.key, ID: e.Node.ID.ID()}.cursor()
}

// Nodes are the accounts alone.
func (c *AccountConnection) Nodes() []*Account { return c.nodes }

// AccountList names a list of accounts, whatever the page. Lists can be compared.
type AccountList struct {
	// of is the account whose children or siblings it lists, parent the one whose children they all are;
	// both are zero for the list of all accounts.
	of, parent AccountID
	filter     *AccountFilter
	deleted    DeletedFilter
}

// order is the order of a list of accounts under an alias. Cursors name the list: those of all accounts are of no use for children.
func (o *AccountOrder) order(v Viewer, s *statement, a, list string) order {
	if o == nil {
		o = &AccountOrder{Field: AccountByName, Direction: Ascending}
	}
	by := order{
		name: list + ":" + string(o.Field) + ":" + string(o.Direction.said()), id: a + ".id",
		descending: o.Direction == Descending,
	}
	switch o.Field {
	case AccountByNumber:
		by.expression, by.sqlType = a+".number", "bigint"
	case AccountByCreatedAt:
		by.expression, by.sqlType = a+".created_at", "timestamptz"
	case AccountByUpdatedAt:
		by.expression, by.sqlType = a+".updated_at", "timestamptz"
	case AccountByAnnualRevenue:
		by.expression, by.sqlType, by.nullable = a+".annual_revenue", "numeric", true
	case AccountByEmployees:
		by.expression, by.sqlType, by.nullable = a+".employees", "integer", true
	case AccountByDeletedAt:
		by.expression, by.sqlType, by.nullable = a+".deleted_at", "timestamptz", true
	case AccountByHealth:
		// The keys in their order, read once: to look each account's up among the values takes four times as long.
		keys := "(SELECT array_agg(health.key ORDER BY health.position, health.id) FROM picklist_values health WHERE " +
			v.own(s, "health") + " AND health.picklist = 'account_health')"
		by.expression, by.ranking = "array_position("+keys+", "+a+".health)", &ranking{column: a + ".health", keys: keys}
		by.sqlType, by.nullable = "integer", true
	default:
		by.expression, by.sqlType = a+".name_folded", "text"
	}
	return by
}

// accountRow is an account as lists read it.
type accountRow struct {
	Account
	SortKey *string `db:"sort_key"`
}

// Accounts returns a page of the organization's accounts, or for admins of the deleted ones. A deleted account stands alone: it
// tells nothing of the parent that a restore brings it back to.
func (d *DB) Accounts(ctx context.Context, v Viewer, args AccountArgs) (*AccountConnection, error) {
	s := &statement{}
	listed, err := v.listed(s, "a", args.Deleted)
	if err != nil {
		return nil, err
	}
	p, err := args.page(args.OrderBy.order(v, s, "a", "accounts").of(args.Deleted), maxPage)
	if err != nil {
		return nil, err
	}
	want := wanted(ctx)
	if args.Deleted == DeletedOnly {
		want = nil // what links of deleted accounts look at is more than their columns say
	}
	names := selected[Account](want)
	if err := args.Filter.list(s, v, p, names, listed, min(int64(p.limit)+1, left(ctx)), d.largeSubtree); err != nil {
		return nil, err
	}
	rows, err := packed[*accountRow](ctx, d.pool, s, append(names, "sort_key"), "list accounts")
	if err != nil {
		return nil, err
	}
	if err := guard(ctx, len(rows)); err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.DeletedAt != nil {
			r.ParentID = nil
		}
	}
	return accountPage(newAccountPages(len(rows)), p, rows, AccountList{filter: args.Filter, deleted: args.Deleted}), nil
}

// listed is the account and its place in the list, but for its id.
func (r *accountRow) listed() (*Account, *string) { return &r.Account, r.SortKey }

// accountPages is room for the pages of a number of accounts.
type accountPages struct {
	edges []AccountEdge
	refs  []*AccountEdge
	nodes []*Account
}

func newAccountPages(accounts int) *accountPages {
	return &accountPages{make([]AccountEdge, 0, accounts), make([]*AccountEdge, 0, accounts), make([]*Account, 0, accounts)}
}

// accountPage makes a page of the rows that were read.
func accountPage[R interface{ listed() (*Account, *string) }](room *accountPages, p page, rows []R, list AccountList) *AccountConnection {
	rows, info := trim(p, rows)
	from := len(room.edges)
	for _, r := range rows {
		account, key := r.listed()
		room.edges = append(room.edges, AccountEdge{Node: account, order: p.order.name, key: key})
		room.refs = append(room.refs, &room.edges[len(room.edges)-1])
		room.nodes = append(room.nodes, account)
	}
	until := len(room.edges)
	c := &AccountConnection{Edges: room.refs[from:until:until], PageInfo: info, List: list, nodes: room.nodes[from:until:until]}
	if len(rows) > 0 {
		c.PageInfo.start, c.PageInfo.end = c.Edges[0], c.Edges[len(rows)-1]
	}
	return c
}

// filterKey writes a filter so that equal filters are equal texts.
func filterKey(filter any) string {
	text, err := json.Marshal(filter)
	if err != nil {
		panic(err) // filters are plain data
	}
	return string(text)
}
