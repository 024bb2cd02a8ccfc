-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  -- UUIDv7 (RFC 9562): 48 bits of milliseconds, version and variant, the rest random.
  SELECT CAST(encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid()) PLACING
        substring(int8send(CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)) FROM 3)
        FROM 1 FOR 6),
      52, 1), 53, 1), 'hex') AS uuid)
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION new_id() IS 'A UUIDv7: ids made together lie together in an index.';

CREATE TYPE actor_kind AS ENUM ('USER', 'SYSTEM');
COMMENT ON TYPE actor_kind IS 'What sort of actor changed something: a user, or the server itself.';

CREATE TABLE organizations (
  id                  uuid        NOT NULL DEFAULT new_id(),
  name                text        NOT NULL,
  default_currency    text        NOT NULL DEFAULT 'USD',
  default_region      text        NOT NULL DEFAULT 'US',
  allow_free_contacts boolean     NOT NULL DEFAULT false,
  retention_days      integer     NOT NULL DEFAULT 30,
  last_account_number bigint      NOT NULL DEFAULT 0,
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now(),
  version             integer     NOT NULL DEFAULT 1,
  CONSTRAINT organizations_pkey PRIMARY KEY (id),
  CONSTRAINT organizations_name_check CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT organizations_default_currency_check CHECK (default_currency ~ '^[A-Z]{3}$'),
  CONSTRAINT organizations_default_region_check CHECK (default_region ~ '^[A-Z]{2}$'),
  CONSTRAINT organizations_retention_days_check CHECK (retention_days BETWEEN 0 AND 3650)
);
COMMENT ON TABLE organizations IS 'The tenants. Every other table of the domain begins with organization_id.';
COMMENT ON COLUMN organizations.default_currency IS 'ISO 4217; used where an amount comes without a currency.';
COMMENT ON COLUMN organizations.default_region IS 'ISO 3166-1 alpha-2; used to read national phone numbers.';
COMMENT ON COLUMN organizations.allow_free_contacts IS 'Whether a contact may exist without an account.';
COMMENT ON COLUMN organizations.retention_days IS 'For how many days a deleted record can be restored.';
COMMENT ON COLUMN organizations.last_account_number IS 'The highest account number given out; numbers are never used again.';

CREATE TABLE users (
  organization_id uuid        NOT NULL,
  id              uuid        NOT NULL DEFAULT new_id(),
  name            text        NOT NULL,
  email           text        NOT NULL,
  role            text        NOT NULL DEFAULT 'MEMBER',
  is_active       boolean     NOT NULL DEFAULT true,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  version         integer     NOT NULL DEFAULT 1,
  CONSTRAINT users_pkey PRIMARY KEY (organization_id, id),
  CONSTRAINT users_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
  CONSTRAINT users_name_check CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT users_email_check CHECK (char_length(email) BETWEEN 3 AND 254),
  CONSTRAINT users_role_check CHECK (role IN ('ADMIN', 'MANAGER', 'MEMBER', 'VIEWER'))
);
CREATE UNIQUE INDEX users_email_key ON users (organization_id, lower(email));
COMMENT ON TABLE users IS 'The people of an organization who sign in: not its customers.';

CREATE TABLE free_mail_domains (
  organization_id uuid NOT NULL,
  domain          text NOT NULL,
  CONSTRAINT free_mail_domains_pkey PRIMARY KEY (organization_id, domain),
  CONSTRAINT free_mail_domains_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
COMMENT ON TABLE free_mail_domains IS 'Domains of mail providers, which tell nothing about whose customer somebody is.';
