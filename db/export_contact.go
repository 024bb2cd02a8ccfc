package db

import (
	"context"
	"database/sql"
	"strings"
)

// contactExport are the columns of an export of contacts, as expressions of `c`, the contact, and `link`, an account of it.
var contactExport = []ExportColumn{
	{"email", ExportText, "c.email"},
	{"first_name", ExportText, "c.first_name"},
	{"last_name", ExportText, "c.last_name"},
	{"phone_number", ExportText, "c.phone_number"},
	{"type", ExportText, "c.type"},
	{"job_title", ExportText, "c.job_title"},
	{"avatar", ExportText, "c.avatar"},
	{"is_marketing_contact", ExportJSON, "CASE WHEN c.is_marketing_contact THEN 'true' ELSE 'false' END"},
	{"is_active", ExportJSON, "CASE WHEN c.is_active THEN 'true' ELSE 'false' END"},
	{"metadata", ExportJSON, "nullif(c.metadata, '{}')"},
	{"account_id", ExportID, "a.id"},
	{"account_source", ExportText, "e.source"},
	{"account_external_id", ExportText, "e.external_id"},
	{"account_name", ExportText, "a.name"},
	{"is_primary_account", ExportJSON, "CASE WHEN link.is_primary_account THEN 'true' WHEN NOT link.is_primary_account THEN 'false' END"},
	{"is_primary_contact", ExportJSON, "CASE WHEN link.account_id IS NOT NULL THEN CASE WHEN link.primary_for_type IS NULL THEN 'false' ELSE 'true' END END"},
	{"role", ExportText, "link.role"},
	{"since", ExportText, "CAST(link.since AS text)"},
}

// ContactExportColumns are the columns of ExportContacts, in their order.
func ContactExportColumns() []ExportColumn { return contactExport }

// ExportContacts calls take with the cells of each contact at each of its accounts that the filter lets pass; nil lets all
// pass, and contacts without an account too. Contacts are in the order of their making, each with its main account first.
// Cells are nil where there is nothing, and good until take returns. However many there are, few are in memory.
func (d *DB) ExportContacts(ctx context.Context, v Viewer, accounts *AccountFilter, take func(cells []sql.RawBytes) error) error {
	s := &statement{}
	condition, err := accounts.where(s, v, "a")
	if err != nil {
		return err
	}
	var expressions []string
	for _, c := range contactExport {
		expressions = append(expressions, c.sql)
	}
	join := "JOIN"
	if accounts == nil {
		join = "LEFT JOIN"
	}
	s.write("WITH external AS (\n  SELECT DISTINCT ON (e.account_id) e.account_id, e.source, e.external_id\n  FROM account_external_ids e")
	s.write("\n  WHERE ", v.own(s, "e"), " AND e.is_live\n  ORDER BY e.account_id, e.position\n)")
	s.write("\nSELECT ", strings.Join(expressions, ", "), "\nFROM contacts c\n", join, " (account_contacts link\n  JOIN accounts a ON ", v.visible(s, "a"), " AND a.id = link.account_id AND ", condition)
	s.write("\n) ON ", v.own(s, "link"), " AND link.contact_id = c.id\nLEFT JOIN external e ON e.account_id = a.id")
	s.write("\nWHERE ", v.visible(s, "c"), "\nORDER BY c.created_at, c.id, link.is_primary_account DESC NULLS LAST, a.number")
	return d.export(ctx, s, contactExport, take)
}
