package graph_test

import (
	"slices"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

// What leads from a deleted account to others, and from a deleted contact, and what it holds itself.
const (
	deletedAccount = `name deletedAt purgeAt deletedBy { ... on User { name } }
		primaryDomain secondaryDomain domains { domain isPrimary isRouting } externalIds { id } status { key } owner { name }
		parent { name } root { name } path { name } ancestors { name } depth isRoot isLeaf childCount descendantCount memberCount isDescendantOf(id: $id)
		children { totalCount nodes { name } } siblings { totalCount nodes { name } } descendants { totalCount nodes { name } }
		contacts { totalCount nodes { name } } below: contacts(includeDescendants: true) { totalCount nodes { name } } parentChanges { totalCount nodes { reason } }`
	deletedContact = `name email deletedAt purgeAt deletedBy { ... on User { name } } type { key } customerUser { channel }
		accounts { totalCount nodes { name } } primaryAccount { name }`
)

func TestDeletedRecordsAreShownToAdmins(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	ids := s.bulk(row{key: "Group"}, row{key: "Part", parentKey: "Group", fields: object{
		"status": "ACTIVE", "secondaryDomains": []string{"part.org"}, "externalIds": []object{{"source": "crm", "id": "1"}},
	}}, row{key: "Unit", parentKey: "Part"}, row{key: "Sister", parentKey: "Group"})
	s.must(nil, `mutation($id: ID!, $to: ID!) { moveAccount(id: $id, parentId: $to, reason: "there and back") { userErrors { code } } }`, "id", ids["Unit"], "to", ids["Group"])
	s.must(nil, `mutation($id: ID!, $to: ID!) { moveAccount(id: $id, parentId: $to) { userErrors { code } } }`, "id", ids["Unit"], "to", ids["Part"])
	ada := s.contact("ada@part.com", ids["Part"])
	s.contact("bob@part.com", ids["Part"], ids["Sister"])
	s.must(nil, `mutation($id: ID!) { deleteContact(id: $id) { userErrors { code } } }`, "id", ada)
	s.must(nil, `mutation($id: ID!) { deleteAccount(id: $id, children: CASCADE) { userErrors { code } } }`, "id", ids["Part"])

	a := s.tell("a deleted account stands alone", `query($id: ID!) { accounts(deleted: ONLY) { totalCount nodes { `+deletedAccount+` } } }`, "id", ids["Group"])
	want(t, "unplanned loads", a.Loads, 0)
	s.tell("so does a deleted contact", `{ contacts(deleted: ONLY) { totalCount nodes { `+deletedContact+` } } }`)
	s.tell("they are in no other list, look-up or count", `query($ids: [ID!]!) { accounts { totalCount nodes { name childCount memberCount contacts { nodes { name } } } }
		nodes(ids: $ids) { id } contacts { nodes { name accounts { totalCount nodes { name } } } } accountByDomain(domain: "part.com") { name } }`, "ids", []string{ids["Part"], ada})
	s.tell("the list can be filtered, ordered and paged", `{ accounts(deleted: ONLY, first: 1, orderBy: {field: DELETED_AT, direction: DESC}, filter: {name: {startsWith: "p"}}) { totalCount nodes { name } } }`)
	s.tell("the live ones have no time of a purge", `{ accounts { nodes { deletedAt purgeAt deletedBy { __typename } } } contacts { nodes { deletedAt purgeAt deletedBy { __typename } } } }`)
	s.tell("nothing was purged so far", `{ organization { retentionDays lastPurge { purgedAt accountCount contactCount } } }`)
	if _, err := s.db.Pool().Exec("UPDATE accounts SET deleted_at = now() - interval '31 days' WHERE deleted_at IS NOT NULL"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Purge(t.Context(), s.viewer); err != nil {
		t.Fatal(err)
	}
	s.tell("after a purge", `{ organization { lastPurge { purgedAt accountCount contactCount } } accounts(deleted: ONLY) { totalCount } contacts(deleted: ONLY) { totalCount } }`)
	golden(t, "deleted.txt", s.text.String())
}

func TestDeletedRecordsAreForbiddenToOthers(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for _, role := range []db.Role{db.RoleManager, db.RoleMember, db.RoleViewer} {
		v := s.viewer
		v.Role = role
		s.as(v).refuses("FORBIDDEN", `{ accounts(deleted: ONLY) { nodes { name } } }`)
		s.as(v).refuses("FORBIDDEN", `{ contacts(deleted: ONLY) { totalCount } }`)
		s.as(v).must(nil, `{ accounts(deleted: EXCLUDE) { nodes { name } } }`)
	}
}

func TestCursorsOfDeletedLists(t *testing.T) {
	t.Parallel()
	s := setup(t)
	var all []string
	for _, name := range []string{"A", "B", "C"} {
		id := s.account(name, "")
		s.must(nil, `mutation($id: ID!) { deleteAccount(id: $id) { deletedCount } }`, "id", id)
		all = append(all, name)
	}
	var cursor any
	var seen []string
	for {
		page := s.must(nil, `query($after: Cursor) { accounts(deleted: ONLY, first: 2, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }`, "after", cursor)
		seen = append(seen, texts(page.at("accounts", "nodes"), "name")...)
		cursor = page.at("accounts", "pageInfo", "endCursor")
		if page.at("accounts", "pageInfo", "hasNextPage") != true {
			break
		}
	}
	if !slices.Equal(seen, all) {
		t.Errorf("got %q, want %q", seen, all)
	}
	s.refuses("BAD_USER_INPUT", `query($after: Cursor) { accounts(after: $after) { nodes { name } } }`, "after", cursor)
}
