-- +goose Up

-- The planner takes no statistics from an index with a condition (contacts_email_key): without these it expects a contact in
-- two hundred to have an address that is asked for, and would rather read all of them in the order of the list.
CREATE STATISTICS contacts_email_stats ON lower(email) FROM contacts;
