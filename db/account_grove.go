package db

// grove is the union of some subtrees in one row: every account right before all that is below it. An account's subtree is
// what stands from its own place to its end.
type grove struct {
	accounts []AccountID
	place    map[AccountID]int
	// above has the place of each account's parent, -1 where that is not in the union; end is the place behind the subtree.
	above, end []int
}

// grove puts the subtrees of the accounts that were asked for into a row.
func (k *skeleton) grove() *grove {
	inside := make(map[AccountID]bool, len(k.children))
	for id := range k.top {
		inside[id] = true
	}
	for _, siblings := range k.children {
		for _, b := range siblings {
			inside[b.ID] = true
		}
	}
	type visit struct {
		id    AccountID
		above int
	}
	var pending []visit
	for id, b := range k.top {
		if b.ParentID == nil || !inside[*b.ParentID] {
			pending = append(pending, visit{id, -1})
		}
	}
	g := &grove{place: make(map[AccountID]int, len(inside))}
	for len(pending) > 0 {
		next := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		at := len(g.accounts)
		g.accounts, g.place[next.id], g.above = append(g.accounts, next.id), at, append(g.above, next.above)
		for _, child := range k.children[next.id] {
			pending = append(pending, visit{child.ID, at})
		}
	}
	g.end = make([]int, len(g.accounts))
	for at := len(g.accounts) - 1; at >= 0; at-- { // those below come first
		g.end[at] = max(g.end[at], at+1)
		if above := g.above[at]; above >= 0 {
			g.end[above] = max(g.end[above], g.end[at])
		}
	}
	return g
}
