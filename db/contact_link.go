package db

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
)

// LinkContactChange is what a contact is at an account, as a writer wants it: texts as they came. Nil clears.
type LinkContactChange struct {
	IsPrimaryAccount *bool
	IsPrimaryContact *bool
	Role             *string
	// Since is a day, as 2026-01-31.
	Since *string
}

// contactLink is a row of account_contacts, as writes see it.
type contactLink struct {
	AccountID        AccountID  `db:"account_id"`
	IsPrimaryAccount bool       `db:"is_primary_account"`
	PrimaryForType   *string    `db:"primary_for_type"`
	Role             *string    `db:"role"`
	Since            *time.Time `db:"since"`
	// IsLive tells whether the account is there.
	IsLive bool `db:"is_live"`
}

// change is the link as a change that leaves everything as it is.
func (l contactLink) change() LinkContactChange {
	isPrimaryContact := l.PrimaryForType != nil
	return LinkContactChange{IsPrimaryAccount: &l.IsPrimaryAccount, IsPrimaryContact: &isPrimaryContact, Role: l.Role, Since: dateText(l.Since)}
}

// fields are what writers set, under the names of the columns.
func (l contactLink) fields() map[string]any {
	return map[string]any{"is_primary_account": l.IsPrimaryAccount, "primary_for_type": l.PrimaryForType, "role": l.Role, "since": dateText(l.Since)}
}

// draft checks a change and puts it on a copy of the link.
func (in LinkContactChange) draft(c *validation, old contactLink, contactType string) contactLink {
	l := old
	l.IsPrimaryAccount = in.IsPrimaryAccount != nil && *in.IsPrimaryAccount
	l.PrimaryForType = nil
	if in.IsPrimaryContact != nil && *in.IsPrimaryContact {
		l.PrimaryForType = &contactType
	}
	l.Role = checked(c, "role", in.Role, func(s string) (string, error) { return requireText(s, maxName) })
	l.Since = nil
	if in.Since != nil {
		day, err := ParseDate(*in.Since)
		c.fail(err, "since")
		l.Since = &day
	}
	return l
}

// In the order in which one of the accounts becomes the contact's main one when that is gone.
const linksOfContactSQL = `
SELECT link.account_id, link.is_primary_account, link.primary_for_type, link.role, link.since, a.deleted_at IS NULL AS is_live
FROM account_contacts link
JOIN accounts a ON a.organization_id = link.organization_id AND a.id = link.account_id
WHERE link.organization_id = $1 AND link.contact_id = $2
ORDER BY a.name_folded, a.id`

const (
	endPrimaryAccountSQL = `
UPDATE account_contacts SET is_primary_account = false
WHERE organization_id = $1 AND contact_id = $2 AND is_primary_account AND account_id <> $3`

	beginPrimaryAccountSQL = `
UPDATE account_contacts SET is_primary_account = true
WHERE organization_id = $1 AND contact_id = $2 AND account_id = $3`

	takePrimaryContactSQL = `
UPDATE account_contacts SET primary_for_type = NULL
WHERE organization_id = $1 AND account_id = $2 AND primary_for_type = $3 AND contact_id <> $4
RETURNING contact_id`

	upsertLinkSQL = `
INSERT INTO account_contacts (organization_id, account_id, contact_id, is_primary_account, primary_for_type, role, since)
VALUES ($1, $2, $3, $4, $5, $6, CAST($7 AS date))
ON CONFLICT (organization_id, account_id, contact_id) DO UPDATE SET
  is_primary_account = excluded.is_primary_account, primary_for_type = excluded.primary_for_type,
  role = excluded.role, since = excluded.since`

	deleteLinkSQL = `DELETE FROM account_contacts WHERE organization_id = $1 AND contact_id = $2 AND account_id = $3`
)

// linking is a write of what one contact is at one account. Both rows are locked: the account's, then the contact's with
// those of the account's main contacts, which it may take over from.
type linking struct {
	contact *Contact
	account *Account
	// links are all those of the contact, by name of account; at is the index of the one to the account, or -1.
	links []contactLink
	at    int
	// others is at how many other live accounts the contact is.
	others int
	events []event
}

