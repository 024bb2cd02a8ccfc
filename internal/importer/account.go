package importer

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/accountgraph/accountgraph/db"
)

// accountFields are what the columns of a file of accounts can say, under the names of the columns. The first twelve are
// those of the files of the demo; the export writes all others.
var accountFields = []field{
	{"external_id", "externalId", nil, func(r *row, s string) error { r.externalID = s; return nil }},
	{"parent_external_id", "parentExternalId", nil, func(r *row, s string) error { r.parentExternalID = s; return nil }},
	{"name", "name", []string{"name"}, func(r *row, s string) error { r.account.Name = &s; return nil }},
	{"primary_domain", "primaryDomain", []string{"primary_domain", "domains"}, func(r *row, s string) error { r.account.PrimaryDomain = &s; return nil }},
	{"secondary_domains", "secondaryDomains", []string{"domains"}, func(r *row, s string) error {
		list := splitList(s)
		r.account.SecondaryDomains = &list
		return nil
	}},
	{"website", "website", []string{"website"}, func(r *row, s string) error { r.account.Website = &s; return nil }},
	{"country", "billingAddress.country", []string{"billing_address"}, func(r *row, s string) error { r.billing().Country = &s; return nil }},
	{"region", "billingAddress.state", []string{"billing_address"}, func(r *row, s string) error { r.billing().State = &s; return nil }},
	{"city", "billingAddress.city", []string{"billing_address"}, func(r *row, s string) error { r.billing().City = &s; return nil }},
	{"status", "isActive", []string{"is_active"}, func(r *row, s string) error {
		active := strings.EqualFold(strings.TrimSpace(s), "active")
		r.account.IsActive = &active
		return nil
	}},
	{"industry", "industry", []string{"industry"}, func(r *row, s string) error {
		key, err := r.rules.Industry(s)
		r.account.Industry = &key
		return err
	}},
	{"source", "source", []string{"source"}, func(r *row, s string) error { r.account.Source = &s; return nil }},

	{"id", "id", []string{"external_ids"}, func(r *row, s string) error { return readID(&r.recordID, s) }},
	{"number", "number", nil, func(*row, string) error { return nil }}, // whatever the file says, numbers are the organization's own
	{"external_source", "externalSource", nil, func(r *row, s string) error { r.externalSource = s; return nil }},
	{"external_ids", "externalIds", []string{"external_ids"}, func(r *row, s string) error {
		r.externalIDs = []db.ExternalIDInput{}
		for _, text := range splitList(s) {
			source, id, ok := splitPair(text)
			if !ok {
				return invalid("%q has no colon: write source:id, with ; between several", text)
			}
			r.externalIDs = append(r.externalIDs, db.ExternalIDInput{Source: source, ID: id})
		}
		return nil
	}},
	{"parent_id", "parentId", nil, func(r *row, s string) error { return readID(&r.parentID, s) }},
	{"parent_source", "parentSource", nil, func(r *row, s string) error { r.parentSource = s; return nil }},
	{"shared_domains", "sharedDomains", []string{"domains"}, func(r *row, s string) error { r.sharedDomains = splitList(s); return nil }},
	{"logo", "logo", []string{"logo"}, func(r *row, s string) error { r.account.Logo = &s; return nil }},
	{"account_status", "status", []string{"status"}, func(r *row, s string) (err error) {
		r.account.Status, err = r.key(db.AccountStatus, s)
		return err
	}},
	{"classification", "classification", []string{"classification"}, func(r *row, s string) (err error) {
		r.account.Classification, err = r.key(db.AccountClassification, s)
		return err
	}},
	{"health", "health", []string{"health"}, func(r *row, s string) (err error) {
		r.account.Health, err = r.key(db.AccountHealth, s)
		return err
	}},
	{"description", "description", []string{"description"}, func(r *row, s string) error { r.account.Description = &s; return nil }},
	{"annual_revenue", "annualRevenue.amount", []string{"annual_revenue", "annual_revenue_currency"}, func(r *row, s string) error { r.revenue = s; return nil }},
	{"annual_revenue_currency", "annualRevenue.currency", []string{"annual_revenue_currency"}, func(r *row, s string) error { r.currency = s; return nil }},
	{"employees", "employees", []string{"employees"}, func(r *row, s string) error {
		s = strings.TrimSpace(s)
		if s == "" {
			return nil
		}
		n, err := strconv.Atoi(s)
		if err != nil {
			return invalid("%q is not a whole number", s)
		}
		r.account.Employees = &n
		return nil
	}},
	{"owner_email", "ownerId", []string{"owner_id"}, func(r *row, s string) (err error) {
		if strings.TrimSpace(s) != "" {
			r.account.OwnerID, err = r.rules.Owner(s)
		}
		return err
	}},
	{"identifiers", "identifiers", []string{"identifiers"}, func(r *row, s string) error {
		for _, text := range splitList(s) {
			scheme, value, ok := splitPair(text)
			if !ok {
				return invalid("%q has no colon: write scheme:value, as LEI:5493001KJTIIGC8Y1R12, with ; between several", text)
			}
			r.identifiers = append(r.identifiers, db.BusinessIdentifierInput{Scheme: db.IdentifierScheme(strings.ToUpper(scheme)), Value: value})
		}
		return nil
	}},
	{"metadata", "metadata", []string{"metadata"}, func(r *row, s string) error {
		if strings.TrimSpace(s) != "" {
			r.account.Metadata = json.RawMessage(s)
		}
		return nil
	}},
	{"is_active", "isActive", []string{"is_active"}, func(r *row, s string) error { return readBool(r.account.IsActive, s) }},
	{"billing_street", "billingAddress.street", []string{"billing_address"}, func(r *row, s string) error { r.billing().Street = &s; return nil }},
	{"billing_city", "billingAddress.city", []string{"billing_address"}, func(r *row, s string) error { r.billing().City = &s; return nil }},
	{"billing_state", "billingAddress.state", []string{"billing_address"}, func(r *row, s string) error { r.billing().State = &s; return nil }},
	{"billing_postal_code", "billingAddress.postalCode", []string{"billing_address"}, func(r *row, s string) error { r.billing().PostalCode = &s; return nil }},
	{"billing_country", "billingAddress.country", []string{"billing_address"}, func(r *row, s string) error { r.billing().Country = &s; return nil }},
	{"billing_formatted", "billingAddress.formatted", []string{"billing_address"}, func(r *row, s string) error { r.billing().Formatted = &s; return nil }},
	{"shipping_street", "shippingAddress.street", []string{"shipping_address"}, func(r *row, s string) error { r.shipping().Street = &s; return nil }},
	{"shipping_city", "shippingAddress.city", []string{"shipping_address"}, func(r *row, s string) error { r.shipping().City = &s; return nil }},
	{"shipping_state", "shippingAddress.state", []string{"shipping_address"}, func(r *row, s string) error { r.shipping().State = &s; return nil }},
	{"shipping_postal_code", "shippingAddress.postalCode", []string{"shipping_address"}, func(r *row, s string) error { r.shipping().PostalCode = &s; return nil }},
	{"shipping_country", "shippingAddress.country", []string{"shipping_address"}, func(r *row, s string) error { r.shipping().Country = &s; return nil }},
	{"shipping_formatted", "shippingAddress.formatted", []string{"shipping_address"}, func(r *row, s string) error { r.shipping().Formatted = &s; return nil }},
}

