package db

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// claims are what one live account may have and no other: who has what accounts about to be written ask for.
type claims struct {
	domains     map[string]AccountID
	externalIDs map[ExternalID]AccountID
	identifiers map[BusinessIdentifier]AccountID
}

// readClaims finds who has what any of the rows asks for.
func readClaims(ctx context.Context, tx *sqlx.Tx, v Viewer, rows []*draftRow) (*claims, error) {
	found := &claims{domains: map[string]AccountID{}}
	var domains []string
	for _, r := range rows {
		domains = append(domains, r.domains...)
	}
	var err error
	if domains != nil {
		if found.domains, err = routingHolders(ctx, tx, v, domains); err != nil {
			return nil, err
		}
	}
	if found.externalIDs, err = externalIDHolders(ctx, tx, v, rows); err != nil {
		return nil, err
	}
	found.identifiers, err = identifierHolders(ctx, tx, v, rows)
	return found, err
}

const externalIDHoldersSQL = `
SELECT e.account_id, e.source, e.external_id
FROM account_external_ids e
JOIN unnest($2::text[], $3::text[]) AS wanted (source, external_id) USING (source, external_id)
WHERE e.organization_id = $1 AND e.is_live`

func externalIDHolders(ctx context.Context, tx *sqlx.Tx, v Viewer, rows []*draftRow) (map[ExternalID]AccountID, error) {
	holders := map[ExternalID]AccountID{}
	var sources, ids []string
	for _, r := range rows {
		for _, e := range r.externalIDs {
			sources, ids = append(sources, e.Source), append(ids, e.ID)
		}
	}
	if ids == nil {
		return holders, nil
	}
	found, err := all[struct {
		AccountID AccountID `db:"account_id"`
		ExternalID
	}](ctx, tx, textOf(externalIDHoldersSQL, v.Organization, pq.Array(sources), pq.Array(ids)), "holders of external ids")
	for _, holder := range found {
		holders[holder.ExternalID] = holder.AccountID
	}
	return holders, err
}

const identifierHoldersSQL = `
SELECT i.account_id, i.scheme, i.value
FROM account_identifiers i
JOIN unnest($2::text[], $3::text[]) AS wanted (scheme, value) USING (scheme, value)
WHERE i.organization_id = $1 AND i.is_live`

func identifierHolders(ctx context.Context, tx *sqlx.Tx, v Viewer, rows []*draftRow) (map[BusinessIdentifier]AccountID, error) {
	holders := map[BusinessIdentifier]AccountID{}
	var schemes, values []string
	for _, r := range rows {
		for _, b := range r.identifiers {
			schemes, values = append(schemes, string(b.Scheme)), append(values, b.Value)
		}
	}
	if values == nil {
		return holders, nil
	}
	found, err := all[struct {
		AccountID AccountID `db:"account_id"`
		BusinessIdentifier
	}](ctx, tx, textOf(identifierHoldersSQL, v.Organization, pq.Array(schemes), pq.Array(values)), "holders of identifiers")
	for _, holder := range found {
		holders[holder.BusinessIdentifier] = holder.AccountID
	}
	return holders, err
}

// take notes what a row may not have because another account has it. A row without any problem takes all that it asks
// for, and its free domains route to it; one that is refused takes nothing.
func (c *claims) take(r *draftRow) {
	r.routes = make([]bool, len(r.domains))
	for i, domain := range r.domains {
		holder, taken := c.domains[domain]
		r.routes[i] = !taken || holder == r.ID
		if !r.routes[i] && !r.shares(domain) {
			p := problem(ProblemDomainTaken, "%s routes to another account; set shareDomain to have it as well, without taking it", domain)
			p.Account = &holder
			r.fail(p, domainField(i)...)
		}
	}
	for i, e := range r.externalIDs {
		r.checkHolder(c.externalIDs[e], "the external id "+shown(e.ID)+" of "+shown(e.Source), "externalIds", index(i))
	}
	for i, b := range r.identifiers {
		r.checkHolder(c.identifiers[b], "the "+string(b.Scheme)+" "+b.Value, "identifiers", index(i))
	}
	if len(r.problems) > 0 {
		return
	}
	for i, domain := range r.domains {
		if r.routes[i] {
			c.domains[domain] = r.ID
		}
	}
	for _, e := range r.externalIDs {
		c.externalIDs[e] = r.ID
	}
	for _, b := range r.identifiers {
		c.identifiers[b] = r.ID
	}
}

// checkHolder refuses what another account has; the zero holder is nobody.
func (r *draftRow) checkHolder(holder AccountID, name string, field ...string) {
	if holder.IsZero() || holder == r.ID {
		return
	}
	p := problem(ProblemTaken, "another account has %s", name)
	p.Account = &holder
	r.fail(p, field...)
}

// shares tells whether a row may hold a domain that routes elsewhere: because it says so, or because it does so already.
func (r *draftRow) shares(domain string) bool { return r.share || r.holds(domain) }

// holds tells whether the account has a domain already.
func (r *draftRow) holds(domain string) bool {
	return slices.ContainsFunc(r.oldDomains, func(d *AccountDomain) bool { return d.Domain == domain })
}
