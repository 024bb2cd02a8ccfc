package db

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// change is the account as a change that leaves everything as it is.
func (a *Account) change() AccountChange {
	c := AccountChange{
		Name: &a.Name, PrimaryDomain: a.PrimaryDomain, Logo: a.Logo, Industry: a.IndustryKey, Status: a.StatusKey,
		Classification: a.ClassKey, Health: a.HealthKey, Description: a.Description, Employees: a.Employees, Website: a.Website,
		OwnerID: a.OwnerID, Source: a.Source, Metadata: a.Metadata, IsActive: &a.IsActive,
		BillingAddress: a.BillingAddress.input(), ShippingAddress: a.ShippingAddress.input(),
	}
	if a.RevenueAmount != nil {
		c.AnnualRevenue = &MoneyInput{Amount: a.RevenueAmount.String(), Currency: a.RevenueCurrency}
	}
	return c
}

// input is the address as a client would send it.
func (a *Address) input() *AddressInput {
	if a == nil {
		return nil
	}
	return &AddressInput{Street: a.Street, City: a.City, State: a.State, PostalCode: a.PostalCode, Country: a.Country, Formatted: a.Given}
}

// UpdateAccount changes an account: change puts values in place of those that it finds, without looking at them; what it leaves
// is left, and the whole is checked and written. It may be called several times. With ifVersion, an account of another version
// is a CONFLICT. An update that changes nothing writes nothing.
func (d *DB) UpdateAccount(ctx context.Context, v Viewer, id AccountID, ifVersion *int, change func(*AccountChange)) (*Account, error) {
	if err := v.mayWrite(); err != nil {
		return nil, err
	}
	updated, err := d.updateAccountAtOnce(ctx, v, id, ifVersion, change)
	if err != nil || updated != nil {
		return updated, err
	}
	err = d.write(ctx, func(tx *sqlx.Tx) error {
		old, err := lockAccount(ctx, tx, v, id)
		if err != nil {
			return err
		}
		if old == nil {
			return Problems{noAccount().at("id")}
		}
		if ifVersion != nil && *ifVersion != old.Version {
			return Problems{problem(ProblemConflict, "the account has version %d by now: read it again and repeat the change", old.Version).at("ifVersion")}
		}
		updated, err = updateAccount(ctx, tx, v, old, change)
		return err
	})
	if err != nil {
		return nil, err
	}
	return updated, nil
}

func updateAccount(ctx context.Context, tx *sqlx.Tx, v Viewer, old *Account, change func(*AccountChange)) (*Account, error) {
	in := old.change()
	change(&in)
	currency, err := defaultCurrency(ctx, tx, v, in)
	if err != nil {
		return nil, err
	}
	row := &draftRow{old: old}
	row.path = []string{"input"}
	if err := row.readDomains(ctx, tx, v, &in); err != nil {
		return nil, err
	}
	row.accountDraft = in.draft(&row.validation, *old, currency)
	if row.oldDomains == nil {
		row.domains = nil // not part of this change
	}
	claimed, err := checkReferences(ctx, tx, v, []*draftRow{row})
	if err != nil {
		return nil, err
	}
	claimed.take(row)
	if err := row.err(); err != nil {
		return nil, err
	}
	before, after, err := difference(old.json(), row.json())
	if err != nil {
		return nil, err
	}
	if err := row.replaceDetails(ctx, tx, v, before, after); err != nil {
		return nil, err
	}
	if len(after) == 0 {
		return old, nil
	}
	updated, err := writeAccount(ctx, tx, v, &row.Account)
	if err != nil {
		return nil, err
	}
	return updated, appendEvents(ctx, tx, v, event{kind: "account.updated", entity: "account", id: old.ID.uuid, before: before, after: after})
}

// defaultCurrency is the organization's, if any of the changes has an amount without one.
func defaultCurrency(ctx context.Context, tx *sqlx.Tx, v Viewer, changes ...AccountChange) (string, error) {
	if !slices.ContainsFunc(changes, func(in AccountChange) bool { return in.AnnualRevenue != nil && in.AnnualRevenue.Currency == nil }) {
		return "", nil
	}
	organization, err := readOrganization(ctx, tx, v)
	if err != nil {
		return "", err
	}
	return organization.DefaultCurrency, nil
}

