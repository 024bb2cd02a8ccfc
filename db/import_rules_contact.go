package db

import (
	"encoding/json"
	"fmt"
)

// ContactPlace is an account that a row puts a contact at, and what it is there. Without an account it is put at the one
// that its e-mail's domain routes to.
type ContactPlace struct {
	// AccountNumber and AccountDomain name the account where ImportRow.Parent does not.
	AccountNumber *int
	AccountDomain *string
	LinkContactChange
}

// importedPlace is a ContactPlace as ImportRow.Record has it.
type importedPlace struct {
	AccountNumber *int    `json:"account_number,omitempty"`
	AccountDomain *string `json:"account_domain,omitempty"`
	// Chain are the domains whose account the contact may be put at, the first before the others.
	Chain            []string `json:"chain,omitempty"`
	IsPrimaryAccount *bool    `json:"is_primary_account,omitempty"`
	IsPrimaryContact *bool    `json:"is_primary_contact,omitempty"`
	Role             *string  `json:"role,omitempty"`
	Since            *string  `json:"since,omitempty"`
}

// Contact holds a contact to the rules of contacts and returns the record. Of picklists it takes keys. What is wrong comes
// back as Problems, whose paths are those of CreateContactInput and LinkContactInput.
func (r *ImportRules) Contact(in ContactChange, place ContactPlace) (json.RawMessage, error) {
	c := validation{}
	if in.Type == nil {
		in.Type = r.defaults[ContactType]
	}
	d := in.draft(&c, Contact{}, r.organization.DefaultRegion)
	link := place.draft(&c, contactLink{}, d.TypeKey)
	domain := checked(&c, "accountDomain", place.AccountDomain, NormalizeDomain)
	if err := c.err(); err != nil {
		return nil, err
	}
	fields := d.fields()
	delete(fields, "customer_user_id")
	fields["place"] = importedPlace{
		AccountNumber: place.AccountNumber, AccountDomain: domain, Chain: domainLookupChain(emailDomain(d.Email)),
		IsPrimaryAccount: place.IsPrimaryAccount, IsPrimaryContact: place.IsPrimaryContact, Role: link.Role, Since: dateText(link.Since),
	}
	record, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("import a contact: %w", err)
	}
	return record, nil
}