func (r *row) billing() *db.AddressInput {
	if r.account.BillingAddress == nil {
		r.account.BillingAddress = &db.AddressInput{}
	}
	return r.account.BillingAddress
}

func (r *row) shipping() *db.AddressInput {
	if r.account.ShippingAddress == nil {
		r.account.ShippingAddress = &db.AddressInput{}
	}
	return r.account.ShippingAddress
}

// readAccount holds a row to the rules of accounts.
func (l *layout) readAccount(rules *db.ImportRules, options Options, cells []string) (db.ImportRow, problems) {
	isActive, name := true, "-" // as long as the file says nothing of them
	r := &row{rules: rules, account: db.AccountChange{
		Name: &name, IsActive: &isActive, Industry: rules.Default(db.AccountIndustry), Status: rules.Default(db.AccountStatus),
		Classification: rules.Default(db.AccountClassification), Health: rules.Default(db.AccountHealth),
	}}
	found := problems{layout: l, cells: cells}
	found.set(r)
	if l.column("source") == nil && options.Source != "" {
		r.account.Source = &options.Source
	}
	var out db.ImportRow
	source := r.ownSource(&found, options.Source)
	out.Key = r.accountKey(&found, source)
	out.Parent = r.parentKey(&found, source, "parent_external_id")
	if out.Key.ID != "" {
		if own := (db.ExternalIDInput{Source: out.Key.Source, ID: out.Key.ID}); !slices.Contains(r.externalIDs, own) {
			r.externalIDs = append([]db.ExternalIDInput{own}, r.externalIDs...)
		}
	}
	r.account.ExternalIDs, r.account.Identifiers = &r.externalIDs, &r.identifiers
	if strings.TrimSpace(r.revenue) != "" {
		r.account.AnnualRevenue = &db.MoneyInput{Amount: r.revenue}
		if strings.TrimSpace(r.currency) != "" {
			r.account.AnnualRevenue.Currency = &r.currency
		}
	}
	record, err := rules.Account(r.account, r.sharedDomains)
	found.add(nil, err)
	out.Record = record
	return out, found
}

