-- +goose Up

-- Without the accounts that have no parent: whoever looks by this index, the foreign key and those who go down a tree, names one.
DROP INDEX accounts_parent_idx;
CREATE INDEX accounts_parent_idx ON accounts (organization_id, parent_id) WHERE parent_id IS NOT NULL;
