package db

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// A customer user at a domain of several of the accounts goes to the one that the domain routes to, else to the first by id.
// One who became a contact meanwhile is left out by the unique indexes.
var contactsFromCustomerUsersSQL = `
WITH chosen AS (
  SELECT DISTINCT ON (u.id) u.id, u.email, coalesce(nullif(btrim(u.name), ''), split_part(u.email, '@', 1)) AS first_name, asked.account_id
  FROM unnest($4::uuid[], $5::text[]) AS asked (account_id, domain)
  JOIN customer_users u ON u.organization_id = $1 AND u.domain = asked.domain
  LEFT JOIN account_domains d ON d.organization_id = $1 AND d.account_id = asked.account_id AND d.domain = asked.domain
  WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.organization_id = $1 AND c.deleted_at IS NULL AND c.customer_user_id = u.id)
    AND NOT EXISTS (SELECT FROM contacts c WHERE c.organization_id = $1 AND c.deleted_at IS NULL AND ` + fold("c.email") + ` = ` + fold("u.email") + `)
  ORDER BY u.id, coalesce(d.is_routing, false) DESC, asked.account_id
), made AS (
  INSERT INTO contacts AS c (organization_id, first_name, email, type, customer_user_id, created_by_kind, created_by_id, updated_by_kind, updated_by_id)
  SELECT $1, first_name, email, $6, id, $2, $3, $2, $3
  FROM chosen
  ORDER BY id
  ON CONFLICT DO NOTHING
  RETURNING *
), linked AS (
  INSERT INTO account_contacts (organization_id, account_id, contact_id, is_primary_account)
  SELECT $1, chosen.account_id, made.id, true
  FROM made
  JOIN chosen ON chosen.id = made.customer_user_id
)
SELECT chosen.account_id AS of_id, `

// contactsFromCustomerUsers makes a contact of every customer user whose e-mail is at exactly one of the domains and who
// is no contact yet, neither by connection nor by e-mail, and puts it at the domain's account. It returns how many there
// are at each account. The accounts are the transaction's own, or locked.
func contactsFromCustomerUsers(ctx context.Context, tx *sqlx.Tx, v Viewer, accounts map[AccountID][]string) (map[AccountID]int, error) {
	var ids []AccountID
	var domains []string
	for id, names := range accounts {
		for _, domain := range names {
			ids, domains = append(ids, id), append(domains, domain)
		}
	}
	if len(domains) == 0 {
		return nil, nil
	}
	typeKey, err := anyContactType(ctx, tx, v)
	if err != nil {
		return nil, err
	}
	actor := v.actor()
	made, err := all[*struct {
		Contact
		Of AccountID `db:"of_id"`
	}](ctx, tx, textOf(contactsFromCustomerUsersSQL+columns[Contact]("made")+"\nFROM made\nJOIN chosen ON chosen.id = made.customer_user_id\nORDER BY made.id",
		v.Organization, actor.Kind, actor.ID, idArray(ids), pq.Array(domains), typeKey), "contacts from customer users")
	if err != nil {
		return nil, err
	}
	counts := make(map[AccountID]int, len(accounts))
	events := make([]event, 0, 2*len(made))
	for _, m := range made {
		counts[m.Of]++
		events = append(events, contactEvent("created", m.ID, nil, m.fields()),
			contactEvent("linked", m.ID, nil, map[string]any{"account_id": m.Of.uuid, "is_primary_account": true}))
	}
	return counts, appendEvents(ctx, tx, v, events...)
}

// anyContactType is the type of contacts that nobody was asked about: the list's default, else its first value.
func anyContactType(ctx context.Context, tx *sqlx.Tx, v Viewer) (string, error) {
	values, err := picklistValues(ctx, tx, v, "p.picklist = $2 AND NOT p.is_archived", ContactType.sql())
	if err != nil {
		return "", err
	}
	if len(values) == 0 {
		return "", problem(ProblemRequired, "contacts need a type, and the list %s is empty", ContactType)
	}
	for _, value := range values {
		if value.IsDefault {
			return value.Key, nil
		}
	}
	return values[0].Key, nil
}
