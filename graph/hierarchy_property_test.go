package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// play is a random game of writes on a hierarchy, each followed by the model.
type play struct {
	*server
	*rand.Rand
	model *model
	made  int
	log   []string
}

func (p *play) some(from []*member) *member {
	if len(from) == 0 {
		return nil
	}
	return from[p.IntN(len(from))]
}

// parent is any account, or nil for a root.
func (p *play) parent() *member {
	if p.IntN(6) == 0 {
		return nil
	}
	return p.some(p.model.live())
}

func (p *play) note(format string, args ...any) { p.log = append(p.log, fmt.Sprintf(format, args...)) }

// fail ends the test and tells how it came to this.
func (p *play) fail(format string, args ...any) {
	p.t.Helper()
	for _, line := range p.log {
		p.t.Log(line)
	}
	p.t.Fatalf(format, args...)
}

func (p *play) equal(what string, got, want any) {
	p.t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		p.fail("%s:\ngot  %s\nwant %s", what, g, w)
	}
}

// draft is the input of a new account. Names repeat, in both cases.
func (p *play) draft() object {
	p.made++
	names := []string{"Alpha", "alpha", "Beta", "BETA", "Émile", "zeta", "Delta 10", "Delta 2"}
	return object{"name": names[p.IntN(len(names))], "primaryDomain": fmt.Sprintf("d%d.com", p.made), "isActive": p.IntN(2) == 0}
}

func (p *play) added(id any, input object, parent *member) *member {
	p.t.Helper()
	text, ok := id.(string)
	if !ok {
		p.fail("an account was not made: %v", input)
	}
	a := &member{id: text, name: input["name"].(string), parent: parent, active: input["isActive"].(bool)}
	p.model.add(a)
	return a
}

func (p *play) step() {
	switch n := p.IntN(10); {
	case n < 2 && len(p.model.live()) < 45 || len(p.model.live()) < 4:
		p.createOne()
	case n < 3 && len(p.model.live()) < 45:
		p.createMany()
	case n < 5:
		p.moveOne()
	case n < 7:
		p.moveMany()
	case n < 9:
		p.delete()
	default:
		p.restore()
	}
}

func (p *play) createOne() {
	input, parent := p.draft(), p.parent()
	if parent != nil {
		input["parentId"] = parent.id
	}
	p.note("create %v", input)
	a := p.must(nil, `mutation($input: CreateAccountInput!) { createAccount(input: $input) { account { id } userErrors { field message code } } }`, "input", input)
	p.added(a.at("createAccount", "account", "id"), input, parent)
}

func (p *play) createMany() {
	rows := make([]object, 2+p.IntN(6))
	inputs, parents := make([]object, len(rows)), make([]*member, len(rows))
	above := make([]int, len(rows))
	for i := range rows {
		inputs[i], above[i] = p.draft(), -1
		rows[i] = object{"key": fmt.Sprint(i), "account": inputs[i]}
		if i > 0 && p.IntN(4) > 0 {
			above[i] = p.IntN(i)
			rows[i]["parentKey"] = fmt.Sprint(above[i])
		} else if parents[i] = p.parent(); parents[i] != nil {
			inputs[i]["parentId"] = parents[i].id
		}
	}
	// Children may come before their parents.
	order := p.Perm(len(rows))
	shuffled := make([]object, len(rows))
	for to, from := range order {
		shuffled[to] = rows[from]
	}
	p.note("create %v", shuffled)
	a := p.must(nil, `mutation($input: CreateAccountsInput!) { createAccounts(input: $input) { results { account { id } } userErrors { field message code } } }`,
		"input", object{"accounts": shuffled})
	made := make([]*member, len(rows))
	for i := range rows {
		if above[i] >= 0 {
			parents[i] = made[above[i]]
		}
		made[i] = p.added(a.at("createAccounts", "results", slices.Index(order, i), "account", "id"), inputs[i], parents[i])
	}
}

func (p *play) moveOne() {
	a, to := p.some(p.model.live()), p.parent()
	p.note("move %s to %v", a.id, idOf(to))
	got := p.must(nil, `mutation($id: ID!, $to: ID) { moveAccount(id: $id, parentId: $to) { account { id parent { id } } userErrors { field code } } }`, "id", a.id, "to", idOf(to))
	if !p.model.move([]*member{a}, []*member{to}) {
		p.equal("errors", got.problems("moveAccount"), []string{"parentId: CYCLE"})
		return
	}
	p.equal("errors", got.problems("moveAccount"), []string{})
	p.equal("parent", got.at("moveAccount", "account", "parent", "id"), idOf(to))
}

