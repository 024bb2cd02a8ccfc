package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/graph"
)

// entitiesQuery asks for entities as gateways do.
const entitiesQuery = `query($representations: [_Any!]!) { _entities(representations: $representations) {
	__typename ... on Account { id name } ... on Contact { id email } ... on Organization { id name } ... on User { id name } } }`

// entities are the fields of entities in their order, "null" for none.
func (a answer) entities(field string) []string {
	found := []string{}
	for _, entity := range list(a.at("_entities")) {
		if entity == nil {
			found = append(found, "null")
			continue
		}
		found = append(found, fmt.Sprint(at(entity, field)))
	}
	return found
}

// keysOf are the keys of each type, as the schema tells them.
func keysOf() map[string][]string {
	keys := map[string][]string{}
	for _, d := range own(schema()) {
		for _, key := range d.Directives.ForNames("key") {
			keys[d.Name] = append(keys[d.Name], key.Arguments.ForName("fields").Value.Raw)
		}
	}
	return keys
}

func TestEntitiesByEveryKey(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ids := s.bulk(row{key: "A", fields: object{"externalIds": []object{{"source": "crm", "id": "1"}, {"source": "erp", "id": "x"}}}},
		row{key: "B", fields: object{"externalIds": []object{{"source": "crm", "id": "2"}}}})
	contact, user := s.contact("ann@a.com", ids["A"]), s.user("Olga")
	organization := s.must(nil, `{ organization { id } }`).at("organization", "id")
	number := s.must(nil, `query($id: ID!) { account(id: $id) { number } }`, "id", ids["A"]).at("account", "number")
	of := map[string]map[string]struct {
		id             any
		representation object
	}{
		"Account": {
			"id":                        {ids["A"], object{"id": ids["A"]}},
			"number":                    {ids["A"], object{"number": number}},
			"externalIds { source id }": {ids["A"], object{"externalIds": []object{{"source": "erp", "id": "x"}}}},
		},
		"Contact":      {"id": {contact, object{"id": contact}}},
		"Organization": {"id": {organization, object{"id": organization}}},
		"User":         {"id": {user, object{"id": user}}},
	}
	keys := keysOf()
	want(t, "entities", slices.Sorted(maps.Keys(keys)), schema().Types["_Entity"].Types)
	var representations []object
	var wanted []string
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		for _, key := range keys[name] {
			known, ok := of[name][key]
			if !ok {
				t.Fatalf("%s by %s: got no representation, want one", name, key)
			}
			known.representation["__typename"] = name
			a := s.must(nil, entitiesQuery, "representations", []object{known.representation})
			want(t, name+" by "+key, a.entities("__typename"), []string{name})
			want(t, name+" by "+key, a.entities("id"), []string{known.id.(string)})
			want(t, name+" by "+key+": statements", a.Statements, 1)
			representations, wanted = append(representations, known.representation), append(wanted, known.id.(string))
		}
	}
	// All at once, twice, with some that are not there in between.
	absent := []object{
		{"__typename": "Account", "id": "acc_00000000000000000000000001"}, {"__typename": "Account", "id": contact}, {"__typename": "Account", "number": 99},
		{"__typename": "Account", "externalIds": []object{{"source": "crm", "id": "x"}}}, {"__typename": "Account", "externalIds": []object{}}, {"__typename": "User", "id": "usr_00000000000000000000000001"},
	}
	nothing := slices.Repeat([]string{"null"}, len(absent))
	a := s.must(nil, entitiesQuery, "representations", slices.Concat(representations, absent, representations, absent))
	want(t, "all in their order", a.entities("id"), slices.Concat(wanted, nothing, wanted, nothing))
	want(t, "statements: one for each key", a.Statements, len(representations))

	for what, like := range map[string]object{
		"an account by all of its external ids":    {"externalIds": []object{{"source": "crm", "id": "1"}, {"source": "erp", "id": "x"}}},
		"an account by one external id of several": {"externalIds": []object{{"source": "crm", "id": "gone"}, {"source": "erp", "id": "x"}}},
		"an account by one external id, no list":   {"externalIds": object{"source": "erp", "id": "x"}},
		"the first of several keys":                {"id": ids["A"], "number": 99, "unknown": true},
		"a key that is null does not count":        {"id": nil, "number": number},
		"a number as a text":                       {"number": fmt.Sprint(number)},
	} {
		like["__typename"] = "Account"
		want(t, what, s.must(nil, entitiesQuery, "representations", []object{like}).entities("name"), []string{"A"})
	}
	inline := s.must(nil, fmt.Sprintf(`{ _entities(representations: [{__typename: "Account", number: %v}, {__typename: "User", id: %q}]) { ... on Account { name } ... on User { name } } }`, number, user))
	want(t, "without variables", inline.entities("name"), []string{"A", "Olga"})
	s.must(nil, deleteOne, "id", ids["A"], "children", "CASCADE")
	want(t, "a deleted account", s.must(nil, entitiesQuery, "representations", representations[:3]).entities("id"), []string{"null", "null", "null"})
}

