package graph_test

import (
	"log/slog"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	httpserver "github.com/accountgraph/accountgraph/internal/http"
)

// behindDoor is the same API behind a door that asks for keys.
func (s *server) behindDoor() *server {
	keys := auth.NewKeys(s.db, slog.New(slog.DiscardHandler))
	s.t.Cleanup(keys.Close)
	api := graph.NewHandler(s.db, graph.Options{MaxDepth: 150, MaxTokens: 20_000, MaxAliases: 500, MaxRecords: 25_000, Introspection: true, Imports: s.imports})
	web := httptest.NewServer(httpserver.Authenticated(auth.Door{Keys: keys}, api))
	s.t.Cleanup(web.Close)
	other := *s
	other.url = web.URL
	return &other
}

// with is the same server, asked with another key.
func (s *server) with(key string) *server {
	other := *s
	other.key = key
	return &other
}

// apiKey makes a key and returns its text.
func (s *server) apiKey(name, scope string) string {
	s.t.Helper()
	a := s.must(nil, `mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { key userErrors { code message } } }`, "input", object{"name": name, "scope": scope})
	key, ok := a.at("createApiKey", "key").(string)
	if !ok {
		s.t.Fatalf("key %s: %s", name, a.Body)
	}
	return key
}

func TestAPIKeyStory(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	a := s.tell("a key is made, and its text shown", `mutation { createApiKey(input: {name: "Billing", scope: WRITE, expiresAt: "2999-01-01T00:00:00Z"}) {
		key apiKey { id name prefix scope createdBy { ... on User { name } } createdAt lastUsedAt revokedAt } userErrors { field code } } }`)
	s.tell("all that is wrong is told at once", `mutation { createApiKey(input: {name: " ", scope: READ, expiresAt: "2001-01-01T00:00:00Z"}) { key apiKey { id } userErrors { field code message } } }`)
	id := a.at("createApiKey", "apiKey", "id")
	s.tell("another, which does not expire", `mutation { createApiKey(input: {name: "Reports", scope: READ}) { apiKey { name expiresAt } userErrors { code } } }`)
	s.tell("it is revoked", `mutation($id: ID!) { revokeApiKey(id: $id) { apiKey { name revokedAt } userErrors { code } } }`, "id", id)
	s.tell("one that is not there can't be", `mutation { revokeApiKey(id: "key_00000000000000000000000000") { apiKey { name } userErrors { field code message } } }`)
	s.tell("the list leaves it out", `{ apiKeys { totalCount nodes { name } } }`)
	s.tell("unless it is asked for", `{ apiKeys(includeRevoked: true, first: 1) { totalCount nodes { name revokedAt } pageInfo { hasNextPage } } }`)
	golden(t, "api_keys.txt", s.text.String())
}

// TestScopes asks for every operation with a key of each scope.
func TestScopes(t *testing.T) {
	t.Parallel()
	n := newTenants(t)
	configuration := []string{"createApiKey", "revokeApiKey", "createUser", "updateUser", "deactivateUser", "reactivateUser", "updateOrganization", "apiKeys"}
	door := n.mine.behindDoor()
	for _, scope := range []string{"READ", "WRITE", "ADMIN"} {
		n.mine = door.with(n.mine.with("").as(n.mine.viewer).apiKey("Key", scope))
		for _, name := range slices.Sorted(maps.Keys(foreign)) {
			root, field, _ := strings.Cut(name, ".")
			for _, operation := range foreign[name] {
				forAdmins := slices.Contains(configuration, field) || strings.Contains(operation, "deleted: ONLY")
				want := scope == "READ" && (root == "Mutation" || field == "imports") || scope != "ADMIN" && forAdmins
				if got := strings.Contains(n.ask(operation, n.absent), `"FORBIDDEN"`); got != want {
					t.Errorf("%s: %s: forbidden is %v, want %v", scope, operation, got, want)
				}
			}
		}
	}
}

func TestWhoAsksWithAKey(t *testing.T) {
	t.Parallel()
	s := setup(t)
	rival := s.as(dbtest.Organization(t, s.db, "Rival"))
	door := s.behindDoor()
	mine, theirs := door.with(s.apiKey("Billing", "WRITE")), door.with(rival.apiKey("Spy", "ADMIN"))

	a := mine.must(nil, `{ viewer { role user { name } apiKey { name scope prefix } organization { name } } }`)
	if got, want := a.Body, `{"data":{"viewer":{"role":"MANAGER","user":null,"apiKey":{"name":"Billing","scope":"WRITE","prefix":"`+mine.key[:12]+`"},"organization":{"name":"Acme"}}}}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	top := mine.account("Top", "")
	below := mine.account("Below", top)
	contact := mine.contact("ann@top.com", top)
	mine.must(nil, `mutation($id: ID!) { moveAccount(id: $id, parentId: null) { userErrors { code } } }`, "id", below)
	a = mine.must(nil, `query($id: ID!, $contact: ID!) {
		account(id: $id) { createdBy { __typename ... on ApiKey { name } } updatedBy { ... on Node { id } } parentChanges { nodes { changedBy { ... on ApiKey { name } } } } }
		contact(id: $contact) { createdBy { ... on ApiKey { name } } } }`, "id", below, "contact", contact)
	want(t, "creator", a.at("account", "createdBy"), any(object{"__typename": "ApiKey", "name": "Billing"}))
	want(t, "mover", a.at("account", "parentChanges", "nodes", 0, "changedBy", "name"), any("Billing"))
	want(t, "creator of the contact", a.at("contact", "createdBy", "name"), any("Billing"))

	id := a.at("account", "updatedBy", "id").(string)
	a = theirs.must(nil, `query($id: ID!, $key: ID!) { account(id: $id) { name } node(id: $key) { id } organization { name } apiKeys { nodes { name } } }`, "id", top, "key", id)
	want(t, "another organization's key sees", a.Body, `{"data":{"account":null,"node":null,"organization":{"name":"Rival"},"apiKeys":{"nodes":[{"name":"Spy"}]}}}`)
}

func TestStatementsOfAuthenticationCount(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.account("A", "")
	const query = `{ accounts { nodes { name } } }`
	without := s.must(nil, query).Statements
	s = s.behindDoor().with(s.apiKey("Key", "READ"))
	want(t, "statements of the first request", s.must(nil, query).Statements, without+1)
	want(t, "statements of the next", s.must(nil, query).Statements, without)
}
