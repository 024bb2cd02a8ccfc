package db

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// picklistDefault is a value that every new organization has.
type picklistDefault struct {
	list      Picklist
	key       string
	label     string
	color     string
	category  PicklistCategory
	isDefault bool
	isClosed  bool
}

// picklistDefaults are the values of all lists, in their order.
var picklistDefaults = []picklistDefault{
	{list: AccountStatus, key: "PROSPECT", label: "Prospect", color: "#64748b"},
	{list: AccountStatus, key: "TRIAL", label: "Trial", color: "#0ea5e9"},
	{list: AccountStatus, key: "ACTIVE", label: "Active", color: "#16a34a"},
	{list: AccountStatus, key: "CHURNED", label: "Churned", color: "#dc2626", isClosed: true},
	{list: AccountStatus, key: "ACQUIRED", label: "Acquired", color: "#9333ea"},
	{list: AccountClassification, key: "ENTERPRISE", label: "Enterprise"},
	{list: AccountClassification, key: "MID_MARKET", label: "Mid-market"},
	{list: AccountClassification, key: "SMB", label: "Small and medium business"},
	{list: AccountClassification, key: "STRATEGIC", label: "Strategic"},
	{list: AccountHealth, key: "RED", label: "Red", color: "#dc2626", category: CategoryPoor},
	{list: AccountHealth, key: "YELLOW", label: "Yellow", color: "#eab308", category: CategoryFair},
	{list: AccountHealth, key: "GREEN", label: "Green", color: "#16a34a", category: CategoryGood},
	{list: AccountIndustry, key: "TECHNOLOGY", label: "Technology"},
	{list: AccountIndustry, key: "HEALTHCARE", label: "Healthcare"},
	{list: AccountIndustry, key: "FINANCE", label: "Finance"},
	{list: AccountIndustry, key: "RETAIL", label: "Retail"},
	{list: AccountIndustry, key: "MANUFACTURING", label: "Manufacturing"},
	{list: AccountIndustry, key: "EDUCATION", label: "Education"},
	{list: AccountIndustry, key: "GOVERNMENT", label: "Government"},
	{list: AccountIndustry, key: "NONPROFIT", label: "Nonprofit"},
	{list: AccountIndustry, key: "ENERGY", label: "Energy"},
	{list: AccountIndustry, key: "TELECOMMUNICATIONS", label: "Telecommunications"},
	{list: AccountIndustry, key: "TRANSPORTATION", label: "Transportation"},
	{list: AccountIndustry, key: "REAL_ESTATE", label: "Real estate"},
	{list: AccountIndustry, key: "MEDIA", label: "Media"},
	{list: AccountIndustry, key: "HOSPITALITY", label: "Hospitality"},
	{list: AccountIndustry, key: "PROFESSIONAL_SERVICES", label: "Professional services"},
	{list: AccountIndustry, key: "OTHER", label: "Other"},
	{list: ContactType, key: "PRIMARY", label: "Primary"},
	{list: ContactType, key: "BILLING", label: "Billing"},
	{list: ContactType, key: "LEGAL", label: "Legal"},
	{list: ContactType, key: "EXECUTIVE", label: "Executive"},
	{list: ContactType, key: "OTHER", label: "Other", isDefault: true},
	{list: ActivityType, key: "CALL", label: "Call", isDefault: true},
	{list: ActivityType, key: "EMAIL", label: "E-mail"},
	{list: ActivityType, key: "MEETING", label: "Meeting"},
	{list: ActivityType, key: "SITE_VISIT", label: "Site visit"},
	{list: ActivityStatus, key: "PENDING", label: "Pending", isDefault: true},
	{list: ActivityStatus, key: "COMPLETED", label: "Completed", isClosed: true},
	{list: ActivityStatus, key: "CANCELLED", label: "Cancelled", isClosed: true},
	{list: NoteType, key: "GENERAL", label: "General", isDefault: true},
	{list: TaskType, key: "FOLLOW_UP", label: "Follow-up", isDefault: true},
	{list: TaskType, key: "REVIEW", label: "Review"},
	{list: TaskType, key: "APPROVAL", label: "Approval"},
	{list: TaskType, key: "CUSTOM", label: "Custom"},
	{list: TaskStatus, key: "PENDING", label: "Pending", isDefault: true},
	{list: TaskStatus, key: "IN_PROGRESS", label: "In progress"},
	{list: TaskStatus, key: "COMPLETED", label: "Completed", isClosed: true},
	{list: TaskStatus, key: "CANCELLED", label: "Cancelled", isClosed: true},
	{list: TaskPriority, key: "LOW", label: "Low", color: "#64748b", isDefault: true},
	{list: TaskPriority, key: "MEDIUM", label: "Medium", color: "#eab308"},
	{list: TaskPriority, key: "HIGH", label: "High", color: "#dc2626"},
}

const seedPicklistsSQL = `
INSERT INTO picklist_values (organization_id, picklist, key, label, color, category, is_default, is_closed, position)
SELECT $1, CAST(picklist AS picklist), key, label, NULLIF(color, ''), NULLIF(category, ''), is_default, is_closed,
  row_number() OVER (PARTITION BY picklist ORDER BY place) - 1
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::boolean[]) WITH ORDINALITY
  AS value (picklist, key, label, color, category, is_default, is_closed, place)`

// seedPicklists gives a new organization the default values of all lists.
func seedPicklists(ctx context.Context, tx *sqlx.Tx, v Viewer) error {
	var lists, keys, labels, colors, categories []string
	var defaults, closed []bool
	for _, p := range picklistDefaults {
		lists, keys, labels = append(lists, p.list.sql()), append(keys, p.key), append(labels, p.label)
		colors, categories = append(colors, p.color), append(categories, string(p.category))
		defaults, closed = append(defaults, p.isDefault), append(closed, p.isClosed)
	}
	_, err := exec(ctx, tx, "seed picklists", seedPicklistsSQL, v.Organization, pq.Array(lists), pq.Array(keys), pq.Array(labels),
		pq.Array(colors), pq.Array(categories), pq.Array(defaults), pq.Array(closed))
	return err
}
