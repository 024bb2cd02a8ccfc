package graph_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// branch is an account in a tree that changes while its descendants are paged through.
type branch struct {
	id, name string
	parent   *branch
	// key is the way down to it, as the list is ordered by, when the walk began and when it was last in a page.
	first, key []string
	seen       int
}

// descent pages through what is below an account, and changes it between the pages.
type descent struct {
	*server
	*rapid.T
	top     *branch
	breadth bool
	all     []*branch // without the top
}

// way is the way down to an account: what orders each of those on it among its siblings.
func (b *branch) way() []string {
	if b.parent == nil {
		return nil
	}
	return append(b.parent.way(), strings.ToLower(b.name)+" "+b.id)
}

func (d *descent) compare(a, b []string) int {
	if d.breadth && len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return slices.Compare(a, b)
}

// within tells whether an account is below another or is it.
func (b *branch) within(other *branch) bool {
	return b != nil && (b == other || b.parent.within(other))
}

func (d *descent) some() *branch { return rapid.SampledFrom(d.all).Draw(d.T, "which") }

// grow makes an account below some other.
func (d *descent) grow() {
	parent := rapid.SampledFrom(append([]*branch{d.top}, d.all...)).Draw(d.T, "parent")
	name := rapid.SampledFrom(tiedNames).Draw(d.T, "name")
	a := d.must(nil, `mutation($input: CreateAccountInput!) { createAccount(input: $input) { account { id } userErrors { code } } }`,
		"input", object{"name": name, "primaryDomain": "tree.com", "shareDomain": true, "parentId": parent.id})
	d.all = append(d.all, &branch{id: a.at("createAccount", "account", "id").(string), name: name, parent: parent})
}

// change changes the tree, anywhere.
func (d *descent) change() {
	switch what := rapid.SampledFrom([]string{"grow", "rename", "delete", "cut", "move"}).Draw(d.T, "change"); {
	case what == "grow" || len(d.all) == 0:
		d.grow()
	case what == "rename":
		b := d.some()
		b.name = rapid.SampledFrom(tiedNames).Draw(d.T, "name")
		d.must(nil, `mutation($id: ID!, $name: String!) { updateAccount(id: $id, input: {name: $name}) { userErrors { code } } }`, "id", b.id, "name", b.name)
	case what == "move":
		b := d.some()
		to := rapid.SampledFrom(append([]*branch{d.top}, d.all...)).Draw(d.T, "to")
		if to.within(b) {
			return
		}
		d.must(nil, `mutation($id: ID!, $to: ID!) { moveAccount(id: $id, parentId: $to) { userErrors { code } } }`, "id", b.id, "to", to.id)
		b.parent = to
	default:
		b, children := d.some(), "REPARENT"
		if what == "cut" {
			children = "CASCADE"
		}
		d.must(nil, deleteOne, "id", b.id, "children", children)
		if what == "cut" {
			d.all = slices.DeleteFunc(d.all, func(other *branch) bool { return other.within(b) })
			return
		}
		d.all = slices.DeleteFunc(d.all, func(other *branch) bool { return other == b })
		for _, other := range d.all {
			if other.parent == b {
				other.parent = b.parent
			}
		}
	}
}

// turn reads the list to its end, and checks each page against the tree as it is at that moment.
func (d *descent) turn() {
	traversal := "DEPTH_FIRST"
	if d.breadth {
		traversal = "BREADTH_FIRST"
	}
	for _, b := range d.all {
		b.first = b.way()
	}
	still := slices.Clone(d.all)
	var cursor any
	var last []string
	for page := 1; ; page++ {
		size := rapid.IntRange(1, 4).Draw(d.T, "size")
		a := d.must(nil, `query($id: ID!, $traversal: Traversal!, $first: Int, $after: Cursor) { account(id: $id) { descendants(traversal: $traversal, first: $first, after: $after) {
			nodes { id } pageInfo { hasNextPage endCursor } } } }`, "id", d.top.id, "traversal", traversal, "first", size, "after", cursor).at("account", "descendants")
		// What was not where it is now all the time has no claim to be in one page exactly.
		still = slices.DeleteFunc(still, func(b *branch) bool { return !slices.Contains(d.all, b) || !slices.Equal(b.first, b.way()) })
		var rest []*branch
		for _, b := range d.all {
			if cursor == nil || d.compare(b.way(), last) > 0 {
				rest = append(rest, b)
			}
		}
		slices.SortFunc(rest, func(a, b *branch) int { return d.compare(a.way(), b.way()) })
		wanted := rest[:min(size, len(rest))]
		ids := []string{}
		for _, b := range wanted {
			if b.seen > 0 && slices.Equal(b.key, b.way()) {
				d.Fatalf("page %d: %s was in page %d already", page, b.id, b.seen)
			}
			b.seen, b.key = page, b.way()
			ids = append(ids, b.id)
		}
		if got := nodesOf(a); !slices.Equal(got, ids) || at(a, "pageInfo", "hasNextPage") != (len(rest) > size) {
			d.Fatalf("page %d, %s: got %v, %v, want %v", page, traversal, got, at(a, "pageInfo"), ids)
		}
		if len(rest) <= size {
			break
		}
		cursor, last = at(a, "pageInfo", "endCursor"), wanted[len(wanted)-1].way()
		if page <= 8 { // else it might never end
			for range rapid.IntRange(0, 3).Draw(d.T, "changes") {
				d.change()
			}
		}
	}
	for _, b := range still {
		if b.seen == 0 {
			d.Fatalf("%s was there all the time, and in no page", b.id)
		}
	}
}

// The list of a tree goes on where the page before ended, whatever becomes of the accounts there: also if the last one of the page
// was deleted or moved, or all that it stood below, and others before it.
func TestPagesOfATreeThatChanges(t *testing.T) {
	t.Parallel()
	s := setup(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		d := &descent{server: s, T: rt, top: &branch{id: s.account(fmt.Sprint("Top ", n), "")}, breadth: rapid.Bool().Draw(rt, "breadth")}
		for range rapid.IntRange(1, 12).Draw(rt, "accounts") {
			d.grow()
		}
		d.turn()
	})
}

// Where a tree is so deep that a cursor has no room for the way down to it, the list goes on as well.
func TestPagesOfADeepTree(t *testing.T) {
	t.Parallel()
	s := setup(t)
	rows := chain("Deep", 60)
	for i := range rows {
		rows[i].fields = object{"name": strings.Repeat("ä", 240) + rows[i].key}
	}
	ids := s.bulk(rows...)
	for _, traversal := range []string{"DEPTH_FIRST", "BREADTH_FIRST"} {
		var found []string
		var cursor any
		for more := true; more; {
			a := s.must(nil, `query($id: ID!, $traversal: Traversal!, $after: Cursor) { account(id: $id) { descendants(traversal: $traversal, first: 7, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } }`,
				"id", ids["Deep-00000"], "traversal", traversal, "after", cursor).at("account", "descendants")
			found = append(found, nodesOf(a)...)
			cursor, more = at(a, "pageInfo", "endCursor"), at(a, "pageInfo", "hasNextPage") == true
		}
		var wanted []string
		for _, r := range rows[1:] {
			wanted = append(wanted, ids[r.key])
		}
		want(t, traversal, found, wanted)
	}
}
