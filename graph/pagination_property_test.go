package graph_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// item is an account in a list that changes while it is paged through.
type item struct {
	id, name  string
	employees any // a number, or nil
	number    float64
	// written is when it was last written, and seen when it was last in a page: both count pages.
	written, seen int
}

// turning pages through the children of an account, forward or backward, and changes them between the pages.
type turning struct {
	*server
	*rapid.T
	parent, elsewhere string
	field             string
	descending        bool
	rows, away        []*item
	pages             int
}

var tiedNames = []string{"Same", "same", "SAME", "Other", "other", "Zed", "a"}

func (p *turning) fields() object {
	return object{
		"name":      rapid.SampledFrom(tiedNames).Draw(p.T, "name"),
		"employees": rapid.SampledFrom([]any{nil, 1.0, 1.0, 5.0, 7.0}).Draw(p.T, "employees"),
	}
}

// compare is the order of the list: absent values last, ties by id.
func (p *turning) compare(a, b *item) int {
	direction := 1
	if p.descending {
		direction = -1
	}
	key := 0
	switch p.field {
	case "NAME":
		key = direction * strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
	case "NUMBER":
		key = direction * cmp.Compare(a.number, b.number)
	case "EMPLOYEES":
		switch {
		case a.employees == nil || b.employees == nil:
			key = cmp.Compare(absent(a.employees), absent(b.employees))
		default:
			key = direction * cmp.Compare(a.employees.(float64), b.employees.(float64))
		}
	}
	return cmp.Or(key, direction*strings.Compare(a.id, b.id))
}

func absent(value any) int {
	if value == nil {
		return 1
	}
	return 0
}

// insert makes accounts in the list.
func (p *turning) insert(n int) {
	rows := make([]object, n)
	for i := range rows {
		fields := p.fields()
		fields["parentId"], fields["primaryDomain"] = p.parent, fmt.Sprintf("d%d.com", i)
		fields["shareDomain"] = true
		rows[i] = object{"account": fields}
	}
	a := p.must(nil, `mutation($input: CreateAccountsInput!) { createAccounts(input: $input) { results { account { id name employees number } } userErrors { code } } }`, "input", object{"accounts": rows})
	for _, result := range list(a.at("createAccounts", "results")) {
		made := at(result, "account")
		p.rows = append(p.rows, &item{id: at(made, "id").(string), name: at(made, "name").(string), employees: at(made, "employees"), number: at(made, "number").(float64), written: p.pages})
	}
}

// change changes the list: before the cursor or behind it, as it comes.
func (p *turning) change() {
	take := func(from *[]*item) *item {
		i := rapid.IntRange(0, len(*from)-1).Draw(p.T, "which")
		row := (*from)[i]
		*from = slices.Delete(*from, i, i+1)
		row.written = p.pages
		return row
	}
	const move = `mutation($id: ID!, $to: ID!) { moveAccount(id: $id, parentId: $to) { userErrors { code } } }`
	switch what := rapid.SampledFrom([]string{"insert", "write", "delete", "move away", "move here"}).Draw(p.T, "change"); {
	case what == "move here" && len(p.away) > 0:
		row := take(&p.away)
		p.must(nil, move, "id", row.id, "to", p.parent)
		p.rows = append(p.rows, row)
	case what == "insert" || len(p.rows) == 0:
		p.insert(1)
	case what == "delete":
		p.must(nil, deleteOne, "id", take(&p.rows).id)
	case what == "move away":
		row := take(&p.rows)
		p.must(nil, move, "id", row.id, "to", p.elsewhere)
		p.away = append(p.away, row)
	default:
		row := take(&p.rows)
		fields := p.fields()
		p.must(nil, `mutation($id: ID!, $input: UpdateAccountInput!) { updateAccount(id: $id, input: $input) { userErrors { code } } }`, "id", row.id, "input", fields)
		row.name, row.employees = fields["name"].(string), fields["employees"]
		p.rows = append(p.rows, row)
	}
}

// turn reads the list from one end to the other, and checks each page against the list as it is at that moment.
func (p *turning) turn(backward bool) {
	query := `query($id: ID!, $order: AccountOrder, $first: Int, $after: Cursor, $last: Int, $before: Cursor) { account(id: $id) {
		children(first: $first, after: $after, last: $last, before: $before, orderBy: $order) { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`
	count, from, end, more, less := "first", "after", "endCursor", "hasNextPage", "hasPreviousPage"
	if backward {
		count, from, end, more, less = "last", "before", "startCursor", "hasPreviousPage", "hasNextPage"
	}
	direction := "ASC"
	if p.descending {
		direction = "DESC"
	}
	var cursor any
	var last item // as it was when it was in a page
	for p.pages = 1; ; p.pages++ {
		size := rapid.IntRange(1, 4).Draw(p.T, "size")
		page := p.must(nil, query, "id", p.parent, "order", object{"field": p.field, "direction": direction}, count, size, from, cursor).at("account", "children")
		slices.SortFunc(p.rows, p.compare)
		if backward {
			slices.Reverse(p.rows)
		}
		var rest []*item
		for _, row := range p.rows {
			if order := p.compare(row, &last); cursor == nil || order > 0 && !backward || order < 0 && backward {
				rest = append(rest, row)
			}
		}
		wanted := rest[:min(size, len(rest))]
		got := nodesOf(page)
		if backward {
			slices.Reverse(got)
		}
		ids := []string{}
		for _, row := range wanted {
			if row.seen > 0 && row.written < row.seen {
				p.Fatalf("page %d: %s was in page %d, and was not written since", p.pages, row.id, row.seen)
			}
			row.seen = p.pages
			ids = append(ids, row.id)
		}
		if !slices.Equal(got, ids) || at(page, "pageInfo", more) != (len(rest) > size) || at(page, "pageInfo", less) != (cursor != nil) {
			p.Fatalf("page %d of %s %s: got %v, %v, want %v", p.pages, p.field, direction, got, at(page, "pageInfo"), ids)
		}
		if len(rest) <= size {
			break
		}
		cursor, last = at(page, "pageInfo", end), *wanted[len(wanted)-1]
		if p.pages <= 8 { // else it might never end
			for range rapid.IntRange(0, 3).Draw(p.T, "changes") {
				p.change()
			}
		}
	}
	for _, row := range p.rows {
		if row.written == 0 && row.seen == 0 {
			p.Fatalf("%s was there all the time, and in no page", row.id)
		}
	}
}

// Whatever is inserted, written, moved and deleted between two pages, before the cursor and behind it, and with ties: a page is what
// follows the place where the page before ended, so that nothing that stays as it is gets lost, or is there twice.
func TestPagesOfAListThatChanges(t *testing.T) {
	t.Parallel()
	s := setup(t)
	elsewhere := s.account("Elsewhere", "")
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		p := &turning{
			server: s, T: rt, parent: s.account(fmt.Sprint("Parent ", n), ""), elsewhere: elsewhere,
			field: rapid.SampledFrom([]string{"NAME", "EMPLOYEES", "NUMBER"}).Draw(rt, "field"), descending: rapid.Bool().Draw(rt, "descending"),
		}
		p.insert(rapid.IntRange(1, 10).Draw(rt, "rows"))
		p.turn(rapid.Bool().Draw(rt, "backward"))
	})
}
