package db

import (
	"encoding/json"
	"math"
	"unicode/utf8"
)

// Limits of an account.
const (
	maxName        = 255
	maxDescription = 32_768
	maxAccountList = 100
)

// AccountChange is an account as a writer wants it: texts as they came, checked when they are written.
// Lists that are nil are left as they are; an empty list clears.
type AccountChange struct {
	Name                *string
	PrimaryDomain       *string
	SecondaryDomains    *[]string
	ShareDomain         bool
	AllowFreeMailDomain bool
	Logo                *string
	Industry            *string
	Status              *string
	Classification      *string
	Health              *string
	Description         *string
	AnnualRevenue       *MoneyInput
	Employees           *int
	Website             *string
	BillingAddress      *AddressInput
	ShippingAddress     *AddressInput
	OwnerID             *UserID
	Source              *string
	ExternalIDs         *[]ExternalIDInput
	Identifiers         *[]BusinessIdentifierInput
	Metadata            json.RawMessage
	IsActive            *bool

	// imported lets an account be without a domain: it is a record of a source that has none.
	imported bool
}

// MoneyInput is an amount as a client sends it.
type MoneyInput struct {
	Amount string
	// Currency is the organization's default if nil.
	Currency *string
}

// ExternalIDInput is what another system calls an account.
type ExternalIDInput struct{ Source, ID string }

// BusinessIdentifierInput is an official number as a client sends it.
type BusinessIdentifierInput struct {
	Scheme IdentifierScheme
	Value  string
}

// accountDraft is an account that is about to be written, with what lies in tables of its own.
type accountDraft struct {
	Account
	// domains, the primary one first; externalIDs and identifiers. Nil means: leave what there is.
	domains     []string
	externalIDs []ExternalID
	identifiers []BusinessIdentifier
	share       bool
	freeMail    bool
}

// draft checks everything about a change that needs no look at the database, and puts it on a copy of the record.
func (in AccountChange) draft(c *validation, old Account, defaultCurrency string) accountDraft {
	d := accountDraft{Account: old, share: in.ShareDomain, freeMail: in.AllowFreeMailDomain}
	if in.Name == nil {
		c.fail(problem(ProblemRequired, "a name is needed"), "name")
	} else {
		name, err := requireText(*in.Name, maxName)
		c.fail(err, "name")
		d.Name = name
	}
	short := func(s string) (string, error) { return requireText(s, maxName) }
	d.Logo = checked(c, "logo", in.Logo, NormalizeURL)
	d.Website = checked(c, "website", in.Website, NormalizeURL)
	d.Source = checked(c, "source", in.Source, short)
	d.Description = checked(c, "description", in.Description, func(s string) (string, error) { return requireLongText(s, maxDescription) })
	d.IndustryKey = checked(c, "industry", in.Industry, short)
	d.StatusKey = checked(c, "status", in.Status, short)
	d.ClassKey = checked(c, "classification", in.Classification, short)
	d.HealthKey = checked(c, "health", in.Health, short)
	d.OwnerID = in.OwnerID
	d.setRevenue(c, in.AnnualRevenue, defaultCurrency)
	d.Employees = in.Employees
	if in.Employees != nil && (*in.Employees < 0 || *in.Employees > math.MaxInt32) {
		c.fail(problem(ProblemOutOfRange, "%d is not from 0 to %d", *in.Employees, math.MaxInt32), "employees")
	}
	d.BillingAddress = draftAddress(c, "billingAddress", in.BillingAddress)
	d.ShippingAddress = draftAddress(c, "shippingAddress", in.ShippingAddress)
	d.Metadata = draftMetadata(c, in.Metadata, old.Metadata)
	if in.IsActive == nil {
		c.fail(problem(ProblemRequired, "can't be cleared: say true or false"), "isActive")
	} else {
		d.IsActive = *in.IsActive
	}
	d.setDomains(c, in, old)
	d.setExternalIDs(c, in.ExternalIDs)
	d.setIdentifiers(c, in.Identifiers)
	return d
}

