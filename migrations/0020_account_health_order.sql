-- +goose Up

-- The order by health, which is read key by key, and the filter by it.
CREATE INDEX accounts_health_idx ON accounts (organization_id, health, id) WHERE deleted_at IS NULL;