// readDomains reads the domains that there are, if the change is about domains, and completes a change of only one kind of them.
func (r *draftRow) readDomains(ctx context.Context, tx *sqlx.Tx, v Viewer, in *AccountChange) error {
	if in.SecondaryDomains == nil && reflect.DeepEqual(in.PrimaryDomain, r.old.PrimaryDomain) {
		return nil
	}
	domains, err := all[*AccountDomain](ctx, tx, textOf(domainsOfSQL, v.Organization, idArray([]AccountID{r.old.ID})), "domains of the account")
	if err != nil {
		return err
	}
	r.oldDomains = append([]*AccountDomain{}, domains...)
	if in.SecondaryDomains == nil {
		primary := ""
		if in.PrimaryDomain != nil {
			primary, _ = NormalizeDomain(*in.PrimaryDomain) // told by draft
		}
		var rest []string
		for _, domain := range domains {
			if !domain.IsPrimary && domain.Domain != primary {
				rest = append(rest, domain.Domain)
			}
		}
		in.SecondaryDomains = &rest
	}
	return nil
}

// replaceDetails writes the lists that the change is about in place of those there are, and notes for the event what they were and are.
func (r *draftRow) replaceDetails(ctx context.Context, tx *sqlx.Tx, v Viewer, before, after map[string]any) error {
	if r.oldDomains != nil {
		var lost []holding
		var was []string
		for _, domain := range r.oldDomains {
			was = append(was, domain.Domain)
			if domain.IsRouting && !slices.Contains(r.domains, domain.Domain) {
				lost = append(lost, holding{r.ID, domain.Domain})
			}
		}
		if slices.Equal(was, r.domains) {
			r.domains = nil
		} else {
			before["domains"], after["domains"] = listed(was), listed(r.domains)
			if err := handOver(ctx, tx, v, lost, nil); err != nil {
				return err
			}
			if err := r.clear(ctx, tx, v, "account_domains"); err != nil {
				return err
			}
		}
	}
	if r.externalIDs != nil {
		was, err := all[ExternalID](ctx, tx, textOf("SELECT source, external_id FROM account_external_ids WHERE organization_id = $1 AND account_id = $2 ORDER BY position",
			v.Organization, r.ID), "external ids of the account")
		if err != nil {
			return err
		}
		if slices.Equal(was, r.externalIDs) {
			r.externalIDs = nil
		} else {
			before["external_ids"], after["external_ids"] = listed(was), r.externalIDs
			if err := r.clear(ctx, tx, v, "account_external_ids"); err != nil {
				return err
			}
		}
	}
	if r.identifiers != nil {
		was, err := all[BusinessIdentifier](ctx, tx, textOf("SELECT scheme, value FROM account_identifiers WHERE organization_id = $1 AND account_id = $2 ORDER BY position",
			v.Organization, r.ID), "identifiers of the account")
		if err != nil {
			return err
		}
		if slices.Equal(was, r.identifiers) {
			r.identifiers = nil
		} else {
			before["identifiers"], after["identifiers"] = listed(was), r.identifiers
			if err := r.clear(ctx, tx, v, "account_identifiers"); err != nil {
				return err
			}
		}
	}
	s := &statement{}
	parts := insertDetails(s, v, []*draftRow{r})
	if parts == nil {
		return nil
	}
	_, err := exec(ctx, tx, "write details", "WITH "+strings.Join(parts, ", ")+" SELECT", s.args...)
	return err
}

// clear removes the account's rows from one of its detail tables, whose name is a constant of this file.
func (r *draftRow) clear(ctx context.Context, tx *sqlx.Tx, v Viewer, table string) error {
	_, err := exec(ctx, tx, "clear "+table, "DELETE FROM "+table+" WHERE organization_id = $1 AND account_id = $2", v.Organization, r.ID)
	return err
}

// accountAssignments set what writers say of an account.
const accountAssignments = `
  name = r.name, primary_domain = r.primary_domain, logo = r.logo, industry = r.industry, status = r.status,
  classification = r.classification, health = r.health, description = r.description, annual_revenue = r.annual_revenue,
  annual_revenue_currency = r.annual_revenue_currency, employees = r.employees, website = r.website,
  billing_address = r.billing_address, shipping_address = r.shipping_address, owner_id = r.owner_id, source = r.source,
  metadata = r.metadata, is_active = r.is_active,
  version = a.version + 1, updated_at = now(), updated_by_kind = $3, updated_by_id = $4`

const updateAccountSQL = `
UPDATE accounts a SET` + accountAssignments + `
FROM jsonb_to_record(CAST($2 AS jsonb)) AS r (` + accountColumns + `)
WHERE a.organization_id = $1 AND a.id = r.id
RETURNING `

func writeAccount(ctx context.Context, tx *sqlx.Tx, v Viewer, a *Account) (*Account, error) {
	text, err := json.Marshal(a.json())
	if err != nil {
		return nil, fmt.Errorf("write account: %w", err)
	}
	actor := v.actor()
	written, err := all[*Account](ctx, tx, textOf(updateAccountSQL+columns[Account]("a"), v.Organization, string(text), actor.Kind, actor.ID), "update account")
	if err != nil {
		return nil, err
	}
	return written[0], nil
}
