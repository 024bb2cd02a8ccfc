package db

import "context"

// AccountDomain is a domain of an account.
type AccountDomain struct {
	AccountID AccountID `db:"account_id"`
	Domain    string    `db:"domain"`
	IsPrimary bool      `db:"is_primary"`
	IsRouting bool      `db:"is_routing"`
}

// ExternalID is what another system calls an account.
type ExternalID struct {
	Source string `db:"source" json:"source"`
	ID     string `db:"external_id" json:"external_id"`
}

// BusinessIdentifier is an official number of a company.
type BusinessIdentifier struct {
	Scheme IdentifierScheme `db:"scheme" json:"scheme"`
	Value  string           `db:"value" json:"value"`
}

const domainsOfSQL = `
SELECT d.account_id, d.domain, d.domain = a.primary_domain AS is_primary, d.is_routing
FROM account_domains d
JOIN accounts a ON a.organization_id = d.organization_id AND a.id = d.account_id
WHERE d.organization_id = $1 AND d.account_id = ANY($2)
ORDER BY d.account_id, d.domain <> a.primary_domain, d.position, d.domain`

// DomainsOf returns the domains of accounts, the primary one first.
func (d *DB) DomainsOf(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID][]*AccountDomain, error) {
	domains, err := all[*AccountDomain](ctx, d.pool, textOf(domainsOfSQL, v.Organization, keyArray(ids)), "domains of accounts")
	found := map[AccountID][]*AccountDomain{}
	for _, domain := range domains {
		found[domain.AccountID] = append(found[domain.AccountID], domain)
	}
	return found, err
}

const externalIDsOfSQL = `
SELECT account_id, source, external_id
FROM account_external_ids
WHERE organization_id = $1 AND account_id = ANY($2)
ORDER BY account_id, position`

// ExternalIDsOf returns what other systems call accounts, in the order in which it was given.
func (d *DB) ExternalIDsOf(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID][]*ExternalID, error) {
	type row struct {
		AccountID AccountID `db:"account_id"`
		ExternalID
	}
	rows, err := all[*row](ctx, d.pool, textOf(externalIDsOfSQL, v.Organization, keyArray(ids)), "external ids of accounts")
	found := map[AccountID][]*ExternalID{}
	for _, r := range rows {
		found[r.AccountID] = append(found[r.AccountID], &r.ExternalID)
	}
	return found, err
}

const identifiersOfSQL = `
SELECT account_id, scheme, value
FROM account_identifiers
WHERE organization_id = $1 AND account_id = ANY($2)
ORDER BY account_id, position`

// IdentifiersOf returns the official numbers of accounts, in the order in which they were given.
func (d *DB) IdentifiersOf(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID][]*BusinessIdentifier, error) {
	type row struct {
		AccountID AccountID `db:"account_id"`
		BusinessIdentifier
	}
	rows, err := all[*row](ctx, d.pool, textOf(identifiersOfSQL, v.Organization, keyArray(ids)), "identifiers of accounts")
	found := map[AccountID][]*BusinessIdentifier{}
	for _, r := range rows {
		found[r.AccountID] = append(found[r.AccountID], &r.BusinessIdentifier)
	}
	return found, err
}

// textOf is a statement whose text does not vary.
func textOf(text string, args ...any) *statement {
	s := &statement{args: args}
	return s.write(text)
}
