package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"github.com/accountgraph/accountgraph/db"
)

// dataDate is when the younger of the two sources was released: the time in every id.
var dataDate = time.Date(2026, time.June, 30, 0, 0, 0, 0, time.UTC)

// newID lays out a UUID as version 7: the time of the data, then a hash of what the record is. Each database gets the same.
func newID(kind db.Kind, organization, key string) db.ID {
	sum := sha256.Sum256([]byte("accountgraph demo\x00" + organization + "\x00" + string(kind) + "\x00" + key))
	id := db.ID{Kind: kind, UUID: uuid.UUID(sum[:16])}
	var milliseconds [8]byte
	binary.BigEndian.PutUint64(milliseconds[:], uint64(dataDate.UnixMilli()))
	copy(id.UUID[:6], milliseconds[2:])
	id.UUID[6] = id.UUID[6]&0x0f | 0x70
	id.UUID[8] = id.UUID[8]&0x3f | 0x80
	return id
}

// compareIDs orders ids as an index does: rows that come in this order are appended to it, which is quicker and packs them closer.
func compareIDs(a, b db.ID) int { return bytes.Compare(a.UUID[:], b.UUID[:]) }

func organizationID(name string) db.OrganizationID {
	return newID(db.KindOrganization, name, "").Organization()
}

func userID(organization string, p person) db.UserID {
	return newID(db.KindUser, organization, p.name).User()
}

// dice are decisions that look random and are the same for the same key, on every machine and with every version of Go.
type dice struct{ state uint64 }

func newDice(key string) *dice {
	sum := sha256.Sum256([]byte(key))
	return &dice{state: binary.BigEndian.Uint64(sum[:8])}
}

// below returns a number from 0 to n-1 (SplitMix64).
func (d *dice) below(n int) int {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

// oneIn is true once in n times.
func (d *dice) oneIn(n int) bool { return d.below(n) == 0 }
