package demo

import (
	"encoding/json"
	"strings"

	"github.com/accountgraph/accountgraph/db"
)

// table is what is about to be copied into a table: its columns after organization_id, and its rows.
type table struct {
	name    string
	what    string
	columns []string
	rows    int
	row     func(i int) ([]any, error)
}

// portion is how many rows one COPY takes. The checks of a statement run at its end: with one COPY for all of the
// accounts the progress would stand still for most of the time, and the load could not be stopped meanwhile.
const portion = 4096

// copy writes the rows of a table. The statistics of the first portion are for the foreign keys: their plans are made
// once and kept, and a table that was empty when it was vacuumed last, as after a load that was killed, would be read
// from end to end for each row that refers to it.
func (l *loading) copy(organization db.OrganizationID, t table) error {
	values := make([]any, 1+len(t.columns))
	values[0] = organization
	for first := 0; first < t.rows; first += portion {
		l.tell(t.what)
		last := min(first+portion, t.rows)
		if err := l.copyPortion(values, t, first, last); err != nil {
			return err
		}
		if t.rows > portion && (first == 0 || last == t.rows) {
			if err := l.exec("ANALYZE " + t.name); err != nil {
				return err
			}
		}
	}
	l.tell(t.what)
	return nil
}

func (l *loading) copyPortion(values []any, t table, from, to int) error {
	statement, err := l.tx.PrepareContext(l.ctx, "COPY "+t.name+" (organization_id, "+strings.Join(t.columns, ", ")+") FROM STDIN")
	if err != nil {
		return err
	}
	defer func() { _ = statement.Close() }() // the last Exec has told what there is to tell
	for i := from; i < to; i++ {
		row, err := t.row(i)
		if err != nil {
			return err
		}
		copy(values[1:], row)
		if _, err := statement.ExecContext(l.ctx, values...); err != nil {
			return err
		}
	}
	if _, err := statement.ExecContext(l.ctx); err != nil {
		return err
	}
	l.done += to - from
	return nil
}

// rows counts all that is copied.
func rows(tenants []*tenant) int {
	n := 0
	for _, t := range tenants {
		for _, table := range tables(t) {
			n += table.rows
		}
	}
	return n
}

// tables are what is copied, in an order in which each row finds what it refers to.
func tables(t *tenant) []table {
	domains, events := domainsOf(t.accounts), eventsOf(t)
	return []table{
		{"accounts", "accounts", []string{"id", "number", "parent_id", "name", "primary_domain", "industry", "website", "billing_address", "owner_id", "source", "is_active"},
			len(t.accounts), func(i int) ([]any, error) {
				a := t.accounts[i]
				return []any{a.id, a.number, a.parentID(), a.name, a.primaryDomain(), a.industry, a.website, a.address, a.owner, a.source, a.isActive}, nil
			}},
		{"account_domains", "domains", []string{"account_id", "domain", "position", "is_routing"},
			len(domains), func(i int) ([]any, error) {
				d := domains[i]
				return []any{d.account.id, d.domain, d.position, true}, nil
			}},
		{"account_external_ids", "external ids", []string{"account_id", "source", "external_id", "position"},
			len(t.accounts), func(i int) ([]any, error) {
				a := t.accounts[i]
				return []any{a.id, a.source, a.externalID, 0}, nil
			}},
		{"customer_users", "customer users", []string{"id", "email", "name", "channel"},
			len(t.customerUsers), func(i int) ([]any, error) {
				u := t.customerUsers[i]
				return []any{u.id, u.email, u.name, u.channel}, nil
			}},
		{"contacts", "contacts", []string{"id", "first_name", "last_name", "email", "phone_number", "type", "job_title", "is_marketing_contact", "is_active", "metadata", "customer_user_id"},
			len(t.contacts), func(i int) ([]any, error) {
				c := t.contacts[i]
				return []any{c.id, c.firstName, c.lastName, c.email, c.phone, c.kind, c.jobTitle, c.isMarketingContact, c.isActive, string(contactMetadata), c.customerUser}, nil
			}},
		{"account_contacts", "contacts at accounts", []string{"account_id", "contact_id", "is_primary_account", "primary_for_type", "role", "since"},
			len(t.links), func(i int) ([]any, error) {
				k := t.links[i]
				return []any{k.account.id, k.contact.id, k.isPrimaryAccount, k.primaryForType, k.role, k.since}, nil
			}},
		{"events", "events", []string{"type", "entity", "entity_id", "after", "actor_kind"},
			len(events), func(i int) ([]any, error) {
				e := events[i]
				after, err := json.Marshal(e.after())
				return []any{e.entity + "." + e.verb, e.entity, e.id, string(after), string(db.ActorSystem)}, err
			}},
	}
}

// domain is a domain of an account. The sources have each domain once, so that all of them route.
type domain struct {
	account  *account
	domain   string
	position int
}

func domainsOf(list []*account) []domain {
	var domains []domain
	for _, a := range list {
		for i, text := range a.domains {
			domains = append(domains, domain{a, text, i})
		}
	}
	return domains
}
