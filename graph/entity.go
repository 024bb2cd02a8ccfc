package graph

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/auth"
)

// maxRepresentations is how many records a gateway can ask for at once.
const maxRepresentations = 10_000

// entityKey is a key by which gateways name records of a type, as @key tells it in the schema.
type entityKey struct {
	// field is the field that it is made of.
	field string
	// read reads the field's value in a representation: names of the record, any of which is enough.
	read func(value any) ([]any, error)
	// find finds records by such names, in one statement.
	find func(ctx context.Context, names []any) (map[any]db.Node, error)
}

// entityKeys are the keys of each type, in the order in which they count.
func entityKeys(d *db.DB) map[string][]*entityKey {
	return map[string][]*entityKey{
		"Account": {
			keyedBy("id", readID(db.ID.Account), d.AccountsByID),
			keyedBy("number", readNumber, d.AccountsByNumber),
			keyedBy("externalIds", readExternalIDs, d.AccountsByExternalID),
		},
		"Contact":      {keyedBy("id", readID(db.ID.Contact), d.ContactsByID)},
		"Organization": {keyedBy("id", readID(db.ID.Organization), d.OrganizationsByID)},
		"User":         {keyedBy("id", readID(db.ID.User), d.UsersByID)},
	}
}

// keyedBy makes a key of a reader of its names N and a method of db that finds records by them.
func keyedBy[N comparable, R db.Node](field string, read func(value any) ([]N, error), find reader[N, R]) *entityKey {
	return &entityKey{
		field: field,
		read: func(value any) ([]any, error) {
			names, err := read(value)
			list := make([]any, len(names))
			for i, name := range names {
				list[i] = name
			}
			return list, err
		},
		find: func(ctx context.Context, names []any) (map[any]db.Node, error) {
			asked := make([]N, len(names))
			for i, name := range names {
				asked[i] = name.(N)
			}
			records, err := find(ctx, auth.Viewer(ctx), asked)
			found := make(map[any]db.Node, len(records))
			for name, record := range records {
				found[name] = record
			}
			return found, err
		},
	}
}

func readID[I any](as func(db.ID) I) func(value any) ([]I, error) {
	return func(value any) ([]I, error) {
		var id db.ID
		err := id.UnmarshalGQL(value)
		return []I{as(id)}, err
	}
}

func readNumber(value any) ([]int, error) {
	number, err := graphql.UnmarshalInt(value)
	if err != nil {
		return nil, db.BadInput("`number` is a whole number")
	}
	return []int{number}, nil
}

func readExternalIDs(value any) ([]db.ExternalID, error) {
	items, ok := value.([]any)
	if !ok {
		items = []any{value} // one value stands for a list of one
	}
	ids := make([]db.ExternalID, len(items))
	for i, item := range items {
		fields, _ := item.(map[string]any)
		source, hasSource := fields["source"].(string)
		id, hasID := fields["id"].(string)
		if !hasSource || !hasID || strings.ContainsRune(source+id, 0) {
			return nil, db.BadInput("`externalIds` are objects with `source` and `id`, which are texts without NUL")
		}
		ids[i] = db.ExternalID{Source: source, ID: id}
	}
	return ids, nil
}

// reference is what a representation names.
type reference struct {
	key   *entityKey
	names []any
}

// referenceOf reads a representation. The error tells what is wrong with it.
func (r *Resolver) referenceOf(representation any) (reference, error) {
	fields, ok := representation.(map[string]any)
	if !ok {
		return reference{}, db.BadInput("a representation is an object with `__typename` and a key")
	}
	typeName, _ := fields["__typename"].(string)
	keys := r.entityKeys[typeName]
	if keys == nil {
		return reference{}, db.BadInput("`__typename` is %.64q, and has to be one of %s", typeName, strings.Join(slices.Sorted(maps.Keys(r.entityKeys)), ", "))
	}
	var names []string
	for _, key := range keys {
		if value := fields[key.field]; value != nil {
			found, err := key.read(value)
			return reference{key, found}, err
		}
		names = append(names, "`"+key.field+"`")
	}
	return reference{}, db.BadInput("a representation of %s has one of its keys: %s", typeName, strings.Join(names, ", "))
}

// entities returns the records that representations name, in their order, nil where there is none: one statement for each key
// that they use. What is wrong with one of them is an error at its place.
func (r *Resolver) entities(ctx context.Context, representations []any) ([]db.Node, error) {
	if len(representations) > maxRepresentations {
		return nil, db.BadInput("there are %d representations, and at most %d are possible at once", len(representations), maxRepresentations)
	}
	refuse := func(i int, err error) {
		graphql.AddError(graphql.WithPathContext(ctx, graphql.NewPathWithIndex(i)), err)
	}
	references := make([]reference, len(representations))
	asked := map[*entityKey]map[any]bool{}
	for i, representation := range representations {
		reference, err := r.referenceOf(representation)
		if err != nil {
			refuse(i, err)
			continue
		}
		references[i] = reference
		if asked[reference.key] == nil {
			asked[reference.key] = map[any]bool{}
		}
		for _, name := range reference.names {
			asked[reference.key][name] = true
		}
	}
	found := map[*entityKey]map[any]db.Node{}
	for key, names := range asked {
		var err error
		if found[key], err = key.find(ctx, slices.Collect(maps.Keys(names))); err != nil {
			return nil, err
		}
	}
	list := make([]db.Node, len(representations))
	for i, reference := range references {
		for _, name := range reference.names {
			record := found[reference.key][name]
			if list[i] != nil && record != nil && record != list[i] {
				refuse(i, db.BadInput("`%s` are of different records", reference.key.field))
				list[i] = nil
				break
			}
			if record != nil {
				list[i] = record
			}
		}
	}
	return list, nil
}
