-- +goose Up

-- What is deleted and can be restored is listed by name and by when it was deleted, and a purge looks for the oldest. Other orders
-- of the deleted ones are sorted: retention keeps them few.
CREATE INDEX accounts_deleted_name_idx ON accounts (organization_id, name_folded, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX accounts_deleted_at_idx ON accounts (organization_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX contacts_deleted_name_idx ON contacts (organization_id, name_folded, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX contacts_deleted_at_idx ON contacts (organization_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE purges (
  organization_id uuid        NOT NULL,
  purged_at       timestamptz NOT NULL DEFAULT now(),
  account_count   bigint      NOT NULL,
  contact_count   bigint      NOT NULL,
  CONSTRAINT purges_pkey PRIMARY KEY (organization_id),
  CONSTRAINT purges_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
  CONSTRAINT purges_account_count_check CHECK (account_count >= 0),
  CONSTRAINT purges_contact_count_check CHECK (contact_count >= 0)
);
COMMENT ON TABLE purges IS 'The last purge of each organization: when, and how many records were removed whose retention was over. Each removal is in events too.';

COMMENT ON TABLE events IS 'The outbox: what was written, appended by the transaction that wrote it, and never changed but for one thing: when a record is purged, before and after of its events become null.';