// By id, so that two writers of several contacts do not deadlock.
const lockLinkedSQL = `
FROM contacts c
WHERE c.organization_id = $1 AND c.deleted_at IS NULL AND c.id = ANY(CAST($2 AS uuid) || ARRAY(
  SELECT link.contact_id FROM account_contacts link
  WHERE link.organization_id = $1 AND link.account_id = $3 AND link.primary_for_type IS NOT NULL))
ORDER BY c.id
FOR NO KEY UPDATE`

// beginLinking locks a contact and an account, and notes which of them is not there.
func beginLinking(ctx context.Context, tx *sqlx.Tx, v Viewer, c *validation, contact ContactID, account AccountID) (*linking, error) {
	l := &linking{at: -1}
	var err error
	if l.account, err = lockAccount(ctx, tx, v, account); err != nil {
		return nil, err
	}
	locked, err := all[*Contact](ctx, tx, textOf("SELECT "+columns[Contact]("c")+lockLinkedSQL, v.Organization, contact, account), "lock contacts")
	if err != nil {
		return nil, err
	}
	if at := slices.IndexFunc(locked, func(c *Contact) bool { return c.ID == contact }); at >= 0 {
		l.contact = locked[at]
	}
	if l.contact == nil {
		c.fail(noContact(), "contactId")
	}
	if l.account == nil {
		c.fail(noAccount(), "accountId")
	}
	if l.contact == nil {
		return l, nil
	}
	l.links, err = all[contactLink](ctx, tx, textOf(linksOfContactSQL, v.Organization, contact), "accounts of the contact")
	for i, link := range l.links {
		switch {
		case link.AccountID == account:
			l.at = i
		case link.IsLive:
			l.others++
		}
	}
	return l, err
}

// tell notes the event of a changed link of a contact.
func (l *linking) tell(contact ContactID, account AccountID, before, after map[string]any) {
	if before != nil {
		before["account_id"] = account.uuid
	}
	after["account_id"] = account.uuid
	l.events = append(l.events, contactEvent("linked", contact, before, after))
}

// LinkContact puts a contact at an account, or changes what it is there: change, which may be nil, is called with what
// there is, and again if the transaction must be repeated. A contact at no account yet gets its main one. Who becomes the
// main one takes that over from the former holder. A change that changes nothing writes nothing.
func (d *DB) LinkContact(ctx context.Context, v Viewer, contact ContactID, account AccountID, change func(*LinkContactChange)) (*Contact, *Account, error) {
	var l *linking
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayWrite(); err != nil {
			return err
		}
		c := validation{}
		var err error
		if l, err = beginLinking(ctx, tx, v, &c, contact, account); err != nil {
			return err
		}
		old := contactLink{AccountID: account, IsPrimaryAccount: l.others == 0}
		if l.at >= 0 {
			old = l.links[l.at]
		}
		contactType := ""
		if l.contact != nil {
			contactType = l.contact.TypeKey
		}
		in := old.change()
		if change != nil {
			change(&in)
		}
		c.path = []string{"input"}
		draft := in.draft(&c, old, contactType)
		if err := c.err(); err != nil {
			return err
		}
		return l.write(ctx, tx, v, draft)
	})
	if err != nil {
		return nil, nil, err
	}
	return l.contact, l.account, nil
}

