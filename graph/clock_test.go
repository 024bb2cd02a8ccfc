package graph_test

import (
	"slices"
	"testing"
)

// TestClockThatIsSetBack is about a database whose clock was an hour ahead, and was put right: what is made from now on has
// times, and ids, before those of what is there.
func TestClockThatIsSetBack(t *testing.T) {
	t.Parallel()
	s := setup(t)
	parent := s.account("Parent", "")
	child, sibling := s.account("Child", parent), s.account("Sibling", parent)
	move := func(account, to string) {
		a := s.must(nil, `mutation($id: ID!, $to: ID) { moveAccount(id: $id, parentId: $to) { account { id } userErrors { code } } }`, "id", account, "to", to)
		want(t, "problems", a.problems("moveAccount"), []string{})
	}
	move(child, sibling)
	for _, statement := range []string{
		"UPDATE accounts SET created_at = created_at + interval '1 hour', updated_at = updated_at + interval '1 hour'",
		"UPDATE parent_changes SET changed_at = changed_at + interval '1 hour'",
		"UPDATE events SET at = at + interval '1 hour'",
	} {
		if _, err := s.db.Pool().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	late := []string{s.account("Late 1", parent), s.account("Late 2", parent)}
	move(child, parent)
	a := s.must(nil, `mutation($id: ID!) { updateAccount(id: $id, ifVersion: 1, input: {description: "later"}) { account { version } userErrors { code } } }`, "id", parent)
	want(t, "a write on what has a later time", a.at("updateAccount", "account", "version"), any(2.0))
	a = s.must(nil, `mutation($id: ID!) { deleteAccount(id: $id) { deletedCount userErrors { code } } restoreAccount(id: $id) { restoredCount userErrors { code } } }`, "id", sibling)
	want(t, "deletion and restoration", []any{a.at("deleteAccount", "deletedCount"), a.at("restoreAccount", "restoredCount")}, []any{1.0, 1.0})

	lists := lists(parent, child, "")
	for _, order := range []string{"CREATED_AT", "UPDATED_AT", "NAME"} {
		for _, direction := range []string{"ASC", "DESC"} {
			p := lists["children"]
			chosen := "orderBy: {field: " + order + ", direction: " + direction + "}"
			forward, backward := p.turn(s, chosen, 1, 4, false), p.turn(s, chosen, 1, 4, true)
			want(t, chosen+" backward", backward, forward)
			if sorted := slices.Sorted(slices.Values(forward)); !slices.Equal(sorted, slices.Sorted(slices.Values([]string{child, sibling, late[0], late[1]}))) {
				t.Errorf("%s: got %v, want each child once", chosen, forward)
			}
			if order == "CREATED_AT" && direction == "ASC" {
				want(t, "those with the earlier times", forward[:2], late)
			}
		}
	}
	want(t, "changes of the parent", len(lists["changes of a parent"].turn(s, "", 1, 2, false)), 2)
	var types []string
	if err := s.db.Pool().SelectContext(t.Context(), &types, "SELECT type FROM events WHERE entity_id = $1 ORDER BY sequence", uuidOf(sibling)); err != nil {
		t.Fatal(err)
	}
	want(t, "events in the order in which they happened", types, []string{"account.created", "account.deleted", "account.restored"})
}
