-- The rows of seed.sql in accountgraph's own schema, under the same ids (md5-derived): the same accounts with the same
-- parents, names, statuses, numbers of employees ... and the same contacts. Package bench runs it (Load), in one transaction,
-- after it made the organizations with their picklists. bench.scale is what seed.sql calls scale.
-- What our schema has more of: an account's domain is a row of account_domains and routes to it; a contact is linked to its
-- account, which is its primary one. There are no events of these rows.

CREATE FUNCTION pg_temp.uid(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT CAST(md5(kind || n) AS uuid) $$;

CREATE TEMP TABLE shape (n bigint PRIMARY KEY, org int NOT NULL, parent bigint) ON COMMIT DROP;

-- chain: 1 .. 1,000
INSERT INTO shape SELECT n, 1, NULLIF(n - 1, 0) FROM generate_series(1, 1000) n;
-- complete trees with fan-out 5: tree t has numbers 10,000*t + 1 .. 3,906, child k of i is 5*(i-1)+1+k
INSERT INTO shape
SELECT 10000 * t + i, 1, CASE WHEN i = 1 THEN NULL ELSE 10000 * t + (i - 2) / 5 + 1 END
FROM generate_series(1, 4) t, generate_series(1, 3906) i;
-- wide: 60,000 has children 60,001 .. 65,000
INSERT INTO shape SELECT 60000 + i, 1, CASE WHEN i = 0 THEN NULL ELSE 60000 END FROM generate_series(0, 5000) i;
-- the rest, blocks of 200
INSERT INTO shape
SELECT 1000000 + b * 1000 + i, 1, CASE WHEN i = 0 THEN NULL ELSE 1000000 + b * 1000 + i / 8 END
FROM generate_series(0, (CAST(current_setting('bench.scale') AS integer) * 100000 - 21625) / 200 - 1) b, generate_series(0, 199) i;
-- other organizations
INSERT INTO shape
SELECT 900000000 + o * 10000 + i, o, CASE WHEN i = 0 THEN NULL ELSE 900000000 + o * 10000 + i / 8 END
FROM generate_series(2, 11) o, generate_series(0, 999) i;

INSERT INTO accounts (
  organization_id, id, number, parent_id, name, primary_domain, status, classification, health, industry,
  annual_revenue, annual_revenue_currency, employees, created_at, updated_at
)
SELECT pg_temp.uid('org', org), pg_temp.uid('account', n), row_number() OVER (PARTITION BY org ORDER BY n), pg_temp.uid('account', parent),
       'Account ' || lpad(CAST(CAST(hashint8(n) AS bigint) & 2147483647 AS text), 10, '0'),
       'd' || n || '.example.com',
       (ARRAY['PROSPECT','TRIAL','ACTIVE','ACTIVE','ACTIVE','CHURNED','ACQUIRED'])[1 + n % 7],
       (ARRAY['ENTERPRISE','MID_MARKET','SMB','STRATEGIC'])[1 + n % 4],
       (ARRAY['RED','YELLOW','GREEN','GREEN'])[1 + n % 4],
       (ARRAY['TECHNOLOGY','HEALTHCARE','FINANCE','RETAIL'])[1 + (n / 3) % 4],
       (n * 7919) % 900000000, 'USD', n % 50000,
       timestamptz '2024-01-01 00:00+00' + n % 10000000 * interval '1 second',
       timestamptz '2025-01-01 00:00+00' + n % 10000000 * interval '1 second'
FROM shape ORDER BY md5(CAST(n AS text));

INSERT INTO account_domains (organization_id, account_id, domain, position, is_routing)
SELECT organization_id, id, primary_domain, 0, true FROM accounts;

UPDATE organizations o SET last_account_number = (SELECT max(number) FROM accounts a WHERE a.organization_id = o.id);

INSERT INTO contacts (organization_id, id, first_name, last_name, email, type, created_at, updated_at)
SELECT pg_temp.uid('org', org), pg_temp.uid('contact', n * 10 + k), 'First' || k, 'Last' || n, 'p' || k || '@d' || n || '.example.com', 'OTHER',
       timestamptz '2024-06-01 00:00+00' + n % 10000000 * interval '1 second',
       timestamptz '2024-06-01 00:00+00' + n % 10000000 * interval '1 second'
FROM shape, generate_series(1, 3) k ORDER BY md5(CAST(n * 10 + k AS text));

INSERT INTO account_contacts (organization_id, account_id, contact_id, is_primary_account)
SELECT pg_temp.uid('org', org), pg_temp.uid('account', n), pg_temp.uid('contact', n * 10 + k), true
FROM shape, generate_series(1, 3) k ORDER BY md5(CAST(n * 10 + k AS text));
