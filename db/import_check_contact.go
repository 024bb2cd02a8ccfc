package db

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

var findContactsSQL = `
INSERT INTO import_found (line, first_line, source, external_id, id, version, parent_source, parent_external_id, parent_record_id, refused)
SELECT r.line, min(r.line) OVER (PARTITION BY ` + fold("r.external_id") + `), '', r.external_id, coalesce(c.id, r.fresh_id), c.version,
  r.parent_source, r.parent_external_id, r.parent_record_id, r.problems IS NOT NULL
FROM import_rows r
LEFT JOIN contacts c ON c.organization_id = $1 AND ` + fold("c.email") + ` = ` + fold("r.external_id") + ` AND c.deleted_at IS NULL
WHERE r.organization_id = $1 AND r.import_id = $2 AND r.external_id IS NOT NULL`

const (
	planContactsSQL = `
INSERT INTO import_plan (line, source, external_id, id, version, refused)
SELECT f.line, f.source, f.external_id, f.id, f.version, f.refused
FROM import_found f
WHERE f.is_first`

	// A contact that there is already stays where it is if the row names no account.
	findPlacesSQL = `
INSERT INTO import_links (line, contact_line, contact_id, account_id, is_named, refused, place)
SELECT f.line, f.first_line, p.id, coalesce(own.id, e.account_id, numbered.id, d.account_id, routed.account_id), named.account, f.refused, r.record -> 'place'
FROM import_found f
JOIN import_plan p ON p.line = f.first_line
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = f.line
CROSS JOIN LATERAL (
  SELECT f.parent_external_id IS NOT NULL OR r.record -> 'place' ?| ARRAY['account_number', 'account_domain']
) named (account)
LEFT JOIN accounts own ON own.organization_id = $1 AND own.id = f.parent_record_id AND own.deleted_at IS NULL
LEFT JOIN account_external_ids e ON e.organization_id = $1 AND e.source = f.parent_source AND e.external_id = f.parent_external_id AND e.is_live
LEFT JOIN accounts numbered ON numbered.organization_id = $1 AND numbered.number = CAST(r.record -> 'place' ->> 'account_number' AS bigint) AND numbered.deleted_at IS NULL
LEFT JOIN account_domains d ON d.organization_id = $1 AND d.domain = r.record -> 'place' ->> 'account_domain' AND d.is_routing
LEFT JOIN LATERAL (
  SELECT x.account_id
  FROM jsonb_array_elements_text(r.record -> 'place' -> 'chain') WITH ORDINALITY AS chain (domain, position)
  JOIN account_domains x ON x.organization_id = $1 AND x.domain = chain.domain AND x.is_routing
  ORDER BY chain.position
  LIMIT 1
) routed ON NOT named.account AND p.version IS NULL
WHERE r.record IS NOT NULL`

	indexContactsSQL = `
CREATE UNIQUE INDEX ON import_plan (line);
CREATE INDEX ON import_links (contact_line);
ANALYZE import_plan;
ANALYZE import_links`

	// An address that is written otherwise is the same: it is as the first row has it.
	duplicateContactsSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT f.line, 'email', f.external_id, 'DUPLICATE', 'line ' || f.first_line || ' is of the same contact, with other values; the first line counts'
FROM import_found f
JOIN import_rows one ON one.organization_id = $1 AND one.import_id = $2 AND one.line = f.first_line
JOIN import_rows other ON other.organization_id = $1 AND other.import_id = $2 AND other.line = f.line
WHERE NOT f.is_first AND one.record - '{email,place}'::text[] IS DISTINCT FROM other.record - '{email,place}'::text[]`

	duplicatePlacesSQL = `
WITH same AS (
  SELECT l.line, l.place, first_value(l.line) OVER same AS first_line, first_value(l.place) OVER same AS first_place
  FROM import_links l
  WINDOW same AS (PARTITION BY l.contact_line, l.account_id ORDER BY l.line)
), repeated AS (
  INSERT INTO import_repeated (line)
  SELECT same.line FROM same WHERE same.line <> same.first_line AND same.place = same.first_place
)
INSERT INTO import_problems (line, field, value, code, reason)
SELECT same.line, 'email', f.external_id, 'DUPLICATE', 'line ' || same.first_line || ' puts the contact at the same account'
FROM same
JOIN import_found f ON f.line = same.line
WHERE same.line <> same.first_line AND same.place <> same.first_place`

	missingPlacesSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT l.line, named.field, named.value, 'NOT_FOUND', 'there is no account ' || named.value || CASE named.field WHEN 'account_external_id' THEN ' of ' || f.parent_source ELSE '' END
FROM import_links l
JOIN import_found f ON f.line = l.line
CROSS JOIN LATERAL (
  SELECT CASE WHEN f.parent_source = '` + OwnSource + `' THEN 'account_id' WHEN f.parent_external_id IS NOT NULL THEN 'account_external_id' WHEN l.place ? 'account_number' THEN 'account_number' ELSE 'account_domain' END AS field,
    coalesce(f.parent_external_id, l.place ->> 'account_number', l.place ->> 'account_domain') AS value
) named
WHERE l.is_named AND l.account_id IS NULL`

	placelessContactsSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT l.line, 'email', p.external_id, 'REQUIRED', 'no account has the domain of ' || p.external_id || ': name an account'
FROM import_links l
JOIN import_plan p ON p.line = l.line
JOIN organizations o ON o.id = $1 AND NOT o.allow_free_contacts
WHERE p.version IS NULL AND NOT l.is_named AND l.account_id IS NULL`

	archivedTypesSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT p.line, 'type', value.label, 'INACTIVE', value.key || ' is archived: old records keep it, new ones can''t have it'
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line
JOIN picklist_values value ON value.organization_id = $1 AND value.picklist = 'contact_type' AND value.key = r.record ->> 'type' AND value.is_archived
LEFT JOIN contacts c ON c.organization_id = $1 AND c.id = p.id
WHERE (p.version IS NULL OR $3) AND c.type IS DISTINCT FROM value.key`

	namelessContactsSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT p.line, 'first_name', '', 'REQUIRED', 'a new contact needs a first name, and the file has no column of first names'
FROM import_plan p
WHERE p.version IS NULL`

	// Of several rows that want to be the main one of a contact or an account the first is.
	contestPlacesSQL = `
WITH placed AS (
  SELECT l.line, l.contact_line, l.account_id, l.place, CASE WHEN p.version IS NULL OR $3 THEN r.record ->> 'type' ELSE c.type END AS type
  FROM import_links l
  JOIN import_plan p ON p.line = l.contact_line
  JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = l.line
  LEFT JOIN contacts c ON c.organization_id = $1 AND c.id = p.id
  WHERE l.account_id IS NOT NULL AND NOT l.refused AND NOT (p.refused AND p.version IS NULL) AND NOT EXISTS (SELECT FROM import_problems told WHERE told.line IN (l.line, l.contact_line))
    AND l.line NOT IN (SELECT same.line FROM import_repeated same)
), claimed AS (
  SELECT line, 'is_primary_account' AS field, first_value(line) OVER (PARTITION BY contact_line ORDER BY line) AS first_line
  FROM placed
  WHERE place -> 'is_primary_account' = 'true'
  UNION ALL
  SELECT line, 'is_primary_contact', first_value(line) OVER (PARTITION BY account_id, type ORDER BY line)
  FROM placed
  WHERE place -> 'is_primary_contact' = 'true'
)
INSERT INTO import_problems (line, field, value, code, reason)
SELECT line, field, 'true', 'DUPLICATE', 'line ' || first_line || CASE field
  WHEN 'is_primary_account' THEN ' names the contact''s main account' ELSE ' is the account''s main contact of this type' END || '; the first line counts'
FROM claimed
WHERE line <> first_line`

	// The other rows of a contact that is not made.
	contactlessPlacesSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT f.line, 'email', f.external_id, 'NOT_FOUND', 'the contact itself, on line ' || f.first_line || ', is rejected: mend that line as well'
FROM import_found f
JOIN import_plan p ON p.line = f.first_line
WHERE NOT f.is_first AND p.refused AND p.version IS NULL AND f.line NOT IN (SELECT told.line FROM import_problems told)`

	compareContactsSQL = `
INSERT INTO import_changes (line, before, after)
SELECT p.line, jsonb_object_agg(wanted.key, known.record -> wanted.key), jsonb_object_agg(wanted.key, wanted.value)
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line
JOIN contacts c ON c.organization_id = $1 AND c.id = p.id
CROSS JOIN LATERAL (
  SELECT jsonb_build_object('first_name', c.first_name, 'last_name', c.last_name, 'email', c.email, 'phone_number', c.phone_number, 'type', c.type,
    'avatar', c.avatar, 'job_title', c.job_title, 'is_marketing_contact', c.is_marketing_contact, 'is_active', c.is_active, 'metadata', c.metadata) AS record
  OFFSET 0
) known
CROSS JOIN LATERAL jsonb_each(r.record) AS wanted
WHERE p.version IS NOT NULL AND NOT p.refused AND wanted.key = ANY($3) AND wanted.value IS DISTINCT FROM known.record -> wanted.key
GROUP BY p.line`

	// A contact at no account yet gets its main one: the first row's, unless another row says that it is.
	comparePlacesSQL = `
WITH placed AS (
  SELECT l.*, p.version, CASE WHEN p.version IS NULL OR $3 THEN r.record ->> 'type' ELSE c.type END AS type,
    c.type IS DISTINCT FROM CASE WHEN p.version IS NULL OR $3 THEN r.record ->> 'type' ELSE c.type END AS changes_type,
    l.line = min(l.line) OVER contact AND NOT bool_or(coalesce(CAST(l.place -> 'is_primary_account' AS boolean), false)) OVER contact AND NOT EXISTS (
      SELECT FROM account_contacts other
      JOIN accounts a ON a.organization_id = $1 AND a.id = other.account_id AND a.deleted_at IS NULL
      WHERE other.organization_id = $1 AND other.contact_id = l.contact_id) AS is_first
  FROM import_links l
  JOIN import_plan p ON p.line = l.contact_line AND (p.version IS NOT NULL OR NOT p.refused)
  JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = l.contact_line
  LEFT JOIN contacts c ON c.organization_id = $1 AND c.id = p.id
  WHERE l.account_id IS NOT NULL AND NOT l.refused AND l.line NOT IN (SELECT told.line FROM import_problems told) AND l.line NOT IN (SELECT same.line FROM import_repeated same)
  WINDOW contact AS (PARTITION BY l.contact_line)
), compared AS (
  SELECT l.contact_line, l.contact_id, l.account_id, link.account_id IS NULL AS is_new,
    jsonb_build_object('is_primary_account', link.is_primary_account, 'primary_for_type', CASE WHEN NOT l.changes_type THEN link.primary_for_type END,
      'role', link.role, 'since', link.since) AS known,
    jsonb_build_object(
      'is_primary_account', coalesce(CAST(l.place -> 'is_primary_account' AS boolean), link.is_primary_account, l.is_first),
      'primary_for_type', CASE WHEN l.place ? 'is_primary_contact' THEN CASE WHEN CAST(l.place -> 'is_primary_contact' AS boolean) THEN l.type END
        WHEN NOT l.changes_type THEN link.primary_for_type END,
      'role', CASE WHEN 'role' = ANY($4) THEN l.place ->> 'role' ELSE link.role END,
      'since', CASE WHEN 'since' = ANY($4) THEN CAST(l.place ->> 'since' AS date) ELSE link.since END) AS wanted
  FROM placed l
  LEFT JOIN account_contacts link ON link.organization_id = $1 AND link.contact_id = l.contact_id AND link.account_id = l.account_id
)
INSERT INTO import_link_changes (contact_line, contact_id, account_id, before, after)
SELECT c.contact_line, c.contact_id, c.account_id,
  CASE WHEN NOT c.is_new THEN (SELECT jsonb_object_agg(k.key, k.value) FROM jsonb_each(c.known) k WHERE k.value <> c.wanted -> k.key) END,
  CASE WHEN c.is_new THEN c.wanted ELSE (SELECT jsonb_object_agg(w.key, w.value) FROM jsonb_each(c.wanted) w WHERE w.value <> c.known -> w.key) END
FROM compared c
WHERE c.is_new OR c.wanted <> c.known`

	planContactTurnsSQL = `
INSERT INTO import_turns (line, portion, id, version, before, after)
SELECT p.line, (row_number() OVER (ORDER BY p.line) - 1) / $1, p.id, p.version, c.before, c.after
FROM import_plan p
LEFT JOIN import_changes c ON c.line = p.line
WHERE p.version IS NULL AND NOT p.refused OR c.line IS NOT NULL OR EXISTS (SELECT FROM import_link_changes l WHERE l.contact_line = p.line)`
)

