-- +goose Up

ALTER TABLE import_rows ADD COLUMN fresh_id uuid NOT NULL DEFAULT new_id();
COMMENT ON COLUMN import_rows.fresh_id IS 'The id of the record, if it is new. In the order of the lines, so that what is written together lies together in the indexes.';
