package db

import (
	"context"
)

// CountAccounts counts the accounts of lists, whatever their pages. Lists of the same filter are one statement.
func (d *DB) CountAccounts(ctx context.Context, v Viewer, lists []AccountList) (map[AccountList]int, error) {
	counts := make(map[AccountList]int, len(lists))
	alike := func(list AccountList) string {
		if list.of.IsZero() {
			return "all" + string(list.deleted) + filterKey(list.filter)
		}
		return filterKey(list.filter)
	}
	for _, group := range groups(lists, alike) {
		count := d.countRelated
		if group[0].of.IsZero() {
			count = d.countAll
		}
		if err := count(ctx, v, group, counts); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// groups puts what has the same key together, in the order in which the keys come first.
func groups[T any, K comparable](all []T, key func(T) K) [][]T {
	var found [][]T
	places := map[K]int{}
	for _, one := range all {
		k := key(one)
		at, known := places[k]
		if !known {
			at = len(found)
			places[k] = at
			found = append(found, nil)
		}
		found[at] = append(found[at], one)
	}
	return found
}

// countAll counts lists of all accounts, or of all deleted ones, which have the same filter.
func (d *DB) countAll(ctx context.Context, v Viewer, lists []AccountList, into map[AccountList]int) error {
	s := &statement{}
	listed, err := v.listed(s, "a", lists[0].deleted)
	if err != nil {
		return err
	}
	condition, err := lists[0].filter.where(s, v, "a")
	if err != nil {
		return err
	}
	if filter := lists[0].filter; filter.isUnder() && lists[0].deleted != DeletedOnly {
		s = &statement{} // each live account has one place
		s.write("SELECT count(*) FROM account_places below WHERE ", filter.Under.places(s, v, "("+filter.Under.top(s, v)+")"))
	} else {
		s.write("SELECT count(*) FROM accounts a WHERE ", listed, " AND ", condition)
	}
	counts, err := all[int](ctx, d.pool, s, "count accounts")
	if err != nil {
		return err
	}
	for _, list := range lists {
		into[list] = counts[0]
	}
	return nil
}

// countRelated counts lists of children or siblings, which have the same filter.
func (d *DB) countRelated(ctx context.Context, v Viewer, lists []AccountList, into map[AccountList]int) error {
	type key struct{ of, parent AccountID }
	var of, parents []AccountID
	asked := map[key]bool{}
	for _, list := range lists {
		// Once: equal lists may come with filters that are equal and not the same.
		if at := (key{list.of, list.parent}); !asked[at] {
			asked[at] = true
			of, parents = append(of, list.of), append(parents, list.parent)
		}
	}
	s := &statement{}
	condition, err := lists[0].filter.where(s, v, "a")
	if err != nil {
		return err
	}
	s.write("SELECT list.of_id, list.parent_id, count(*)")
	s.write("\nFROM unnest(CAST(", s.arg(keyArray(of)), " AS uuid[]), CAST(", s.arg(keyArray(parents)), " AS uuid[])) AS list (of_id, parent_id)")
	s.write("\nJOIN accounts a ON ", v.visible(s, "a"), " AND a.parent_id = list.parent_id AND a.id <> list.of_id")
	s.write("\nWHERE ", condition, "\nGROUP BY list.of_id, list.parent_id")
	rows, err := all[struct {
		Of     AccountID `db:"of_id"`
		Parent AccountID `db:"parent_id"`
		Count  int       `db:"count"`
	}](ctx, d.pool, s, "count related accounts")
	if err != nil {
		return err
	}
	counts := map[key]int{}
	for _, row := range rows {
		counts[key{row.Of, row.Parent}] = row.Count
	}
	for _, list := range lists {
		into[list] = counts[key{list.of, list.parent}]
	}
	return nil
}

// ChildCounts counts the children of accounts. An account without children is not in the answer.
func (d *DB) ChildCounts(ctx context.Context, v Viewer, ids []AccountID) (map[AccountID]int, error) {
	s := &statement{}
	// Counted for each parent by itself: for a thousand the planner would read the whole table.
	s.write("SELECT parent.id, children.count\nFROM unnest(CAST(", s.arg(keyArray(ids)), " AS uuid[])) AS parent (id)")
	s.write("\nCROSS JOIN LATERAL (SELECT count(*) FROM accounts a WHERE ", v.visible(s, "a"), " AND a.parent_id = parent.id) children")
	s.write("\nWHERE children.count > 0")
	return countsByID[AccountID](ctx, d, s, "count children")
}

// countsByID reads rows of an id and a count.
func countsByID[I identified](ctx context.Context, d *DB, s *statement, what string) (map[I]int, error) {
	rows, err := all[struct {
		ID    I   `db:"id"`
		Count int `db:"count"`
	}](ctx, d.pool, s, what)
	counts := make(map[I]int, len(rows))
	for _, row := range rows {
		counts[row.ID] = row.Count
	}
	return counts, err
}
