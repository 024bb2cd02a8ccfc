package importer

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/accountgraph/accountgraph/db"
)

// contactFields are what the columns of a file of contacts can say, under the names of the columns. A contact at several
// accounts has a row for each.
var contactFields = []field{
	{"email", "email", []string{"email"}, func(r *row, s string) error { r.contact.Email = &s; return nil }},
	{"first_name", "firstName", []string{"first_name"}, func(r *row, s string) error { r.contact.FirstName = &s; return nil }},
	{"last_name", "lastName", []string{"last_name"}, func(r *row, s string) error { r.contact.LastName = &s; return nil }},
	{"phone_number", "phoneNumber", []string{"phone_number"}, func(r *row, s string) error { r.contact.PhoneNumber = &s; return nil }},
	{"type", "type", []string{"type"}, func(r *row, s string) (err error) {
		r.contact.Type, err = r.key(db.ContactType, s)
		return err
	}},
	{"job_title", "jobTitle", []string{"job_title"}, func(r *row, s string) error { r.contact.JobTitle = &s; return nil }},
	{"avatar", "avatar", []string{"avatar"}, func(r *row, s string) error { r.contact.Avatar = &s; return nil }},
	{"is_marketing_contact", "isMarketingContact", []string{"is_marketing_contact"}, func(r *row, s string) error { return readBool(r.contact.IsMarketingContact, s) }},
	{"is_active", "isActive", []string{"is_active"}, func(r *row, s string) error { return readBool(r.contact.IsActive, s) }},
	{"metadata", "metadata", []string{"metadata"}, func(r *row, s string) error {
		if strings.TrimSpace(s) != "" {
			r.contact.Metadata = json.RawMessage(s)
		}
		return nil
	}},
	{"account_id", "accountId", nil, func(r *row, s string) error { return readID(&r.parentID, s) }},
	{"account_source", "accountSource", nil, func(r *row, s string) error { r.parentSource = s; return nil }},
	{"account_external_id", "accountExternalId", nil, func(r *row, s string) error { r.parentExternalID = s; return nil }},
	{"account_number", "accountNumber", nil, func(r *row, s string) error {
		if s = strings.TrimSpace(s); s == "" {
			return nil
		}
		n, err := strconv.Atoi(s)
		if err != nil {
			return invalid("%q is not a whole number", s)
		}
		r.place.AccountNumber = &n
		return nil
	}},
	{"account_domain", "accountDomain", nil, func(r *row, s string) error { r.place.AccountDomain = &s; return nil }},
	{"account_name", "accountName", nil, func(*row, string) error { return nil }}, // for people: names are not unique
	{"is_primary_account", "isPrimaryAccount", nil, func(r *row, s string) error { return readChoice(&r.place.IsPrimaryAccount, s) }},
	{"is_primary_contact", "isPrimaryContact", nil, func(r *row, s string) error { return readChoice(&r.place.IsPrimaryContact, s) }},
	{"role", "role", []string{"role"}, func(r *row, s string) error { r.place.Role = &s; return nil }},
	{"since", "since", []string{"since"}, func(r *row, s string) error {
		if strings.TrimSpace(s) != "" {
			r.place.Since = &s
		}
		return nil
	}},
}

// readChoice reads a yes or no that may be left open by a blank cell.
func readChoice(into **bool, text string) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	*into = new(bool)
	return readBool(*into, text)
}

// missingOfContacts are the sentences on columns that a file of contacts needs and does not have.
func (l *layout) missingOfContacts(o Options) []string {
	var missing []string
	if l.column("email") == nil {
		missing = append(missing, "there is no column email, which tells the contacts from each other: map one to it")
	}
	if l.column("account_external_id") != nil && l.column("account_source") == nil && o.Source == "" {
		missing = append(missing, "there is no column account_source: say whose the external ids are with a source for the whole file, or map a column to it")
	}
	return missing
}

// readContact holds a row to the rules of contacts.
func (l *layout) readContact(rules *db.ImportRules, options Options, cells []string) (db.ImportRow, problems) {
	isMarketingContact, isActive, name := false, true, "-" // as long as the file says nothing of them
	r := &row{rules: rules, contact: db.ContactChange{FirstName: &name, IsMarketingContact: &isMarketingContact, IsActive: &isActive}}
	found := problems{layout: l, cells: cells}
	found.set(r)
	var out db.ImportRow
	out.Parent = r.parentKey(&found, options.Source, "account_external_id")
	if out.Parent.ID != "" {
		r.place.AccountNumber, r.place.AccountDomain = nil, nil // another organization may have given out the number
	}
	record, err := rules.Contact(r.contact, r.place)
	found.add(nil, err)
	if r.contact.Email != nil {
		if email, err := db.NormalizeEmail(*r.contact.Email); err == nil { // told by the rules
			out.Key = db.ImportKey{ID: email}
		}
	}
	out.Record = record
	return out, found
}
