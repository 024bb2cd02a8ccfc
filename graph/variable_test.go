package graph_test

import "testing"

// Variables are read by GraphQL's rules for input values (3.9 to 3.12), wherever an argument has them.

func TestOneValueStandsForAList(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ids := s.bulk(row{key: "Top"}, row{key: "A", parentKey: "Top", fields: object{"status": "ACTIVE"}}, row{key: "B", parentKey: "Top"})
	for _, test := range []struct {
		declared, filter string
		value            any
	}{
		{"[String!]", `{status: {in: $v}}`, "ACTIVE"},
		{"[ID!]", `{id: {in: $v}}`, ids["A"]},
		{"[AccountFilter!]", `{and: $v}`, object{"name": object{"equals": "A"}}},
		{"AccountFilter", `$v`, object{"or": object{"status": object{"in": "ACTIVE"}}}},
	} {
		a := s.must(nil, `query($id: ID!, $v: `+test.declared+`) {
			account(id: $id) { children(filter: `+test.filter+`) { nodes { name } } }
			accounts(filter: `+test.filter+`) { nodes { name } }
		}`, "id", ids["Top"], "v", test.value)
		want(t, test.declared+" of a link", texts(a.at("account", "children", "nodes"), "name"), []string{"A"})
		want(t, test.declared+" of a root field", texts(a.at("accounts", "nodes"), "name"), []string{"A"})
	}
}

func TestNullIsNotTheDefault(t *testing.T) {
	t.Parallel()
	s := setup(t)
	id := s.account("Acme", "")
	for declared, link := range map[string]string{
		"OrderDirection": `children(orderBy: {field: NAME, direction: $v}) { totalCount }`,
		"Traversal":      `descendants(traversal: $v) { totalCount }`,
		"Boolean":        `contacts(includeDescendants: $v) { totalCount }`,
	} {
		query := `query($id: ID!, $v: ` + declared + `) { account(id: $id) { ` + link + ` } }`
		s.must(nil, query, "id", id)
		want(t, declared, s.ask(query, "id", id, "v", nil).code(), "BAD_USER_INPUT")
	}
}

func TestValuesOfEnumsAreExact(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ids := s.bulk(row{key: "Top"}, row{key: "A", parentKey: "Top"}, row{key: "B", parentKey: "Top"})
	query := `query($id: ID!, $v: OrderDirection!) { account(id: $id) { children(orderBy: {field: NAME, direction: $v}) { nodes { name } } } }`
	want(t, "DESC", texts(s.must(nil, query, "id", ids["Top"], "v", "DESC").at("account", "children", "nodes"), "name"), []string{"B", "A"})
	want(t, "desc", s.ask(query, "id", ids["Top"], "v", "desc").code(), "BAD_USER_INPUT")
	for query, value := range map[string]string{
		`query($v: DeletedFilter!) { accounts(deleted: $v) { totalCount } }`:              "only",
		`query($v: AccountOrderField!) { accounts(orderBy: {field: $v}) { totalCount } }`: "employees",
		`query($v: Picklist!) { picklistValues(picklist: $v) { key } }`:                   "TAS\u212a_STATUS", // the sign of Kelvin is a k in another case
	} {
		want(t, value, s.ask(query, "v", value).code(), "BAD_USER_INPUT")
	}
}
