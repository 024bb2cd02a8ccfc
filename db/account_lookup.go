package db

import (
	"context"
	"strings"

	"github.com/lib/pq"
)

// maxDomainLookup is how many domains AccountsByDomains looks up at once.
const maxDomainLookup = 1000

// AccountsByNumber returns the accounts that there are, by account number.
func (d *DB) AccountsByNumber(ctx context.Context, v Viewer, numbers []int) (map[int]*Account, error) {
	s, names := &statement{}, selected[Account](wanted(ctx))
	s.write("SELECT a.number AS asked, ", listOf(names, "a"), "\nFROM accounts a")
	s.write("\nWHERE ", v.visible(s, "a"), " AND a.number = ANY(", s.arg(pq.Array(padded(numbers, 0))), ")")
	rows, err := packed[*struct {
		Asked int `db:"asked"`
		Account
	}](ctx, d.pool, s, append([]string{"asked"}, names...), "accounts by number")
	if err != nil {
		return nil, err
	}
	found := make(map[int]*Account, len(rows))
	for _, row := range rows {
		found[row.Asked] = &row.Account
	}
	return found, nil
}

// AccountsByDomains returns the accounts that domains route to, in the order of the domains, nil where there is none.
// A text that is no domain is BAD_USER_INPUT, and so are more than 1,000 of them.
func (d *DB) AccountsByDomains(ctx context.Context, v Viewer, texts []string) ([]*Account, error) {
	if len(texts) > maxDomainLookup {
		return nil, BadInput("there are %d domains, and at most %d can be looked up at once", len(texts), maxDomainLookup)
	}
	domains := make([]string, len(texts))
	for i, text := range texts {
		domain, err := NormalizeDomain(text)
		if err != nil {
			return nil, BadInput("%s can't be looked up as a domain: %s", shown(text), err)
		}
		domains[i] = domain
	}
	s, names := &statement{}, selected[Account](wanted(ctx))
	s.write("SELECT d.domain, ", listOf(names, "a"), "\nFROM account_domains d\nJOIN accounts a ON a.id = d.account_id AND ", v.visible(s, "a"))
	s.write("\nWHERE ", v.own(s, "d"), " AND d.is_routing AND d.domain = ANY(", s.arg(pq.Array(domains)), ")")
	rows, err := packed[*struct {
		Domain string `db:"domain"`
		Account
	}](ctx, d.pool, s, append([]string{"domain"}, names...), "accounts by domains")
	if err != nil {
		return nil, err
	}
	holders := make(map[string]*Account, len(rows))
	for _, row := range rows {
		holders[row.Domain] = &row.Account
	}
	accounts := make([]*Account, len(domains))
	for i, domain := range domains {
		accounts[i] = holders[domain]
	}
	return accounts, nil
}

// AccountByEmail returns the account whose customer somebody with this e-mail address is: the one that the exact domain
// routes to, else that of the nearest domain above it, up to the registrable one. It is nil if there is none.
// A text that is no e-mail address is BAD_USER_INPUT.
func (d *DB) AccountByEmail(ctx context.Context, v Viewer, text string) (*Account, error) {
	email, err := NormalizeEmail(text)
	if err != nil {
		return nil, BadInput("%s can't be looked up as an e-mail address: %s", shown(text), err)
	}
	s, names := &statement{}, selected[Account](wanted(ctx))
	s.write("SELECT ", listOf(names, "a"), "\nFROM unnest(CAST(", s.arg(pq.Array(domainLookupChain(emailDomain(email)))), " AS text[])) WITH ORDINALITY AS asked (domain, place)")
	s.write("\nJOIN account_domains d ON ", v.own(s, "d"), " AND d.is_routing AND d.domain = asked.domain")
	s.write("\nJOIN accounts a ON a.id = d.account_id AND ", v.visible(s, "a"), "\nORDER BY asked.place\nLIMIT 1")
	accounts, err := packed[*Account](ctx, d.pool, s, names, "account by e-mail address")
	if err != nil || len(accounts) == 0 {
		return nil, err
	}
	return accounts[0], nil
}

// AccountsByExternalID returns the accounts that there are, by what other systems call them. One that has several of the names
// is there once, under each.
func (d *DB) AccountsByExternalID(ctx context.Context, v Viewer, ids []ExternalID) (map[ExternalID]*Account, error) {
	sources, names := make([]string, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		sources[i], names[i] = strings.TrimSpace(id.Source), id.ID
	}
	s, read := &statement{}, selected[Account](wanted(ctx))
	s.write("SELECT asked.place, ", listOf(read, "a"))
	s.write("\nFROM unnest(CAST(", s.arg(pq.Array(sources)), " AS text[]), CAST(", s.arg(pq.Array(names)), " AS text[])) WITH ORDINALITY AS asked (source, external_id, place)")
	s.write("\nJOIN account_external_ids e ON ", v.own(s, "e"), " AND e.is_live AND e.source = asked.source AND e.external_id = asked.external_id")
	s.write("\nJOIN accounts a ON a.id = e.account_id AND ", v.visible(s, "a"))
	rows, err := packed[*struct {
		Place int `db:"place"`
		Account
	}](ctx, d.pool, s, append([]string{"place"}, read...), "accounts by external id")
	if err != nil {
		return nil, err
	}
	accounts, found := map[AccountID]*Account{}, make(map[ExternalID]*Account, len(rows))
	for _, row := range rows {
		if accounts[row.ID] == nil {
			accounts[row.ID] = &row.Account
		}
		found[ids[row.Place-1]] = accounts[row.ID]
	}
	return found, nil
}
