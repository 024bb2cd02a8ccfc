package db

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"

	"github.com/google/uuid"
)

// rung is an account on the way down to another, by what orders it among its siblings.
type rung struct {
	Name string `json:"n"`
	ID   string `json:"i"`
	// account is what ID says.
	account AccountID
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
	// under is what Under says.
	under AccountID
}

// descendantPlace is a place in a page, from which a cursor is made if it is asked for.
type descendantPlace struct {
	top       AccountID
	traversal Traversal
	index     int
	// way is how the descent came there: see fingerMovedSQL.
	way string
}

// maxPath is how long the way in a cursor may be, in bytes of JSON at most: a character of a name may be two.
const maxPath = 3000

func (p descendantPlace) cursor() string {
	at := descendantPosition{Top: p.top.String(), Traversal: p.traversal, Index: p.index}
	var way []struct {
		Name string    `json:"n"`
		ID   uuid.UUID `json:"i"`
	}
	if err := json.Unmarshal([]byte(p.way), &way); err != nil {
		panic(err) // we wrote it
	}
	from, size := 1, 0
	for i, step := range slices.Backward(way[1:]) {
		if size += 2*len(step.Name) + maxIDLength + len(`{"n":"","i":""},`); size > maxPath {
			from = i + 2 // the way without its beginning, and behind this one
			break
		}
	}
	id := func(i int) string { return AccountID{typedID[accountKind]{way[i].ID}}.String() }
	at.Under = id(from - 1)
	for i := from; i < len(way); i++ {
		at.Path = append(at.Path, rung{Name: way[i].Name, ID: id(i)})
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
	account := func(text string) AccountID {
		id, failure := ParseID(text)
		err = errors.Join(err, failure)
		return id.Account()
	}
	at.under = account(at.Under)
	for i, r := range at.Path {
		at.Path[i].account = account(r.ID)
	}
	if err != nil {
		return nil, errDescendantCursor()
	}
	return &at, nil
}
