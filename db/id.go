package db

import (
	"bytes"
	"database/sql/driver"
	"io"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// ID is the identity of a record of any kind as clients see it: a TypeID (spec 0.3),
// that is a prefix for the kind, "_", and a UUIDv7 in Crockford's base 32 ("acc_01h455vb4pex5vsknk084sn02q").
type ID struct {
	Kind Kind
	UUID uuid.UUID
}

// Kind is the prefix of an ID. It tells which sort of record the ID is of.
type Kind string

// The kinds of records that have an identity.
const (
	KindOrganization  Kind = "org"
	KindUser          Kind = "usr"
	KindAccount       Kind = "acc"
	KindContact       Kind = "con"
	KindCustomerUser  Kind = "cus"
	KindPicklistValue Kind = "pkv"
	KindParentChange  Kind = "pch"
	KindAPIKey        Kind = "key"
	KindImport        Kind = "imp"
)

const (
	base32       = "0123456789abcdefghjkmnpqrstvwxyz"
	suffixLength = 26
	maxIDLength  = 63 + 1 + suffixLength
)

// NewUUID returns a fresh UUIDv7: ordered by time, so that rows made together lie together.
func NewUUID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// String returns the TypeID text.
func (id ID) String() string {
	text, _ := id.AppendText(make([]byte, 0, maxIDLength)) // it never fails
	return string(text)
}

// AppendText appends the TypeID text. It never fails.
func (id ID) AppendText(text []byte) ([]byte, error) {
	var out [suffixLength]byte
	// 128 bits are 26 groups of 5, of which the first holds only 3.
	high, low := uint64(0), uint64(0)
	for i := range 8 {
		high = high<<8 | uint64(id.UUID[i])
		low = low<<8 | uint64(id.UUID[i+8])
	}
	for i := suffixLength - 1; i >= 0; i-- {
		out[i] = base32[low&31]
		low = low>>5 | high<<59
		high >>= 5
	}
	text = append(append(text, id.Kind...), '_')
	return append(text, out[:]...), nil
}

// ParseID reads a TypeID. The error is a *Error with BAD_USER_INPUT; an ID of an unknown kind is well formed.
func ParseID(text string) (ID, error) {
	malformed := func() (ID, error) {
		if len(text) > maxIDLength {
			text = text[:maxIDLength] + "..."
		}
		return ID{}, BadInput("%q is not an id: ids look like acc_01h455vb4pex5vsknk084sn02q and come from the API", text)
	}
	cut := strings.LastIndexByte(text, '_')
	if cut <= 0 || len(text)-cut-1 != suffixLength || cut > 63 || text[cut+1] > '7' || text[0] == '_' || text[cut-1] == '_' {
		return malformed()
	}
	for _, c := range []byte(text[:cut]) {
		if (c < 'a' || c > 'z') && c != '_' {
			return malformed()
		}
	}
	high, low := uint64(0), uint64(0)
	for _, c := range []byte(text[cut+1:]) {
		digit := strings.IndexByte(base32, c)
		if digit < 0 {
			return malformed()
		}
		high = high<<5 | low>>59
		low = low<<5 | uint64(digit)
	}
	id := ID{Kind: Kind(text[:cut])}
	for i := 7; i >= 0; i-- {
		id.UUID[i], id.UUID[i+8] = byte(high), byte(low)
		high >>= 8
		low >>= 8
	}
	return id, nil
}

// MarshalGQL writes the TypeID as a JSON string.
func (id ID) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(id.String())) }

// UnmarshalGQL reads what a client sends for ID!.
func (id *ID) UnmarshalGQL(v any) error {
	text, ok := v.(string)
	if !ok {
		return BadInput("an id is a string, as acc_01h455vb4pex5vsknk084sn02q")
	}
	parsed, err := ParseID(text)
	*id = parsed
	return err
}

// MarshalText writes the TypeID, for JSON that clients see.
func (id ID) MarshalText() ([]byte, error) { return id.AppendText(make([]byte, 0, maxIDLength)) }

// UnmarshalText reads a TypeID in JSON.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, err := ParseID(string(text))
	*id = parsed
	return err
}

// of returns the UUID if the ID is of the kind, else the nil UUID, which no record has:
// an ID of another kind names nothing.
func (id ID) of(kind Kind) uuid.UUID {
	if id.Kind != kind {
		return uuid.Nil
	}
	return id.UUID
}

