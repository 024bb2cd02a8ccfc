package db

const (
	// Where the file has no column of further domains, an account keeps its own. What an account has already it may keep;
	// domains that are only shared are claimed by nobody.
	claimDomainsSQL = `
INSERT INTO import_claims (line, kind, scope, value, position, sharing, routes)
SELECT p.line, 'domain', '', d.value, d.position, $3 OR own.domain IS NOT NULL OR shared.listed, NOT shared.listed
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line
CROSS JOIN LATERAL (
  SELECT named.value, named.position FROM jsonb_array_elements_text(r.record -> 'domains') WITH ORDINALITY AS named (value, position)
  UNION ALL
  SELECT kept.domain, 1000 + kept.position
  FROM account_domains kept
  JOIN accounts a ON a.organization_id = $1 AND a.id = kept.account_id
  WHERE NOT $4 AND p.version IS NOT NULL AND kept.organization_id = $1 AND kept.account_id = p.id
    AND kept.domain <> a.primary_domain AND NOT r.record -> 'domains' ? kept.domain
) d
CROSS JOIN LATERAL (SELECT coalesce(r.record -> 'shared_domains' ? d.value, false)) shared (listed)
LEFT JOIN account_domains own ON own.organization_id = $1 AND own.account_id = p.id AND own.domain = d.value`

	// An account that the file names by its own id may get the external id beside it; but that id itself is none where it is from.
	claimExternalIDsSQL = `
INSERT INTO import_claims (line, kind, scope, value, position, sharing, routes)
SELECT p.line, 'external_id', e.source, e.external_id, e.position, false, false
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line
CROSS JOIN LATERAL (
  SELECT named.value ->> 'source' AS source, named.value ->> 'external_id' AS external_id, named.position
  FROM jsonb_array_elements(r.record -> 'external_ids') WITH ORDINALITY AS named (value, position)
  WHERE p.version IS NULL OR $3 AND (named.value ->> 'source' <> '` + OwnSource + `' OR EXISTS (
    SELECT FROM account_external_ids kept
    WHERE kept.organization_id = $1 AND kept.account_id = p.id AND kept.source = '` + OwnSource + `' AND kept.external_id = named.value ->> 'external_id'))
  UNION ALL
  SELECT kept.source, kept.external_id, kept.position
  FROM account_external_ids kept
  WHERE NOT $3 AND p.version IS NOT NULL AND kept.organization_id = $1 AND kept.account_id = p.id
  UNION ALL
  SELECT r.source, r.external_id, 1000
  WHERE NOT $3 AND p.version IS NOT NULL AND r.source <> '` + OwnSource + `' AND NOT EXISTS (
    SELECT FROM account_external_ids kept
    WHERE kept.organization_id = $1 AND kept.account_id = p.id AND kept.source = r.source AND kept.external_id = r.external_id)
) e`

	claimIdentifiersSQL = `
INSERT INTO import_claims (line, kind, scope, value, position, sharing, routes)
SELECT p.line, 'identifier', named.value ->> 'scheme', named.value ->> 'value', named.position, false, false
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line
CROSS JOIN LATERAL jsonb_array_elements(r.record -> 'identifiers') WITH ORDINALITY AS named (value, position)`

	indexClaimsSQL = `CREATE INDEX ON import_claims (line); ANALYZE import_claims`

	primarylessSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT p.line, 'primary_domain', '', 'REQUIRED', 'the account has further domains, and needs a primary one'
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line
WHERE r.record -> 'domains' = '[]' AND EXISTS (SELECT FROM import_claims c WHERE c.line = p.line AND c.kind = 'domain')`

	freeMailClaimsSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT c.line, CASE c.position WHEN 1 THEN 'primary_domain' ELSE 'secondary_domains' END, c.value, 'FREE_MAIL_DOMAIN',
  c.value || ' belongs to a mail provider; if it is really this company''s, allow domains of mail providers'
FROM import_claims c
JOIN import_plan p ON p.line = c.line
JOIN free_mail_domains f ON f.organization_id = $1 AND f.domain = c.value
WHERE c.kind = 'domain' AND NOT EXISTS (
  SELECT FROM account_domains own WHERE own.organization_id = $1 AND own.account_id = p.id AND own.domain = c.value)`

	takenDomainsSQL = `
WITH held AS (
  SELECT c.ctid AS claim, c.line, c.position, c.value, c.sharing, a.number, a.name
  FROM import_claims c
  JOIN import_plan p ON p.line = c.line
  JOIN account_domains d ON d.organization_id = $1 AND d.domain = c.value AND d.is_routing AND d.account_id <> p.id
  JOIN accounts a ON a.organization_id = $1 AND a.id = d.account_id
  WHERE c.kind = 'domain' AND c.routes
), yielded AS (
  UPDATE import_claims c SET routes = false FROM held WHERE c.ctid = held.claim
)
INSERT INTO import_problems (line, field, value, code, reason)
SELECT line, CASE position WHEN 1 THEN 'primary_domain' ELSE 'secondary_domains' END, value, 'DOMAIN_TAKEN',
  value || ' routes to account ' || number || ' (' || name || '); share domains to have it as well, without taking it'
FROM held
WHERE NOT sharing`

	takenExternalIDsSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT c.line, CASE WHEN c.position = 1000 THEN 'external_id' ELSE 'external_ids' END, c.value, 'TAKEN',
  'account ' || a.number || ' (' || a.name || ') has the external id ' || c.value || ' of ' || c.scope
FROM import_claims c
JOIN import_plan p ON p.line = c.line
JOIN account_external_ids e ON e.organization_id = $1 AND e.source = c.scope AND e.external_id = c.value AND e.is_live AND e.account_id <> p.id
JOIN accounts a ON a.organization_id = $1 AND a.id = e.account_id
WHERE c.kind = 'external_id'`

	takenIdentifiersSQL = `
INSERT INTO import_problems (line, field, value, code, reason)
SELECT c.line, 'identifiers', c.value, 'TAKEN', 'account ' || a.number || ' (' || a.name || ') has the ' || c.scope || ' ' || c.value
FROM import_claims c
JOIN import_plan p ON p.line = c.line
JOIN account_identifiers n ON n.organization_id = $1 AND n.scheme = c.scope AND n.value = c.value AND n.is_live AND n.account_id <> p.id
JOIN accounts a ON a.organization_id = $1 AND a.id = n.account_id
WHERE c.kind = 'identifier'`

	// Of several rows that ask for one thing the highest in the tree gets it, of equally high ones the first line.
	contestClaimsSQL = `
WITH claims AS (
  SELECT c.ctid AS claim, c.line, c.kind, c.scope, c.value, c.position, c.sharing
  FROM import_claims c
  JOIN import_plan p ON p.line = c.line AND NOT p.refused
  WHERE c.kind <> 'domain' OR c.routes
), things AS (
  SELECT kind, scope, value, row_number() OVER () AS thing
  FROM claims
  GROUP BY kind, scope, value
  HAVING min(line) <> max(line)
), turns AS (
  SELECT p.line, p.version, p.parent_line, row_number() OVER (ORDER BY l.level, p.line) AS turn
  FROM import_plan p
  JOIN import_levels l ON l.line = p.line
  WHERE NOT p.refused
), contested AS (
  SELECT c.claim, c.line, c.kind, c.position, c.value, c.sharing, t.turn, things.thing, row_number() OVER (ORDER BY t.turn, c.position, c.kind, c.claim) AS number
  FROM things
  JOIN claims c ON c.kind = things.kind AND c.scope = things.scope AND c.value = things.value
  JOIN turns t ON t.line = c.line
), answers AS (
  SELECT take_in_turn(
    (SELECT array_agg(CAST(CASE WHEN above.version IS NULL THEN coalesce(above.turn, 0) ELSE 0 END AS integer) ORDER BY t.turn)
     FROM turns t LEFT JOIN turns above ON above.line = t.parent_line),
    array_agg(CAST(turn AS integer) ORDER BY number), array_agg(CAST(thing AS integer) ORDER BY number), array_agg(sharing ORDER BY number)) AS holders
  FROM contested
  HAVING count(*) > 0 -- where nothing is contested, turns are not looked at
), lost AS (
  SELECT c.*, holder.line AS holder_line
  FROM unnest((SELECT holders FROM answers)) WITH ORDINALITY AS answer (turn, number)
  JOIN contested c ON c.number = answer.number
  JOIN turns holder ON holder.turn = answer.turn
  WHERE answer.turn <> c.turn
), yielded AS (
  UPDATE import_claims c SET routes = false FROM lost WHERE c.ctid = lost.claim
)
INSERT INTO import_problems (line, field, value, code, reason)
SELECT line,
  CASE kind WHEN 'domain' THEN CASE position WHEN 1 THEN 'primary_domain' ELSE 'secondary_domains' END WHEN 'external_id' THEN 'external_ids' ELSE 'identifiers' END,
  value, CASE kind WHEN 'domain' THEN 'DOMAIN_TAKEN' ELSE 'DUPLICATE' END,
  CASE kind WHEN 'domain'
    THEN 'line ' || holder_line || ' has the domain as well and is higher in its tree, or earlier; share domains to have it without taking it'
    ELSE 'line ' || holder_line || ' has ' || value || ' as well and is higher in its tree, or earlier' END
FROM lost
WHERE NOT sharing`
)

// claims are the steps that collect what the rows ask for that only one account may have, and find what others have already.
func (i *Importing) claims() []step {
	organization := i.v.Organization
	var steps []step
	if i.has("primary_domain") {
		steps = append(steps, step{"claim domains", claimDomainsSQL, []any{organization, i.ID, i.options.ShareDomains, i.has("secondary_domains")}})
	}
	if i.says("external_ids") {
		steps = append(steps, step{"claim external ids", claimExternalIDsSQL, []any{organization, i.ID, i.has("external_ids")}})
	}
	if i.says("identifiers") {
		steps = append(steps, step{"claim identifiers", claimIdentifiersSQL, []any{organization, i.ID}})
	}
	if steps == nil {
		return nil
	}
	steps = append(steps,
		step{"index claims", indexClaimsSQL, nil},
		step{"find taken domains", takenDomainsSQL, []any{organization}},
		step{"find taken external ids", takenExternalIDsSQL, []any{organization}},
		step{"find taken identifiers", takenIdentifiersSQL, []any{organization}},
	)
	if i.has("primary_domain") && !i.has("secondary_domains") {
		steps = append(steps, step{"find accounts without a primary domain", primarylessSQL, []any{organization, i.ID}})
	}
	if !i.options.AllowFreeMailDomains {
		steps = append(steps, step{"find domains of mail providers", freeMailClaimsSQL, []any{organization}})
	}
	return steps
}