// checkContacts plans the writing of rows that are contacts at accounts.
func (i *Importing) checkContacts(ctx context.Context, tx *sqlx.Tx) error {
	organization := i.v.Organization
	steps := []step{
		{"find contacts", findContactsSQL, []any{organization, i.ID}},
		{"plan contacts", planContactsSQL, nil},
		{"find places", findPlacesSQL, []any{organization, i.ID}},
		{"index contacts", indexContactsSQL, nil},
		{"find duplicate contacts", duplicateContactsSQL, []any{organization, i.ID}},
		{"find duplicate places", duplicatePlacesSQL, nil},
		{"find missing places", missingPlacesSQL, nil},
		{"find contacts without a place", placelessContactsSQL, []any{organization}},
		{"find archived types", archivedTypesSQL, []any{organization, i.ID, i.says("type")}},
	}
	if !i.has("first_name") {
		steps = append(steps, step{"find contacts without a name", namelessContactsSQL, nil})
	}
	return i.steps(ctx, tx, append(steps,
		step{"settle places", contestPlacesSQL, []any{organization, i.ID, i.says("type")}},
		step{"refuse rows", refuseSQL, nil},
		step{"find places without a contact", contactlessPlacesSQL, nil},
		step{"compare contacts", compareContactsSQL, []any{organization, i.ID, pq.Array(i.keys)}},
		step{"compare places", comparePlacesSQL, []any{organization, i.ID, i.says("type"), pq.Array(i.keys)}},
	)...)
}