// typedID is an ID of one kind. In SQL it is a uuid column, in GraphQL a TypeID text, in Go a comparable value.
// The zero value names no record.
type typedID[K kinded] struct{ uuid uuid.UUID }

// kinded gives a typedID its kind.
type kinded interface{ kind() Kind }

type (
	organizationKind  struct{}
	userKind          struct{}
	accountKind       struct{}
	contactKind       struct{}
	customerUserKind  struct{}
	picklistValueKind struct{}
	parentChangeKind  struct{}
	apiKeyKind        struct{}
	importKind        struct{}
)

func (organizationKind) kind() Kind  { return KindOrganization }
func (userKind) kind() Kind          { return KindUser }
func (accountKind) kind() Kind       { return KindAccount }
func (contactKind) kind() Kind       { return KindContact }
func (customerUserKind) kind() Kind  { return KindCustomerUser }
func (picklistValueKind) kind() Kind { return KindPicklistValue }
func (parentChangeKind) kind() Kind  { return KindParentChange }
func (apiKeyKind) kind() Kind        { return KindAPIKey }
func (importKind) kind() Kind        { return KindImport }

type (
	// OrganizationID is the identity of an organization.
	OrganizationID struct{ typedID[organizationKind] }
	// UserID is the identity of a user.
	UserID struct{ typedID[userKind] }
	// AccountID is the identity of an account.
	AccountID struct{ typedID[accountKind] }
	// ContactID is the identity of a contact.
	ContactID struct{ typedID[contactKind] }
	// CustomerUserID is the identity of a customer user.
	CustomerUserID struct{ typedID[customerUserKind] }
	// PicklistValueID is the identity of a picklist value.
	PicklistValueID struct{ typedID[picklistValueKind] }
	// ParentChangeID is the identity of one change of an account's parent.
	ParentChangeID struct{ typedID[parentChangeKind] }
	// APIKeyID is the identity of an API key. It is no secret.
	APIKeyID struct{ typedID[apiKeyKind] }
	// ImportID is the identity of an import.
	ImportID struct{ typedID[importKind] }
)

// newID returns the fresh identity of a record that is about to be made: AccountID{newID[accountKind]()}.
func newID[K kinded]() typedID[K] { return typedID[K]{NewUUID()} }

// Organization is the ID of an organization; the zero ID, which names nothing, if it is of another kind.
func (id ID) Organization() OrganizationID {
	return OrganizationID{typedID[organizationKind]{id.of(KindOrganization)}}
}

// User is the ID of a user; the zero ID, which names nothing, if it is of another kind.
func (id ID) User() UserID { return UserID{typedID[userKind]{id.of(KindUser)}} }

// Account is the ID of an account; the zero ID, which names nothing, if it is of another kind.
func (id ID) Account() AccountID { return AccountID{typedID[accountKind]{id.of(KindAccount)}} }

// Contact is the ID of a contact; the zero ID, which names nothing, if it is of another kind.
func (id ID) Contact() ContactID { return ContactID{typedID[contactKind]{id.of(KindContact)}} }

// CustomerUser is the ID of a customer user; the zero ID, which names nothing, if it is of another kind.
func (id ID) CustomerUser() CustomerUserID {
	return CustomerUserID{typedID[customerUserKind]{id.of(KindCustomerUser)}}
}

// PicklistValue is the ID of a picklist value; the zero ID, which names nothing, if it is of another kind.
func (id ID) PicklistValue() PicklistValueID {
	return PicklistValueID{typedID[picklistValueKind]{id.of(KindPicklistValue)}}
}

// ParentChange is the ID of one change of an account's parent; the zero ID, which names nothing, if it is of another kind.
func (id ID) ParentChange() ParentChangeID {
	return ParentChangeID{typedID[parentChangeKind]{id.of(KindParentChange)}}
}

// APIKey is the ID of an API key; the zero ID, which names nothing, if it is of another kind.
func (id ID) APIKey() APIKeyID { return APIKeyID{typedID[apiKeyKind]{id.of(KindAPIKey)}} }

// Import is the ID of an import; the zero ID, which names nothing, if it is of another kind.
func (id ID) Import() ImportID { return ImportID{typedID[importKind]{id.of(KindImport)}} }

// ID returns the identity with its kind at hand.
func (id typedID[K]) ID() ID {
	var k K
	return ID{Kind: k.kind(), UUID: id.uuid}
}

// String returns the TypeID text.
func (id typedID[K]) String() string { return id.ID().String() }

// AppendText appends the TypeID text. It never fails.
func (id typedID[K]) AppendText(text []byte) ([]byte, error) { return id.ID().AppendText(text) }

