package graph

import (
	"context"
	"strconv"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/auth"
)

// How many records can be asked for by their ids at once.
const (
	maxRecordsByID = 1000
	maxNodes       = 100
)

// reader is a method of db that finds records by their ids.
type reader[I comparable, R any] func(ctx context.Context, v db.Viewer, ids []I) (map[I]R, error)

// record returns one record; nil if there is none.
func record[I comparable, R any](ctx context.Context, read reader[I, R], id I) (R, error) {
	found, err := read(ctx, auth.Viewer(ctx), []I{id})
	return found[id], err
}

// records returns records in the order of their ids, nil where there is none.
func records[I comparable, R any](ctx context.Context, read reader[I, R], ids []I) ([]R, error) {
	if len(ids) > maxRecordsByID {
		return nil, db.BadInput("there are %d ids, and at most %d are possible at once", len(ids), maxRecordsByID)
	}
	found, err := read(ctx, auth.Viewer(ctx), ids)
	list := make([]R, len(ids))
	for i, id := range ids {
		list[i] = found[id]
	}
	return list, err
}

// single returns the only element of a list.
func single[R any](list []R, err error) (R, error) {
	var none R
	if err != nil || len(list) == 0 {
		return none, err
	}
	return list[0], nil
}

// typed makes ids of one kind of ids as clients send them.
func typed[I any](ids []*db.ID, as func(db.ID) I) []I {
	list := make([]I, len(ids))
	for i, id := range ids {
		list[i] = as(*id)
	}
	return list
}

// optional makes an id of one kind of one that may be absent.
func optional[I any](id *db.ID, as func(db.ID) I) *I {
	if id == nil {
		return nil
	}
	one := as(*id)
	return &one
}

// nodes returns records of any kind in the order of their ids, nil where there is none: one statement for each kind.
func (r *Resolver) nodes(ctx context.Context, ids []*db.ID) ([]db.Node, error) {
	if len(ids) > maxNodes {
		return nil, db.BadInput("there are %d ids, and at most %d are possible at once", len(ids), maxNodes)
	}
	byKind := map[db.Kind][]*db.ID{}
	for _, id := range ids {
		byKind[id.Kind] = append(byKind[id.Kind], id)
	}
	found := map[db.ID]db.Node{}
	for kind, ids := range byKind {
		var err error
		switch kind {
		case db.KindAccount:
			err = collect(ctx, found, r.db.AccountsByID, ids, db.ID.Account)
		case db.KindContact:
			err = collect(ctx, found, r.db.ContactsByID, ids, db.ID.Contact)
		case db.KindCustomerUser:
			err = collect(ctx, found, r.db.CustomerUsersByID, ids, db.ID.CustomerUser)
		case db.KindUser:
			err = collect(ctx, found, r.db.UsersByID, ids, db.ID.User)
		case db.KindOrganization:
			err = collect(ctx, found, r.db.OrganizationsByID, ids, db.ID.Organization)
		case db.KindPicklistValue:
			err = collect(ctx, found, r.db.PicklistValuesByID, ids, db.ID.PicklistValue)
		case db.KindParentChange:
			err = collect(ctx, found, r.db.ParentChangesByID, ids, db.ID.ParentChange)
		case db.KindAPIKey:
			err = collect(ctx, found, r.db.APIKeysByID, ids, db.ID.APIKey)
		case db.KindImport:
			err = collect(ctx, found, r.db.ImportsByID, ids, db.ID.Import)
		}
		if err != nil {
			return nil, err
		}
	}
	list := make([]db.Node, len(ids))
	for i, id := range ids {
		list[i] = found[*id]
	}
	return list, nil
}

// collect reads the records of one kind into found.
func collect[I interface {
	comparable
	ID() db.ID
}, R db.Node](ctx context.Context, found map[db.ID]db.Node, read reader[I, R], ids []*db.ID, as func(db.ID) I) error {
	records, err := read(ctx, auth.Viewer(ctx), typed(ids, as))
	for id, record := range records {
		found[id.ID()] = record
	}
	return err
}

// argumentPath is where the problems of a mutation with plain arguments stand.
func argumentPath(int) []string { return nil }

// bulkPath is where the problems of the rows of a bulk mutation stand.
func bulkPath(list string) func(int) []string {
	return func(i int) []string { return []string{"input", list, strconv.Itoa(i)} }
}
