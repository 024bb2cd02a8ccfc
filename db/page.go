package db

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Sizes of pages.
const (
	defaultPage = 25
	maxPage     = 100
	// maxLinkPage is the cap for lists of one record's links: trees are asked for with one large page a level.
	maxLinkPage = 1000
)

// PageArgs choose a page of a list, as Relay's cursor connections specification says.
type PageArgs struct {
	First  *int
	After  *string
	Last   *int
	Before *string
}

// PageInfo tells where a page stands in its list.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	start, end      cursored // nil of an empty page
}

// cursored is a place in a list.
type cursored interface{ cursor() string }

// StartCursor is the cursor of the first edge; nil if there is none.
func (i PageInfo) StartCursor() *string { return cursorOf(i.start) }

// EndCursor is the cursor of the last edge; nil if there is none.
func (i PageInfo) EndCursor() *string { return cursorOf(i.end) }

func cursorOf(place cursored) *string {
	if place == nil {
		return nil
	}
	cursor := place.cursor()
	return &cursor
}

// order is how a list runs: by one expression, then by id.
type order struct {
	// name is what cursors call the order; a cursor of another order is refused.
	name string
	// expression is what is compared; its values are read back from cursors as sqlType.
	expression string
	sqlType    string
	id         string
	nullable   bool
	descending bool
	// ranking, if the expression is a place in a short list of keys, tells how to read key by key.
	ranking *ranking
}

// of is the order of a list of live or of deleted records, whose cursors do not fit each other.
func (o order) of(deleted DeletedFilter) order {
	if deleted == DeletedOnly {
		o.name += ":DELETED"
	}
	return o
}

// position is a place in a list: what a cursor holds.
type position struct {
	Order string  `json:"o"`
	Key   *string `json:"k"`
	ID    ID      `json:"i"`
}

// cursor writes a position for clients.
func (p position) cursor() string { return encodeCursor(p) }

// encodeCursor writes a place in a list as the text that clients have.
func encodeCursor(place any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // it makes six bytes of each & < >
	if err := encoder.Encode(place); err != nil {
		panic(err) // strings and numbers can always be written
	}
	return base64.RawURLEncoding.EncodeToString(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
}

// maxCursor is how long a cursor may be, in bytes: the longest key, which is two names and what joins them, of which JSON makes
// six bytes a character at most; the order's name, an id, and what holds them together; all of that in base 64.
const maxCursor = ((2*maxName+2)*6 + 256) * 4 / 3

func parseCursor(cursor string, o order, argument string) (*position, error) {
	malformed := BadInput("`%s` is not a cursor of this list and order: take it from `cursor`, `startCursor` or `endCursor` of the same list", argument)
	if len(cursor) > maxCursor {
		return nil, malformed
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, malformed
	}
	var p position
	if json.Unmarshal(text, &p) != nil || p.Order != o.name || p.ID == (ID{}) || p.Key != nil && checkUTF8(*p.Key) != nil {
		return nil, malformed
	}
	if p.Key == nil && !o.nullable || p.Key != nil && !readable(*p.Key, o.sqlType) {
		return nil, malformed
	}
	return &p, nil
}

// readable tells whether PostgreSQL can read a key out of a cursor, which anybody may have made up.
func readable(key, sqlType string) bool {
	var err error
	switch sqlType {
	case "integer":
		_, err = strconv.ParseInt(key, 10, 32)
	case "bigint":
		_, err = strconv.ParseInt(key, 10, 64)
	case "numeric":
		_, err = ParseDecimal(key)
	case "timestamptz":
		_, err = time.Parse("2006-01-02 15:04:05.999999-07", key)
	}
	return err == nil
}

// page is a checked choice of a page.
type page struct {
	order    order
	limit    int
	backward bool
	after    *position
	before   *position
}

// page checks the arguments against a list's order and the cap of its size.
func (a PageArgs) page(o order, limit int) (page, error) {
	p := page{order: o, limit: defaultPage}
	if a.First != nil && a.Last != nil {
		return p, BadInput("`first` and `last` exclude each other: give one of them")
	}
	if a.First != nil {
		p.limit = *a.First
	}
	if a.Last != nil {
		p.limit, p.backward = *a.Last, true
	}
	if p.limit < 0 || p.limit > limit {
		name := "first"
		if p.backward {
			name = "last"
		}
		return p, BadInput("`%s` is %d, and must be from 0 to %d", name, p.limit, limit)
	}
	var err error
	if a.After != nil {
		if p.after, err = parseCursor(*a.After, o, "after"); err != nil {
			return p, err
		}
	}
	if a.Before != nil {
		if p.before, err = parseCursor(*a.Before, o, "before"); err != nil {
			return p, err
		}
	}
	return p, nil
}

// sortKey is the expression that a row's position is made of.
func (o order) sortKey() string { return "CAST(" + o.expression + ` AS text) COLLATE "C"` }

// direction is what follows an expression in the ORDER BY clause.
func (p page) direction() string {
	if p.order.descending != p.backward {
		return " DESC"
	}
	return ""
}

// orderBy is the ORDER BY clause, in the direction in which the page is read. Absent values are last in either order.
func (p page) orderBy() string {
	clause := p.order.expression + p.direction()
	if p.order.nullable {
		if p.backward {
			clause += " NULLS FIRST"
		} else {
			clause += " NULLS LAST"
		}
	}
	return clause + ", " + p.order.id + p.direction()
}

// rank is number, but 0 where the keys tell the order too: to number the rows of hundreds of small pages takes half as long
// again as to read them.
func (p page) rank() string {
	if p.byText() {
		return "CAST(0 AS bigint)"
	}
	return p.number()
}

// number is the expression of a row's place in the page that it is read for, from 1.
func (p page) number() string { return "row_number() OVER (ORDER BY " + p.orderBy() + ")" }

// byText tells whether the order is that of texts, which is that of their bytes, in Go as in PostgreSQL (COLLATE "C").
func (p page) byText() bool { return p.order.sqlType == "text" && !p.order.nullable }

// standing is where a row stands in the page that it was read for.
type standing struct {
	Rank    int     `db:"rank"`
	SortKey *string `db:"sort_key"`
}

// compare tells which of two rows of a page is read first.
func (p page) compare(a, b standing, aID, bID uuid.UUID) int {
	if !p.byText() {
		return cmp.Compare(a.Rank, b.Rank)
	}
	order := cmp.Or(strings.Compare(*a.SortKey, *b.SortKey), bytes.Compare(aID[:], bID[:]))
	if p.order.descending != p.backward {
		return -order
	}
	return order
}

// cut makes a page of the rows that were read; at is their place in the list.
func cut[R any](p page, rows []R, at func(R) position) ([]R, PageInfo) {
	rows, info := trim(p, rows)
	if len(rows) > 0 {
		info.start, info.end = at(rows[0]), at(rows[len(rows)-1])
	}
	return rows, info
}

// trim leaves of the rows that were read, of which there may be one more than asked for, those of the page.
// Rows come in the direction of reading and go out in the order of the list.
func trim[R any](p page, rows []R) ([]R, PageInfo) {
	more := len(rows) > p.limit
	if more {
		rows = rows[:p.limit]
	}
	info := PageInfo{HasNextPage: more, HasPreviousPage: p.after != nil}
	if p.backward {
		slices.Reverse(rows)
		info = PageInfo{HasNextPage: p.before != nil, HasPreviousPage: more}
	}
	return rows, info
}