// write brings the link to what the draft says.
func (l *linking) write(ctx context.Context, tx *sqlx.Tx, v Viewer, draft contactLink) error {
	id, account := l.contact.ID, l.account.ID
	var before map[string]any
	after := draft.fields()
	if l.at >= 0 {
		var err error
		before, after, err = difference(l.links[l.at].fields(), draft.fields())
		if err != nil || len(after) == 0 {
			return err
		}
	}
	if draft.IsPrimaryAccount {
		if err := l.endPrimaryAccount(ctx, tx, v); err != nil {
			return err
		}
	}
	if draft.PrimaryForType != nil {
		former, err := all[ContactID](ctx, tx, textOf(takePrimaryContactSQL, v.Organization, account, *draft.PrimaryForType, id), "take over being the main contact")
		if err != nil {
			return err
		}
		for _, other := range former {
			if _, err := touchContact(ctx, tx, v, other); err != nil {
				return err
			}
			l.tell(other, account, map[string]any{"primary_for_type": *draft.PrimaryForType}, map[string]any{"primary_for_type": nil})
		}
	}
	if _, err := exec(ctx, tx, "link contact", upsertLinkSQL, v.Organization, account, id,
		draft.IsPrimaryAccount, draft.PrimaryForType, draft.Role, dateText(draft.Since)); err != nil {
		return err
	}
	l.tell(id, account, before, after)
	return l.finish(ctx, tx, v)
}

// endPrimaryAccount takes being the main account from any other account of the contact.
func (l *linking) endPrimaryAccount(ctx context.Context, tx *sqlx.Tx, v Viewer) error {
	for i, link := range l.links {
		if !link.IsPrimaryAccount || i == l.at {
			continue
		}
		if _, err := exec(ctx, tx, "end being the main account", endPrimaryAccountSQL, v.Organization, l.contact.ID, l.account.ID); err != nil {
			return err
		}
		l.tell(l.contact.ID, link.AccountID, map[string]any{"is_primary_account": true}, map[string]any{"is_primary_account": false})
	}
	return nil
}

// finish makes a new version of the contact and appends the events.
func (l *linking) finish(ctx context.Context, tx *sqlx.Tx, v Viewer) error {
	var err error
	if l.contact, err = touchContact(ctx, tx, v, l.contact.ID); err != nil {
		return err
	}
	return appendEvents(ctx, tx, v, l.events...)
}

// UnlinkContact takes a contact away from an account. If that was its main one, the next by name becomes that.
// The only account stays, unless the organization allows contacts without one.
func (d *DB) UnlinkContact(ctx context.Context, v Viewer, contact ContactID, account AccountID) (*Contact, *Account, error) {
	var l *linking
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayWrite(); err != nil {
			return err
		}
		organization, err := readOrganization(ctx, tx, v)
		if err != nil {
			return err
		}
		c := validation{}
		if l, err = beginLinking(ctx, tx, v, &c, contact, account); err != nil {
			return err
		}
		switch {
		case l.contact == nil || l.account == nil:
		case l.at < 0:
			c.fail(problem(ProblemNotFound, "the contact is not at this account"), "accountId")
		case l.others == 0 && !organization.AllowFreeContacts:
			c.fail(problem(ProblemNotAllowed, "it is the contact's only account, and the organization does not allow contacts without one"), "accountId")
		}
		if err := c.err(); err != nil {
			return err
		}
		return l.remove(ctx, tx, v)
	})
	if err != nil {
		return nil, nil, err
	}
	return l.contact, l.account, nil
}

// remove deletes the link.
func (l *linking) remove(ctx context.Context, tx *sqlx.Tx, v Viewer) error {
	id, link := l.contact.ID, l.links[l.at]
	if _, err := exec(ctx, tx, "unlink contact", deleteLinkSQL, v.Organization, id, link.AccountID); err != nil {
		return err
	}
	before := link.fields()
	before["account_id"] = link.AccountID.uuid
	l.events = append(l.events, contactEvent("unlinked", id, before, nil))
	for i, next := range l.links {
		if !link.IsPrimaryAccount || i == l.at || !next.IsLive {
			continue
		}
		if _, err := exec(ctx, tx, "move being the main account", beginPrimaryAccountSQL, v.Organization, id, next.AccountID); err != nil {
			return err
		}
		l.tell(id, next.AccountID, map[string]any{"is_primary_account": false}, map[string]any{"is_primary_account": true})
		break
	}
	return l.finish(ctx, tx, v)
}
