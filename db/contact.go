package db

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Contact is a person at one or more accounts.
type Contact struct {
	ID                 ContactID       `db:"id"`
	FirstName          string          `db:"first_name"`
	LastName           *string         `db:"last_name"`
	Email              string          `db:"email"`
	PhoneNumber        *string         `db:"phone_number"`
	TypeKey            string          `db:"type"`
	Avatar             *string         `db:"avatar"`
	JobTitle           *string         `db:"job_title"`
	IsMarketingContact bool            `db:"is_marketing_contact"`
	IsActive           bool            `db:"is_active"`
	Metadata           json.RawMessage `db:"metadata"`
	CustomerUserID     *CustomerUserID `db:"customer_user_id"`
	audit
	DeletedAt *time.Time `db:"deleted_at"`
	Version   int        `db:"version"`
}

// IsNode marks what has an identity.
func (*Contact) IsNode() {}

// Deleter names who deleted the contact. It names nobody unless the contact is deleted.
func (c *Contact) Deleter() ActorRef { return c.deleter(c.DeletedAt) }

// Name is the first and the last name.
func (c *Contact) Name() string {
	if c.LastName == nil {
		return c.FirstName
	}
	return c.FirstName + " " + *c.LastName
}

// maxContactsByEmails is how many addresses ContactsByEmails looks up.
const maxContactsByEmails = 1000

// noContact is the problem of an id that names no contact that the viewer may see.
func noContact() *Problem { return problem(ProblemNotFound, "there is no contact with this id") }

// ContactsByID returns the contacts that there are, by id.
func (d *DB) ContactsByID(ctx context.Context, v Viewer, ids []ContactID) (map[ContactID]*Contact, error) {
	s, names := &statement{}, selected[Contact](wanted(ctx))
	s.write("SELECT ", listOf(names, "c"), "\nFROM contacts c")
	s.write("\nWHERE ", v.visible(s, "c"), " AND c.id = ANY(", s.arg(keyArray(ids)), ")")
	contacts, err := packed[*Contact](ctx, d.pool, s, names, "contacts by id")
	return byID(contacts, func(c *Contact) ContactID { return c.ID }), err
}

// ContactsByEmails returns the contacts in the order of the addresses, nil where there is none. Upper and lower case
// are the same. An *Error says which address is none, or that there are too many.
func (d *DB) ContactsByEmails(ctx context.Context, v Viewer, emails []string) ([]*Contact, error) {
	if len(emails) > maxContactsByEmails {
		return nil, BadInput("give at most %d addresses, not %d", maxContactsByEmails, len(emails))
	}
	asked := make([]string, len(emails))
	for i, text := range emails {
		email, err := NormalizeEmail(text)
		if err != nil {
			return nil, BadInput("%s at position %d is no e-mail address: %s", shown(text), i, err)
		}
		asked[i] = email
	}
	s := &statement{}
	s.write("SELECT asked.position, ", columns[Contact]("c"))
	s.write("\nFROM unnest(CAST(", s.arg(pq.Array(asked)), " AS text[])) WITH ORDINALITY AS asked (email, position)")
	s.write("\nJOIN contacts c ON ", v.visible(s, "c"), " AND ", fold("c.email"), " = ", fold("asked.email"))
	rows, err := all[*struct {
		Contact
		Position int `db:"position"`
	}](ctx, d.pool, s, "contacts by e-mail")
	if err != nil {
		return nil, err
	}
	contacts := make([]*Contact, len(emails))
	for _, row := range rows {
		contacts[row.Position-1] = &row.Contact
	}
	return contacts, nil
}

// lockContact reads a contact and keeps others from writing it until the transaction ends; nil if there is none.
func lockContact(ctx context.Context, tx *sqlx.Tx, v Viewer, id ContactID) (*Contact, error) {
	s := &statement{}
	s.write("SELECT ", columns[Contact]("c"), "\nFROM contacts c\nWHERE ", v.visible(s, "c"), " AND c.id = ", s.arg(id), "\nFOR NO KEY UPDATE")
	contacts, err := all[*Contact](ctx, tx, s, "lock contact")
	if err != nil || len(contacts) == 0 {
		return nil, err
	}
	return contacts[0], nil
}

// touchContact makes a new version of a contact whose own row does not change otherwise.
func touchContact(ctx context.Context, tx *sqlx.Tx, v Viewer, id ContactID) (*Contact, error) {
	return writeContact(ctx, tx, v, id, "touch contact", "version = version + 1")
}

// writeContact changes columns of a contact by a constant list, in which the first argument is $5, and who wrote it when.
func writeContact(ctx context.Context, tx *sqlx.Tx, v Viewer, id ContactID, what, assignments string, args ...any) (*Contact, error) {
	actor := v.actor()
	written, err := all[*Contact](ctx, tx, textOf(`
		UPDATE contacts c SET `+assignments+`, updated_at = now(), updated_by_kind = $3, updated_by_id = $4
		WHERE c.organization_id = $1 AND c.id = $2
		RETURNING `+columns[Contact]("c"),
		append([]any{v.Organization, id, actor.Kind, actor.ID}, args...)...), what)
	if err != nil {
		return nil, err
	}
	if len(written) == 0 {
		return nil, errors.New(what + ": the row that was locked is gone")
	}
	return written[0], nil
}

// contactEvent tells of a change of a contact.
func contactEvent(verb string, id ContactID, before, after any) event {
	return event{kind: "contact." + verb, entity: "contact", id: id.uuid, before: before, after: after}
}
