package db

// compareAccountsSQL notes, of each account that there is, what a row changes: under the names and in the forms of
// accountEvent. OFFSET 0 makes each side be put together once for each row.
const compareAccountsSQL = `
INSERT INTO import_changes (line, before, after)
SELECT p.line, jsonb_object_agg(wanted.key, known.record -> wanted.key), jsonb_object_agg(wanted.key, wanted.value)
FROM import_plan p
JOIN import_rows r ON r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line
JOIN accounts a ON a.organization_id = $1 AND a.id = p.id
CROSS JOIN LATERAL (
  SELECT jsonb_build_object(
    'name', a.name, 'primary_domain', a.primary_domain, 'logo', a.logo, 'industry', a.industry, 'status', a.status,
    'classification', a.classification, 'health', a.health, 'description', a.description,
    'annual_revenue', CAST(a.annual_revenue AS text), 'annual_revenue_currency', a.annual_revenue_currency, 'employees', a.employees,
    'website', a.website, 'billing_address', a.billing_address, 'shipping_address', a.shipping_address, 'owner_id', a.owner_id,
    'source', a.source, 'metadata', a.metadata, 'is_active', a.is_active,
    'domains', CASE WHEN 'domains' = ANY($3) THEN (
      SELECT coalesce(jsonb_agg(d.domain ORDER BY d.domain <> a.primary_domain, d.position, d.domain), '[]')
      FROM account_domains d WHERE d.organization_id = $1 AND d.account_id = a.id) END,
    'external_ids', CASE WHEN 'external_ids' = ANY($3) THEN (
      SELECT coalesce(jsonb_agg(jsonb_build_object('source', e.source, 'external_id', e.external_id) ORDER BY e.position), '[]')
      FROM account_external_ids e WHERE e.organization_id = $1 AND e.account_id = a.id) END,
    'identifiers', CASE WHEN 'identifiers' = ANY($3) THEN (
      SELECT coalesce(jsonb_agg(jsonb_build_object('scheme', n.scheme, 'value', n.value) ORDER BY n.position), '[]')
      FROM account_identifiers n WHERE n.organization_id = $1 AND n.account_id = a.id) END) AS record
  OFFSET 0
) known
CROSS JOIN LATERAL (
  SELECT w.key, CASE w.key
    WHEN 'domains' THEN (
      SELECT coalesce(jsonb_agg(c.value ORDER BY c.position), '[]') FROM import_claims c WHERE c.line = p.line AND c.kind = 'domain')
    WHEN 'external_ids' THEN (
      SELECT coalesce(jsonb_agg(jsonb_build_object('source', c.scope, 'external_id', c.value) ORDER BY c.position), '[]')
      FROM import_claims c WHERE c.line = p.line AND c.kind = 'external_id')
    ELSE w.value END AS value
  FROM jsonb_each(r.record) AS w
  WHERE w.key = ANY($3)
  OFFSET 0
) wanted
WHERE p.version IS NOT NULL AND NOT p.refused AND wanted.value IS DISTINCT FROM known.record -> wanted.key
GROUP BY p.line`
