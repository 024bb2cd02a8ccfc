package graph_test

import "testing"

func TestUserStory(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	const user = `user { name email role isActive version }`
	s.tell("the organization is changed", `mutation { updateOrganization(input: {name: "Acme AG", defaultCurrency: "chf"}, ifVersion: 1) {
		organization { name defaultCurrency defaultRegion allowFreeContacts retentionDays version } userErrors { field code } } }`)
	s.tell("all that is wrong with it is told at once", `mutation { updateOrganization(input: {name: "", defaultRegion: "Atlantis", allowFreeContacts: null, retentionDays: -1}) {
		organization { name } userErrors { field code message } } }`)
	s.tell("somebody else changed it", `mutation { updateOrganization(input: {retentionDays: 7}, ifVersion: 1) { organization { name } userErrors { field code message } } }`)
	ann := s.tell("a user is made", `mutation { createUser(input: {name: "Ann", email: "ann@ACME.com"}) { user { id name email role isActive version } userErrors { field code } } }`).at("createUser", "user", "id")
	bob := s.tell("another", `mutation { createUser(input: {name: "Bob", email: "bob@acme.com", role: MANAGER}) { user { id name } userErrors { code } } }`).at("createUser", "user", "id")
	s.tell("all that is wrong with one is told at once", `mutation { createUser(input: {name: " ", email: "ann@acme"}) { user { name } userErrors { field code message } } }`)
	s.tell("an address that is taken", `mutation { createUser(input: {name: "Ann", email: "Ann@acme.com"}) { user { name } userErrors { field code message } } }`)
	s.tell("a user is changed", `mutation($id: ID!) { updateUser(id: $id, input: {name: "Anna", role: VIEWER}, ifVersion: 1) { `+user+` userErrors { field code } } }`, "id", ann)
	s.tell("nothing of a user can be cleared", `mutation($id: ID!) { updateUser(id: $id, input: {name: null, email: null, role: null}) { `+user+` userErrors { field code message } } }`, "id", ann)
	s.must(nil, `mutation($owner: ID!) { createAccount(input: {name: "Globex", primaryDomain: "globex.com", ownerId: $owner}) { userErrors { code } } }`, "owner", ann)
	s.tell("the last admin stays", `mutation($id: ID!) { deactivateUser(id: $id) { `+user+` userErrors { field code message } } }`, "id", s.viewer.User.String())
	s.tell("a user is deactivated, who owns an account", `mutation($id: ID!) { deactivateUser(id: $id) { `+user+` reassignedCount ownedAccountCount userErrors { field code } } }`, "id", ann)
	s.tell("which is found", `query($id: ID!) { accounts(filter: {ownerId: {in: [$id]}}) { nodes { name owner { name isActive } } } }`, "id", ann)
	s.tell("and handed over", `mutation($id: ID!, $to: ID) { deactivateUser(id: $id, reassignTo: $to) { `+user+` reassignedCount ownedAccountCount userErrors { field code } } }`, "id", ann, "to", bob)
	s.tell("to the other", `query($id: ID!) { accounts(filter: {ownerId: {in: [$id]}}) { nodes { name version owner { name } updatedBy { ... on User { name } } } } }`, "id", bob)
	s.tell("one who is not active can't take over", `mutation($id: ID!, $to: ID) { deactivateUser(id: $id, reassignTo: $to) { `+user+` reassignedCount userErrors { field code message } } }`, "id", bob, "to", ann)
	s.tell("a user is let in again", `mutation($id: ID!) { reactivateUser(id: $id) { `+user+` userErrors { code } } }`, "id", ann)
	golden(t, "users.txt", s.text.String())
}
