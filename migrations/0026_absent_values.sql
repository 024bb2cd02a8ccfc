-- +goose Up

-- Without the contacts that have no customer user, and the links that make nobody a main contact: whoever looks by these indexes names
-- one, and most have none. An entry for none is in nobody's way, but costs what others do.
DROP INDEX contacts_customer_user_key;
CREATE UNIQUE INDEX contacts_customer_user_key ON contacts (organization_id, customer_user_id) WHERE deleted_at IS NULL AND customer_user_id IS NOT NULL;
ALTER TABLE account_contacts DROP CONSTRAINT account_contacts_primary_contact_key;
CREATE UNIQUE INDEX account_contacts_primary_contact_key ON account_contacts (organization_id, account_id, primary_for_type) WHERE primary_for_type IS NOT NULL;
