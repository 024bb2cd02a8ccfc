-- +goose Up

CREATE TABLE customer_users (
  organization_id uuid        NOT NULL,
  id              uuid        NOT NULL DEFAULT new_id(),
  email           text        NOT NULL,
  domain          text        COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(split_part(email, '@', 2))) STORED,
  name            text,
  channel         text        NOT NULL,
  seen_at         timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT customer_users_pkey PRIMARY KEY (organization_id, id),
  CONSTRAINT customer_users_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
  CONSTRAINT customer_users_email_check CHECK (char_length(email) BETWEEN 3 AND 254 AND email LIKE '%_@_%'),
  CONSTRAINT customer_users_name_check CHECK (char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT customer_users_channel_check CHECK (char_length(channel) BETWEEN 1 AND 255)
);
CREATE UNIQUE INDEX customer_users_email_key ON customer_users (organization_id, lower(email));
CREATE INDEX customer_users_domain_idx ON customer_users (organization_id, domain);
COMMENT ON TABLE customer_users IS 'People seen in a channel (Slack, e-mail, web) before anyone made a contact of them.';

CREATE TABLE contacts (
  organization_id      uuid        NOT NULL,
  id                   uuid        NOT NULL DEFAULT new_id(),
  first_name           text        NOT NULL,
  last_name            text,
  name_folded          text        COLLATE "C" NOT NULL GENERATED ALWAYS AS (
    lower((coalesce(last_name || ' ', '') || first_name) COLLATE "und-x-icu")) STORED,
  email                text        NOT NULL,
  phone_number         text,
  type                 text        COLLATE "C" NOT NULL,
  avatar               text,
  job_title            text,
  is_marketing_contact boolean     NOT NULL DEFAULT false,
  is_active            boolean     NOT NULL DEFAULT true,
  metadata             jsonb       NOT NULL DEFAULT '{}',
  customer_user_id     uuid,
  created_at           timestamptz NOT NULL DEFAULT now(),
  created_by_kind      actor_kind  NOT NULL DEFAULT 'SYSTEM',
  created_by_id        uuid,
  updated_at           timestamptz NOT NULL DEFAULT now(),
  updated_by_kind      actor_kind  NOT NULL DEFAULT 'SYSTEM',
  updated_by_id        uuid,
  deleted_at           timestamptz,
  version              integer     NOT NULL DEFAULT 1,
  type_list            picklist    GENERATED ALWAYS AS ('contact_type') STORED,
  CONSTRAINT contacts_pkey PRIMARY KEY (organization_id, id),
  CONSTRAINT contacts_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
  CONSTRAINT contacts_type_fkey FOREIGN KEY (organization_id, type_list, type) REFERENCES picklist_values (organization_id, picklist, key),
  CONSTRAINT contacts_customer_user_fkey FOREIGN KEY (organization_id, customer_user_id) REFERENCES customer_users (organization_id, id)
    ON DELETE SET NULL (customer_user_id),
  CONSTRAINT contacts_first_name_check CHECK (first_name = btrim(first_name) AND char_length(first_name) BETWEEN 1 AND 255),
  CONSTRAINT contacts_last_name_check CHECK (last_name = btrim(last_name) AND char_length(last_name) BETWEEN 1 AND 255),
  CONSTRAINT contacts_email_check CHECK (char_length(email) BETWEEN 3 AND 254 AND email LIKE '%_@_%'),
  CONSTRAINT contacts_phone_number_check CHECK (phone_number ~ '^\+[1-9][0-9]{1,14}$'),
  CONSTRAINT contacts_avatar_check CHECK (avatar ~ '^https?://' AND char_length(avatar) <= 2048),
  CONSTRAINT contacts_job_title_check CHECK (char_length(job_title) BETWEEN 1 AND 255),
  CONSTRAINT contacts_metadata_check CHECK (jsonb_typeof(metadata) = 'object' AND octet_length(CAST(metadata AS text)) <= 131072),
  CONSTRAINT contacts_created_by_check CHECK ((created_by_kind = 'USER') = (created_by_id IS NOT NULL)),
  CONSTRAINT contacts_updated_by_check CHECK ((updated_by_kind = 'USER') = (updated_by_id IS NOT NULL)),
  CONSTRAINT contacts_version_check CHECK (version > 0)
);
CREATE UNIQUE INDEX contacts_email_key ON contacts (organization_id, lower(email)) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX contacts_customer_user_key ON contacts (organization_id, customer_user_id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_name_idx ON contacts (organization_id, name_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_created_at_idx ON contacts (organization_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_updated_at_idx ON contacts (organization_id, updated_at, id) WHERE deleted_at IS NULL;
COMMENT ON TABLE contacts IS 'People at one or more customer accounts.';
COMMENT ON COLUMN contacts.name_folded IS 'Last name, first name in lower case, in byte order: what lists are ordered by.';

CREATE TABLE account_contacts (
  organization_id    uuid    NOT NULL,
  account_id         uuid    NOT NULL,
  contact_id         uuid    NOT NULL,
  is_primary_account boolean NOT NULL DEFAULT false,
  primary_for_type   text    COLLATE "C",
  role               text,
  since              date,
  CONSTRAINT account_contacts_pkey PRIMARY KEY (organization_id, account_id, contact_id),
  CONSTRAINT account_contacts_account_fkey FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT account_contacts_contact_fkey FOREIGN KEY (organization_id, contact_id) REFERENCES contacts (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT account_contacts_primary_contact_key UNIQUE (organization_id, account_id, primary_for_type),
  CONSTRAINT account_contacts_role_check CHECK (char_length(role) BETWEEN 1 AND 255)
);
CREATE UNIQUE INDEX account_contacts_primary_account_key ON account_contacts (organization_id, contact_id) WHERE is_primary_account;
CREATE INDEX account_contacts_contact_idx ON account_contacts (organization_id, contact_id, account_id);
COMMENT ON TABLE account_contacts IS 'Which people are at which accounts.';
COMMENT ON COLUMN account_contacts.is_primary_account IS 'Whether the account is the contact''s main one.';
COMMENT ON COLUMN account_contacts.primary_for_type IS 'The contact type for which the contact is the account''s main one, else null.';