// IsZero tells whether the ID names no record.
func (id typedID[K]) IsZero() bool { return id.uuid == uuid.Nil }

// raw is the uuid of the identity, as SQL knows it.
func (id typedID[K]) raw() uuid.UUID { return id.uuid }

// identified are the typed IDs.
type identified interface {
	comparable
	raw() uuid.UUID
}

// compareIDs orders IDs as PostgreSQL orders uuids: by their bytes.
func compareIDs[I identified](a, b I) int {
	x, y := a.raw(), b.raw()
	return bytes.Compare(x[:], y[:])
}

func (id typedID[K]) write(w io.Writer) { id.ID().MarshalGQL(w) }

func (id *typedID[K]) read(v any) error {
	var any ID
	if err := any.UnmarshalGQL(v); err != nil {
		return err
	}
	var k K
	id.uuid = any.of(k.kind())
	return nil
}

// Scan reads a uuid column.
func (id *typedID[K]) Scan(src any) (err error) {
	text, ok := src.([]byte) // as the driver has uuids
	if !ok {
		return id.uuid.Scan(src)
	}
	id.uuid, err = uuid.ParseBytes(text)
	return err
}

// Value writes a uuid column.
func (id typedID[K]) Value() (driver.Value, error) { return id.uuid.String(), nil }

// MarshalText writes the TypeID, for JSON that clients see; events keep UUIDs.
func (id typedID[K]) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// gqlgen binds a scalar to a type that has these two methods itself, not by embedding.

// MarshalGQL writes the TypeID as a JSON string.
func (id OrganizationID) MarshalGQL(w io.Writer) { id.write(w) }

// UnmarshalGQL reads what a client sends. An ID of another kind becomes the zero ID, which names nothing.
func (id *OrganizationID) UnmarshalGQL(v any) error { return id.read(v) }

// MarshalGQL writes the TypeID as a JSON string.
func (id UserID) MarshalGQL(w io.Writer) { id.write(w) }

// UnmarshalGQL reads what a client sends. An ID of another kind becomes the zero ID, which names nothing.
func (id *UserID) UnmarshalGQL(v any) error { return id.read(v) }

// MarshalGQL writes the TypeID as a JSON string.
func (id AccountID) MarshalGQL(w io.Writer) { id.write(w) }

// UnmarshalGQL reads what a client sends. An ID of another kind becomes the zero ID, which names nothing.
func (id *AccountID) UnmarshalGQL(v any) error { return id.read(v) }

// MarshalGQL writes the TypeID as a JSON string.
func (id ContactID) MarshalGQL(w io.Writer) { id.write(w) }

// UnmarshalGQL reads what a client sends. An ID of another kind becomes the zero ID, which names nothing.
func (id *ContactID) UnmarshalGQL(v any) error { return id.read(v) }

// MarshalGQL writes the TypeID as a JSON string.
func (id CustomerUserID) MarshalGQL(w io.Writer) { id.write(w) }

// UnmarshalGQL reads what a client sends. An ID of another kind becomes the zero ID, which names nothing.
func (id *CustomerUserID) UnmarshalGQL(v any) error { return id.read(v) }

// MarshalGQL writes the TypeID as a JSON string.
func (id PicklistValueID) MarshalGQL(w io.Writer) { id.write(w) }

// UnmarshalGQL reads what a client sends. An ID of another kind becomes the zero ID, which names nothing.
func (id *PicklistValueID) UnmarshalGQL(v any) error { return id.read(v) }

// MarshalGQL writes the TypeID as a JSON string.
func (id ParentChangeID) MarshalGQL(w io.Writer) { id.write(w) }

// UnmarshalGQL reads what a client sends. An ID of another kind becomes the zero ID, which names nothing.
func (id *ParentChangeID) UnmarshalGQL(v any) error { return id.read(v) }

// MarshalGQL writes the TypeID as a JSON string.
func (id APIKeyID) MarshalGQL(w io.Writer) { id.write(w) }

// UnmarshalGQL reads what a client sends. An ID of another kind becomes the zero ID, which names nothing.
func (id *APIKeyID) UnmarshalGQL(v any) error { return id.read(v) }
func (id ImportID) MarshalGQL(w io.Writer)    { id.write(w) }

// UnmarshalGQL reads what a client sends. An ID of another kind becomes the zero ID, which names nothing.
func (id *ImportID) UnmarshalGQL(v any) error { return id.read(v) }