func TestRepresentationsThatAreWrong(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ids := s.bulk(row{key: "A", fields: object{"externalIds": []object{{"source": "crm", "id": "1"}}}}, row{key: "B", fields: object{"externalIds": []object{{"source": "crm", "id": "2"}}}})
	good := object{"__typename": "Account", "id": ids["A"]}
	for _, wrong := range []struct {
		representation any
		message        string
	}{
		{"Account", "a representation is an object"},
		{5, "a representation is an object"},
		{[]any{good}, "a representation is an object"},
		{object{"id": ids["A"]}, "`__typename`"},
		{object{"__typename": nil, "id": ids["A"]}, "__typename"},
		{object{"__typename": 5, "id": ids["A"]}, "__typename"},
		{object{"__typename": "Ticket", "id": "1"}, `"Ticket", and has to be one of Account, Contact, Organization, User`},
		{object{"__typename": "PicklistValue", "id": "1"}, "has to be one of"},
		{object{"__typename": strings.Repeat("x", 10_000)}, `xx", and has to be one of`},
		{object{"__typename": "Account"}, "one of its keys: `id`, `number`, `externalIds`"},
		{object{"__typename": "Account", "id": nil}, "one of its keys"},
		{object{"__typename": "Contact", "number": 1}, "one of its keys: `id`"},
		{object{"__typename": "Account", "id": "nonsense"}, "is not an id"},
		{object{"__typename": "Account", "id": 5}, "an id is a string"},
		{object{"__typename": "Account", "number": "many"}, "`number` is a whole number"},
		{object{"__typename": "Account", "number": 1.5}, "`number` is a whole number"},
		{object{"__typename": "Account", "number": object{}}, "`number` is a whole number"},
		{object{"__typename": "Account", "externalIds": "1"}, "`externalIds` are objects"},
		{object{"__typename": "Account", "externalIds": []any{object{"source": "crm"}}}, "`externalIds` are objects"},
		{object{"__typename": "Account", "externalIds": []any{object{"source": "crm", "id": 1}}}, "`externalIds` are objects"},
		{object{"__typename": "Account", "externalIds": []any{object{"source": "crm", "id": "\x00"}}}, "without NUL"},
		{object{"__typename": "Account", "externalIds": []any{object{"source": "crm", "id": "1"}, object{"source": "crm", "id": "2"}}}, "`externalIds` are of different records"},
	} {
		a := s.ask(entitiesQuery, "representations", []any{good, wrong.representation, good})
		want(t, jsonOf(wrong.representation)+": code", a.code(), "BAD_USER_INPUT")
		want(t, jsonOf(wrong.representation)+": the others", a.entities("name"), []string{"A", "null", "A"})
		if len(a.Errors) == 1 {
			want(t, "path", fmt.Sprint(a.Errors[0].Path), "[_entities 1]")
			if !strings.Contains(a.Errors[0].Message, wrong.message) || len(a.Errors[0].Message) > 200 {
				t.Errorf("%.100s: got %q, want it to tell of %s", jsonOf(wrong.representation), a.Errors[0].Message, wrong.message)
			}
		}
	}
	null := s.ask(entitiesQuery, "representations", []any{good, nil})
	want(t, "null in the list", null.code(), "GRAPHQL_VALIDATION_FAILED")
	two := s.ask(entitiesQuery, "representations", []any{object{}, good, object{}})
	want(t, "two errors", len(two.Errors), 2)
}

