package db

import (
	"context"
	"strconv"
	"time"
)

// User is a person of the organization who signs in. Not a customer.
type User struct {
	ID        UserID    `db:"id"`
	Name      string    `db:"name"`
	Email     string    `db:"email"`
	Role      Role      `db:"role"`
	IsActive  bool      `db:"is_active"`
	CreatedAt time.Time `db:"created_at"`
	UpdatedAt time.Time `db:"updated_at"`
	Version   int       `db:"version"`
}

// IsNode marks what has an identity.
func (*User) IsNode() {}

// IsActor marks what can be an Actor.
func (*User) IsActor() {}

// UsersByID returns the users that there are, by id.
func (d *DB) UsersByID(ctx context.Context, v Viewer, ids []UserID) (map[UserID]*User, error) {
	s := &statement{}
	s.write("SELECT ", columns[User]("u"), "\nFROM users u\nWHERE ", v.own(s, "u"), " AND u.id = ANY(", s.arg(keyArray(ids)), ")")
	users, err := all[*User](ctx, d.pool, s, "users by id")
	return byID(users, func(u *User) UserID { return u.ID }), err
}

// UserArgs choose a page of users.
type UserArgs struct {
	PageArgs
	IsActive *bool
}

// UserConnection is a page of users.
type UserConnection struct {
	Edges    []*UserEdge
	PageInfo PageInfo
	List     UserList
}

// UserList names a list of users: all, or those that are active, or those that are not.
type UserList string

// AllUsers is the list of all users, active or not.
const AllUsers UserList = "all"

func userList(isActive *bool) UserList {
	if isActive == nil {
		return AllUsers
	}
	return UserList(strconv.FormatBool(*isActive))
}

// UserEdge is a user in a page.
type UserEdge struct {
	Node *User
	at   position
}

// Cursor is the user's place in the list.
func (e *UserEdge) Cursor() string { return e.at.cursor() }

// Nodes are the users alone.
func (c *UserConnection) Nodes() []*User {
	nodes := make([]*User, len(c.Edges))
	for i, edge := range c.Edges {
		nodes[i] = edge.Node
	}
	return nodes
}

// Users returns a page of the organization's users, by name.
func (d *DB) Users(ctx context.Context, v Viewer, args UserArgs) (*UserConnection, error) {
	p, err := args.page(order{name: "user:NAME", expression: fold("u.name"), sqlType: "text", id: "u.id"}, maxPage)
	if err != nil {
		return nil, err
	}
	s := &statement{}
	s.write("SELECT ", columns[User]("u"), ", ", p.order.sortKey(), " AS sort_key\nFROM users u")
	s.write("\nWHERE ", v.own(s, "u"), " AND ", userCondition(args.IsActive), " AND ", p.within(s))
	s.write("\nORDER BY ", p.orderBy(), "\nLIMIT ", s.arg(min(int64(p.limit)+1, left(ctx))))
	type row struct {
		User
		SortKey *string `db:"sort_key"`
	}
	rows, err := all[*row](ctx, d.pool, s, "list users")
	if err != nil {
		return nil, err
	}
	if err := guard(ctx, len(rows)); err != nil {
		return nil, err
	}
	at := func(r *row) position { return position{Order: p.order.name, Key: r.SortKey, ID: r.ID.ID()} }
	rows, info := cut(p, rows, func(r *row) position { return at(r) })
	c := &UserConnection{PageInfo: info, List: userList(args.IsActive)}
	for _, r := range rows {
		c.Edges = append(c.Edges, &UserEdge{Node: &r.User, at: at(r)})
	}
	return c, nil
}

// CountUsers counts the organization's users in lists, in one statement.
func (d *DB) CountUsers(ctx context.Context, v Viewer, _ []UserList) (map[UserList]int, error) {
	s := &statement{}
	s.write("SELECT count(*) AS all, count(*) FILTER (WHERE u.is_active) AS active FROM users u WHERE ", v.own(s, "u"))
	counts, err := all[struct{ All, Active int }](ctx, d.pool, s, "count users")
	if err != nil {
		return nil, err
	}
	yes, no := true, false
	return map[UserList]int{AllUsers: counts[0].All, userList(&yes): counts[0].Active, userList(&no): counts[0].All - counts[0].Active}, nil
}

func userCondition(isActive *bool) string {
	if isActive == nil {
		return "true"
	}
	return "u.is_active = " + strconv.FormatBool(*isActive)
}
