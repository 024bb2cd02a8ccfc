package db

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// routingHolders returns which live account each domain routes to.
func routingHolders(ctx context.Context, q sqlx.QueryerContext, v Viewer, domains []string) (map[string]AccountID, error) {
	rows, err := all[AccountDomain](ctx, q, textOf("SELECT account_id, domain FROM account_domains WHERE organization_id = $1 AND domain = ANY($2) AND is_routing",
		v.Organization, pq.Array(domains)), "holders of domains")
	holders := make(map[string]AccountID, len(rows))
	for _, row := range rows {
		holders[row.Domain] = row.AccountID
	}
	return holders, err
}

// SetDomainRouting makes a domain of an account route to it and to no other.
// It returns the account, and the one that the domain routed to before, if that was another.
func (d *DB) SetDomainRouting(ctx context.Context, v Viewer, id AccountID, text string) (account, previous *Account, err error) {
	err = d.write(ctx, func(tx *sqlx.Tx) error {
		account, previous = nil, nil
		if err := v.mayWrite(); err != nil {
			return err
		}
		c := validation{}
		domain, err := NormalizeDomain(text)
		c.fail(err, "domain")
		account, err = lockAccount(ctx, tx, v, id)
		if err != nil {
			return err
		}
		if account == nil {
			c.fail(noAccount(), "accountId")
		}
		if err := c.err(); err != nil {
			return err
		}
		before, err := routingHolders(ctx, tx, v, []string{domain})
		if err != nil {
			return err
		}
		if before[domain] == id {
			return nil
		}
		n, err := exec(ctx, tx, "take domain", `
			WITH former AS (
			  UPDATE account_domains SET is_routing = false
			  WHERE organization_id = $1 AND domain = $3 AND is_routing AND account_id <> $2
			)
			SELECT FROM account_domains WHERE organization_id = $1 AND account_id = $2 AND domain = $3`,
			v.Organization, id, domain)
		if err != nil {
			return err
		}
		if n == 0 {
			return Problems{problem(ProblemNotFound, "the account does not have the domain %s: add it with updateAccount first", domain).at("domain")}
		}
		if _, err := exec(ctx, tx, "route domain", "UPDATE account_domains SET is_routing = true WHERE organization_id = $1 AND account_id = $2 AND domain = $3",
			v.Organization, id, domain); err != nil {
			return err
		}
		touched := []AccountID{id}
		var routedTo *AccountID
		if former, ok := before[domain]; ok {
			touched, routedTo = append(touched, former), &former
		}
		records, err := touchAccounts(ctx, tx, v, touched)
		if err != nil {
			return err
		}
		account = records[id]
		if former, ok := before[domain]; ok {
			previous = records[former]
		}
		return appendEvents(ctx, tx, v, event{kind: "account.domain_routed", entity: "account", id: id.uuid,
			before: map[string]any{"domain": domain, "routed_to": uuidText(routedTo)}, after: map[string]any{"domain": domain, "routed_to": id.uuid}})
	})
	if err != nil {
		return nil, nil, err
	}
	return account, previous, nil
}

// touchAccounts makes a new version of accounts whose own row does not change otherwise, and returns those that there are.
// They are locked in the order of their ids, so that two writers of several accounts do not deadlock.
func touchAccounts(ctx context.Context, tx *sqlx.Tx, v Viewer, ids []AccountID) (map[AccountID]*Account, error) {
	actor := v.actor()
	accounts, err := all[*Account](ctx, tx, textOf(`
		WITH locked AS (
		  SELECT id FROM accounts WHERE organization_id = $1 AND id = ANY($2) AND deleted_at IS NULL
		  ORDER BY id
		  FOR NO KEY UPDATE
		)
		UPDATE accounts a SET version = a.version + 1, updated_at = now(), updated_by_kind = $3, updated_by_id = $4
		FROM locked
		WHERE a.organization_id = $1 AND a.id = locked.id
		RETURNING `+columns[Account]("a"), v.Organization, idArray(ids), actor.Kind, actor.ID), "touch accounts")
	return byID(accounts, func(a *Account) AccountID { return a.ID }), err
}

// holding is a domain that an account is about to lose.
type holding struct {
	account AccountID
	domain  string
}

