package db

import (
	"context"
	"encoding/json"

	"github.com/jmoiron/sqlx"
)

// ContactChange is a contact as a writer wants it: texts as they came, checked when they are written.
type ContactChange struct {
	FirstName          *string
	LastName           *string
	Email              *string
	PhoneNumber        *string
	Type               *string
	Avatar             *string
	JobTitle           *string
	IsMarketingContact *bool
	IsActive           *bool
	Metadata           json.RawMessage
}

// change is the contact as a change that leaves everything as it is.
func (c *Contact) change() ContactChange {
	was := *c // so that a caller who writes through the pointers does not write to the record
	return ContactChange{
		FirstName: &was.FirstName, LastName: was.LastName, Email: &was.Email, PhoneNumber: was.PhoneNumber, Type: &was.TypeKey,
		Avatar: was.Avatar, JobTitle: was.JobTitle, IsMarketingContact: &was.IsMarketingContact, IsActive: &was.IsActive,
		Metadata: was.Metadata,
	}
}

// fields are what writers set, under the names of the columns, as events keep them.
func (c *Contact) fields() map[string]any {
	return map[string]any{
		"first_name": c.FirstName, "last_name": c.LastName, "email": c.Email, "phone_number": c.PhoneNumber, "type": c.TypeKey,
		"avatar": c.Avatar, "job_title": c.JobTitle, "is_marketing_contact": c.IsMarketingContact, "is_active": c.IsActive,
		"metadata": c.Metadata, "customer_user_id": uuidText(c.CustomerUserID),
	}
}

// draft checks everything about a change that needs no look at the database, and puts it on a copy of the record.
// What is stored already is not held to the rules once more: they may have become stricter since. Absent are texts
// without a type: whoever makes a contact takes the default then.
func (in ContactChange) draft(c *validation, old Contact, region string) Contact {
	d := old
	short := func(s string) (string, error) { return requireText(s, maxName) }
	phone := func(s string) (string, error) { return NormalizePhone(s, region) }
	d.FirstName = required(c, "firstName", in.FirstName, keeping(&old.FirstName, short))
	d.LastName = checked(c, "lastName", in.LastName, keeping(old.LastName, short))
	d.Email = required(c, "email", in.Email, keeping(&old.Email, NormalizeEmail))
	d.PhoneNumber = checked(c, "phoneNumber", in.PhoneNumber, keeping(old.PhoneNumber, phone))
	d.TypeKey = required(c, "type", in.Type, short)
	d.Avatar = checked(c, "avatar", in.Avatar, keeping(old.Avatar, NormalizeURL))
	d.JobTitle = checked(c, "jobTitle", in.JobTitle, keeping(old.JobTitle, short))
	d.IsMarketingContact = requiredBool(c, "isMarketingContact", in.IsMarketingContact)
	d.IsActive = requiredBool(c, "isActive", in.IsActive)
	d.Metadata = draftMetadata(c, in.Metadata, old.Metadata)
	return d
}

// checkContactType checks a type that is new to a contact: an archived one stays valid where it is.
func checkContactType(ctx context.Context, tx *sqlx.Tx, v Viewer, c *validation, key, stored string) error {
	if key == "" || key == stored {
		return nil
	}
	values, err := picklistValues(ctx, tx, v, "p.picklist = $2 AND p.key = $3", ContactType.sql(), key)
	if err != nil {
		return err
	}
	byKey := byID(values, func(p *PicklistValue) PicklistKey { return PicklistKey{p.Picklist, p.Key} })
	c.fail(checkPicklistKey(byKey, ContactType, key), "type")
	return nil
}

// defaultContactType is the type of a contact of which none is told: the list's default; "" if it has none.
func defaultContactType(ctx context.Context, tx *sqlx.Tx, v Viewer) (string, error) {
	values, err := picklistValues(ctx, tx, v, "p.picklist = $2 AND p.is_default AND NOT p.is_archived", ContactType.sql())
	if err != nil || len(values) == 0 {
		return "", err
	}
	return values[0].Key, nil
}

// checkContactEmail refuses an address that another contact has.
func checkContactEmail(ctx context.Context, tx *sqlx.Tx, v Viewer, c *validation, draft *Contact, field ...string) error {
	if draft.Email == "" {
		return nil // told by draft
	}
	s := &statement{}
	s.write("SELECT c.id FROM contacts c WHERE ", v.visible(s, "c"), " AND ", fold("c.email"), " = ", fold("CAST("+s.arg(draft.Email)+" AS text)"), " AND c.id <> ", s.arg(draft.ID))
	others, err := all[ContactID](ctx, tx, s, "contact with the e-mail")
	if err == nil && len(others) > 0 {
		c.fail(problem(ProblemTaken, "another contact has the e-mail address %s", shown(draft.Email)), field...)
	}
	return err
}

// freeCustomerUser returns the id of a customer user, chosen by a condition on `u` whose argument is $2; nil if there is
// none, or if a contact is connected with it already. Who is connected meanwhile breaks a unique index, and the write is
// tried again.
func freeCustomerUser(ctx context.Context, tx *sqlx.Tx, v Viewer, condition string, arg any) (*CustomerUserID, error) {
	found, err := all[CustomerUserID](ctx, tx, textOf("SELECT u.id FROM customer_users u WHERE u.organization_id = $1 AND "+condition+`
		AND NOT EXISTS (SELECT FROM contacts c WHERE c.organization_id = $1 AND c.deleted_at IS NULL AND c.customer_user_id = u.id)`,
		v.Organization, arg), "customer user without a contact")
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}
