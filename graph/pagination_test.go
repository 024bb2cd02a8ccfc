package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// paged is a list, as LIST in a query; its path in the answer; and the orders that it can have.
type paged struct {
	query  string
	path   []any
	orders []string
}

// lists are all connections of the schema that page in both directions.
func lists(parent, child, contact string) map[string]paged {
	accounts := []string{"NAME", "NUMBER", "CREATED_AT", "UPDATED_AT", "ANNUAL_REVENUE", "EMPLOYEES", "HEALTH"}
	contacts := []string{"NAME", "EMAIL", "CREATED_AT", "UPDATED_AT"}
	of := func(id, list string) string { return fmt.Sprintf(`{ account(id: %q) { %s } }`, id, list) }
	return map[string]paged{
		"accounts":               {`{ accountsLIST }`, []any{"accounts"}, accounts},
		"children":               {of(parent, "childrenLIST"), []any{"account", "children"}, accounts},
		"siblings":               {of(child, "siblingsLIST"), []any{"account", "siblings"}, accounts},
		"contacts":               {`{ contactsLIST }`, []any{"contacts"}, contacts},
		"contacts of an account": {of(parent, "contactsLIST"), []any{"account", "contacts"}, contacts},
		"accounts of a contact":  {fmt.Sprintf(`{ contact(id: %q) { accountsLIST } }`, contact), []any{"contact", "accounts"}, nil},
		"users":                  {`{ usersLIST }`, []any{"users"}, nil},
		"changes of a parent":    {of(child, "parentChangesLIST"), []any{"account", "parentChanges"}, nil},
	}
}

func (p paged) ask(s *server, arguments string) any {
	s.t.Helper()
	selection := "(" + arguments + ") { edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount }"
	return s.must(nil, strings.Replace(p.query, "LIST", selection, 1)).at(p.path...)
}

func nodesOf(page any) []string { return texts(at(page, "nodes"), "id") }

// turn reads a list page by page, forward or backward, and checks what pages tell of themselves.
func (p paged) turn(s *server, order string, size, total int, backward bool) []string {
	s.t.Helper()
	var found []string
	cursor := ""
	for pages := 1; ; pages++ {
		first, after, end, more, before := "first", "after", "endCursor", "hasNextPage", "hasPreviousPage"
		if backward {
			first, after, end, more, before = "last", "before", "startCursor", "hasPreviousPage", "hasNextPage"
		}
		arguments := fmt.Sprintf("%s: %d %s", first, size, order)
		if cursor != "" {
			arguments += fmt.Sprintf(" %s: %q", after, cursor)
		}
		page := p.ask(s, arguments)
		ids := nodesOf(page)
		want(s.t, "total", at(page, "totalCount"), any(float64(total)))
		want(s.t, before, at(page, "pageInfo", before), any(cursor != ""))
		edges := list(at(page, "edges"))
		want(s.t, "edges", len(edges), len(ids))
		if len(ids) > 0 {
			want(s.t, "startCursor", at(page, "pageInfo", "startCursor"), at(edges[0], "cursor"))
			want(s.t, "endCursor", at(page, "pageInfo", "endCursor"), at(edges[len(edges)-1], "cursor"))
		}
		if backward {
			found = append(ids, found...)
		} else {
			found = append(found, ids...)
		}
		if at(page, "pageInfo", more) != true || pages > total {
			return found
		}
		cursor = at(page, "pageInfo", end).(string)
	}
}

// world of pages: twelve children with ties and absent values, people with ties, users, moves.
func newPages(t *testing.T) (s *server, parent, child, contact string) {
	s = setup(t)
	rows := []row{{key: "Parent"}}
	for i := range 12 {
		pick := func(from ...any) any { return from[i%len(from)] }
		rows = append(rows, row{key: fmt.Sprintf("child %d", i), parentKey: "Parent", fields: object{
			"name": pick("Same", "same", "SAME", "Other", "Ünder", "other"), "employees": pick(5, nil, 5, 1, nil),
			"annualRevenue": pick(object{"amount": "10"}, object{"amount": "10.00"}, nil, object{"amount": "9.99", "currency": "EUR"}),
			"health":        pick("GREEN", nil, "RED", "YELLOW", "RED"),
		}})
	}
	ids := s.bulk(rows...)
	for i := range 7 {
		s.user(fmt.Sprintf("User %d", i))
		s.must(nil, `mutation($id: ID!, $to: ID!) { moveAccount(id: $id, parentId: $to) { userErrors { code } } }`,
			"id", ids["child 3"], "to", ids[[]string{"child 1", "Parent"}[i%2]])
		contact = s.contact(fmt.Sprintf("%d@parent.com", i), ids["Parent"], ids["child 3"], ids["child 4"], ids["child 5"], ids["child 6"])
	}
	s.must(nil, `mutation($id: ID!, $to: ID!) { moveAccount(id: $id, parentId: $to) { userErrors { code } } }`, "id", ids["child 3"], "to", ids["Parent"])
	return s, ids["Parent"], ids["child 3"], contact
}

