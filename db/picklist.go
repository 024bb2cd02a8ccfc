package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
)

// Picklist names a list of choices, as the schema does ("ACCOUNT_STATUS"); in SQL it is in lower case.
type Picklist string

// The lists whose values an organization may edit.
const (
	AccountStatus         Picklist = "ACCOUNT_STATUS"
	AccountClassification Picklist = "ACCOUNT_CLASSIFICATION"
	AccountHealth         Picklist = "ACCOUNT_HEALTH"
	AccountIndustry       Picklist = "ACCOUNT_INDUSTRY"
	ContactType           Picklist = "CONTACT_TYPE"
	ActivityType          Picklist = "ACTIVITY_TYPE"
	ActivityStatus        Picklist = "ACTIVITY_STATUS"
	NoteType              Picklist = "NOTE_TYPE"
	TaskType              Picklist = "TASK_TYPE"
	TaskStatus            Picklist = "TASK_STATUS"
	TaskPriority          Picklist = "TASK_PRIORITY"
)

// sql is the name of the list in SQL.
func (p Picklist) sql() string { return strings.ToLower(string(p)) }

// Scan reads the SQL name.
func (p *Picklist) Scan(src any) error {
	switch name := src.(type) {
	case []byte:
		*p = Picklist(strings.ToUpper(string(name)))
	case string:
		*p = Picklist(strings.ToUpper(name))
	default:
		return fmt.Errorf("scan picklist from %T", src)
	}
	return nil
}

// PicklistValue is one choice of a list.
type PicklistValue struct {
	ID         PicklistValueID   `db:"id"`
	Picklist   Picklist          `db:"picklist"`
	Key        string            `db:"key"`
	Label      string            `db:"label"`
	Color      *string           `db:"color"`
	Icon       *string           `db:"icon"`
	Position   int               `db:"position"`
	Category   *PicklistCategory `db:"category"`
	IsDefault  bool              `db:"is_default"`
	IsArchived bool              `db:"is_archived"`
	IsClosed   bool              `db:"is_closed"`
}

// IsNode marks what has an identity.
func (*PicklistValue) IsNode() {}

// PicklistCategory is what a value means, where code must compare.
type PicklistCategory string

// The categories of the values of AccountHealth.
const (
	CategoryPoor PicklistCategory = "POOR"
	CategoryFair PicklistCategory = "FAIR"
	CategoryGood PicklistCategory = "GOOD"
)

// PicklistKey names a value by its list and key, as records do.
type PicklistKey struct {
	Picklist Picklist
	Key      string
}

// PicklistValuesByKey returns all the organization's values by list and key: they are few, and one statement serves all.
func (d *DB) PicklistValuesByKey(ctx context.Context, v Viewer, _ []PicklistKey) (map[PicklistKey]*PicklistValue, error) {
	values, err := picklistValues(ctx, d.pool, v, "true")
	return byID(values, func(p *PicklistValue) PicklistKey { return PicklistKey{p.Picklist, p.Key} }), err
}

// PicklistValuesByID returns the values that there are, by id.
func (d *DB) PicklistValuesByID(ctx context.Context, v Viewer, ids []PicklistValueID) (map[PicklistValueID]*PicklistValue, error) {
	values, err := picklistValues(ctx, d.pool, v, "p.id = ANY($2)", idArray(ids))
	return byID(values, func(p *PicklistValue) PicklistValueID { return p.ID }), err
}

// PicklistValues returns the values of a list in their order.
func (d *DB) PicklistValues(ctx context.Context, v Viewer, list Picklist) ([]*PicklistValue, error) {
	return picklistValues(ctx, d.pool, v, "p.picklist = $2", list.sql())
}

// picklistValues reads values of the organization, which is $1.
func picklistValues(ctx context.Context, q sqlx.QueryerContext, v Viewer, condition string, args ...any) ([]*PicklistValue, error) {
	s := &statement{args: append([]any{v.Organization}, args...)}
	s.write("SELECT ", columns[PicklistValue]("p"), "\nFROM picklist_values p\nWHERE p.organization_id = $1 AND ", condition, "\nORDER BY p.picklist, p.position, p.id")
	return all[*PicklistValue](ctx, q, s, "picklist values")
}
