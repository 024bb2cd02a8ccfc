-- +goose Up

-- What each written row costs. The rules are the same; absent texts are no longer held to them, and each text is looked at once.

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION is_line(t text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT t !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]|^[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]|[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]$'
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION is_text(t text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT t !~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|^[\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]|[\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$'
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION is_address(a jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN jsonb_typeof(a) <> 'object' THEN false ELSE
    a <> '{}'
    AND a - ARRAY['street', 'city', 'state', 'postalCode', 'country', 'formatted'] = '{}'
    AND (NOT a ? 'formatted' OR a - 'formatted' = '{}')
    AND coalesce(jsonb_typeof(a -> 'street') = 'string' AND is_text(a ->> 'street') AND char_length(a ->> 'street') BETWEEN 1 AND 255, true)
    AND coalesce(jsonb_typeof(a -> 'city') = 'string' AND is_line(a ->> 'city') AND char_length(a ->> 'city') BETWEEN 1 AND 255, true)
    AND coalesce(jsonb_typeof(a -> 'state') = 'string' AND is_line(a ->> 'state') AND char_length(a ->> 'state') BETWEEN 1 AND 255, true)
    AND coalesce(jsonb_typeof(a -> 'postalCode') = 'string' AND is_line(a ->> 'postalCode') AND char_length(a ->> 'postalCode') BETWEEN 1 AND 32, true)
    AND coalesce(jsonb_typeof(a -> 'country') = 'string' AND a ->> 'country' ~ '^[A-Z]{2}$', true)
    AND coalesce(jsonb_typeof(a -> 'formatted') = 'string' AND is_text(a ->> 'formatted') AND char_length(a ->> 'formatted') BETWEEN 1 AND 1024, true)
  END
$$;
-- +goose StatementEnd

-- An event is written by the transaction that writes its record, and the record refers to the organization.
ALTER TABLE events DROP CONSTRAINT events_organization_fkey;

-- The rows of an import are written by the transaction that holds the import, and who removes an import removes them.
ALTER TABLE import_rows DROP CONSTRAINT import_rows_import_fkey;

-- A domain refers to its account once, with whether that is live, instead of once as a row and once as what routes.
ALTER TABLE account_domains
  DROP CONSTRAINT account_domains_account_fkey,
  DROP CONSTRAINT account_domains_live_fkey,
  DROP COLUMN routes_to_live,
  ADD COLUMN is_live boolean NOT NULL DEFAULT true;
UPDATE account_domains d SET is_live = false
FROM accounts a
WHERE a.organization_id = d.organization_id AND a.id = d.account_id AND NOT a.is_live;
ALTER TABLE account_domains
  ADD CONSTRAINT account_domains_account_fkey FOREIGN KEY (organization_id, account_id, is_live) REFERENCES accounts (organization_id, id, is_live)
    ON UPDATE CASCADE ON DELETE CASCADE,
  ADD CONSTRAINT account_domains_live_check CHECK (is_live OR NOT is_routing);
COMMENT ON COLUMN account_domains.is_live IS 'Whether the account is live, as the reference to it keeps it: a domain routes to a live account. Who deletes the account ends the routing first.';
COMMENT ON COLUMN accounts.is_live IS 'What the account''s domains refer to.';
