-- +goose Up

ALTER TYPE actor_kind ADD VALUE 'API_KEY' BEFORE 'SYSTEM';
COMMENT ON TYPE actor_kind IS 'What sort of actor changed something: a user, a program with an API key, or the server itself.';

CREATE TABLE api_keys (
  organization_id uuid        NOT NULL,
  id              uuid        NOT NULL DEFAULT new_id(),
  name            text        NOT NULL,
  prefix          text        COLLATE "C" NOT NULL,
  hash            bytea       NOT NULL,
  scope           text        NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  created_by_kind actor_kind  NOT NULL DEFAULT 'SYSTEM',
  created_by_id   uuid,
  expires_at      timestamptz,
  last_used_at    timestamptz,
  revoked_at      timestamptz,
  CONSTRAINT api_keys_pkey PRIMARY KEY (organization_id, id),
  -- Unique in all organizations: a key is looked up before it is known whose it is.
  CONSTRAINT api_keys_prefix_key UNIQUE (prefix),
  CONSTRAINT api_keys_hash_key UNIQUE (hash),
  CONSTRAINT api_keys_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
  CONSTRAINT api_keys_name_check CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT api_keys_prefix_check CHECK (prefix ~ '^agk_[0-9a-z]{8}$'),
  CONSTRAINT api_keys_hash_check CHECK (octet_length(hash) = 32),
  CONSTRAINT api_keys_scope_check CHECK (scope IN ('READ', 'WRITE', 'ADMIN')),
  CONSTRAINT api_keys_created_by_check CHECK ((created_by_kind = 'SYSTEM') = (created_by_id IS NULL)),
  CONSTRAINT api_keys_expires_at_check CHECK (expires_at > created_at)
);
CREATE INDEX api_keys_created_at_idx ON api_keys (organization_id, created_at, id);
COMMENT ON TABLE api_keys IS 'What programs sign in with. A key is never deleted: what was written with it names it.';
COMMENT ON COLUMN api_keys.prefix IS 'How the key''s text begins: what people know it by, and no secret.';
COMMENT ON COLUMN api_keys.hash IS 'SHA-256 of the key''s text, which is shown once and not kept. The text has 160 random bits: there is nothing to guess that a slow hash would have to slow down.';
COMMENT ON COLUMN api_keys.expires_at IS 'From when on the key is refused; null for never.';
COMMENT ON COLUMN api_keys.last_used_at IS 'When the key was used last, to about a minute and a half.';

-- Not every actor with an id is a user any more. Rows that are there kept the stricter rule; 0010 has the new one checked on
-- them, under a lock that lets others read and write meanwhile.
ALTER TABLE accounts
  DROP CONSTRAINT accounts_created_by_check,
  DROP CONSTRAINT accounts_updated_by_check,
  ADD CONSTRAINT accounts_created_by_check CHECK ((created_by_kind = 'SYSTEM') = (created_by_id IS NULL)) NOT VALID,
  ADD CONSTRAINT accounts_updated_by_check CHECK ((updated_by_kind = 'SYSTEM') = (updated_by_id IS NULL)) NOT VALID;
ALTER TABLE contacts
  DROP CONSTRAINT contacts_created_by_check,
  DROP CONSTRAINT contacts_updated_by_check,
  ADD CONSTRAINT contacts_created_by_check CHECK ((created_by_kind = 'SYSTEM') = (created_by_id IS NULL)) NOT VALID,
  ADD CONSTRAINT contacts_updated_by_check CHECK ((updated_by_kind = 'SYSTEM') = (updated_by_id IS NULL)) NOT VALID;
ALTER TABLE parent_changes
  DROP CONSTRAINT parent_changes_changed_by_check,
  ADD CONSTRAINT parent_changes_changed_by_check CHECK ((changed_by_kind = 'SYSTEM') = (changed_by_id IS NULL)) NOT VALID;
ALTER TABLE events
  DROP CONSTRAINT events_actor_check,
  ADD CONSTRAINT events_actor_check CHECK ((actor_kind = 'SYSTEM') = (actor_id IS NULL)) NOT VALID;
