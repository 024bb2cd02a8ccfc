-- +goose Up

-- Apart from 0009, whose lock would be held meanwhile.
ALTER TABLE accounts VALIDATE CONSTRAINT accounts_created_by_check;
ALTER TABLE accounts VALIDATE CONSTRAINT accounts_updated_by_check;
ALTER TABLE contacts VALIDATE CONSTRAINT contacts_created_by_check;
ALTER TABLE contacts VALIDATE CONSTRAINT contacts_updated_by_check;
ALTER TABLE parent_changes VALIDATE CONSTRAINT parent_changes_changed_by_check;
ALTER TABLE events VALIDATE CONSTRAINT events_actor_check;
