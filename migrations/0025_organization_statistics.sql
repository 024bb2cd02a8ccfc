-- +goose Up

-- The planner is told that an organization may be a tenth of a table. Of the number of organizations it would take one for a handful of
-- rows wherever it does not know which, as in a plan that is kept for all of them; and then any index that begins with the organization for
-- as good as the right one, and go through the largest to look up an id. A plan for a large one is good for small ones too.
ALTER TABLE accounts ALTER COLUMN organization_id SET (n_distinct = 10);
ALTER TABLE account_places ALTER COLUMN organization_id SET (n_distinct = 10);
ALTER TABLE account_domains ALTER COLUMN organization_id SET (n_distinct = 10);
ALTER TABLE account_external_ids ALTER COLUMN organization_id SET (n_distinct = 10);
ALTER TABLE account_identifiers ALTER COLUMN organization_id SET (n_distinct = 10);
ALTER TABLE account_contacts ALTER COLUMN organization_id SET (n_distinct = 10);
ALTER TABLE contacts ALTER COLUMN organization_id SET (n_distinct = 10);
ALTER TABLE customer_users ALTER COLUMN organization_id SET (n_distinct = 10);
ALTER TABLE parent_changes ALTER COLUMN organization_id SET (n_distinct = 10);
ALTER TABLE events ALTER COLUMN organization_id SET (n_distinct = 10);

-- Not of an empty table: of one that was never looked at, PostgreSQL supposes ten pages, and looks a row up by an index; of one that it
-- knows to be empty it would keep plans that go through it, for the foreign keys of the first import.
-- +goose StatementBegin
DO $$
BEGIN
  IF EXISTS (SELECT FROM accounts) THEN
    ANALYZE accounts, account_places, account_domains, account_external_ids, account_identifiers, account_contacts, contacts, customer_users, parent_changes, events;
  END IF;
END
$$;
-- +goose StatementEnd