func (p *play) moveMany() {
	live := p.model.live()
	p.Shuffle(len(live), func(i, j int) { live[i], live[j] = live[j], live[i] })
	accounts := live[:min(len(live), 1+p.IntN(4))]
	parents, moves := make([]*member, len(accounts)), make([]object, len(accounts))
	for i, a := range accounts {
		parents[i] = p.parent()
		moves[i] = object{"id": a.id, "parentId": idOf(parents[i])}
	}
	p.note("move %v", moves)
	got := p.must(nil, `mutation($input: MoveAccountsInput!) { moveAccounts(input: $input) { accounts { id } userErrors { field code } } }`, "input", object{"moves": moves})
	problems := got.problems("moveAccounts")
	if !p.model.move(accounts, parents) {
		if len(problems) == 0 {
			p.fail("a circle of moves: got no errors, want CYCLE")
		}
		p.equal("accounts", got.at("moveAccounts", "accounts"), "[]")
		return
	}
	p.equal("errors", problems, []string{})
	p.equal("accounts", texts(got.at("moveAccounts", "accounts"), "id"), idsOf(accounts))
}

func (p *play) delete() {
	a, children := p.some(p.model.live()), []string{"REJECT", "REPARENT", "CASCADE"}[p.IntN(3)]
	p.note("delete %s %s", a.id, children)
	got := p.must(nil, `mutation($id: ID!, $children: ChildrenOnDelete!) {
		deleteAccount(id: $id, children: $children) { deletedAccountId deletedCount reparentedCount userErrors { field code } } }`, "id", a.id, "children", children)
	deleted, reparented, ok := p.model.delete(a, children)
	if !ok {
		p.equal("errors", got.problems("deleteAccount"), []string{"id: HAS_CHILDREN"})
		return
	}
	p.equal("deletion", got.at("deleteAccount"), object{"deletedAccountId": a.id, "deletedCount": deleted, "reparentedCount": reparented, "userErrors": []any{}})
}

func (p *play) restore() {
	a := p.some(p.model.deleted())
	if a == nil {
		return
	}
	p.note("restore %s", a.id)
	got := p.must(nil, `mutation($id: ID!) { restoreAccount(id: $id) { account { id } restoredCount becameRoot userErrors { field code } } }`, "id", a.id)
	restored, becameRoot := p.model.restore(a)
	p.equal("restore", got.at("restoreAccount"), object{"account": object{"id": a.id}, "restoredCount": restored, "becameRoot": becameRoot, "userErrors": []any{}})
}

const everything = `query($after: Cursor, $probe: ID!) { accounts(first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes {
	id name parent { id } children(first: 1000) { totalCount nodes { id } } siblings(first: 1000) { totalCount nodes { id } }
	ancestors { id } path { id } root { id } depth isRoot isLeaf childCount descendantCount isDescendantOf(id: $probe)
	broad: descendants(first: 1000) { totalCount edges { level node { id } } }
	deep: descendants(first: 1000, traversal: DEPTH_FIRST, maxLevel: 2) { totalCount edges { level node { id } } }
	active: descendants(first: 1000, traversal: DEPTH_FIRST, filter: {isActive: {equals: true}}) { edges { level node { id } } }
} } }`

// check compares everything that can be asked about each account.
func (p *play) check() {
	defer p.model.index()()
	live, probe := p.model.live(), p.some(p.model.live())
	got := p.must(nil, everything, "probe", probe.id)
	p.equal("accounts", texts(got.at("accounts", "nodes"), "id"), idsOf(live))
	p.equal("count", got.at("accounts", "totalCount"), len(live))
	for i, a := range live {
		is := func(what string, want any, path ...any) {
			p.t.Helper()
			value := at(got.at("accounts", "nodes", i), path...)
			if _, isList := value.([]any); isList && what != "levels" {
				value = texts(value, "id")
			}
			p.equal(what+" of "+a.id, value, want)
		}
		children, siblings, ancestors, path := p.model.children(a), p.model.siblings(a), p.model.ancestors(a), p.model.path(a)
		below := p.model.descendants(a, false, 0)
		is("parent", idOf(a.parent), "parent", "id")
		is("children", idsOf(children), "children", "nodes")
		is("total of children", len(children), "children", "totalCount")
		is("siblings", idsOf(siblings), "siblings", "nodes")
		is("total of siblings", len(siblings), "siblings", "totalCount")
		is("ancestors", idsOf(ancestors), "ancestors")
		is("path", idsOf(path), "path")
		is("root", path[0].id, "root", "id")
		is("depth", len(ancestors), "depth")
		is("isRoot", a.parent == nil, "isRoot")
		is("isLeaf", len(children) == 0, "isLeaf")
		is("childCount", len(children), "childCount")
		is("descendantCount", len(below), "descendantCount")
		is("isDescendantOf", p.model.isBelow(a, probe), "isDescendantOf")
		node := got.at("accounts", "nodes", i)
		p.equal("broad of "+a.id, levels(at(node, "broad", "edges")), shown(below))
		p.equal("total of descendants of "+a.id, at(node, "broad", "totalCount"), len(below))
		p.equal("deep of "+a.id, levels(at(node, "deep", "edges")), shown(p.model.descendants(a, true, 2)))
		active := slices.DeleteFunc(p.model.descendants(a, true, 0), func(l listed) bool { return !l.active })
		p.equal("active below "+a.id, levels(at(node, "active", "edges")), shown(active))
	}
	p.probe()
}

func levels(edges any) []string {
	found := []string{}
	for _, edge := range list(edges) {
		found = append(found, fmt.Sprintf("%v %v", at(edge, "level"), at(edge, "node", "id")))
	}
	return found
}

