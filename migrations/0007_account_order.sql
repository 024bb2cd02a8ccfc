-- +goose Up

-- Absent values are last in either order. An index read backwards has them first, so the falling orders need their own.
CREATE INDEX accounts_annual_revenue_desc_idx ON accounts (organization_id, annual_revenue DESC NULLS LAST, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX accounts_employees_desc_idx ON accounts (organization_id, employees DESC NULLS LAST, id DESC) WHERE deleted_at IS NULL;
