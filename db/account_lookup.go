package db

import (
	"context"
	"strings"

	"github.com/lib/pq"
)

// maxDomainLookup is how many domains AccountsByDomains looks up at once.
const maxDomainLookup = 1000

// AccountByNumber returns the account with an account number; nil if there is none.
func (d *DB) AccountByNumber(ctx context.Context, v Viewer, number int) (*Account, error) {
	s, names := &statement{}, selected[Account](wanted(ctx))
	s.write("SELECT ", listOf(names, "a"), "\nFROM accounts a\nWHERE ", v.visible(s, "a"), " AND a.number = ", s.arg(int64(number)))
	return d.oneAccount(ctx, s, names, "account by number")
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
	return d.oneAccount(ctx, s, names, "account by e-mail address")
}

// AccountByExternalID returns the account that another system knows by an id; nil if there is none.
func (d *DB) AccountByExternalID(ctx context.Context, v Viewer, source, id string) (*Account, error) {
	s, names := &statement{}, selected[Account](wanted(ctx))
	s.write("SELECT ", listOf(names, "a"), "\nFROM account_external_ids e\nJOIN accounts a ON a.id = e.account_id AND ", v.visible(s, "a"))
	s.write("\nWHERE ", v.own(s, "e"), " AND e.is_live AND e.source = ", s.arg(strings.TrimSpace(source)), " AND e.external_id = ", s.arg(id))
	return d.oneAccount(ctx, s, names, "account by external id")
}

// oneAccount runs a statement that finds the columns of one account at most.
func (d *DB) oneAccount(ctx context.Context, s *statement, names []string, what string) (*Account, error) {
	accounts, err := packed[*Account](ctx, d.pool, s, names, what)
	if err != nil || len(accounts) == 0 {
		return nil, err
	}
	return accounts[0], nil
}