func TestPagesForwardAndBackward(t *testing.T) {
	t.Parallel()
	s, parent, child, contact := newPages(t)
	for name, p := range lists(parent, child, contact) {
		orders := []string{""}
		for _, field := range p.orders {
			orders = append(orders, "orderBy: {field: "+field+"}", "orderBy: {field: "+field+", direction: DESC}")
		}
		for _, order := range orders {
			whole := nodesOf(p.ask(s, "first: 100 "+order))
			if len(whole) < 5 {
				t.Fatalf("%s: got %d, want several", name, len(whole))
			}
			want(t, name+" from the end", nodesOf(p.ask(s, "last: 100 "+order)), whole)
			sizes := []int{3}
			if order == "" {
				sizes = []int{1, 3, 5, len(whole)}
			}
			for _, size := range sizes {
				want(t, fmt.Sprintf("%s, forward by %d, %s", name, size, order), p.turn(s, order, size, len(whole), false), whole)
				want(t, fmt.Sprintf("%s, backward by %d, %s", name, size, order), p.turn(s, order, size, len(whole), true), whole)
			}
		}
		empty := p.ask(s, "first: 0")
		want(t, name+": first: 0", nodesOf(empty), []string{})
		want(t, name+": more after none", at(empty, "pageInfo", "hasNextPage"), any(true))
	}
}

// Between two cursors is what lies between them.
func TestPagesBetweenCursors(t *testing.T) {
	t.Parallel()
	s, parent, child, contact := newPages(t)
	for name, p := range lists(parent, child, contact) {
		for _, order := range append([]string{""}, p.orders...) {
			if order != "" {
				order = "orderBy: {field: " + order + ", direction: DESC}"
			}
			edges := list(at(p.ask(s, "first: 100 "+order), "edges"))
			var whole []string
			for _, edge := range edges {
				whole = append(whole, at(edge, "node", "id").(string))
			}
			between := fmt.Sprintf("after: %q before: %q %s", at(edges[0], "cursor"), at(edges[len(edges)-1], "cursor"), order)
			want(t, name+" between, "+order, nodesOf(p.ask(s, between)), whole[1:len(whole)-1])
			want(t, name+" the first between", nodesOf(p.ask(s, "first: 1 "+between)), whole[1:2])
			want(t, name+" the last between", nodesOf(p.ask(s, "last: 1 "+between)), whole[len(whole)-2:len(whole)-1])
		}
	}
}

// Orders are what they say: by value, absent values last either way, ties by id.
func TestOrdersOfAccounts(t *testing.T) {
	t.Parallel()
	s, parent, _, _ := newPages(t)
	for field, want := range map[string][]string{
		"EMPLOYEES":      {"1", "1", "5", "5", "5", "5", "5", "<nil>"},
		"HEALTH":         {"RED", "YELLOW", "GREEN", "<nil>"},
		"ANNUAL_REVENUE": {"9.99", "10.00", "<nil>"},
		"NUMBER":         {"2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"},
	} {
		for _, direction := range []string{"ASC", "DESC"} {
			a := s.must(nil, fmt.Sprintf(`{ account(id: %q) { children(orderBy: {field: %s, direction: %s}) { nodes { id number employees health { key } annualRevenue { amount } } } } }`, parent, field, direction))
			var values, ids []string
			for _, node := range list(a.at("account", "children", "nodes")) {
				value := map[string]any{"EMPLOYEES": at(node, "employees"), "HEALTH": at(node, "health", "key"), "ANNUAL_REVENUE": at(node, "annualRevenue", "amount"), "NUMBER": at(node, "number")}[field]
				values, ids = append(values, fmt.Sprint(value)), append(ids, at(node, "id").(string))
			}
			distinct := slices.Compact(slices.Clone(values))
			expected := slices.Compact(slices.Clone(want))
			if direction == "DESC" {
				absent := slices.Index(expected, "<nil>")
				if absent < 0 {
					absent = len(expected)
				}
				slices.Reverse(expected[:absent])
			}
			if !slices.Equal(distinct, expected) {
				t.Errorf("%s %s: got %v, want %v", field, direction, distinct, expected)
			}
			for i := 1; i < len(ids); i++ {
				if values[i] == values[i-1] && values[i] != "<nil>" && (ids[i-1] < ids[i]) != (direction == "ASC") {
					t.Errorf("%s %s: got ties %s, %s, want them by id", field, direction, ids[i-1], ids[i])
				}
			}
		}
	}
}

