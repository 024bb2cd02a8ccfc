-- +goose Up

-- Upper and lower case of an e-mail address are the same in every script, whatever the database's locale: in the locale C, lower()
-- knows ASCII only. The expression is that of name_folded. Where two addresses differed in nothing but the case of other letters,
-- this stops and names them: one of the two records has to change first.
DROP INDEX users_email_key;
CREATE UNIQUE INDEX users_email_key ON users (organization_id, lower(email COLLATE "und-x-icu") COLLATE "C");

DROP INDEX customer_users_email_key;
CREATE UNIQUE INDEX customer_users_email_key ON customer_users (organization_id, lower(email COLLATE "und-x-icu") COLLATE "C");

DROP INDEX contacts_email_key;
CREATE UNIQUE INDEX contacts_email_key ON contacts (organization_id, lower(email COLLATE "und-x-icu") COLLATE "C") WHERE deleted_at IS NULL;
DROP STATISTICS contacts_email_stats;
CREATE STATISTICS contacts_email_stats ON lower(email COLLATE "und-x-icu") FROM contacts;

-- Nobody else would, until many rows have changed.
ANALYZE users, customer_users, contacts;