// handOver gives each domain that routes to an account which is about to lose it to the highest account of the same tree
// that shares it, else to nobody. It runs before the accounts are deleted, while their trees are whole; those that are
// about to be, gone, inherit nothing.
func handOver(ctx context.Context, tx *sqlx.Tx, v Viewer, lost []holding, gone []AccountID) error {
	if len(lost) == 0 {
		return nil
	}
	var domains []string
	losing := map[holding]bool{}
	for _, h := range lost {
		domains = append(domains, h.domain)
		losing[h] = true
	}
	leaving := byID(gone, func(id AccountID) AccountID { return id })
	type sharer struct {
		AccountID AccountID `db:"account_id"`
		Domain    string    `db:"domain"`
		Number    int       `db:"number"`
	}
	sharers, err := all[sharer](ctx, tx, textOf(`
		SELECT d.account_id, d.domain, a.number
		FROM account_domains d
		JOIN accounts a ON a.organization_id = d.organization_id AND a.id = d.account_id
		WHERE d.organization_id = $1 AND d.domain = ANY($2) AND a.deleted_at IS NULL`,
		v.Organization, pq.Array(domains)), "sharers of domains")
	if err != nil {
		return err
	}
	sharers = slices.DeleteFunc(sharers, func(s sharer) bool {
		_, leaves := leaving[s.AccountID]
		return leaves || losing[holding{s.AccountID, s.Domain}]
	})
	heirs := map[string]AccountID{}
	if len(sharers) > 0 {
		var ids []AccountID
		for _, s := range sharers {
			ids = append(ids, s.AccountID)
		}
		for _, h := range lost {
			ids = append(ids, h.account)
		}
		above, err := lines(ctx, tx, v, ids)
		if err != nil {
			return err
		}
		depths := map[AccountID]int{}
		slices.SortFunc(sharers, func(a, b sharer) int {
			return cmp.Or(cmp.Compare(depth(a.AccountID, above, depths), depth(b.AccountID, above, depths)), cmp.Compare(a.Number, b.Number))
		})
		for _, h := range lost {
			for _, s := range sharers {
				if s.Domain == h.domain && rootOf(s.AccountID, above) == rootOf(h.account, above) {
					heirs[h.domain] = s.AccountID
					break
				}
			}
		}
	}
	return moveRouting(ctx, tx, v, lost, heirs)
}

// moveRouting takes domains away from those that lose them and gives them to their heirs.
func moveRouting(ctx context.Context, tx *sqlx.Tx, v Viewer, lost []holding, heirs map[string]AccountID) error {
	var losers, heirIDs []AccountID
	var lostDomains, inherited []string
	for _, h := range lost {
		losers, lostDomains = append(losers, h.account), append(lostDomains, h.domain)
	}
	if _, err := exec(ctx, tx, "end routing", `
		UPDATE account_domains d SET is_routing = false
		FROM unnest($2::uuid[], $3::text[]) AS lost (account_id, domain)
		WHERE d.organization_id = $1 AND d.account_id = lost.account_id AND d.domain = lost.domain`,
		v.Organization, idArray(losers), pq.Array(lostDomains)); err != nil {
		return err
	}
	if len(heirs) == 0 {
		return nil
	}
	// This locks them against deletion as well: nothing routes to a deleted account.
	live, err := touchAccounts(ctx, tx, v, slices.Collect(maps.Values(heirs)))
	if err != nil {
		return err
	}
	for _, domain := range slices.Sorted(maps.Keys(heirs)) {
		if heir := heirs[domain]; live[heir] != nil {
			heirIDs, inherited = append(heirIDs, heir), append(inherited, domain)
		}
	}
	if _, err := exec(ctx, tx, "inherit routing", `
		UPDATE account_domains d SET is_routing = true
		FROM unnest($2::uuid[], $3::text[]) AS heir (account_id, domain)
		WHERE d.organization_id = $1 AND d.account_id = heir.account_id AND d.domain = heir.domain`,
		v.Organization, idArray(heirIDs), pq.Array(inherited)); err != nil {
		return err
	}
	from := map[string]AccountID{}
	for _, h := range lost {
		from[h.domain] = h.account
	}
	var events []event
	for i, heir := range heirIDs {
		events = append(events, event{kind: "account.domain_routed", entity: "account", id: heir.uuid,
			before: map[string]any{"domain": inherited[i], "routed_to": from[inherited[i]].uuid}, after: map[string]any{"domain": inherited[i], "routed_to": heir.uuid}})
	}
	return appendEvents(ctx, tx, v, events...)
}

// rootOf is the top of an account's line.
func rootOf(id AccountID, above map[AccountID]AccountID) AccountID {
	for !above[id].IsZero() {
		id = above[id]
	}
	return id
}
