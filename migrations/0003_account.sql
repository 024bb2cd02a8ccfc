-- +goose Up

CREATE TABLE accounts (
  organization_id         uuid        NOT NULL,
  id                      uuid        NOT NULL DEFAULT new_id(),
  number                  bigint      NOT NULL,
  parent_id               uuid,
  name                    text        NOT NULL,
  name_folded             text        COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name COLLATE "und-x-icu")) STORED,
  primary_domain          text        COLLATE "C",
  logo                    text,
  industry                text        COLLATE "C",
  status                  text        COLLATE "C",
  classification          text        COLLATE "C",
  health                  text        COLLATE "C",
  description             text,
  annual_revenue          numeric(18, 2),
  annual_revenue_currency text        COLLATE "C",
  employees               integer,
  website                 text,
  billing_address         jsonb,
  shipping_address        jsonb,
  owner_id                uuid,
  source                  text,
  metadata                jsonb       NOT NULL DEFAULT '{}',
  is_active               boolean     NOT NULL DEFAULT true,
  created_at              timestamptz NOT NULL DEFAULT now(),
  created_by_kind         actor_kind  NOT NULL DEFAULT 'SYSTEM',
  created_by_id           uuid,
  updated_at              timestamptz NOT NULL DEFAULT now(),
  updated_by_kind         actor_kind  NOT NULL DEFAULT 'SYSTEM',
  updated_by_id           uuid,
  deleted_at              timestamptz,
  deletion_id             uuid,
  version                 integer     NOT NULL DEFAULT 1,
  -- Which list each picklist column takes its keys from: the other half of its foreign key.
  industry_list           picklist    GENERATED ALWAYS AS ('account_industry') STORED,
  status_list             picklist    GENERATED ALWAYS AS ('account_status') STORED,
  classification_list     picklist    GENERATED ALWAYS AS ('account_classification') STORED,
  health_list             picklist    GENERATED ALWAYS AS ('account_health') STORED,
  CONSTRAINT accounts_pkey PRIMARY KEY (organization_id, id),
  CONSTRAINT accounts_number_key UNIQUE (organization_id, number),
  CONSTRAINT accounts_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
  CONSTRAINT accounts_parent_fkey FOREIGN KEY (organization_id, parent_id) REFERENCES accounts (organization_id, id)
    ON DELETE SET NULL (parent_id),
  CONSTRAINT accounts_owner_fkey FOREIGN KEY (organization_id, owner_id) REFERENCES users (organization_id, id),
  CONSTRAINT accounts_industry_fkey FOREIGN KEY (organization_id, industry_list, industry) REFERENCES picklist_values (organization_id, picklist, key),
  CONSTRAINT accounts_status_fkey FOREIGN KEY (organization_id, status_list, status) REFERENCES picklist_values (organization_id, picklist, key),
  CONSTRAINT accounts_classification_fkey FOREIGN KEY (organization_id, classification_list, classification) REFERENCES picklist_values (organization_id, picklist, key),
  CONSTRAINT accounts_health_fkey FOREIGN KEY (organization_id, health_list, health) REFERENCES picklist_values (organization_id, picklist, key),
  CONSTRAINT accounts_parent_check CHECK (parent_id <> id),
  CONSTRAINT accounts_number_check CHECK (number > 0),
  CONSTRAINT accounts_name_check CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT accounts_logo_check CHECK (logo ~ '^https?://' AND char_length(logo) <= 2048),
  CONSTRAINT accounts_website_check CHECK (website ~ '^https?://' AND char_length(website) <= 2048),
  CONSTRAINT accounts_description_check CHECK (char_length(description) <= 32768),
  CONSTRAINT accounts_annual_revenue_check CHECK (annual_revenue BETWEEN 0 AND 1e15),
  CONSTRAINT accounts_annual_revenue_currency_check CHECK (
    (annual_revenue IS NULL) = (annual_revenue_currency IS NULL) AND annual_revenue_currency ~ '^[A-Z]{3}$'),
  CONSTRAINT accounts_employees_check CHECK (employees >= 0),
  CONSTRAINT accounts_billing_address_check CHECK (jsonb_typeof(billing_address) = 'object'),
  CONSTRAINT accounts_shipping_address_check CHECK (jsonb_typeof(shipping_address) = 'object'),
  CONSTRAINT accounts_source_check CHECK (char_length(source) BETWEEN 1 AND 255),
  CONSTRAINT accounts_metadata_check CHECK (jsonb_typeof(metadata) = 'object' AND octet_length(CAST(metadata AS text)) <= 131072),
  CONSTRAINT accounts_created_by_check CHECK ((created_by_kind = 'USER') = (created_by_id IS NOT NULL)),
  CONSTRAINT accounts_updated_by_check CHECK ((updated_by_kind = 'USER') = (updated_by_id IS NOT NULL)),
  CONSTRAINT accounts_deletion_check CHECK ((deleted_at IS NULL) = (deletion_id IS NULL)),
  CONSTRAINT accounts_version_check CHECK (version > 0)
);
COMMENT ON TABLE accounts IS 'The customers of an organization: legal entities, subsidiaries, divisions, sites. parent_id is the only truth of the hierarchy.';
COMMENT ON COLUMN accounts.number IS 'The human account number: 1, 2, 3 ... within an organization, never reused.';
COMMENT ON COLUMN accounts.name_folded IS 'The name in lower case, in byte order: what lists are ordered by and what text filters look at.';
COMMENT ON COLUMN accounts.primary_domain IS 'The main one of the rows in account_domains; null only for imported records whose source has none.';
COMMENT ON COLUMN accounts.deletion_id IS 'The deletion that took the record; what one deletion took, one restore brings back.';