func TestBadPages(t *testing.T) {
	t.Parallel()
	s, parent, child, contact := newPages(t)
	for name, p := range lists(parent, child, contact) {
		refuse := func(arguments, message string) {
			t.Helper()
			a := s.ask(strings.Replace(p.query, "LIST", "("+arguments+") { nodes { id } }", 1))
			want(t, name+"("+arguments+"): code", a.code(), "BAD_USER_INPUT")
			if len(a.Errors) == 1 {
				want(t, name+": path", fmt.Sprint(a.Errors[0].Path), fmt.Sprint(p.path))
				if !strings.Contains(a.Errors[0].Message, message) {
					t.Errorf("%s(%s): got %q, want it to tell of %s", name, arguments, a.Errors[0].Message, message)
				}
			}
		}
		refuse("first: -1", "`first` is -1")
		refuse("last: -1", "`last` is -1")
		refuse("first: 1001", "`first` is 1001")
		refuse("last: 1001", "`last` is 1001")
		refuse("first: 1, last: 1", "exclude each other")
		refuse(`after: "nonsense"`, "`after`")
		refuse(`before: ""`, "`before`")
		refuse(`after: "`+strings.Repeat("A", 5000)+`"`, "`after`")
		if p.orders != nil {
			other := at(p.ask(s, "first: 1 orderBy: {field: CREATED_AT, direction: DESC}"), "edges", 0, "cursor")
			refuse(fmt.Sprintf(`after: %q`, other), "`after`")
			refuse(fmt.Sprintf(`before: %q orderBy: {field: CREATED_AT}`, other), "`before`")
		}
	}
	for _, arguments := range []string{"first: -1", "first: 1001", "maxLevel: -1", `after: "nonsense"`} {
		a := s.ask(fmt.Sprintf(`{ account(id: %q) { descendants(%s) { nodes { id } } } }`, parent, arguments))
		want(t, "descendants("+arguments+")", a.code(), "BAD_USER_INPUT")
	}
	under := s.ask(`query($id: ID!) { accounts(filter: {not: {under: {id: $id, maxLevel: -5}}}) { nodes { id } } }`, "id", parent)
	want(t, "under with a negative maxLevel", under.code(), "BAD_USER_INPUT")
	cursor := s.must(nil, fmt.Sprintf(`{ account(id: %q) { descendants(first: 1) { pageInfo { endCursor } } } }`, parent)).at("account", "descendants", "pageInfo", "endCursor")
	a := s.ask(fmt.Sprintf(`{ account(id: %q) { descendants(after: %q, traversal: DEPTH_FIRST) { nodes { id } } } }`, parent, cursor))
	want(t, "descendants after a cursor of the other traversal", a.code(), "BAD_USER_INPUT")
	a = s.ask(fmt.Sprintf(`{ account(id: %q) { descendants(after: %q) { nodes { id } } } }`, child, cursor))
	want(t, "descendants after a cursor of another account's", a.code(), "BAD_USER_INPUT")
	both := s.ask(fmt.Sprintf(`{ accounts(filter: {id: {in: [%q, %q]}}, orderBy: {field: NUMBER}) { nodes { id more: descendants(after: %q) { totalCount } } } }`, parent, child, cursor))
	want(t, "descendants of two after a cursor of one's", both.code(), "BAD_USER_INPUT")
	want(t, "descendants of two after a cursor of one's", len(both.Errors), 1)
}

