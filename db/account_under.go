package db

import "reflect"

// UnderFilter says: in the subtree of an account.
type UnderFilter struct {
	ID          ID
	IncludeSelf bool
	MaxLevel    *int
}

func (f *UnderFilter) where(s *statement, v Viewer, a string) (string, error) {
	if f == nil {
		return "true", nil
	}
	if f.MaxLevel != nil && *f.MaxLevel < 0 {
		return "", BadInput("`maxLevel` is %d, and must not be negative", *f.MaxLevel)
	}
	return f.foundFirst(s, v, a), nil
}

// top is the place of the account in whose subtree they are. The planner calls place_of as well, to know how many there are.
func (f *UnderFilter) top(s *statement, v Viewer) string {
	return "place_of(CAST(" + s.arg(v.Organization) + " AS uuid), CAST(" + s.arg(f.ID.Account()) + " AS uuid))"
}

// places is the predicate of the places `below` that are in the subtree; top is what has its marks.
func (f *UnderFilter) places(s *statement, v Viewer, top string) string {
	after, deepest := ">", ""
	if f.IncludeSelf {
		after = ">="
	}
	if f.MaxLevel != nil {
		deepest = " AND below.depth <= " + top + ".depth + CAST(" + s.arg(int64(*f.MaxLevel)) + " AS bigint)"
	}
	return v.own(s, "below") + " AND below.root_id = " + top + ".root_id AND below.first " + after + " " + top + ".first AND below.first < " + top + ".last" + deepest
}

// foundFirst is the predicate of the accounts in the subtree, all of which are found (OFFSET 0) before anything else is asked of
// them: to go through an organization in the order of a list until enough of them have come may take all of it, where those of a
// subtree were made together.
func (f *UnderFilter) foundFirst(s *statement, v Viewer, a string) string {
	return a + ".id IN (\n    SELECT below.account_id\n    FROM account_places below\n    WHERE " + f.places(s, v, "("+f.top(s, v)+")") + "\n    OFFSET 0)"
}

// lookedUp is the same predicate, asked of one account after the other (OFFSET 0).
func (f *UnderFilter) lookedUp(s *statement, v Viewer, a string) string {
	return "EXISTS (\n    SELECT\n    FROM " + placeByKey(s, v, a+".id") + " below\n    WHERE " + f.places(s, v, "(SELECT "+f.top(s, v)+")") + "\n    OFFSET 0)"
}

// besidesUnder is the filter without the subtree.
func (f *AccountFilter) besidesUnder() *AccountFilter {
	others := *f
	others.Under = nil
	return &others
}

// isUnder tells whether the filter asks for a subtree and for nothing else.
func (f *AccountFilter) isUnder() bool {
	return f != nil && f.Under != nil && reflect.ValueOf(*f.besidesUnder()).IsZero()
}

// isLarge is the condition that some number of accounts are in the subtree, or more.
func (f *UnderFilter) isLarge(s *statement, v Viewer, size int) string {
	return "EXISTS (SELECT FROM account_places below WHERE " + f.places(s, v, "("+f.top(s, v)+")") + " OFFSET " + s.arg(int64(size-1)) + ")"
}

// maxTried is how many accounts are looked at before those of a large subtree are found: a quarter as many, as it may be in vain.
const maxTried = largeSubtree / 4

// list writes the statement of a page of the accounts that are listed and that the filter lets pass. Those of a large subtree are tried
// first: the list of all the organization is gone through, and the place of each account looked up that the rest of the filter lets pass,
// until the page is full or nothing is left. If neither comes soon, as where names are alike in a subtree or few pass, the subtree is
// found and put in order. That is decided by what is there when the statement runs: a plan that is kept has both ways, of which one is
// gone.
func (f *AccountFilter) list(s *statement, v Viewer, p page, names []string, listed string, limit int64, large int) error {
	if f == nil || f.Under == nil {
		condition, err := f.where(s, v, "a")
		p.list(s, names, "accounts", "a", listed+" AND "+condition, s.arg(limit))
		return err
	}
	condition, err := f.besidesUnder().where(s, v, "a")
	if err != nil {
		return err
	}
	under, err := f.Under.where(s, v, "a")
	if err != nil {
		return err
	}
	full, tried := s.arg(limit), s.arg(int64(maxTried))
	s.write("WITH subtree AS MATERIALIZED (\n  SELECT ", f.Under.isLarge(s, v, large), " AS is_large")
	s.write("\n), listed AS MATERIALIZED (\n")
	p.list(s, append(columnNames[Account](), "name_folded"), "accounts", "a", listed, "(SELECT CASE WHEN is_large THEN "+tried+" ELSE 0 END FROM subtree)")
	s.write("\n), tried AS MATERIALIZED (\n  SELECT ", listOf(names, "a"), ", a.sort_key FROM listed a WHERE ", condition, " AND ", f.Under.lookedUp(s, v, "a"), " LIMIT ", full)
	s.write("\n), answer AS MATERIALIZED (\n  SELECT is_large AND CASE (SELECT count(*) FROM tried) WHEN ", full, " THEN true ELSE (SELECT count(*) FROM listed) < ", tried, " END AS is_found\n  FROM subtree\n)")
	s.write("\n(SELECT * FROM tried WHERE (SELECT is_found FROM answer))\nUNION ALL\n(")
	p.list(s, names, "accounts", "a", listed+" AND "+condition+" AND "+under+" AND NOT (SELECT is_found FROM answer)", full)
	s.write(")")
	return nil
}
