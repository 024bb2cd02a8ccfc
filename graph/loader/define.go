package loader

import "github.com/accountgraph/accountgraph/db"

// link defines a field of parents P with values V, out of a source's values S by keys K.
func link[P any, K comparable, S, V any](ls *Links, field string, source *Source, by key[P, K], pick func(value S, found bool) V) To[P, V] {
	l := &Link{
		Field:  field,
		source: source,
		Reads:  by.reads,
		key: func(parent any) (any, bool) {
			k, ok := by.of(parent.(P))
			return k, ok
		},
		pick: func(value any, found bool) (any, error) {
			if !found {
				var none S
				return pick(none, false), nil
			}
			return pick(value.(S), true), nil
		},
	}
	ls.add(l)
	return To[P, V]{l}
}

// same is for links whose value is the source's as it is, nil or zero where there is none.
func same[V any](value V, _ bool) V { return value }

// found is for links whose value is the source's, nil where there is none.
func found[V any](value V, found bool) *V {
	if !found {
		return nil
	}
	return &value
}

// key is what a source knows a parent by.
type key[P any, K comparable] struct {
	of func(P) (K, bool)
	// reads are the columns of the parent that it is made of; nil if they may be any.
	reads db.Columns
}

// always is for links whose key every parent has.
func always[P any, K comparable](of func(P) K) key[P, K] {
	return key[P, K]{of: func(parent P) (K, bool) { return of(parent), true }}
}

// identity is for links whose key is what tells the parent apart, which is read in any case.
func identity[P any, K comparable](of func(P) K) key[P, K] {
	k := always(of)
	k.reads = db.Columns{}
	return k
}

// identityIf is identity for links that lead nowhere from some of the parents; reads are the columns that decide.
func identityIf[P any, K comparable](of func(P) K, leads func(P) bool, reads ...string) key[P, K] {
	return key[P, K]{of: func(parent P) (K, bool) { return of(parent), leads(parent) }, reads: db.NewColumns(reads...)}
}

// optional is for links whose key is a field that may be nil; reads are its columns, if they are known.
func optional[P any, K comparable](of func(P) *K, reads ...string) key[P, K] {
	k := key[P, K]{of: func(parent P) (K, bool) {
		k := of(parent)
		if k == nil {
			var none K
			return none, false
		}
		return *k, true
	}}
	if reads != nil {
		k.reads = db.NewColumns(reads...)
	}
	return k
}

// actor defines a link to who did something: a user or an API key is fetched, the system is at hand.
func actor[P any](ls *Links, field string, ref func(P) db.ActorRef, reads ...string) To[P, db.Actor] {
	l := link(ls, field, ls.actors, optional(func(parent P) *db.ID { return ref(parent).Node() }, reads...), same[db.Actor])
	l.known = func(parent any) (any, bool) {
		s := ref(parent.(P)).System()
		return s, s != nil
	}
	return l
}

// user defines a link to a user. It shares its source with actors: one statement brings both.
func user[P any](ls *Links, field string, id func(P) *db.UserID, reads ...string) To[P, *db.User] {
	return link(ls, field, ls.actors, node(id, reads...), func(actor db.Actor, _ bool) *db.User {
		u, _ := actor.(*db.User)
		return u
	})
}

// node is for links whose key is the identity of one of several kinds of records.
func node[P any, I interface{ ID() db.ID }](id func(P) *I, reads ...string) key[P, db.ID] {
	return optional(func(parent P) *db.ID {
		typed := id(parent)
		if typed == nil {
			return nil
		}
		plain := (*typed).ID()
		return &plain
	}, reads...)
}

// picklist defines a link to the value of a list that a record names by its key. The key itself needs no look-up.
func picklist[P any](ls *Links, field string, list db.Picklist, column string, text func(P) *string) To[P, *db.PicklistValue] {
	l := link(ls, field, ls.picklists, optional(func(parent P) *db.PicklistKey {
		k := text(parent)
		if k == nil {
			return nil
		}
		return &db.PicklistKey{Picklist: list, Key: *k}
	}, column), same[*db.PicklistValue])
	l.stubbed = []string{"__typename", "picklist", "key"}
	l.stubText = func(parent any) *string { return text(parent.(P)) }
	l.stub = func(key string) any { return &db.PicklistValue{Picklist: list, Key: key} }
	return l
}

// related defines a link through the hierarchy.
func related[V any](ls *Links, field string, source *Source, relation db.Relation, key func(*db.Account) (any, bool), walked func(*db.StepResult, *db.Account) V) To[*db.Account, V] {
	l := &Link{
		Field:    field,
		source:   source,
		key:      func(parent any) (any, bool) { return key(parent.(*db.Account)) },
		pick:     func(value any, _ bool) (any, error) { return value, nil },
		Reads:    db.Columns{}, // where an account is in the hierarchy is read in any case
		Relation: relation,
		walked:   func(result *db.StepResult, parent any) any { return walked(result, parent.(*db.Account)) },
	}
	ls.add(l)
	return To[*db.Account, V]{l}
}
