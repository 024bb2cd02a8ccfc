package db

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Account is a customer of the organization: a legal entity, subsidiary, division or site.
type Account struct {
	OrganizationID  OrganizationID   `db:"organization_id"`
	ID              AccountID        `db:"id"`
	Number          int              `db:"number"`
	ParentID        *AccountID       `db:"parent_id"`
	Name            string           `db:"name"`
	PrimaryDomain   *string          `db:"primary_domain"`
	Logo            *string          `db:"logo"`
	IndustryKey     *string          `db:"industry"`
	StatusKey       *string          `db:"status"`
	ClassKey        *string          `db:"classification"`
	HealthKey       *string          `db:"health"`
	Description     *string          `db:"description"`
	RevenueAmount   *decimal.Decimal `db:"annual_revenue"`
	RevenueCurrency *string          `db:"annual_revenue_currency"`
	Employees       *int             `db:"employees"`
	Website         *string          `db:"website"`
	BillingAddress  *Address         `db:"billing_address"`
	ShippingAddress *Address         `db:"shipping_address"`
	OwnerID         *UserID          `db:"owner_id"`
	Source          *string          `db:"source"`
	Metadata        json.RawMessage  `db:"metadata"`
	IsActive        bool             `db:"is_active"`
	audit
	DeletedAt *time.Time `db:"deleted_at"`
	Version   int        `db:"version"`

	// parent is the account above, where it was fetched together with this one; see AccountTree.
	parent *Account
}

// audit tells who wrote a record when.
type audit struct {
	CreatedAt     time.Time  `db:"created_at"`
	CreatedByKind ActorKind  `db:"created_by_kind"`
	CreatedByID   *uuid.UUID `db:"created_by_id"`
	UpdatedAt     time.Time  `db:"updated_at"`
	UpdatedByKind ActorKind  `db:"updated_by_kind"`
	UpdatedByID   *uuid.UUID `db:"updated_by_id"`
}

// Creator names who made the record.
func (a audit) Creator() ActorRef { return ActorRef{a.CreatedByKind, a.CreatedByID} }

// Updater names who wrote the record last.
func (a audit) Updater() ActorRef { return ActorRef{a.UpdatedByKind, a.UpdatedByID} }

// Deleter names who deleted the account: whoever wrote it last. It names nobody unless the account is deleted.
func (a *Account) Deleter() ActorRef { return a.deleter(a.DeletedAt) }

// deleter is the updater of a record that is deleted: nobody is recorded to write it after that.
func (a audit) deleter(deletedAt *time.Time) ActorRef {
	if deletedAt == nil {
		return ActorRef{}
	}
	return a.Updater()
}

// Node is a record with an identity.
type Node interface{ IsNode() }

// IsNode marks what has an identity.
func (*Account) IsNode() {}

// IsRoot tells whether the account has no parent.
func (a *Account) IsRoot() bool { return a.ParentID == nil }

// AnnualRevenue is the turnover of a year; nil if it is unknown.
func (a *Account) AnnualRevenue() *Money {
	if a.RevenueAmount == nil {
		return nil
	}
	return &Money{Amount: *a.RevenueAmount, Currency: *a.RevenueCurrency}
}

// KnownParent returns the account above if it was fetched together with this one.
func (a *Account) KnownParent() (*Account, bool) {
	return a.parent, a.parent != nil || a.ParentID == nil
}

// AccountsByID returns the accounts that there are, by id.
func (d *DB) AccountsByID(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID]*Account, error) {
	s, names := &statement{}, selected[Account](wanted(ctx))
	s.write("SELECT ", listOf(names, "a"), "\nFROM accounts a")
	s.write("\nWHERE ", v.visible(s, "a"), " AND a.id = ANY(", s.arg(keyArray(ids)), ")")
	accounts, err := packed[*Account](ctx, d.pool, s, names, "accounts by id")
	return byID(accounts, func(a *Account) AccountID { return a.ID }), err
}

// byID makes a map of records.
func byID[K comparable, R any](records []R, id func(R) K) map[K]R {
	found := make(map[K]R, len(records))
	for _, r := range records {
		found[id(r)] = r
	}
	return found
}
