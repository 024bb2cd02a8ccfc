package db

import (
	"io"
	"strconv"
	"strings"
)

// The enums of the schema are their names in Go too. That a value is one of them was checked against the schema before it gets
// here, but of variables in upper or lower case.

func marshalEnum[E ~string](w io.Writer, value E) {
	_, _ = io.WriteString(w, strconv.Quote(string(value)))
}

// enumLetters are what names of enum values are made of.
const enumLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

func unmarshalEnum[E ~string](into *E, v any) error {
	text, ok := v.(string)
	if !ok || strings.Trim(text, enumLetters) != "" {
		return BadInput("an enum value is a name in capital letters")
	}
	*into = E(text)
	return nil
}

// OrderDirection is which way a list runs.
type OrderDirection string

// The values of OrderDirection.
const (
	Ascending  OrderDirection = "ASC"
	Descending OrderDirection = "DESC"
)

// said is the direction, where none was said the one that it stands for: cursors name it.
func (d OrderDirection) said() OrderDirection {
	if d == "" {
		return Ascending
	}
	return d
}

// AccountOrderField is what accounts are ordered by.
type AccountOrderField string

// The values of AccountOrderField.
const (
	AccountByName          AccountOrderField = "NAME"
	AccountByNumber        AccountOrderField = "NUMBER"
	AccountByCreatedAt     AccountOrderField = "CREATED_AT"
	AccountByUpdatedAt     AccountOrderField = "UPDATED_AT"
	AccountByAnnualRevenue AccountOrderField = "ANNUAL_REVENUE"
	AccountByEmployees     AccountOrderField = "EMPLOYEES"
	AccountByHealth        AccountOrderField = "HEALTH"
	AccountByDeletedAt     AccountOrderField = "DELETED_AT"
)

// ContactOrderField is what contacts are ordered by.
type ContactOrderField string

// The values of ContactOrderField.
const (
	ContactByName      ContactOrderField = "NAME"
	ContactByEmail     ContactOrderField = "EMAIL"
	ContactByCreatedAt ContactOrderField = "CREATED_AT"
	ContactByUpdatedAt ContactOrderField = "UPDATED_AT"
	ContactByDeletedAt ContactOrderField = "DELETED_AT"
)

// Traversal is in which order a subtree is listed.
type Traversal string

// The values of Traversal.
const (
	BreadthFirst Traversal = "BREADTH_FIRST"
	DepthFirst   Traversal = "DEPTH_FIRST"
)

// OnError is what a bulk operation does with a row that has errors.
type OnError string

// The values of OnError.
const (
	OnErrorAbort OnError = "ABORT"
	OnErrorSkip  OnError = "SKIP"
)

// ChildrenOnDelete is what becomes of the children of an account that is deleted.
type ChildrenOnDelete string

// The values of ChildrenOnDelete.
const (
	ChildrenReject   ChildrenOnDelete = "REJECT"
	ChildrenReparent ChildrenOnDelete = "REPARENT"
	ChildrenCascade  ChildrenOnDelete = "CASCADE"
)

// MarshalGQL writes the name.
func (e OrderDirection) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *OrderDirection) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e AccountOrderField) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *AccountOrderField) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e ContactOrderField) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *ContactOrderField) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e Traversal) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *Traversal) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e OnError) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *OnError) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e ChildrenOnDelete) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *ChildrenOnDelete) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// DeletedFilter is whether a list is of live records or of deleted ones; the zero value means EXCLUDE.
type DeletedFilter string

// The values of DeletedFilter.
const (
	DeletedExclude DeletedFilter = "EXCLUDE"
	DeletedOnly    DeletedFilter = "ONLY"
)

// MarshalGQL writes the name.
func (e DeletedFilter) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *DeletedFilter) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e Role) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *Role) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e Scope) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *Scope) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e IdentifierScheme) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *IdentifierScheme) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e Picklist) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *Picklist) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e Code) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *Code) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e PicklistCategory) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *PicklistCategory) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e ImportEntity) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *ImportEntity) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }

// MarshalGQL writes the name.
func (e ImportState) MarshalGQL(w io.Writer) { marshalEnum(w, e) }

// UnmarshalGQL reads a name of the schema's enum.
func (e *ImportState) UnmarshalGQL(v any) error { return unmarshalEnum(e, v) }