-- Every order of a list has an index that ends in id. Deleted accounts are in none of them.
CREATE INDEX accounts_name_idx ON accounts (organization_id, name_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_children_idx ON accounts (organization_id, parent_id, name_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_status_idx ON accounts (organization_id, status, name_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_created_at_idx ON accounts (organization_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_updated_at_idx ON accounts (organization_id, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_annual_revenue_idx ON accounts (organization_id, annual_revenue, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_employees_idx ON accounts (organization_id, employees, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_owner_idx ON accounts (organization_id, owner_id, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_deletion_idx ON accounts (organization_id, deletion_id) WHERE deleted_at IS NOT NULL;
-- The foreign key looks for children among deleted rows too, when a row is purged.
CREATE INDEX accounts_parent_idx ON accounts (organization_id, parent_id);

CREATE TABLE account_domains (
  organization_id uuid        NOT NULL,
  account_id      uuid        NOT NULL,
  domain          text        COLLATE "C" NOT NULL,
  position        integer     NOT NULL,
  is_routing      boolean     NOT NULL,
  was_routing     boolean     NOT NULL DEFAULT false,
  CONSTRAINT account_domains_pkey PRIMARY KEY (organization_id, account_id, domain),
  CONSTRAINT account_domains_account_fkey FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT account_domains_domain_check CHECK (
    domain = lower(domain) AND char_length(domain) <= 255 AND domain ~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)+$')
);
CREATE UNIQUE INDEX account_domains_routing_key ON account_domains (organization_id, domain) WHERE is_routing;
CREATE INDEX account_domains_domain_idx ON account_domains (organization_id, domain);
COMMENT ON TABLE account_domains IS 'The domains of an account, the primary one first. A domain routes to at most one live account; others may share it.';
COMMENT ON COLUMN account_domains.is_routing IS 'Whether what is sent to the domain is this account''s. Never true for a deleted account.';
COMMENT ON COLUMN account_domains.was_routing IS 'Whether it was when the account was deleted: what a restore asks for again.';

-- The primary domain is one of the account's domains. Deferred, because each row needs the other.
ALTER TABLE accounts ADD CONSTRAINT accounts_primary_domain_fkey
  FOREIGN KEY (organization_id, id, primary_domain) REFERENCES account_domains (organization_id, account_id, domain)
  DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE account_external_ids (
  organization_id uuid    NOT NULL,
  source          text    NOT NULL,
  external_id     text    NOT NULL,
  account_id      uuid    NOT NULL,
  position        integer NOT NULL,
  is_live         boolean NOT NULL DEFAULT true,
  CONSTRAINT account_external_ids_pkey PRIMARY KEY (organization_id, account_id, source, external_id),
  CONSTRAINT account_external_ids_account_fkey FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT account_external_ids_source_check CHECK (source = btrim(source) AND char_length(source) BETWEEN 1 AND 255),
  CONSTRAINT account_external_ids_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 255)
);
CREATE UNIQUE INDEX account_external_ids_live_key ON account_external_ids (organization_id, source, external_id) WHERE is_live;
COMMENT ON TABLE account_external_ids IS 'The names that other systems have for an account, kept verbatim.';
COMMENT ON COLUMN account_external_ids.is_live IS 'False while the account is deleted: the name is free for another, and a restore asks for it again.';

CREATE TABLE account_identifiers (
  organization_id uuid    NOT NULL,
  scheme          text    NOT NULL,
  value           text    NOT NULL,
  account_id      uuid    NOT NULL,
  position        integer NOT NULL,
  is_live         boolean NOT NULL DEFAULT true,
  CONSTRAINT account_identifiers_pkey PRIMARY KEY (organization_id, account_id, scheme, value),
  CONSTRAINT account_identifiers_account_fkey FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT account_identifiers_scheme_check CHECK (scheme IN ('LEI', 'DUNS', 'VAT', 'COMPANY_REGISTER', 'OTHER')),
  CONSTRAINT account_identifiers_value_check CHECK (value = btrim(value) AND char_length(value) BETWEEN 1 AND 255)
);
CREATE UNIQUE INDEX account_identifiers_live_key ON account_identifiers (organization_id, scheme, value) WHERE is_live;
COMMENT ON TABLE account_identifiers IS 'Official numbers of a company, unique by scheme in the organization.';
COMMENT ON COLUMN account_identifiers.is_live IS 'False while the account is deleted: the number is free for another, and a restore asks for it again.';