func shown(members []listed) []string {
	found := []string{}
	for _, l := range members {
		found = append(found, fmt.Sprintf("%d %s", l.level, l.id))
	}
	return found
}

// probe asks what is asked of few accounts at a time.
func (p *play) probe() {
	live := p.model.live()
	a, b, c := p.some(live), p.some(live), p.some(live)
	maxLevel, maxNodes := 1+p.IntN(3), 1+p.IntN(12)
	got := p.must(nil, `query($a: ID!, $b: ID!, $c: ID!, $level: Int!, $nodes: Int!) {
		commonAncestor(ids: [$a, $b, $c]) { id } accountPath(from: $a, to: $b) { id }
		accountTree(rootId: $c, maxLevel: $level, maxNodes: $nodes) { truncated nodes { level childCount account { id parent { id isActive } } } }
		under: accounts(first: 100, filter: {under: {id: $c, maxLevel: $level}}) { totalCount nodes { id } }
		self: accounts(first: 100, filter: {under: {id: $c, includeSelf: true}, isActive: {equals: true}}) { nodes { id } }
		roots: accounts(first: 100, filter: {isRoot: {equals: true}}) { nodes { id } }
		leaves: accounts(first: 100, filter: {hasChildren: {equals: false}}) { nodes { id } }
		childrenOf: accounts(first: 100, filter: {parentId: {in: [$b]}}) { nodes { id } } }`,
		"a", a.id, "b", b.id, "c", c.id, "level", maxLevel, "nodes", maxNodes)
	p.equal("commonAncestor", got.at("commonAncestor", "id"), idOf(p.model.commonAncestor(a, b, c)))
	p.equal("accountPath", texts(got.at("accountPath"), "id"), idsOf(p.model.way(a, b)))

	tree := append([]listed{{c, 0}}, p.model.descendants(c, true, maxLevel)...)
	p.equal("truncated", got.at("accountTree", "truncated"), len(tree) > maxNodes)
	tree = tree[:min(len(tree), maxNodes)]
	p.equal("size of the tree", len(list(got.at("accountTree", "nodes"))), len(tree))
	for i, l := range tree {
		node := got.at("accountTree", "nodes", i)
		p.equal("tree", fmt.Sprint(at(node, "level"), at(node, "account", "id"), at(node, "childCount"), at(node, "account", "parent", "id"), at(node, "account", "parent", "isActive")),
			fmt.Sprint(any(float64(l.level)), any(l.id), any(float64(len(p.model.children(l.member)))), idOf(l.parent), activeOf(l.parent)))
	}
	depth := func(m *member) int { return len(p.model.ancestors(m)) }
	under := func(m *member) bool { return m.deletion == 0 && p.model.isBelow(m, c) }
	for what, is := range map[string]func(*member) bool{
		"under":      func(m *member) bool { return under(m) && depth(m)-depth(c) <= maxLevel },
		"self":       func(m *member) bool { return m.active && (m == c || under(m)) },
		"roots":      func(m *member) bool { return m.deletion == 0 && m.parent == nil },
		"leaves":     func(m *member) bool { return m.deletion == 0 && len(p.model.children(m)) == 0 },
		"childrenOf": func(m *member) bool { return m.deletion == 0 && m.parent == b },
	} {
		p.equal(what, texts(got.at(what, "nodes"), "id"), idsOf(p.model.where(is)))
	}
	p.turnPages(c)
}

// turnPages reads all below an account page by page.
func (p *play) turnPages(top *member) {
	depthFirst := p.IntN(2) == 0
	traversal := map[bool]string{false: "BREADTH_FIRST", true: "DEPTH_FIRST"}[depthFirst]
	found, size := []string{}, 1+p.IntN(4)
	var after any
	for range 100 {
		a := p.must(nil, `query($id: ID!, $n: Int!, $after: Cursor, $traversal: Traversal!) { account(id: $id) {
			descendants(first: $n, after: $after, traversal: $traversal) { edges { level node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }`,
			"id", top.id, "n", size, "after", after, "traversal", traversal)
		page := a.at("account", "descendants")
		found = append(found, levels(at(page, "edges"))...)
		p.equal("hasPreviousPage", at(page, "pageInfo", "hasPreviousPage"), after != nil)
		if at(page, "pageInfo", "hasNextPage") != true {
			break
		}
		after = at(page, "pageInfo", "endCursor")
	}
	p.equal("pages of "+traversal, found, shown(p.model.descendants(top, depthFirst, 0)))
}

func TestHierarchyIsAForest(t *testing.T) {
	t.Parallel()
	for game := range uint64(4) {
		t.Run(fmt.Sprint("seed ", *seed+game), func(t *testing.T) {
			t.Parallel()
			p := &play{server: setup(t), Rand: rand.New(rand.NewPCG(*seed+game, 1)), model: newModel()}
			p.createMany()
			for step := range *steps {
				p.step()
				if step%3 == 0 {
					p.check()
				}
			}
			p.check()
		})
	}
}