// A cursor stays good when its record is deleted, and a filter of absent values lists nothing.
func TestPagesAfterChanges(t *testing.T) {
	t.Parallel()
	s, parent, _, _ := newPages(t)
	query := `query($id: ID!, $after: Cursor) { account(id: $id) { children(first: 4, after: $after) { nodes { id } pageInfo { endCursor } } descendants(first: 4, after: $after) { nodes { id } } } }`
	whole := nodesOf(s.must(nil, `query($id: ID!) { account(id: $id) { children(first: 100) { nodes { id } } } }`, "id", parent).at("account", "children"))
	page := s.must(nil, strings.Replace(query, "descendants(first: 4, after: $after) { nodes { id } }", "", 1), "id", parent).at("account", "children")
	s.must(nil, `mutation($id: ID!) { deleteAccount(id: $id, children: CASCADE) { deletedCount } }`, "id", whole[3])
	next := s.must(nil, strings.Replace(query, "descendants(first: 4, after: $after) { nodes { id } }", "", 1), "id", parent, "after", at(page, "pageInfo", "endCursor"))
	want(t, "the page after a deleted account", nodesOf(next.at("account", "children")), whole[4:8])

	a := s.must(nil, `query($id: ID!) { account(id: $id) { descendants(filter: {health: {in: ["RED"]}}) { totalCount nodes { health { key } } }
		not: descendants(filter: {not: {health: {in: ["RED"]}}}) { totalCount } all: descendants { totalCount } } }`, "id", parent)
	count := func(name string) float64 { return a.at("account", name, "totalCount").(float64) }
	want(t, "those of a health and the others", count("descendants")+count("not"), count("all"))
	for _, node := range list(a.at("account", "descendants", "nodes")) {
		want(t, "health", at(node, "health", "key"), any("RED"))
	}
}

// A cursor of a list is good for the same order, whether its direction is said or not, and however the order is given.
func TestCursorsOfTheSameOrder(t *testing.T) {
	t.Parallel()
	s, parent, child, contact := newPages(t)
	for name, p := range lists(parent, child, contact) {
		if p.orders == nil {
			continue
		}
		kind := "AccountOrder"
		if strings.HasPrefix(name, "contacts") {
			kind = "ContactOrder"
		}
		// ask gives the order as it is written, or in variables.
		ask := func(arguments string, variables ...any) any {
			if len(variables) == 0 {
				return p.ask(s, arguments)
			}
			query := strings.Replace(p.query, "LIST", "("+arguments+") { nodes { id } pageInfo { endCursor } }", 1)
			declared := map[any]string{"order": "$order: " + kind, "field": "$field: " + kind + "Field!", "direction": "$direction: OrderDirection!"}
			return s.must(nil, "query("+declared[variables[0]]+") "+query, variables...).at(p.path...)
		}
		whole := nodesOf(p.ask(s, "first: 100"))
		orders := []struct {
			text      string
			variables []any
		}{
			{"", nil},
			{"orderBy: {field: NAME}", nil},
			{"orderBy: {field: NAME, direction: ASC}", nil},
			{"orderBy: null", nil},
			{"orderBy: $order", []any{"order", object{"field": "NAME"}}},
			{"orderBy: $order", []any{"order", object{"field": "NAME", "direction": "ASC"}}},
			{"orderBy: $order", []any{"order", nil}},
			{"orderBy: {field: $field}", []any{"field", "NAME"}},
			{"orderBy: {field: NAME, direction: $direction}", []any{"direction", "ASC"}},
		}
		for _, from := range orders {
			cursor := at(ask("first: 2 "+from.text, from.variables...), "pageInfo", "endCursor")
			for _, to := range orders {
				want(t, fmt.Sprint(name, from, to), nodesOf(ask(fmt.Sprintf("after: %q %s", cursor, to.text), to.variables...)), whole[2:])
			}
		}
	}
}

// A cursor of one list is refused by every other, also where both run in the same order.
func TestCursorsOfOtherLists(t *testing.T) {
	t.Parallel()
	s, parent, child, contact := newPages(t)
	all := lists(parent, child, contact)
	refuse := func(from, to string, cursor any, arguments string) {
		t.Helper()
		a := s.ask(strings.Replace(all[to].query, "LIST", fmt.Sprintf("(after: %q %s) { nodes { id } }", cursor, arguments), 1))
		want(t, to+" after a cursor of "+from, a.code(), "BAD_USER_INPUT")
	}
	for from, p := range all {
		cursor := at(p.ask(s, "first: 1"), "edges", 0, "cursor")
		for to := range all {
			if to != from {
				refuse(from, to, cursor, "")
			}
		}
	}
	people := all["contacts of an account"]
	refuse("contacts of the account alone", "contacts of an account", at(people.ask(s, "first: 1"), "edges", 0, "cursor"), "includeDescendants: true")
	refuse("contacts below too", "contacts of an account", at(people.ask(s, "first: 1 includeDescendants: true"), "edges", 0, "cursor"), "")
}
