package db

import (
	"context"
	"encoding/json"
)

// unseenContact is a change of a contact that nobody has read: what it has stands for whatever the contact has. No rule objects
// to it, and its addresses tell whether something was put in its place.
func unseenContact() ContactChange {
	return ContactChange{
		FirstName: new("-"), LastName: new(""), Email: new("unseen@example.com"), PhoneNumber: new(""), Type: new("-"), Avatar: new(""), JobTitle: new(""),
		IsMarketingContact: new(false), IsActive: new(false), Metadata: json.RawMessage("{}"),
	}
}

// said are the columns that a change of an unseen contact put something in place of. It is not ok if that is about the type,
// with which the contact's links may change.
func (in ContactChange) said(unseen ContactChange) (fields map[string]bool, ok bool) {
	return map[string]bool{
		"first_name": in.FirstName != unseen.FirstName, "last_name": in.LastName != unseen.LastName, "email": in.Email != unseen.Email,
		"phone_number": in.PhoneNumber != unseen.PhoneNumber, "avatar": in.Avatar != unseen.Avatar, "job_title": in.JobTitle != unseen.JobTitle,
		"is_marketing_contact": in.IsMarketingContact != unseen.IsMarketingContact, "is_active": in.IsActive != unseen.IsActive,
		"metadata": !isInPlace(in.Metadata, unseen.Metadata),
	}, in.Type == unseen.Type
}

// isAsGiven tells whether a contact has the texts of a change as they were given. Others may be stored in just that form, which
// only who reads them knows, and then stay.
func (c *Contact) isAsGiven(in ContactChange) bool {
	for _, text := range []struct{ given, kept *string }{
		{in.FirstName, &c.FirstName}, {in.LastName, c.LastName}, {in.Email, &c.Email}, {in.PhoneNumber, c.PhoneNumber},
		{in.Avatar, c.Avatar}, {in.JobTitle, c.JobTitle},
	} {
		if text.kept != nil && *text.kept != *text.given {
			return false
		}
	}
	return true
}

// As for accounts. Another contact with the e-mail is refused by an index.
const updateContactAtOnceSQL = `
), difference AS (
  SELECT jsonb_object_agg(said.key, was.fields -> said.key) AS before, jsonb_object_agg(said.key, said.value) AS after
  FROM (SELECT to_jsonb(record) AS fields FROM old OFFSET 0) was
  CROSS JOIN jsonb_each(CAST($5 AS jsonb)) AS said
  WHERE CAST(was.fields -> said.key AS text) <> CAST(said.value AS text)
  HAVING count(*) > 0
), updated AS (
  UPDATE contacts c SET
    first_name = r.first_name, last_name = r.last_name, email = r.email, phone_number = r.phone_number, avatar = r.avatar,
    job_title = r.job_title, is_marketing_contact = r.is_marketing_contact, is_active = r.is_active, metadata = r.metadata,
    version = c.version + 1, updated_at = now(), updated_by_kind = $3, updated_by_id = $4
  FROM old, difference, jsonb_populate_record(old.record, difference.after) AS r
  WHERE c.organization_id = $1 AND c.id = $2
  RETURNING c.*
), told AS (
  INSERT INTO events (organization_id, type, entity, entity_id, before, after, actor_kind, actor_id)
  SELECT $1, 'contact.updated', 'contact', $2, before, after, $3, $4 FROM difference
)
SELECT `

// updateContactAtOnce is UpdateContact by one statement. It returns nil if that can't be done, or if there is anything to object to.
func (d *DB) updateContactAtOnce(ctx context.Context, v Viewer, id ContactID, ifVersion *int, change func(*ContactChange)) (*Contact, error) {
	unseen := unseenContact()
	in := unseen
	change(&in)
	fields, ok := in.said(unseen)
	c := validation{}
	draft := in.draft(&c, Contact{ID: id}, "")
	if !ok || c.err() != nil || !draft.isAsGiven(in) {
		return nil, nil
	}
	said, err := saidOf(draft.fields(), fields)
	if err != nil {
		return nil, err
	}
	actor := v.actor()
	s := textOf("", v.Organization, id, actor.Kind, actor.ID, said)
	s.write("WITH old AS (\n  SELECT c AS record\n  FROM contacts c\n  WHERE ", v.visible(s, "c"), " AND c.id = $2")
	if ifVersion != nil {
		s.write(" AND c.version = ", s.arg(*ifVersion))
	}
	s.write("\n  FOR NO KEY UPDATE", updateContactAtOnceSQL, columns[Contact]("c"),
		" FROM (TABLE updated UNION ALL SELECT (record).* FROM old WHERE NOT EXISTS (SELECT FROM difference)) c")
	return atOnce[Contact](ctx, d, s, "update contact at once")
}
