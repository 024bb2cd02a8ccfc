package db

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"sort"
	"strings"
)

// place is an account in the list of a subtree.
type place struct {
	bone
	level int
	// above is the parent's place; nil right below the top.
	above *place
}

// rung is an account on the way down to another, by what orders it among its siblings.
type rung struct {
	Name string `json:"n"`
	ID   string `json:"i"`
}

func (b bone) rung() rung { return rung{b.Name, b.ID.String()} }

// compareRungs orders siblings; the texts of ids are ordered as they are.
func compareRungs(a, b rung) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
}

// path is the way down to the account, itself included.
func (p *place) path() []rung {
	path := make([]rung, p.level)
	for at := p; at != nil; at = at.above {
		path[at.level-1] = at.rung()
	}
	return path
}

// descendantPosition is a place in the list of a subtree, by the way down to it: what is before it and what behind does not
// depend on whether the accounts on the way are still there. It is good for the list that it came from.
type descendantPosition struct {
	// Top is the account that the list is below.
	Top       string    `json:"o"`
	Traversal Traversal `json:"t"`
	// Path is the end of the way: as much of it as a cursor has room for, which is all but in the deepest trees.
	Path []rung `json:"p"`
	// Under is the account at which Path begins, and Index the place in the list, for the case that it is gone.
	Under string `json:"u"`
	Index int    `json:"n"`
}

// descendantPlace is a place in a page, from which a cursor is made if it is asked for.
type descendantPlace struct {
	top       AccountID
	traversal Traversal
	index     int
	*place
}

// maxPath is how long the way in a cursor may be, in bytes of JSON at most: a character of a name may be two.
const maxPath = 3000

func (p descendantPlace) cursor() string {
	at := descendantPosition{Top: p.top.String(), Traversal: p.traversal, Path: p.path(), Under: p.top.String(), Index: p.index}
	size := 0
	for i, r := range slices.Backward(at.Path) {
		if size += 2*len(r.Name) + len(r.ID) + len(`{"n":"","i":""},`); size > maxPath {
			at.Path, at.Under = at.Path[i+1:], r.ID
			break
		}
	}
	return encodeCursor(at)
}

func errDescendantCursor() error {
	return BadInput("`after` is not a cursor of this list and traversal: take it from `cursor` or `endCursor` of the same list")
}

// parseDescendantCursor reads a cursor of a list in an order.
func parseDescendantCursor(cursor string, traversal Traversal) (*descendantPosition, error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(cursor) > maxCursor {
		return nil, errDescendantCursor()
	}
	var at descendantPosition
	if json.Unmarshal(text, &at) != nil || at.Traversal != traversal || at.Index < 0 || len(at.Path) == 0 {
		return nil, errDescendantCursor()
	}
	return &at, nil
}

// after is the index of the first place in a list that comes after a position.
func (k *skeleton) after(at *descendantPosition, found []*place) int {
	way := at.Path
	if at.Under != at.Top {
		above, ok := k.way(at.Top, at.Under)
		if !ok {
			return min(at.Index, len(found))
		}
		way = append(above, way...)
	}
	return sort.Search(len(found), func(i int) bool {
		if at.Traversal == BreadthFirst && found[i].level != len(way) {
			return found[i].level > len(way)
		}
		return slices.CompareFunc(found[i].path(), way, compareRungs) > 0
	})
}

// way is the way from the top of a subtree down to an account; false if the account is not in it.
func (k *skeleton) way(top, to string) ([]rung, bool) {
	bones := map[string]bone{}
	for _, siblings := range k.children {
		for _, b := range siblings {
			bones[b.ID.String()] = b
		}
	}
	var way []rung
	for at := to; at != top; {
		b, ok := bones[at]
		if !ok {
			return nil, false
		}
		way = append(way, b.rung())
		at = b.ParentID.String()
	}
	slices.Reverse(way)
	return way, true
}
