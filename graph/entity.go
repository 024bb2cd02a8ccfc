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
	// asked makes an empty set of what one request asks for by the key, with space for so many representations.
	asked func(most int) entityNames
}

// entityNames are what representations of one request name by one key.
type entityNames interface {
	// add reads the field's value in the representation at a position: names of one record, any of which is enough.
	add(position int, value any) error
	// find finds the records, in one statement, and puts each at the positions that name it. What is wrong at one is refused.
	find(ctx context.Context, at []db.Node, refuse func(position int, err error)) error
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

// keyedBy makes a key of a reader of its names N, which appends them, and a method of db that finds records by them.
func keyedBy[N comparable, R db.Node](field string, read func(names []N, value any) ([]N, error), find reader[N, R]) *entityKey {
	return &entityKey{field, func(most int) entityNames {
		return &namesOf[N, R]{field: field, read: read, reader: find, names: make([]N, 0, most), places: make([]namesAt, 0, most)}
	}}
}

// namesOf are names N of records R.
type namesOf[N comparable, R db.Node] struct {
	field  string
	read   func(names []N, value any) ([]N, error)
	reader reader[N, R]
	names  []N
	places []namesAt
}

// namesAt are the names, up to an end, of the record at a position.
type namesAt struct{ position, end int }

func (n *namesOf[N, R]) add(position int, value any) error {
	names, err := n.read(n.names, value)
	if err != nil {
		return err
	}
	n.names = names
	n.places = append(n.places, namesAt{position, len(names)})
	return nil
}

func (n *namesOf[N, R]) find(ctx context.Context, at []db.Node, refuse func(position int, err error)) error {
	records, err := n.reader(ctx, auth.Viewer(ctx), distinct(n.names))
	if err != nil {
		return err
	}
	begin := 0
	for _, place := range n.places {
		for _, name := range n.names[begin:place.end] {
			record, ok := records[name]
			if !ok {
				continue
			}
			if known := at[place.position]; known != nil && known != db.Node(record) {
				refuse(place.position, db.BadInput("`%s` are of different records", n.field))
				at[place.position] = nil
				break
			}
			at[place.position] = record
		}
		begin = place.end
	}
	return nil
}

// distinct are the values, each once.
func distinct[T comparable](values []T) []T {
	seen := make(map[T]struct{}, len(values))
	once := make([]T, 0, len(values))
	for _, value := range values {
		if _, ok := seen[value]; !ok {
			seen[value] = struct{}{}
			once = append(once, value)
		}
	}
	return once
}

func readID[I any](as func(db.ID) I) func(ids []I, value any) ([]I, error) {
	return func(ids []I, value any) ([]I, error) {
		var id db.ID
		err := id.UnmarshalGQL(value)
		return append(ids, as(id)), err
	}
}

func readNumber(numbers []int, value any) ([]int, error) {
	number, err := graphql.UnmarshalInt(value)
	if err != nil {
		return nil, db.BadInput("`number` is a whole number")
	}
	return append(numbers, number), nil
}

func readExternalIDs(ids []db.ExternalID, value any) ([]db.ExternalID, error) {
	items, ok := value.([]any)
	if !ok {
		items = []any{value} // one value stands for a list of one
	}
	for _, item := range items {
		fields, _ := item.(map[string]any)
		source, hasSource := fields["source"].(string)
		id, hasID := fields["id"].(string)
		if !hasSource || !hasID || strings.ContainsRune(source+id, 0) {
			return nil, db.BadInput("`externalIds` are objects with `source` and `id`, which are texts without NUL")
		}
		ids = append(ids, db.ExternalID{Source: source, ID: id})
	}
	return ids, nil
}

// keyOf is the key that a representation has, with the value of its field. The error tells what is wrong with the representation.
func (r *Resolver) keyOf(representation any) (*entityKey, any, error) {
	fields, ok := representation.(map[string]any)
	if !ok {
		return nil, nil, db.BadInput("a representation is an object with `__typename` and a key")
	}
	typeName, _ := fields["__typename"].(string)
	keys := r.entityKeys[typeName]
	if keys == nil {
		return nil, nil, db.BadInput("`__typename` is %.64q, and has to be one of %s", typeName, strings.Join(slices.Sorted(maps.Keys(r.entityKeys)), ", "))
	}
	for _, key := range keys {
		if value := fields[key.field]; value != nil {
			return key, value, nil
		}
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = "`" + key.field + "`"
	}
	return nil, nil, db.BadInput("a representation of %s has one of its keys: %s", typeName, strings.Join(names, ", "))
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
	asked := map[*entityKey]entityNames{}
	for i, representation := range representations {
		key, value, err := r.keyOf(representation)
		if err == nil {
			if asked[key] == nil {
				asked[key] = key.asked(len(representations))
			}
			err = asked[key].add(i, value)
		}
		if err != nil {
			refuse(i, err)
		}
	}
	found := make([]db.Node, len(representations))
	for _, names := range asked {
		if err := names.find(ctx, found, refuse); err != nil {
			return nil, err
		}
	}
	return found, nil
}
