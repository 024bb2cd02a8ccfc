-- +goose Up

CREATE TYPE picklist AS ENUM (
  'account_status', 'account_classification', 'account_health', 'account_industry',
  'contact_type', 'activity_type', 'activity_status', 'note_type', 'task_type', 'task_status', 'task_priority'
);
COMMENT ON TYPE picklist IS 'The lists whose values an organization may edit. The lists are fixed, their values are data.';

CREATE TABLE picklist_values (
  organization_id uuid     NOT NULL,
  id              uuid     NOT NULL DEFAULT new_id(),
  picklist        picklist NOT NULL,
  key             text     NOT NULL,
  label           text     NOT NULL,
  color           text,
  icon            text,
  position        integer  NOT NULL,
  category        text,
  is_default      boolean  NOT NULL DEFAULT false,
  is_archived     boolean  NOT NULL DEFAULT false,
  is_closed       boolean  NOT NULL DEFAULT false,
  CONSTRAINT picklist_values_pkey PRIMARY KEY (organization_id, id),
  CONSTRAINT picklist_values_key_key UNIQUE (organization_id, picklist, key),
  CONSTRAINT picklist_values_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
  CONSTRAINT picklist_values_key_check CHECK (key ~ '^[A-Z][A-Z0-9_]{0,63}$'),
  CONSTRAINT picklist_values_label_check CHECK (label = btrim(label) AND char_length(label) BETWEEN 1 AND 255),
  CONSTRAINT picklist_values_color_check CHECK (color ~ '^#[0-9a-f]{6}$'),
  CONSTRAINT picklist_values_category_check CHECK (
    CASE picklist WHEN 'account_health' THEN category IS NOT NULL AND category IN ('POOR', 'FAIR', 'GOOD') ELSE category IS NULL END)
);
CREATE UNIQUE INDEX picklist_values_default_key ON picklist_values (organization_id, picklist) WHERE is_default;
COMMENT ON TABLE picklist_values IS 'One choice of a list. Records refer to it by key, which never changes; label, colour and order are free.';
COMMENT ON COLUMN picklist_values.category IS 'What code compares, where it must: POOR, FAIR or GOOD for account_health.';
COMMENT ON COLUMN picklist_values.is_closed IS 'Marks an end: COMPLETED, CANCELLED, CHURNED.';