func TestStatementsOfEntities(t *testing.T) {
	t.Parallel()
	s := setup(t)
	owner := s.user("Olga")
	rows := []row{}
	for i := range 100 {
		rows = append(rows, row{key: fmt.Sprintf("A%03d", i), fields: object{"ownerId": owner, "externalIds": []object{{"source": "crm", "id": fmt.Sprint(i)}}}})
	}
	ids := s.bulk(rows...)
	representations := map[string][]object{}
	for i, r := range rows {
		representations["id"] = append(representations["id"], object{"__typename": "Account", "id": ids[r.key]})
		representations["number"] = append(representations["number"], object{"__typename": "Account", "number": i + 1})
		representations["externalIds"] = append(representations["externalIds"], object{"__typename": "Account", "externalIds": []object{{"source": "crm", "id": fmt.Sprint(i)}}})
	}
	for key, all := range representations {
		for selection, most := range map[string]int{
			`id name number employees isActive`:                          1,
			`id name number employees isActive owner { name }`:           2,
			`name root { name } children { totalCount nodes { name } } `: 4,
		} {
			query := `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Account { ` + selection + ` } } }`
			few, many := s.cost(query, "representations", all[:2]), s.cost(query, "representations", all)
			if few != many || few > most {
				t.Errorf("by %s, %s: got %d statements for 2 and %d for 100, want the same, at most %d", key, selection, few, many, most)
			}
			a := s.must(nil, query, "representations", all)
			want(t, "the last by "+key, a.entities("name")[99], "A099")
			want(t, "left to the ordinary execution", a.Stock, false)
		}
	}
}

func TestEntitiesHaveALimit(t *testing.T) {
	t.Parallel()
	s := setup(t)
	representation := object{"__typename": "Account", "id": s.account("A", "")}
	a := s.must(nil, entitiesQuery, "representations", slices.Repeat([]object{representation}, 10_000))
	want(t, "records", strings.Count(string(a.Data), `"name":"A"`), 10_000)
	want(t, "statements", a.Statements, 1)
	a = s.ask(entitiesQuery, "representations", slices.Repeat([]object{representation}, 10_001))
	want(t, "code", a.code(), "BAD_USER_INPUT")
	want(t, "data", string(a.Data), "null")
	want(t, "statements of too many", a.Statements, 0)
	few := *s
	few.url = s.serve(graph.Options{MaxRecords: 5}, s.viewer)
	want(t, "more than an answer may hold", few.ask(entitiesQuery, "representations", slices.Repeat([]object{representation}, 6)).code(), "TOO_COMPLEX")
}

func TestServiceTellsTheSchema(t *testing.T) {
	t.Parallel()
	s := setup(t)
	text, err := os.ReadFile("testdata/schema.golden.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "sdl", s.must(nil, `{ _service { sdl } }`).at("_service", "sdl"), any(string(text)))
	closed := *s
	closed.url = s.serve(graph.Options{}, s.viewer)
	want(t, "introspection switched off", closed.ask(`{ _service { sdl } }`).code(), "FORBIDDEN")
	closed.must(nil, entitiesQuery, "representations", []object{})
}

// FuzzRepresentations sends any JSON as a representation.
func FuzzRepresentations(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[]`, `"Account"`, `{"__typename":"Account","id":"acc_00000000000000000000000001"}`, `{"__typename":"Account","number":1e400}`, `{"__typename":"Account","number":-9223372036854775808}`,
		`{"__typename":"Account","externalIds":[{"source":"crm","id":"\u0000"}]}`, `{"__typename":"Account","externalIds":[[]]}`, `{"__typename":"Account","externalIds":{"source":"","id":"\ud800"}}`, `{"__typename":["User"],"id":{}}`,
	} {
		f.Add([]byte(seed))
	}
	send := fuzzed(f)
	f.Fuzz(func(t *testing.T, representation []byte) {
		if !json.Valid(representation) {
			return // FuzzBody sends such
		}
		body, err := json.Marshal(object{"query": entitiesQuery, "variables": object{"representations": []json.RawMessage{representation}}})
		if err != nil {
			t.Fatal(err)
		}
		send(t, body)
	})
}
