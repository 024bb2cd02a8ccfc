package db

import (
	"context"
	"encoding/json"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// lockAccount reads an account and keeps others from writing it until the transaction ends; nil if there is none.
func lockAccount(ctx context.Context, tx *sqlx.Tx, v Viewer, id AccountID) (*Account, error) {
	s := &statement{}
	s.write("SELECT ", columns[Account]("a"), "\nFROM accounts a\nWHERE ", v.visible(s, "a"), " AND a.id = ", s.arg(id), "\nFOR NO KEY UPDATE")
	accounts, err := all[*Account](ctx, tx, s, "lock account")
	if err != nil || len(accounts) == 0 {
		return nil, err
	}
	return accounts[0], nil
}

// lockHierarchy makes writers of the organization's hierarchy queue. What is read after it is what was committed last.
func lockHierarchy(ctx context.Context, tx *sqlx.Tx, v Viewer) error {
	_, err := exec(ctx, tx, "lock the hierarchy", "SELECT lock_hierarchies(ARRAY[CAST($1 AS uuid)])", v.Organization)
	return err
}

// noAccount is the problem of an id that names no account that the viewer may see.
func noAccount() *Problem { return problem(ProblemNotFound, "there is no account with this id") }

// accountJSON is an account as jsonb_to_recordset reads it: the columns that writes set, under their names.
type accountJSON struct {
	ID              AccountID       `json:"-"`
	UUID            string          `json:"id"`
	ParentUUID      *string         `json:"parent_id"`
	Name            string          `json:"name"`
	PrimaryDomain   *string         `json:"primary_domain"`
	Logo            *string         `json:"logo"`
	IndustryKey     *string         `json:"industry"`
	StatusKey       *string         `json:"status"`
	ClassKey        *string         `json:"classification"`
	HealthKey       *string         `json:"health"`
	Description     *string         `json:"description"`
	RevenueAmount   *string         `json:"annual_revenue"`
	RevenueCurrency *string         `json:"annual_revenue_currency"`
	Employees       *int            `json:"employees"`
	Website         *string         `json:"website"`
	BillingAddress  *Address        `json:"billing_address"`
	ShippingAddress *Address        `json:"shipping_address"`
	OwnerUUID       *string         `json:"owner_id"`
	Source          *string         `json:"source"`
	Metadata        json.RawMessage `json:"metadata"`
	IsActive        bool            `json:"is_active"`
}

// json is the account as the SQL of writes takes it, and as events keep it.
func (a *Account) json() accountJSON {
	out := accountJSON{
		ID: a.ID, UUID: a.ID.uuid.String(), Name: a.Name, PrimaryDomain: a.PrimaryDomain, Logo: a.Logo,
		IndustryKey: a.IndustryKey, StatusKey: a.StatusKey, ClassKey: a.ClassKey, HealthKey: a.HealthKey,
		Description: a.Description, RevenueCurrency: a.RevenueCurrency, Employees: a.Employees, Website: a.Website,
		BillingAddress: a.BillingAddress, ShippingAddress: a.ShippingAddress, Source: a.Source, Metadata: a.Metadata, IsActive: a.IsActive,
	}
	if a.ParentID != nil {
		text := a.ParentID.uuid.String()
		out.ParentUUID = &text
	}
	if a.OwnerID != nil {
		text := a.OwnerID.uuid.String()
		out.OwnerUUID = &text
	}
	if a.RevenueAmount != nil {
		text := a.RevenueAmount.StringFixed(maxMoneyDecimals)
		out.RevenueAmount = &text
	}
	return out
}

// accountEvent is a new account as events keep it: with what lies in tables of its own, in the order that was given.
type accountEvent struct {
	accountJSON
	Domains     []string             `json:"domains"`
	ExternalIDs []ExternalID         `json:"external_ids"`
	Identifiers []BusinessIdentifier `json:"identifiers"`
}

func (d *accountDraft) event() accountEvent {
	return accountEvent{d.json(), listed(d.domains), listed(d.externalIDs), listed(d.identifiers)}
}

// listed is a list that is empty where there is none.
func listed[T any](list []T) []T { return append([]T{}, list...) }

// accountColumns are the columns of accountJSON with their types, as jsonb_to_recordset wants to know them.
const accountColumns = `
  id uuid, parent_id uuid, name text, primary_domain text, logo text, industry text, status text, classification text, health text,
  description text, annual_revenue numeric, annual_revenue_currency text, employees integer, website text,
  billing_address jsonb, shipping_address jsonb, owner_id uuid, source text, metadata jsonb, is_active boolean, position bigint`

// insertDetails are the INSERTs of the rows of accounts in account_domains, account_external_ids and account_identifiers, as
// parts of a statement, by names of such. What a row leaves nil stays as it is; otherwise the rows that there are must have
// been removed before.
func insertDetails(s *statement, v Viewer, rows []*draftRow) []string {
	var domains, externals, identifiers struct {
		accounts    []AccountID
		first, rest []string
		positions   []int64
		routes      []bool
	}
	for _, r := range rows {
		for i, domain := range r.domains {
			domains.accounts, domains.first = append(domains.accounts, r.ID), append(domains.first, domain)
			domains.positions, domains.routes = append(domains.positions, int64(i)), append(domains.routes, r.routes[i])
		}
		for i, e := range r.externalIDs {
			externals.accounts, externals.positions = append(externals.accounts, r.ID), append(externals.positions, int64(i))
			externals.first, externals.rest = append(externals.first, e.Source), append(externals.rest, e.ID)
		}
		for i, b := range r.identifiers {
			identifiers.accounts, identifiers.positions = append(identifiers.accounts, r.ID), append(identifiers.positions, int64(i))
			identifiers.first, identifiers.rest = append(identifiers.first, string(b.Scheme)), append(identifiers.rest, b.Value)
		}
	}
	var parts []string
	if len(domains.accounts) > 0 {
		parts = append(parts, `domains AS (
  INSERT INTO account_domains (organization_id, account_id, domain, position, is_routing)
  SELECT `+s.arg(v.Organization)+", * FROM unnest("+s.arg(idArray(domains.accounts))+"::uuid[], "+s.arg(pq.Array(domains.first))+"::text[], "+
			s.arg(pq.Array(domains.positions))+"::integer[], "+s.arg(pq.Array(domains.routes))+`::boolean[])
)`)
	}
	if len(externals.accounts) > 0 {
		parts = append(parts, `external_ids AS (
  INSERT INTO account_external_ids (organization_id, account_id, source, external_id, position)
  SELECT `+s.arg(v.Organization)+", * FROM unnest("+s.arg(idArray(externals.accounts))+"::uuid[], "+s.arg(pq.Array(externals.first))+"::text[], "+
			s.arg(pq.Array(externals.rest))+"::text[], "+s.arg(pq.Array(externals.positions))+`::integer[])
)`)
	}
	if len(identifiers.accounts) > 0 {
		parts = append(parts, `identifiers AS (
  INSERT INTO account_identifiers (organization_id, account_id, scheme, value, position)
  SELECT `+s.arg(v.Organization)+", * FROM unnest("+s.arg(idArray(identifiers.accounts))+"::uuid[], "+s.arg(pq.Array(identifiers.first))+"::text[], "+
			s.arg(pq.Array(identifiers.rest))+"::text[], "+s.arg(pq.Array(identifiers.positions))+`::integer[])
)`)
	}
	return parts
}
