package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/accountgraph/accountgraph/db"
)

// tenant is an organization with all that is about to be in it.
type tenant struct {
	name       string
	accounts   []*account
	industries []industry
	dropped    dropped
	*crowd
}

// makeTenants makes up both organizations from the sources.
func makeTenants() ([]*tenant, error) {
	records, err := readSources()
	if err != nil {
		return nil, err
	}
	demo, err := makeTenant(Name, records)
	if err != nil {
		return nil, err
	}
	second, err := makeTenant(SecondName, slices.Concat(madeUp, tree(records, Merck)))
	if err != nil {
		return nil, err
	}
	return []*tenant{demo, second}, nil
}

func makeTenant(name string, records []record) (*tenant, error) {
	t := &tenant{name: name}
	var err error
	if t.accounts, t.industries, t.dropped, err = accounts(name, records); err != nil {
		return nil, err
	}
	if t.crowd, err = makeCrowd(name, t.accounts); err != nil {
		return nil, err
	}
	t.sort()
	return t, nil
}

// sort puts the accounts into an order in which each parent is before its children, so that the table can take them in
// portions, and the contacts into the order of their ids, as the accounts of one depth are.
func (t *tenant) sort() {
	slices.SortFunc(t.accounts, func(a, b *account) int {
		return cmp.Or(cmp.Compare(a.depth, b.depth), compareIDs(a.id.ID(), b.id.ID()))
	})
	slices.SortFunc(t.contacts, func(a, b *contact) int { return compareIDs(a.id.ID(), b.id.ID()) })
	slices.SortStableFunc(t.links, func(a, b link) int { return compareIDs(a.contact.id.ID(), b.contact.id.ID()) })
}

// madeUp are the accounts that only the second organization has. Their domains are reserved (RFC 2606).
var madeUp = []record{
	{externalID: ExampleHolding, name: "Example Holding", primaryDomain: "example.com", website: "https://example.com", status: "active", industry: "other", source: SourceDemo},
	{externalID: "demo:example-services", parentExternalID: ExampleHolding, name: "Example Services", primaryDomain: "example.org", status: "active", industry: "other", source: SourceDemo},
	{externalID: "demo:example-labs", parentExternalID: ExampleHolding, name: "Example Labs", primaryDomain: "example.net", status: "active", industry: "other", source: SourceDemo},
}

// tree returns the record of a root and all below it, in the order of the records.
func tree(records []record, root string) []record {
	parents := make(map[string]string, len(records))
	for _, r := range records {
		parents[r.externalID] = r.parentExternalID
	}
	return slices.DeleteFunc(slices.Clone(records), func(r record) bool {
		id := r.externalID
		for id != "" && id != root {
			id = parents[id]
		}
		return id == ""
	})
}

// Load makes both organizations in one transaction: all or nothing. If they are there already it does nothing; two
// programs that load at the same time do it once. After each part progress, which may be nil, is told how many of the
// total of rows are written and of what; the last call's what says all that came of it.
func Load(ctx context.Context, d *db.DB, progress func(done, total int, what string)) error {
	if loaded, err := Loaded(ctx, d); err != nil || loaded {
		return err
	}
	tenants, err := makeTenants()
	if err != nil {
		return err
	}
	// If ctx ends in a COPY, that has to end before the transaction does: both read what the server says.
	tx, err := d.Pool().BeginTxx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fmt.Errorf("load the demo: %w", err)
	}
	l := &loading{ctx: ctx, tx: tx, progress: progress, total: rows(tenants)}
	if err := l.load(tenants); err != nil {
		_ = tx.Rollback() // it fails only where there is nothing left to roll back
		return fmt.Errorf("load the demo: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("load the demo: %w", err)
	}
	l.tell(tenants[0].summary())
	return nil
}

// summary says what is in the organization now.
func (t *tenant) summary() string {
	return fmt.Sprintf("%d accounts, %d contacts, %d customer users (left out, because a rule refuses them: %d domains, %d websites)",
		len(t.accounts), len(t.contacts), len(t.customerUsers), t.dropped.domains, t.dropped.websites)
}

// loading is the transaction of a load.
type loading struct {
	ctx         context.Context
	tx          *sqlx.Tx
	progress    func(done, total int, what string)
	done, total int
}

func (l *loading) tell(what string) {
	if l.progress != nil {
		l.progress(l.done, l.total, what)
	}
}

func (l *loading) exec(text string, args ...any) error {
	_, err := l.tx.ExecContext(l.ctx, text, args...)
	return err
}

// Any number will do that no other program takes.
const lockLoading = "SELECT pg_advisory_xact_lock(7236837346911)"

func (l *loading) load(tenants []*tenant) error {
	if err := l.exec(lockLoading); err != nil {
		return err
	}
	// Once more: another program may have loaded while this one waited.
	var loaded bool
	err := l.tx.GetContext(l.ctx, &loaded, "SELECT EXISTS (SELECT FROM organizations WHERE id = $1)", organizationID(Name))
	if err != nil || loaded {
		l.done = l.total
		return err
	}
	// From fewer rows than by default, which is a third of the time: autovacuum will do it again with more.
	if err := l.exec("SET LOCAL default_statistics_target = 30"); err != nil {
		return err
	}
	for _, t := range tenants {
		if err := l.loadTenant(t); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	// Now instead of by COMMIT, so that nothing is left that could fail there or take long.
	return l.exec("SET CONSTRAINTS accounts_primary_domain_fkey IMMEDIATE")
}

func (l *loading) loadTenant(t *tenant) error {
	organization := organizationID(t.name)
	if _, err := db.SeedOrganization(l.ctx, l.tx, organization, db.NewOrganization{Name: t.name, DefaultCurrency: "USD", DefaultRegion: "US"}); err != nil {
		return err
	}
	if err := l.exec("UPDATE organizations SET last_account_number = $2 WHERE id = $1", organization, len(t.accounts)); err != nil {
		return err
	}
	for _, p := range people {
		if err := l.exec("INSERT INTO users (organization_id, id, name, email, role, is_active) VALUES ($1, $2, $3, $4, $5, $6)",
			organization, userID(t.name, p), p.name, userEmail(t.name, p), p.role, p.isActive); err != nil {
			return err
		}
	}
	for _, value := range t.industries {
		if err := l.exec(`
			INSERT INTO picklist_values (organization_id, picklist, key, label, position)
			SELECT $1, 'account_industry', $2, $3, max(position) + 1 FROM picklist_values WHERE organization_id = $1 AND picklist = 'account_industry'
			ON CONFLICT ON CONSTRAINT picklist_values_key_key DO NOTHING`, organization, value.key, value.label); err != nil {
			return err
		}
	}
	if err := l.exec("ANALYZE organizations, users, picklist_values"); err != nil {
		return err
	}
	for _, table := range tables(t) {
		if err := l.copy(organization, table); err != nil {
			return fmt.Errorf("copy %s: %w", table.name, err)
		}
	}
	return nil
}
