-- +goose Up

-- Rules that held in Go alone hold for SQL typed by hand and for COPY as well.

-- +goose StatementBegin
CREATE FUNCTION is_line(t text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT t !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]'
    AND t !~ '^[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]|[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]$'
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION is_line(text) IS 'Whether a text is one line without control characters, and without white space (of Unicode) around it.';

-- +goose StatementBegin
CREATE FUNCTION is_text(t text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT t !~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]'
    AND t !~ '^[\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]|[\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$'
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION is_text(text) IS 'Whether a text has no control characters but tabs and line ends, and no white space (of Unicode) around it.';

-- +goose StatementBegin
CREATE FUNCTION is_address(a jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN jsonb_typeof(a) <> 'object' THEN false ELSE
    a <> '{}'
    AND a - ARRAY['street', 'city', 'state', 'postalCode', 'country', 'formatted'] = '{}'
    AND NOT jsonb_path_exists(a, 'strict $.* ? (@.type() != "string")')
    AND (NOT a ? 'formatted' OR a - 'formatted' = '{}')
    AND is_text(coalesce(a ->> 'street', '-')) AND char_length(coalesce(a ->> 'street', '-')) BETWEEN 1 AND 255
    AND is_line(coalesce(a ->> 'city', '-')) AND char_length(coalesce(a ->> 'city', '-')) BETWEEN 1 AND 255
    AND is_line(coalesce(a ->> 'state', '-')) AND char_length(coalesce(a ->> 'state', '-')) BETWEEN 1 AND 255
    AND is_line(coalesce(a ->> 'postalCode', '-')) AND char_length(coalesce(a ->> 'postalCode', '-')) BETWEEN 1 AND 32
    AND coalesce(a ->> 'country', 'XX') ~ '^[A-Z]{2}$'
    AND is_text(coalesce(a ->> 'formatted', '-')) AND char_length(coalesce(a ->> 'formatted', '-')) BETWEEN 1 AND 1024
  END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION is_address(jsonb) IS 'Whether an object is a postal address: its parts as texts, or formatted alone.';

ALTER TABLE organizations
  DROP CONSTRAINT organizations_name_check,
  ADD CONSTRAINT organizations_name_check CHECK (is_line(name) AND char_length(name) BETWEEN 1 AND 255);
ALTER TABLE users
  DROP CONSTRAINT users_name_check,
  ADD CONSTRAINT users_name_check CHECK (is_line(name) AND char_length(name) BETWEEN 1 AND 255);
ALTER TABLE api_keys
  DROP CONSTRAINT api_keys_name_check,
  ADD CONSTRAINT api_keys_name_check CHECK (is_line(name) AND char_length(name) BETWEEN 1 AND 255);
ALTER TABLE picklist_values
  DROP CONSTRAINT picklist_values_label_check,
  ADD CONSTRAINT picklist_values_label_check CHECK (is_line(label) AND char_length(label) BETWEEN 1 AND 255);
ALTER TABLE accounts
  DROP CONSTRAINT accounts_name_check,
  ADD CONSTRAINT accounts_name_check CHECK (is_line(name) AND char_length(name) BETWEEN 1 AND 255),
  DROP CONSTRAINT accounts_source_check,
  ADD CONSTRAINT accounts_source_check CHECK (is_line(source) AND char_length(source) BETWEEN 1 AND 255),
  DROP CONSTRAINT accounts_description_check,
  ADD CONSTRAINT accounts_description_check CHECK (is_text(description) AND char_length(description) BETWEEN 1 AND 32768),
  DROP CONSTRAINT accounts_billing_address_check,
  ADD CONSTRAINT accounts_billing_address_check CHECK (is_address(billing_address)),
  DROP CONSTRAINT accounts_shipping_address_check,
  ADD CONSTRAINT accounts_shipping_address_check CHECK (is_address(shipping_address));
ALTER TABLE account_external_ids
  DROP CONSTRAINT account_external_ids_source_check,
  ADD CONSTRAINT account_external_ids_source_check CHECK (is_line(source) AND char_length(source) BETWEEN 1 AND 255);
ALTER TABLE account_identifiers
  DROP CONSTRAINT account_identifiers_value_check,
  ADD CONSTRAINT account_identifiers_value_check CHECK (is_line(value) AND char_length(value) BETWEEN 1 AND 255);
ALTER TABLE parent_changes
  DROP CONSTRAINT parent_changes_reason_check,
  ADD CONSTRAINT parent_changes_reason_check CHECK (is_text(reason) AND char_length(reason) BETWEEN 1 AND 1000);
ALTER TABLE customer_users
  DROP CONSTRAINT customer_users_name_check,
  ADD CONSTRAINT customer_users_name_check CHECK (is_line(name) AND char_length(name) BETWEEN 1 AND 255),
  DROP CONSTRAINT customer_users_channel_check,
  ADD CONSTRAINT customer_users_channel_check CHECK (is_line(channel) AND char_length(channel) BETWEEN 1 AND 255);
ALTER TABLE contacts
  DROP CONSTRAINT contacts_first_name_check,
  ADD CONSTRAINT contacts_first_name_check CHECK (is_line(first_name) AND char_length(first_name) BETWEEN 1 AND 255),
  DROP CONSTRAINT contacts_last_name_check,
  ADD CONSTRAINT contacts_last_name_check CHECK (is_line(last_name) AND char_length(last_name) BETWEEN 1 AND 255),
  DROP CONSTRAINT contacts_job_title_check,
  ADD CONSTRAINT contacts_job_title_check CHECK (is_line(job_title) AND char_length(job_title) BETWEEN 1 AND 255);

-- A contact is an account's main one of the type that it has, and of no other. Who changes the type ends that first.
ALTER TABLE contacts ADD CONSTRAINT contacts_type_key UNIQUE (organization_id, id, type);
ALTER TABLE account_contacts
  DROP CONSTRAINT account_contacts_role_check,
  ADD CONSTRAINT account_contacts_role_check CHECK (is_line(role) AND char_length(role) BETWEEN 1 AND 255),
  ADD CONSTRAINT account_contacts_primary_type_fkey FOREIGN KEY (organization_id, contact_id, primary_for_type) REFERENCES contacts (organization_id, id, type)
    ON DELETE CASCADE;

-- A domain routes to a live account: what routes refers to one. Who deletes the account ends the routing first.
ALTER TABLE accounts
  ADD COLUMN is_live boolean GENERATED ALWAYS AS (deleted_at IS NULL) STORED,
  ADD CONSTRAINT accounts_live_key UNIQUE (organization_id, id, is_live);
ALTER TABLE account_domains
  ADD COLUMN routes_to_live boolean GENERATED ALWAYS AS (CASE WHEN is_routing THEN true END) STORED,
  ADD CONSTRAINT account_domains_live_fkey FOREIGN KEY (organization_id, account_id, routes_to_live) REFERENCES accounts (organization_id, id, is_live)
    ON DELETE CASCADE;
COMMENT ON COLUMN accounts.is_live IS 'What a routing domain refers to.';
COMMENT ON COLUMN account_domains.routes_to_live IS 'True where the domain routes, else null: the other half of the reference to a live account.';

-- An owner who is new to an account is active. Those who are deactivated keep what they own, so that no reference can hold this.
-- +goose StatementBegin
CREATE FUNCTION accounts_check_owner() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  organizations uuid[];
  owners uuid[];
  culprit uuid;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(organization_id), array_agg(owner_id) INTO organizations, owners
    FROM (SELECT DISTINCT organization_id, owner_id FROM new_rows WHERE owner_id IS NOT NULL) fresh;
  ELSE
    SELECT array_agg(organization_id), array_agg(owner_id) INTO organizations, owners
    FROM (
      SELECT DISTINCT organization_id, owner_id
      FROM (
        SELECT organization_id, id, owner_id FROM new_rows WHERE owner_id IS NOT NULL
        EXCEPT
        SELECT organization_id, id, owner_id FROM old_rows
      ) changed
    ) fresh;
  END IF;
  IF owners IS NULL THEN
    RETURN NULL;
  END IF;
  -- Locked, so that nobody deactivates them meanwhile; in the order of their ids, so that two writers do not deadlock.
  FOR culprit IN
    SELECT locked.id
    FROM (
      SELECT u.id, u.is_active
      FROM users u
      WHERE (u.organization_id, u.id) IN (SELECT * FROM unnest(organizations, owners))
      ORDER BY u.organization_id, u.id
      OFFSET 0 -- all are locked, before any is looked at
      FOR SHARE
    ) locked
    WHERE NOT locked.is_active
  LOOP
    RAISE EXCEPTION 'user % is not active and can''t own accounts', culprit
      USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_owner_active', TABLE = 'accounts';
  END LOOP;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER accounts_check_owner_insert AFTER INSERT ON accounts
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION accounts_check_owner();
CREATE TRIGGER accounts_check_owner_update AFTER UPDATE ON accounts
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION accounts_check_owner();
