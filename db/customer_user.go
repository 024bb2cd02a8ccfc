package db

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// CustomerUser is a person who was seen in a channel before anyone made a contact of them.
type CustomerUser struct {
	ID      CustomerUserID `db:"id"`
	Email   string         `db:"email"`
	Name    *string        `db:"name"`
	Channel string         `db:"channel"`
	SeenAt  time.Time      `db:"seen_at"`
}

// IsNode marks what has an identity.
func (*CustomerUser) IsNode() {}

// CustomerUserInput is a person as a channel tells of them.
type CustomerUserInput struct {
	Email   string
	Name    *string
	Channel string
}

// draftCustomerUsers checks an input. People are told apart by e-mail address, upper and lower case the same.
func draftCustomerUsers(c *validation, input []*CustomerUserInput) []CustomerUser {
	if err := checkSize(len(input), 1, maxBulk); err != nil {
		c.fail(err)
		return nil
	}
	path, lower := c.path, cases.Lower(language.Und) // as fold does
	drafts := make([]CustomerUser, len(input))
	known := make(map[string]bool, len(input))
	for i, in := range input {
		c.path = append(path[:len(path):len(path)], index(i))
		short := func(s string) (string, error) { return requireText(s, maxName) }
		email := required(c, "email", &in.Email, NormalizeEmail)
		if folded := lower.String(email); email != "" && known[folded] {
			c.fail(problem(ProblemDuplicate, "%s is named twice", shown(email)), "email")
		} else {
			known[folded] = true
		}
		drafts[i] = CustomerUser{Email: email, Name: checked(c, "name", in.Name, short), Channel: required(c, "channel", &in.Channel, short)}
	}
	c.path = path
	return drafts
}

// CustomerUsersByID returns the customer users that there are, by id.
func (d *DB) CustomerUsersByID(ctx context.Context, v Viewer, ids []CustomerUserID) (map[CustomerUserID]*CustomerUser, error) {
	s := &statement{}
	s.write("SELECT ", columns[CustomerUser]("u"), "\nFROM customer_users u\nWHERE ", v.own(s, "u"), " AND u.id = ANY(", s.arg(keyArray(ids)), ")")
	users, err := all[*CustomerUser](ctx, d.pool, s, "customer users by id")
	return byID(users, func(u *CustomerUser) CustomerUserID { return u.ID }), err
}

// In the order of the addresses, so that two that bring the same people do not wait for each other in a circle.
var insertCustomerUsersSQL = `
INSERT INTO customer_users AS u (organization_id, email, name, channel)
SELECT $1, email, name, channel
FROM unnest($2::text[], $3::text[], $4::text[]) AS person (email, name, channel)
ORDER BY ` + fold("email") + `
ON CONFLICT (organization_id, ` + fold("email") + `) DO NOTHING
RETURNING `

var customerUsersByEmailSQL = `
FROM unnest($2::text[]) WITH ORDINALITY AS asked (email, position)
JOIN customer_users u ON u.organization_id = $1 AND ` + fold("u.email") + ` = ` + fold("asked.email") + `
ORDER BY asked.position`

// IngestCustomerUsers remembers people who were seen, and returns all of them in the order of the input, with how many
// were not known before. Who is known already is left as is.
func (d *DB) IngestCustomerUsers(ctx context.Context, v Viewer, input []*CustomerUserInput) ([]*CustomerUser, int, error) {
	var users []*CustomerUser
	var created int
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayWrite(); err != nil {
			return err
		}
		c := validation{path: []string{"input"}}
		drafts := draftCustomerUsers(&c, input)
		if err := c.err(); err != nil {
			return err
		}
		emails, names, channels := make([]string, len(drafts)), make([]*string, len(drafts)), make([]string, len(drafts))
		for i, draft := range drafts {
			emails[i], names[i], channels[i] = draft.Email, draft.Name, draft.Channel
		}
		inserted, err := all[*CustomerUser](ctx, tx, textOf(insertCustomerUsersSQL+columns[CustomerUser]("u"),
			v.Organization, pq.Array(emails), pq.Array(names), pq.Array(channels)), "insert customer users")
		if err != nil {
			return err
		}
		created = len(inserted)
		users, err = all[*CustomerUser](ctx, tx, textOf("SELECT "+columns[CustomerUser]("u")+customerUsersByEmailSQL,
			v.Organization, pq.Array(emails)), "customer users by e-mail")
		if err != nil {
			return err
		}
		events := make([]event, len(inserted))
		for i, u := range inserted {
			events[i] = event{kind: "customer_user.created", entity: "customer_user", id: u.ID.uuid,
				after: map[string]any{"email": u.Email, "name": u.Name, "channel": u.Channel}}
		}
		return appendEvents(ctx, tx, v, events...)
	})
	if err != nil {
		return nil, 0, err
	}
	return users, created, nil
}
