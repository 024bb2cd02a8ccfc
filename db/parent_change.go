package db

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// ParentChange is one change of an account's parent. The parent given at creation is not a change.
type ParentChange struct {
	ID        ParentChangeID `db:"id"`
	AccountID AccountID      `db:"account_id"`
	// FromID and ToID are nil for a root.
	FromID        *AccountID `db:"from_id"`
	ToID          *AccountID `db:"to_id"`
	Reason        *string    `db:"reason"`
	ChangedAt     time.Time  `db:"changed_at"`
	ChangedByKind ActorKind  `db:"changed_by_kind"`
	ChangedByID   *uuid.UUID `db:"changed_by_id"`
}

// IsNode marks what has an identity.
func (*ParentChange) IsNode() {}

// Changer names who made the change.
func (c *ParentChange) Changer() ActorRef { return ActorRef{c.ChangedByKind, c.ChangedByID} }

// ParentChangeConnection is a page of the changes of an account's parent.
type ParentChangeConnection struct {
	Edges    []*ParentChangeEdge
	PageInfo PageInfo
	// AccountID is whose changes they are: what CountParentChanges counts.
	AccountID AccountID
}

// ParentChangeEdge is a change in a page.
type ParentChangeEdge struct {
	Node *ParentChange
	at   position
}

// Cursor is the change's place in the list.
func (e *ParentChangeEdge) Cursor() string { return e.at.cursor() }

// Nodes are the changes alone.
func (c *ParentChangeConnection) Nodes() []*ParentChange {
	nodes := make([]*ParentChange, len(c.Edges))
	for i, edge := range c.Edges {
		nodes[i] = edge.Node
	}
	return nodes
}

// parentChangeRow is a change as lists read it.
type parentChangeRow struct {
	ParentChange
	SortKey *string `db:"sort_key"`
	Rank    int     `db:"rank"`
}

// ParentChangesOf returns a page of the changes of each account's parent, newest first. Every account that is asked for has one.
func (d *DB) ParentChangesOf(ctx context.Context, v Viewer, ids []AccountID, args PageArgs) (map[AccountID]*ParentChangeConnection, error) {
	p, err := args.page(order{name: "parentChange", expression: "c.changed_at", sqlType: "timestamptz", id: "c.id", descending: true}, maxPage)
	if err != nil {
		return nil, err
	}
	s := &statement{}
	s.write("SELECT change.*\nFROM (SELECT DISTINCT unnest(CAST(", s.arg(keyArray(ids)), " AS uuid[]))) AS asked (id)")
	s.write("\nJOIN accounts a ON ", v.visible(s, "a"), " AND a.id = asked.id")
	s.write("\nCROSS JOIN LATERAL (\n  SELECT ", columns[ParentChange]("c"), ", ", p.order.sortKey(), " AS sort_key, row_number() OVER (ORDER BY ", p.orderBy(), ") AS rank")
	s.write("\n  FROM parent_changes c\n  WHERE ", v.own(s, "c"), " AND c.account_id = a.id AND ", p.within(s))
	s.write("\n  ORDER BY ", p.orderBy(), "\n  LIMIT ", s.arg(int64(p.limit)+1), "\n) change\nLIMIT ", s.arg(left(ctx)))
	rows, err := all[*parentChangeRow](ctx, d.pool, s, "changes of parents")
	if err != nil {
		return nil, err
	}
	if err := guard(ctx, len(rows)); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b *parentChangeRow) int { return cmp.Compare(a.Rank, b.Rank) })
	lists := map[AccountID][]*parentChangeRow{}
	for _, row := range rows {
		lists[row.AccountID] = append(lists[row.AccountID], row)
	}
	pages := make(map[AccountID]*ParentChangeConnection, len(ids))
	for _, id := range ids {
		if pages[id] == nil {
			pages[id] = parentChangePage(p, lists[id], id)
		}
	}
	return pages, nil
}

func parentChangePage(p page, rows []*parentChangeRow, of AccountID) *ParentChangeConnection {
	at := func(r *parentChangeRow) position {
		return position{Order: p.order.name, Key: r.SortKey, ID: r.ID.ID()}
	}
	rows, info := cut(p, rows, func(r *parentChangeRow) position { return at(r) })
	c := &ParentChangeConnection{Edges: make([]*ParentChangeEdge, len(rows)), PageInfo: info, AccountID: of}
	for i, r := range rows {
		c.Edges[i] = &ParentChangeEdge{Node: &r.ParentChange, at: at(r)}
	}
	return c
}

// CountParentChanges counts the changes of accounts' parents. An account without changes is not in the answer.
func (d *DB) CountParentChanges(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID]int, error) {
	s := &statement{}
	s.write("SELECT a.id, count(*)\nFROM accounts a\nJOIN parent_changes c ON c.account_id = a.id AND ", v.own(s, "c"))
	s.write("\nWHERE ", v.visible(s, "a"), " AND a.id = ANY(", s.arg(keyArray(ids)), ")\nGROUP BY a.id")
	return countsByID[AccountID](ctx, d, s, "count changes of parents")
}

// ParentChangesByID returns the changes that there are, by id. Those of a deleted account are not.
func (d *DB) ParentChangesByID(ctx context.Context, v Viewer, ids []ParentChangeID) (map[ParentChangeID]*ParentChange, error) {
	s := &statement{}
	s.write("SELECT ", columns[ParentChange]("c"), "\nFROM parent_changes c\nJOIN accounts a ON a.id = c.account_id AND ", v.visible(s, "a"))
	s.write("\nWHERE ", v.own(s, "c"), " AND c.id = ANY(", s.arg(keyArray(ids)), ")")
	changes, err := all[*ParentChange](ctx, d.pool, s, "changes of parents by id")
	return byID(changes, func(c *ParentChange) ParentChangeID { return c.ID }), err
}

// parentChange is a change that is about to be recorded.
type parentChange struct {
	account  AccountID
	from, to *AccountID
	reason   *string
}

// recordParentChanges keeps changes that were made, and tells of them. Whatever changes a parent calls it, once it has
// the lock of the hierarchy: now() would be when the transaction began to wait for it, and changes would change places.
func recordParentChanges(ctx context.Context, tx *sqlx.Tx, v Viewer, changes []parentChange) error {
	if len(changes) == 0 {
		return nil
	}
	ids, from, to, reasons := make([]AccountID, len(changes)), make([]*string, len(changes)), make([]*string, len(changes)), make([]*string, len(changes))
	events := make([]event, len(changes))
	for i, c := range changes {
		ids[i], from[i], to[i], reasons[i] = c.account, uuidText(c.from), uuidText(c.to), c.reason
		events[i] = event{kind: "account.moved", entity: "account", id: c.account.uuid,
			before: map[string]any{"parent_id": from[i]}, after: map[string]any{"parent_id": to[i], "reason": c.reason}}
	}
	actor := v.actor()
	s := textOf("", v.Organization, idArray(ids), pq.Array(from), pq.Array(to), pq.Array(reasons), actor.Kind, actor.ID)
	told, err := insertEvents(s, v, events)
	if err != nil {
		return err
	}
	s.write("WITH told AS (", told, `
)
INSERT INTO parent_changes (organization_id, account_id, from_id, to_id, reason, changed_by_kind, changed_by_id, changed_at)
SELECT $1, change.*, $6, $7, clock_timestamp() FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) AS change`)
	_, err = exec(ctx, tx, "record changes of parents", s.text.String(), s.args...)
	return err
}
