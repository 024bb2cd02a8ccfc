package graph_test

import (
	"slices"
	"testing"

	"github.com/accountgraph/accountgraph/graph"
)

func TestNodeFindsEveryTypeThatIsOne(t *testing.T) {
	t.Parallel()
	s := setup(t)
	top := s.account("Top", "")
	below := s.account("Below", top)
	s.must(nil, `mutation($id: ID!) { moveAccount(id: $id, parentId: null) { userErrors { code } } }`, "id", below)
	s.must(nil, `mutation($id: ID!) { createContact(input: {firstName: "Ann", email: "ann@top.com", type: "BILLING", accountIds: [$id]}) { userErrors { code } } }`, "id", top)
	var made struct {
		IngestCustomerUsers struct{ CustomerUsers []struct{ ID string } }
		Viewer              struct{ User struct{ ID string } }
		Organization        struct{ ID string }
		Contacts            struct{ Nodes []struct{ ID string } }
		PicklistValues      []struct{ ID string }
		Account             struct {
			ParentChanges struct{ Nodes []struct{ ID string } }
		}
	}
	s.must(&made, `mutation { ingestCustomerUsers(input: [{email: "bob@top.com", channel: "web"}]) { customerUsers { id } } }`)
	s.must(&made, `query($id: ID!) { viewer { user { id } } organization { id } contacts { nodes { id } }
		picklistValues(picklist: TASK_TYPE) { id } account(id: $id) { parentChanges { nodes { id } } } }`, "id", below)
	key := s.must(nil, `mutation { createApiKey(input: {name: "Key", scope: READ}) { apiKey { id } } }`).at("createApiKey", "apiKey", "id").(string)
	ids := map[string]string{
		"Account": top, "Contact": made.Contacts.Nodes[0].ID, "CustomerUser": made.IngestCustomerUsers.CustomerUsers[0].ID,
		"User": made.Viewer.User.ID, "Organization": made.Organization.ID, "PicklistValue": made.PicklistValues[0].ID,
		"Import": s.importFile("importAccounts", "external_id,name\n", "source", "crm"), "ApiKey": key, "ParentChange": made.Account.ParentChanges.Nodes[0].ID,
	}
	for _, name := range graph.NodeTypes() {
		var found struct {
			Node *struct {
				ID       string
				Typename string `json:"__typename"`
			}
		}
		s.must(&found, `query($id: ID!) { node(id: $id) { __typename id } }`, "id", ids[name])
		if found.Node == nil || found.Node.Typename != name || found.Node.ID != ids[name] {
			t.Errorf("%s %q: got %v", name, ids[name], found.Node)
		}
	}
	if !slices.Contains(graph.NodeTypes(), "CustomerUser") {
		t.Error("a customer user has an identity, and is no Node")
	}
}
