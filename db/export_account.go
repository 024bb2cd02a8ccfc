package db

import (
	"context"
	"database/sql"
	"strings"
)

// accountExport are the columns of an export of accounts, as expressions of `a`, the account, `level`, and what is joined.
var accountExport = []ExportColumn{
	{"id", ExportID, "a.id"},
	{"number", ExportJSON, "a.number"},
	{"external_source", ExportText, "e.source"},
	{"external_id", ExportText, "e.external_id"},
	{"external_ids", ExportList, "e.list"},
	{"parent_id", ExportID, "a.parent_id"},
	{"parent_source", ExportText, "above.source"},
	{"parent_external_id", ExportText, "above.external_id"},
	{"name", ExportText, "a.name"},
	{"is_active", ExportJSON, "CASE WHEN a.is_active THEN 'true' ELSE 'false' END"},
	{"primary_domain", ExportText, "a.primary_domain"},
	{"secondary_domains", ExportList, "d.further"},
	{"shared_domains", ExportList, "d.shared"},
	{"website", ExportText, "a.website"},
	{"logo", ExportText, "a.logo"},
	{"industry", ExportText, "a.industry"},
	{"account_status", ExportText, "a.status"},
	{"classification", ExportText, "a.classification"},
	{"health", ExportText, "a.health"},
	{"description", ExportText, "a.description"},
	{"annual_revenue", ExportText, "a.annual_revenue"},
	{"annual_revenue_currency", ExportText, "a.annual_revenue_currency"},
	{"employees", ExportJSON, "a.employees"},
	{"owner_email", ExportText, "u.email"},
	{"source", ExportText, "a.source"},
	{"identifiers", ExportList, "n.list"},
	{"billing_street", ExportText, "a.billing_address ->> 'street'"},
	{"billing_city", ExportText, "a.billing_address ->> 'city'"},
	{"billing_state", ExportText, "a.billing_address ->> 'state'"},
	{"billing_postal_code", ExportText, "a.billing_address ->> 'postalCode'"},
	{"billing_country", ExportText, "a.billing_address ->> 'country'"},
	{"billing_formatted", ExportText, "a.billing_address ->> 'formatted'"},
	{"shipping_street", ExportText, "a.shipping_address ->> 'street'"},
	{"shipping_city", ExportText, "a.shipping_address ->> 'city'"},
	{"shipping_state", ExportText, "a.shipping_address ->> 'state'"},
	{"shipping_postal_code", ExportText, "a.shipping_address ->> 'postalCode'"},
	{"shipping_country", ExportText, "a.shipping_address ->> 'country'"},
	{"shipping_formatted", ExportText, "a.shipping_address ->> 'formatted'"},
	{"metadata", ExportJSON, "nullif(a.metadata, '{}')"},
}

// AccountExportColumns are the columns of ExportAccounts, in their order.
func AccountExportColumns() []ExportColumn { return accountExport }

// exportPair writes a value with its scope as a value of a list, so that an import reads both again.
func exportPair(scope, value string) string {
	return `replace(replace(replace(replace(` + scope + `, '\', '\\'), ':', '\:') || ':' || ` + value + `, '\', '\\'), ';', '\;')`
}

// ExportAccounts calls take with the cells of each account that the filter lets pass (nil lets all), parents before their
// children and otherwise in the order of their numbers. Ids are those of the API. Cells are nil where there is nothing,
// and good until take returns. However many accounts there are, few are in memory.
func (d *DB) ExportAccounts(ctx context.Context, v Viewer, filter *AccountFilter, take func(cells []sql.RawBytes) error) error {
	s := &statement{}
	condition, err := filter.where(s, v, "a")
	if err != nil {
		return err
	}
	var expressions []string
	for _, c := range accountExport {
		expressions = append(expressions, c.sql)
	}
	// What lies in other tables is put together for all accounts at once: to look it up for each takes four times as long.
	s.write("WITH chosen AS MATERIALIZED (\n  SELECT ", columns[Account]("a"), "\n  FROM accounts a\n  WHERE ", v.visible(s, "a"), " AND ", condition, "\n), numbered AS (")
	s.write("\n  SELECT a.id, a.parent_id, row_number() OVER (ORDER BY a.number) AS number FROM chosen a")
	s.write("\n), linked AS (\n  SELECT c.number, above.number AS above FROM numbered c FULL JOIN numbered above ON above.id = c.parent_id")
	s.write("\n), levels AS (\n  SELECT numbered.id, answer.level\n  FROM unnest((")
	s.write("\n    SELECT hierarchy_levels(array_agg(CAST(coalesce(above, 0) AS integer) ORDER BY number)) FROM linked WHERE number IS NOT NULL")
	s.write("\n  )) WITH ORDINALITY AS answer (level, number)\n  JOIN numbered ON numbered.number = answer.number\n), external AS (")
	s.write("\n  SELECT e.account_id, (array_agg(e.source ORDER BY e.position))[1] AS source, (array_agg(e.external_id ORDER BY e.position))[1] AS external_id,")
	s.write("\n    CASE WHEN count(*) > 1 THEN string_agg(", exportPair("e.source", "e.external_id"), ", ';' ORDER BY e.position) END AS list")
	s.write("\n  FROM account_external_ids e\n  WHERE ", v.own(s, "e"), " AND e.is_live AND e.account_id IN (SELECT id FROM chosen UNION SELECT parent_id FROM chosen)\n  GROUP BY e.account_id\n)")
	s.write("\nSELECT ", strings.Join(expressions, ", "), "\nFROM chosen a\nJOIN levels ON levels.id = a.id")
	s.write("\nLEFT JOIN external e ON e.account_id = a.id\nLEFT JOIN external above ON above.account_id = a.parent_id")
	s.write("\nLEFT JOIN users u ON ", v.own(s, "u"), " AND u.id = a.owner_id")
	s.write("\nLEFT JOIN (\n  SELECT d.account_id, string_agg(d.domain, ';' ORDER BY d.position, d.domain) FILTER (WHERE d.domain <> c.primary_domain) AS further,")
	s.write("\n    string_agg(d.domain, ';' ORDER BY d.position, d.domain) FILTER (WHERE NOT d.is_routing) AS shared")
	s.write("\n  FROM account_domains d\n  JOIN chosen c ON c.id = d.account_id\n  WHERE ", v.own(s, "d"), "\n  GROUP BY d.account_id\n) d ON d.account_id = a.id")
	s.write("\nLEFT JOIN (\n  SELECT n.account_id, string_agg(", exportPair("n.scheme", "n.value"), ", ';' ORDER BY n.position) AS list")
	s.write("\n  FROM account_identifiers n\n  WHERE ", v.own(s, "n"), " AND n.account_id IN (SELECT id FROM chosen)\n  GROUP BY n.account_id\n) n ON n.account_id = a.id")
	s.write("\nORDER BY levels.level, a.number")
	return d.export(ctx, s, accountExport, take)
}
