package db

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/jmoiron/sqlx"
)

// CreateContactInput is a new contact.
type CreateContactInput struct {
	FirstName          string
	LastName           *string
	Email              string
	PhoneNumber        *string
	Type               *string
	Avatar             *string
	JobTitle           *string
	IsMarketingContact bool
	IsActive           bool
	Metadata           json.RawMessage
	AccountIDs         []AccountID
}

// change is the input as a change of nothing.
func (in CreateContactInput) change() ContactChange {
	return ContactChange{
		FirstName: &in.FirstName, LastName: in.LastName, Email: &in.Email, PhoneNumber: in.PhoneNumber, Type: in.Type,
		Avatar: in.Avatar, JobTitle: in.JobTitle, IsMarketingContact: &in.IsMarketingContact, IsActive: &in.IsActive,
		Metadata: in.Metadata,
	}
}

// insertFirstLinksSQL puts the contact $2 at accounts, of which the first becomes its main one.
const insertFirstLinksSQL = `
  INSERT INTO account_contacts (organization_id, account_id, contact_id, is_primary_account)
  SELECT $1, account_id, $2, position = 1
  FROM unnest($3::uuid[]) WITH ORDINALITY AS place (account_id, position)`

const insertContactSQL = `
WITH created AS (
  INSERT INTO contacts AS c (
    organization_id, id, first_name, last_name, email, phone_number, type, avatar, job_title, is_marketing_contact, is_active,
    metadata, customer_user_id, created_by_kind, created_by_id, updated_by_kind, updated_by_id)
  VALUES ($1, $2, $6, $7, $8, $9, $10, $11, $12, $13, $14, CAST($15 AS jsonb), $16, $4, $5, $4, $5)
  RETURNING c.*
), linked AS (` + insertFirstLinksSQL + `
)`

// CreateContact makes a contact at accounts, of which the first is its main one. Without accounts it is put at the one
// that its e-mail's domain routes to. A customer user with the same e-mail is connected with it.
func (d *DB) CreateContact(ctx context.Context, v Viewer, in CreateContactInput) (*Contact, error) {
	var created *Contact
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayWrite(); err != nil {
			return err
		}
		draft, accounts, err := checkNewContact(ctx, tx, v, in, []string{"input"})
		if err != nil {
			return err
		}
		if draft.CustomerUserID, err = freeCustomerUser(ctx, tx, v, fold("u.email")+" = "+fold("CAST($2 AS text)"), draft.Email); err != nil {
			return err
		}
		created, err = insertContact(ctx, tx, v, draft, accounts)
		return err
	})
	if err != nil {
		return nil, err
	}
	return created, nil
}

// checkNewContact makes the record of an input and finds its accounts, which stay as they are until the transaction ends.
func checkNewContact(ctx context.Context, tx *sqlx.Tx, v Viewer, in CreateContactInput, path []string) (*Contact, []AccountID, error) {
	organization, err := readOrganization(ctx, tx, v)
	if err != nil {
		return nil, nil, err
	}
	change, stored := in.change(), ""
	if in.Type == nil {
		if stored, err = defaultContactType(ctx, tx, v); err != nil {
			return nil, nil, err
		}
		if stored != "" {
			change.Type = &stored
		}
	}
	c := validation{path: path}
	draft := change.draft(&c, Contact{ID: ContactID{newID[contactKind]()}}, organization.DefaultRegion)
	if err := checkContactType(ctx, tx, v, &c, draft.TypeKey, stored); err != nil {
		return nil, nil, err
	}
	if err := checkContactEmail(ctx, tx, v, &c, &draft, "email"); err != nil {
		return nil, nil, err
	}
	accounts, err := accountsOfNewContact(ctx, tx, v, &c, in.AccountIDs, draft.Email, organization.AllowFreeContacts)
	if err != nil {
		return nil, nil, err
	}
	return &draft, accounts, c.err()
}

// accountsOfNewContact checks the accounts that an input names, or looks for one by the e-mail.
func accountsOfNewContact(ctx context.Context, tx *sqlx.Tx, v Viewer, c *validation, ids []AccountID, email string, mayBeFree bool) ([]AccountID, error) {
	if len(ids) == 0 {
		id, err := routedAccount(ctx, tx, v, email)
		if err != nil {
			return nil, err
		}
		found, err := lockPlaces(ctx, tx, v, id)
		if err == nil && len(found) == 0 && !mayBeFree && email != "" {
			c.fail(problem(ProblemRequired, "no account has the domain of %s: name an account", shown(email)), "accountIds")
		}
		return found, err
	}
	if err := checkSize(len(ids), 0, maxAccountList); err != nil {
		c.fail(err, "accountIds")
		return nil, nil
	}
	found, err := lockPlaces(ctx, tx, v, ids)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		switch {
		case !slices.Contains(found, id):
			c.fail(noAccount(), "accountIds", index(i))
		case slices.Contains(ids[:i], id):
			c.fail(problem(ProblemDuplicate, "%s is named twice", id), "accountIds", index(i))
		}
	}
	return ids, nil
}

// routedAccount returns the account that an e-mail's domain routes to, or the nearest domain above it; empty if none does.
func routedAccount(ctx context.Context, tx *sqlx.Tx, v Viewer, email string) ([]AccountID, error) {
	chain := domainLookupChain(emailDomain(email))
	if len(chain) == 0 {
		return nil, nil
	}
	holders, err := routingHolders(ctx, tx, v, chain)
	if err != nil {
		return nil, err
	}
	for _, domain := range chain {
		if id, ok := holders[domain]; ok {
			return []AccountID{id}, nil
		}
	}
	return nil, nil
}

// lockPlaces returns those of the accounts that there are, by id, and keeps them from being deleted until the transaction ends.
func lockPlaces(ctx context.Context, tx *sqlx.Tx, v Viewer, ids []AccountID) ([]AccountID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	s := &statement{}
	s.write("SELECT a.id FROM accounts a WHERE ", v.visible(s, "a"), " AND a.id = ANY(", s.arg(idArray(ids)), ") ORDER BY a.id FOR SHARE")
	return all[AccountID](ctx, tx, s, "accounts of the contact")
}

// insertContact writes a new contact, where it is, and their events, in one statement.
func insertContact(ctx context.Context, tx *sqlx.Tx, v Viewer, draft *Contact, accounts []AccountID) (*Contact, error) {
	events := append([]event{contactEvent("created", draft.ID, nil, draft.fields())}, firstLinkEvents(draft.ID, accounts)...)
	actor := v.actor()
	s := textOf(insertContactSQL, v.Organization, draft.ID, idArray(accounts), actor.Kind, actor.ID,
		draft.FirstName, draft.LastName, draft.Email, draft.PhoneNumber, draft.TypeKey, draft.Avatar, draft.JobTitle,
		draft.IsMarketingContact, draft.IsActive, string(draft.Metadata), draft.CustomerUserID)
	told, err := insertEvents(s, v, events)
	if err != nil {
		return nil, err
	}
	s.write(", told AS (", told, "\n)\nSELECT ", columns[Contact]("c"), " FROM created c")
	created, err := all[*Contact](ctx, tx, s, "insert contact")
	if err != nil {
		return nil, err
	}
	return created[0], nil
}

// firstLinkEvents are the events of a contact that was at no account and is put at some, of which the first becomes its main
// one.
func firstLinkEvents(contact ContactID, accounts []AccountID) []event {
	events := make([]event, len(accounts))
	for i, id := range accounts {
		events[i] = contactEvent("linked", contact, nil, map[string]any{"account_id": id.uuid, "is_primary_account": i == 0})
	}
	return events
}
