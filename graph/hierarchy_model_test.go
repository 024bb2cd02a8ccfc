package graph_test

import (
	"cmp"
	"slices"
	"strings"
)

// member is an account of a model.
type member struct {
	id, name string
	parent   *member
	active   bool
	// deletion is the number of the deletion that took it; 0 while it is there.
	deletion int
}

// model is what the hierarchy should be: a plain forest in memory.
type model struct {
	members   []*member
	byID      map[string]*member
	deletions int
	// below has the children of each account in their order, if nothing was written since; see index.
	below map[*member][]*member
}

func newModel() *model { return &model{byID: map[string]*member{}} }

func (m *model) add(a *member) {
	m.members = append(m.members, a)
	m.byID[a.id] = a
}

// live are the accounts that are there, by name, then id.
func (m *model) live() []*member {
	return m.where(func(a *member) bool { return a.deletion == 0 })
}

func (m *model) deleted() []*member {
	return m.where(func(a *member) bool { return a.deletion != 0 })
}

func (m *model) where(is func(*member) bool) []*member {
	found := []*member{}
	for _, a := range m.members {
		if is(a) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b *member) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name)), cmp.Compare(a.id, b.id))
	})
	return found
}

func (m *model) children(a *member) []*member {
	if m.below != nil {
		return m.below[a]
	}
	return m.where(func(b *member) bool { return b.deletion == 0 && b.parent == a })
}

// index makes asking for children quick, until done is called.
func (m *model) index() (done func()) {
	below := map[*member][]*member{}
	for _, a := range m.live() {
		below[a.parent] = append(below[a.parent], a)
	}
	m.below = below
	return func() { m.below = nil }
}

func (m *model) siblings(a *member) []*member {
	if a.parent == nil {
		return nil
	}
	return m.where(func(b *member) bool { return b.deletion == 0 && b.parent == a.parent && b != a })
}

// ancestors are the accounts above, nearest first.
func (m *model) ancestors(a *member) []*member {
	found := []*member{}
	for above := a.parent; above != nil; above = above.parent {
		found = append(found, above)
	}
	return found
}

func (m *model) path(a *member) []*member {
	path := append([]*member{a}, m.ancestors(a)...)
	slices.Reverse(path)
	return path
}

func (m *model) isBelow(a, top *member) bool { return slices.Contains(m.ancestors(a), top) }

// listed is an account in the list of a subtree.
type listed struct {
	*member
	level int
}

// descendants lists a subtree without its top; maxLevel of 0 is all the way.
func (m *model) descendants(top *member, depthFirst bool, maxLevel int) []listed {
	found, pending := []listed{}, []listed{{top, 0}}
	for len(pending) > 0 {
		next := pending[0]
		pending = pending[1:]
		if next.level > 0 {
			found = append(found, next)
		}
		if maxLevel > 0 && next.level == maxLevel {
			continue
		}
		var below []listed
		for _, child := range m.children(next.member) {
			below = append(below, listed{child, next.level + 1})
		}
		if depthFirst {
			pending = append(below, pending...)
		} else {
			pending = append(pending, below...)
		}
	}
	return found
}

// commonAncestor is the nearest account that all ways to the root pass; nil if there is none.
func (m *model) commonAncestor(accounts ...*member) *member {
	for _, candidate := range append([]*member{accounts[0]}, m.ancestors(accounts[0])...) {
		if !slices.ContainsFunc(accounts, func(a *member) bool { return a != candidate && !m.isBelow(a, candidate) }) {
			return candidate
		}
	}
	return nil
}

func (m *model) way(from, to *member) []*member {
	common := m.commonAncestor(from, to)
	if common == nil {
		return nil
	}
	var up, down []*member
	for at := from; at != common; at = at.parent {
		up = append(up, at)
	}
	for at := to; at != common; at = at.parent {
		down = append(down, at)
	}
	slices.Reverse(down)
	return append(append(up, common), down...)
}

// move makes moves together; false, and nothing has moved, if the result would have a circle.
func (m *model) move(accounts, parents []*member) bool {
	before := make([]*member, len(accounts))
	for i, a := range accounts {
		before[i], a.parent = a.parent, parents[i]
	}
	for _, a := range accounts {
		steps := 0
		for above := a.parent; above != nil; above = above.parent {
			if steps++; steps > len(m.members) {
				for i, a := range accounts {
					a.parent = before[i]
				}
				return false
			}
		}
	}
	return true
}

// delete deletes an account; false if its children forbid it.
func (m *model) delete(a *member, children string) (deleted, reparented int, ok bool) {
	below := m.children(a)
	doomed := []*member{a}
	switch {
	case len(below) == 0:
	case children == "REJECT":
		return 0, 0, false
	case children == "CASCADE":
		for _, d := range m.descendants(a, false, 0) {
			doomed = append(doomed, d.member)
		}
	default:
		for _, child := range below {
			child.parent = a.parent
		}
		reparented = len(below)
	}
	m.deletions++
	for _, d := range doomed {
		d.deletion = m.deletions
	}
	return len(doomed), reparented, true
}

// restore brings back what one deletion took.
func (m *model) restore(a *member) (restored int, becameRoot bool) {
	set := m.where(func(b *member) bool { return b.deletion == a.deletion })
	for _, b := range set {
		b.deletion = 0
	}
	for _, b := range set {
		if b.parent != nil && b.parent.deletion != 0 {
			b.parent, becameRoot = nil, true
		}
	}
	return len(set), becameRoot
}

func idsOf(members []*member) []string {
	ids := []string{}
	for _, a := range members {
		ids = append(ids, a.id)
	}
	return ids
}

func idOf(a *member) any {
	if a == nil {
		return nil
	}
	return a.id
}

// activeOf is what isActive says of an account, nil for none.
func activeOf(a *member) any {
	if a == nil {
		return nil
	}
	return a.active
}