func (d *accountDraft) setRevenue(c *validation, in *MoneyInput, defaultCurrency string) {
	d.RevenueAmount, d.RevenueCurrency = nil, nil
	if in == nil {
		return
	}
	currency := defaultCurrency
	if in.Currency != nil {
		currency = *in.Currency
	}
	amount, err := parseAmount(in.Amount)
	c.fail(err, "annualRevenue", "amount")
	code, err := normalizeCurrency(currency)
	c.fail(err, "annualRevenue", "currency")
	d.RevenueAmount, d.RevenueCurrency = &amount, &code
}

func draftAddress(c *validation, field string, in *AddressInput) *Address {
	if in == nil {
		return nil
	}
	address, problems := in.normalize()
	if len(problems) > 0 {
		c.fail(problems, field)
	}
	return address
}

// setDomains puts the primary domain and the further ones into one list, each once.
func (d *accountDraft) setDomains(c *validation, in AccountChange, old Account) {
	if in.PrimaryDomain == nil || isBlank(*in.PrimaryDomain) {
		if !in.imported && (old.PrimaryDomain != nil || old.ID.IsZero()) {
			c.fail(problem(ProblemRequired, "a domain is needed, as acme.com"), "primaryDomain")
			return
		}
		if in.SecondaryDomains != nil && len(*in.SecondaryDomains) > 0 {
			c.fail(problem(ProblemRequired, "an account with domains needs a primary one"), "primaryDomain")
		}
		return
	}
	primary, err := NormalizeDomain(*in.PrimaryDomain)
	c.fail(err, "primaryDomain")
	d.domains = []string{primary}
	known := map[string]bool{primary: true}
	if in.SecondaryDomains != nil {
		c.fail(checkSize(len(*in.SecondaryDomains), 0, maxAccountList), "secondaryDomains")
		for i, text := range (*in.SecondaryDomains)[:min(len(*in.SecondaryDomains), maxAccountList)] {
			domain, err := NormalizeDomain(text)
			switch {
			case err != nil:
				c.fail(err, "secondaryDomains", index(i))
			case known[domain]:
				c.fail(problem(ProblemDuplicate, "%s is named twice", domain), "secondaryDomains", index(i))
			}
			known[domain] = true
			d.domains = append(d.domains, domain)
		}
	}
	d.PrimaryDomain = &primary
}

func (d *accountDraft) setExternalIDs(c *validation, in *[]ExternalIDInput) {
	if in == nil {
		return
	}
	d.externalIDs = []ExternalID{}
	c.fail(checkSize(len(*in), 0, maxAccountList), "externalIds")
	known := map[ExternalID]bool{}
	for i, e := range (*in)[:min(len(*in), maxAccountList)] {
		source, err := requireText(e.Source, maxName)
		c.fail(err, "externalIds", index(i), "source")
		// Kept verbatim: only what could not be stored, or could not be seen, is refused.
		if _, err := requireText(e.ID, maxName); err != nil {
			c.fail(err, "externalIds", index(i), "id")
		} else if length := utf8.RuneCountInString(e.ID); length > maxName {
			c.fail(problem(ProblemTooLong, "is %d characters long with the blanks around it: the limit is %d", length, maxName), "externalIds", index(i), "id")
		}
		id := ExternalID{Source: source, ID: e.ID}
		if known[id] {
			c.fail(problem(ProblemDuplicate, "%s of %s is named twice", shown(e.ID), shown(source)), "externalIds", index(i))
		}
		known[id] = true
		d.externalIDs = append(d.externalIDs, id)
	}
}

func (d *accountDraft) setIdentifiers(c *validation, in *[]BusinessIdentifierInput) {
	if in == nil {
		return
	}
	d.identifiers = []BusinessIdentifier{}
	c.fail(checkSize(len(*in), 0, maxAccountList), "identifiers")
	known := map[BusinessIdentifier]bool{}
	for i, b := range (*in)[:min(len(*in), maxAccountList)] {
		value, err := normalizeIdentifier(b.Scheme, b.Value)
		if err != nil {
			c.fail(err, "identifiers", index(i), "value")
			continue
		}
		identifier := BusinessIdentifier{Scheme: b.Scheme, Value: value}
		if known[identifier] {
			c.fail(problem(ProblemDuplicate, "%s %s is named twice", b.Scheme, value), "identifiers", index(i))
		}
		known[identifier] = true
		d.identifiers = append(d.identifiers, identifier)
	}
}
