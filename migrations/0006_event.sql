-- +goose Up

CREATE TABLE events (
  organization_id uuid        NOT NULL,
  sequence        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  type            text        NOT NULL,
  entity          text        NOT NULL,
  entity_id       uuid        NOT NULL,
  before          jsonb,
  after           jsonb,
  actor_kind      actor_kind  NOT NULL,
  actor_id        uuid,
  at              timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT events_pkey PRIMARY KEY (organization_id, sequence),
  CONSTRAINT events_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
  CONSTRAINT events_type_check CHECK (type ~ '^[a-z_]+\.[a-z_]+$'),
  CONSTRAINT events_actor_check CHECK ((actor_kind = 'USER') = (actor_id IS NOT NULL))
);
CREATE INDEX events_entity_idx ON events (organization_id, entity_id, sequence);
COMMENT ON TABLE events IS 'The outbox: what was written, appended by the transaction that wrote it, never changed.';
COMMENT ON COLUMN events.type IS 'entity.verb, as account.created; before and after hold what changed, in the columns'' names.';
