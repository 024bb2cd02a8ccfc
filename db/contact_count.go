package db

import "context"

// CountContacts counts the contacts of lists, whatever their pages. Lists of the same scope and filter are
// one statement; two if they include those below.
func (d *DB) CountContacts(ctx context.Context, v Viewer, lists []ContactList) (map[ContactList]int, error) {
	counts := make(map[ContactList]int, len(lists))
	alike := func(list ContactList) string {
		return string(list.scope) + string(list.deleted) + filterKey(list.filter)
	}
	for _, group := range groups(lists, alike) {
		count := d.countContactsOf
		switch group[0].scope {
		case allContacts:
			count = d.countAllContacts
		case belowAccount:
			count = d.countContactsBelow
		}
		if err := count(ctx, v, group, counts); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// countAllContacts counts lists of all contacts, or of all deleted ones, which have the same filter.
func (d *DB) countAllContacts(ctx context.Context, v Viewer, lists []ContactList, into map[ContactList]int) error {
	s := &statement{}
	listed, err := v.listed(s, "c", lists[0].deleted)
	if err != nil {
		return err
	}
	condition, err := lists[0].filter.where(s, v, "c")
	if err != nil {
		return err
	}
	s.write("SELECT count(*) FROM contacts c WHERE ", listed, " AND ", condition)
	counts, err := all[int](ctx, d.pool, s, "count contacts")
	if err != nil {
		return err
	}
	for _, list := range lists {
		into[list] = counts[0]
	}
	return nil
}

// countContactsOf counts lists of the people at accounts, which have the same filter.
func (d *DB) countContactsOf(ctx context.Context, v Viewer, lists []ContactList, into map[ContactList]int) error {
	ids := make([]AccountID, len(lists))
	for i, list := range lists {
		ids[i] = list.account
	}
	s := &statement{}
	condition, err := lists[0].filter.where(s, v, "c")
	if err != nil {
		return err
	}
	s.write("SELECT account.id, people.count\nFROM accounts account\nCROSS JOIN LATERAL (\n  SELECT count(*)\n  FROM account_contacts link")
	s.write("\n  CROSS JOIN LATERAL (SELECT FROM contacts c WHERE ", v.visible(s, "c"), " AND c.id = link.contact_id AND ", condition, " LIMIT 1) c")
	s.write("\n  WHERE ", v.own(s, "link"), " AND link.account_id = account.id\n) people")
	s.write("\nWHERE ", v.visible(s, "account"), " AND account.id = ANY(", s.arg(keyArray(ids)), ")")
	counts, err := countsByID[AccountID](ctx, d, s, "count contacts of accounts")
	if err != nil {
		return err
	}
	for _, list := range lists {
		into[list] = counts[list.account]
	}
	return nil
}

// MemberCounts counts the contacts at accounts. An account without contacts is not in the answer.
func (d *DB) MemberCounts(ctx context.Context, v Viewer, accounts []AccountID) (map[AccountID]int, error) {
	s := &statement{}
	s.write("SELECT link.account_id AS id, count(*)\nFROM account_contacts link")
	s.write("\nCROSS JOIN LATERAL (SELECT FROM contacts c WHERE ", v.visible(s, "c"), " AND c.id = link.contact_id LIMIT 1) c")
	s.write("\nWHERE ", v.own(s, "link"), " AND link.account_id = ANY(", s.arg(keyArray(accounts)), ")\nGROUP BY link.account_id")
	return countsByID[AccountID](ctx, d, s, "count members")
}

// CountAccountsOf counts the accounts where contacts are. A contact without accounts is not in the answer.
func (d *DB) CountAccountsOf(ctx context.Context, v Viewer, contacts []ContactID) (map[ContactID]int, error) {
	s := &statement{}
	s.write("SELECT link.contact_id AS id, count(*)\nFROM account_contacts link")
	s.write("\nCROSS JOIN LATERAL (SELECT FROM contacts c WHERE ", v.visible(s, "c"), " AND c.id = link.contact_id LIMIT 1) c")
	s.write("\nCROSS JOIN LATERAL (SELECT FROM accounts a WHERE ", v.visible(s, "a"), " AND a.id = link.account_id LIMIT 1) a")
	s.write("\nWHERE ", v.own(s, "link"), " AND link.contact_id = ANY(", s.arg(keyArray(contacts)), ")\nGROUP BY link.contact_id")
	return countsByID[ContactID](ctx, d, s, "count accounts of contacts")
}