// missingOfAccounts are the sentences on columns that a file of accounts needs and does not have.
func (l *layout) missingOfAccounts(o Options) []string {
	var missing []string
	has := func(name string) bool { return l.column(name) != nil }
	if !has("external_id") && !has("id") {
		missing = append(missing, "there is no column external_id, which tells the accounts from each other: map one to it")
	}
	if has("external_id") && !has("source") && !has("external_source") && o.Source == "" {
		missing = append(missing, "there is no column source: say whose the external ids are with a source for the whole file, or map a column to it")
	}
	for _, name := range []string{"secondary_domains", "shared_domains"} {
		if has(name) && !has("primary_domain") {
			missing = append(missing, "there is a column "+name+" and none for primary_domain")
		}
	}
	if has("annual_revenue_currency") && !has("annual_revenue") {
		missing = append(missing, "there is a column annual_revenue_currency and none for annual_revenue")
	}
	return missing
}

// ownSource is whose the row's external id is; "" if it is not said, or can't be.
func (r *row) ownSource(found *problems, source string) string {
	for _, said := range []struct{ text, column string }{{r.externalSource, "external_source"}, {*cmp.Or(r.account.Source, new(string)), "source"}} {
		if strings.TrimSpace(said.text) != "" {
			return found.source(said.text, said.column)
		}
	}
	return strings.TrimSpace(source)
}

// accountKey is what identifies the row's account; zero if that is not known.
func (r *row) accountKey(found *problems, source string) db.ImportKey {
	l := found.layout
	switch {
	case strings.TrimSpace(r.externalID) != "":
		if source == "" {
			found.add(cmp.Or(l.column("external_source"), l.column("source")), sourceless())
			return db.ImportKey{}
		}
		if !found.externalID(r.externalID, "external_id") {
			return db.ImportKey{}
		}
		return db.ImportKey{Source: source, ID: r.externalID, Record: r.recordID}
	case r.recordID != nil:
		return db.ImportKey{Source: db.OwnSource, ID: r.recordID.String(), Record: r.recordID}
	}
	found.add(cmp.Or(l.column("external_id"), l.column("id")), &db.Problem{Code: db.ProblemRequired, Message: "an external id is needed: it tells the account from others, now and when the file comes again"})
	return db.ImportKey{}
}
