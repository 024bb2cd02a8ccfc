package db

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// APIKey is what a program signs in with. Its text is shown once, when it is made; see newAPIKeyText.
type APIKey struct {
	OrganizationID OrganizationID `db:"organization_id"`
	ID             APIKeyID       `db:"id"`
	Name           string         `db:"name"`
	// Prefix is how the key's text begins.
	Prefix        string     `db:"prefix"`
	Scope         Scope      `db:"scope"`
	CreatedAt     time.Time  `db:"created_at"`
	CreatedByKind ActorKind  `db:"created_by_kind"`
	CreatedByID   *uuid.UUID `db:"created_by_id"`
	// ExpiresAt is from when on the key is refused; nil for never.
	ExpiresAt  *time.Time `db:"expires_at"`
	LastUsedAt *time.Time `db:"last_used_at"`
	// RevokedAt is nil for a key that was not revoked.
	RevokedAt *time.Time `db:"revoked_at"`
}

// IsNode marks what has an identity.
func (*APIKey) IsNode() {}

// IsActor marks what can be an Actor.
func (*APIKey) IsActor() {}

// Creator names who made the key.
func (k *APIKey) Creator() ActorRef { return ActorRef{k.CreatedByKind, k.CreatedByID} }

// Scope is what an API key lets its holder do.
type Scope string

// The scopes.
const (
	ScopeRead  Scope = "READ"
	ScopeWrite Scope = "WRITE"
	ScopeAdmin Scope = "ADMIN"
)

// scopes are what each scope stands for: the rules know roles only.
var scopes = [...]struct {
	scope Scope
	role  Role
}{{ScopeRead, RoleViewer}, {ScopeWrite, RoleManager}, {ScopeAdmin, RoleAdmin}}

// role is what a holder of a key of this scope may do; one that may do nothing if there is no such scope.
func (s Scope) role() Role {
	for _, pair := range scopes {
		if pair.scope == s {
			return pair.role
		}
	}
	return ""
}

// scopeOf is the scope that stands for a role.
func scopeOf(role Role) Scope {
	for _, pair := range scopes {
		if pair.role == role {
			return pair.scope
		}
	}
	return ""
}

// APIKeysByID returns the API keys that there are, by id, revoked ones as well: they are named by what was written with them.
func (d *DB) APIKeysByID(ctx context.Context, v Viewer, ids []APIKeyID) (map[APIKeyID]*APIKey, error) {
	s := &statement{}
	s.write("SELECT ", columns[APIKey]("k"), "\nFROM api_keys k\nWHERE ", v.own(s, "k"), " AND k.id = ANY(", s.arg(keyArray(ids)), ")")
	keys, err := all[*APIKey](ctx, d.pool, s, "API keys by id")
	return byID(keys, func(k *APIKey) APIKeyID { return k.ID }), err
}

// APIKeyArgs choose a page of API keys.
type APIKeyArgs struct {
	PageArgs
	IncludeRevoked bool
}

// APIKeyConnection is a page of API keys.
type APIKeyConnection struct {
	Edges    []*APIKeyEdge
	PageInfo PageInfo
	List     APIKeyList
}

// APIKeyList names a list of API keys.
type APIKeyList struct {
	// IncludeRevoked tells whether revoked keys are in the list.
	IncludeRevoked bool
}

// APIKeyEdge is an API key in a page.
type APIKeyEdge struct {
	Node *APIKey
	at   position
}

// Cursor is the key's place in the list.
func (e *APIKeyEdge) Cursor() string { return e.at.cursor() }

// Nodes are the keys alone.
func (c *APIKeyConnection) Nodes() []*APIKey {
	nodes := make([]*APIKey, len(c.Edges))
	for i, edge := range c.Edges {
		nodes[i] = edge.Node
	}
	return nodes
}

// APIKeys returns a page of the organization's API keys, newest first. It is for admins; others are FORBIDDEN.
func (d *DB) APIKeys(ctx context.Context, v Viewer, args APIKeyArgs) (*APIKeyConnection, error) {
	if err := v.mayConfigure(); err != nil {
		return nil, err
	}
	p, err := args.page(order{name: "apiKey", expression: "k.created_at", sqlType: "timestamptz", id: "k.id", descending: true}, maxPage)
	if err != nil {
		return nil, err
	}
	s := &statement{}
	s.write("SELECT ", columns[APIKey]("k"), ", ", p.order.sortKey(), " AS sort_key\nFROM api_keys k")
	s.write("\nWHERE ", v.own(s, "k"), " AND ", apiKeyCondition(args.IncludeRevoked), " AND ", p.within(s))
	s.write("\nORDER BY ", p.orderBy(), "\nLIMIT ", s.arg(min(int64(p.limit)+1, left(ctx))))
	type row struct {
		APIKey
		SortKey *string `db:"sort_key"`
	}
	rows, err := all[*row](ctx, d.pool, s, "list API keys")
	if err != nil {
		return nil, err
	}
	if err := guard(ctx, len(rows)); err != nil {
		return nil, err
	}
	at := func(r *row) position { return position{Order: p.order.name, Key: r.SortKey, ID: r.ID.ID()} }
	rows, info := cut(p, rows, func(r *row) position { return at(r) })
	c := &APIKeyConnection{PageInfo: info, List: APIKeyList{args.IncludeRevoked}}
	for _, r := range rows {
		c.Edges = append(c.Edges, &APIKeyEdge{Node: &r.APIKey, at: at(r)})
	}
	return c, nil
}

// CountAPIKeys counts the API keys in lists, in one statement. It is for admins; others are FORBIDDEN.
func (d *DB) CountAPIKeys(ctx context.Context, v Viewer, _ []APIKeyList) (map[APIKeyList]int, error) {
	if err := v.mayConfigure(); err != nil {
		return nil, err
	}
	s := &statement{}
	s.write("SELECT count(*) AS all, count(*) FILTER (WHERE ", apiKeyCondition(false), ") AS live FROM api_keys k WHERE ", v.own(s, "k"))
	counts, err := all[struct{ All, Live int }](ctx, d.pool, s, "count API keys")
	if err != nil {
		return nil, err
	}
	return map[APIKeyList]int{{IncludeRevoked: true}: counts[0].All, {}: counts[0].Live}, nil
}

func apiKeyCondition(includeRevoked bool) string {
	if includeRevoked {
		return "true"
	}
	return "k.revoked_at IS NULL"
}
