package graph_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/accountgraph/accountgraph/graph"
)

func schema() *ast.Schema { return graph.Schema() }

// own are the types that the schema's files define.
func own(s *ast.Schema) []*ast.Definition {
	var types []*ast.Definition
	for _, d := range s.Types {
		if !d.BuiltIn && !strings.HasPrefix(d.Name, "__") {
			types = append(types, d)
		}
	}
	slices.SortFunc(types, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	return types
}

// specified tells whether a name is given by a specification of others (Apollo Federation).
func specified(name string) bool { return strings.HasPrefix(name, "_") || strings.Contains(name, "__") }

// The printed schema is the contract with clients: a changed golden file is to be reviewed as an API.
func TestSchemaIsTheGolden(t *testing.T) {
	t.Parallel()
	golden(t, "schema.golden.graphqls", graph.Printed(schema()))
	text, err := os.ReadFile("testdata/schema.golden.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gqlparser.LoadSchema(&ast.Source{Name: "golden", Input: string(text)}); err != nil {
		t.Errorf("the golden file is no schema: %v", err)
	}
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	check := func(name, description string) {
		if len(strings.TrimSpace(description)) < 4 || !regexp.MustCompile(`[.:"?]$`).MatchString(strings.TrimSpace(description)) {
			t.Errorf("%s: got the description %q, want a sentence", name, description)
		}
	}
	for _, d := range schema().Directives {
		if d.Position.Src.BuiltIn {
			continue
		}
		check("@"+d.Name, d.Description)
		for _, a := range d.Arguments {
			check("@"+d.Name+"("+a.Name+":)", a.Description)
		}
	}
	for _, d := range own(schema()) {
		check(d.Name, d.Description)
		for _, f := range d.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			check(d.Name+"."+f.Name, f.Description)
			for _, a := range f.Arguments {
				check(d.Name+"."+f.Name+"("+a.Name+":)", a.Description)
			}
		}
		for _, v := range d.EnumValues {
			check(d.Name+"."+v.Name, v.Description)
		}
		if d.Kind == ast.Scalar && d.Directives.ForName("specifiedBy") == nil {
			t.Errorf("%s: got no @specifiedBy", d.Name)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	camel, pascal, screaming := regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`), regexp.MustCompile(`^[A-Z][a-zA-Z0-9]*$`), regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)
	for _, d := range own(schema()) {
		must := func(ok bool, name, rule string) {
			if !ok {
				t.Errorf("%s: %s", name, rule)
			}
		}
		must(pascal.MatchString(d.Name) || specified(d.Name), d.Name, "types are in PascalCase")
		must(d.Kind != ast.InputObject || regexp.MustCompile(`(Input|Filter|Order)$`).MatchString(d.Name), d.Name, "inputs say that they are")
		for _, v := range d.EnumValues {
			must(screaming.MatchString(v.Name), d.Name+"."+v.Name, "enum values are in SCREAMING_CASE")
		}
		for _, f := range d.Fields {
			name := d.Name + "." + f.Name
			if specified(f.Name) {
				continue
			}
			must(camel.MatchString(f.Name) && !strings.HasPrefix(f.Name, "get"), name, "fields are in camelCase, without get")
			must(f.Type.Name() != "DateTime" || d.Kind != ast.Object || strings.HasSuffix(f.Name, "At"), name, "moments end in At")
			must(f.Type.Name() != "ID" || d.Kind != ast.Object || f.Name == "id" || strings.HasSuffix(d.Name, "Payload"), name, "types have links, not ids")
			if f.Type.Elem != nil {
				nullsMean := (d.Name == "Query") && strings.Contains(f.Description, "null where")
				must(f.Type.Elem.NonNull || nullsMean || f.Name == "nodes", name, "items of lists are there")
			}
			if f.Type.Name() == "Boolean" && d.Kind == ast.Object {
				must(f.Type.NonNull, name, "a yes or no is one of the two")
			}
		}
	}
}

func TestConnectionsAreRelays(t *testing.T) {
	t.Parallel()
	s := schema()
	for _, d := range own(s) {
		for _, f := range d.Fields {
			if !strings.HasSuffix(f.Type.Name(), "Connection") {
				continue
			}
			want(t, d.Name+"."+f.Name+" is there", f.Type.NonNull, true)
			names := []string{"first", "after", "last", "before"}
			if f.Name == "descendants" {
				names = names[:2]
			}
			for _, name := range names {
				if f.Arguments.ForName(name) == nil {
					t.Errorf("%s.%s: got no argument %s", d.Name, f.Name, name)
				}
			}
			if a := f.Arguments.ForName("first"); a != nil && !strings.Contains(a.Description, "25 if") {
				t.Errorf("%s.%s: got %q for first, want its default and limits", d.Name, f.Name, a.Description)
			}
		}
		if !strings.HasSuffix(d.Name, "Connection") {
			continue
		}
		edge := s.Types[strings.TrimSuffix(d.Name, "Connection")+"Edge"]
		if edge == nil {
			t.Errorf("%s: got no type of its edges", d.Name)
			continue
		}
		node := edge.Fields.ForName("node").Type
		for field, kind := range map[string]string{"edges": "[" + edge.Name + "!]!", "nodes": "[" + node.Name() + "!]!", "pageInfo": "PageInfo!", "totalCount": "Int!"} {
			if f := d.Fields.ForName(field); f == nil || f.Type.String() != kind {
				t.Errorf("%s.%s: want the type %s", d.Name, field, kind)
			}
		}
		want(t, edge.Name+".cursor", edge.Fields.ForName("cursor").Type.String(), "Cursor!")
		want(t, edge.Name+".node is there", node.NonNull, true)
		isNode := slices.Contains(s.Types[node.Name()].Interfaces, "Node")
		want(t, edge.Name+".node is a Node, unless it is a row of a file", isNode, node.Name() != "ImportReject")
	}
}

func TestMutationsHavePayloads(t *testing.T) {
	t.Parallel()
	s := schema()
	for _, f := range s.Mutation.Fields {
		payload := strings.ToUpper(f.Name[:1]) + f.Name[1:] + "Payload"
		want(t, f.Name+": type", f.Type.String(), payload)
		if d := s.Types[payload]; d != nil {
			if e := d.Fields.ForName("userErrors"); e == nil || e.Type.String() != "[UserError!]!" {
				t.Errorf("%s.userErrors: want the type [UserError!]!", payload)
			}
		}
		if !regexp.MustCompile(`Codes?(:| as)`).MatchString(f.Description) {
			t.Errorf("%s: got %q, want the codes of its errors", f.Name, f.Description)
		}
		for _, code := range regexp.MustCompile(`\b[A-Z]{2,}(_[A-Z]+)*\b`).FindAllString(f.Description, -1) {
			if !slices.Contains([]string{"SKIP", "ABORT", "REJECT", "API", "FORBIDDEN"}, code) && s.Types["UserErrorCode"].EnumValues.ForName(code) == nil {
				t.Errorf("%s: got the code %s, which UserErrorCode does not have", f.Name, code)
			}
		}
		for _, a := range f.Arguments {
			if a.Type.Name() == "ID" && !strings.Contains(f.Description, "NOT_FOUND") {
				t.Errorf("%s(%s:): want NOT_FOUND among the codes", f.Name, a.Name)
			}
		}
	}
}

func TestQueriesTellTheirErrors(t *testing.T) {
	t.Parallel()
	s := schema()
	for _, f := range s.Query.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		wrong := false
		for _, a := range f.Arguments {
			kind := a.Type.Name()
			wrong = wrong || kind == "ID" || kind == "Domain" || kind == "EmailAddress"
		}
		if wrong && !strings.Contains(f.Description, "BAD_USER_INPUT") {
			t.Errorf("%s: got %q, want its errors", f.Name, f.Description)
		}
		if s.Types[f.Type.Name()].Kind == ast.Object && f.Type.Elem == nil && len(f.Arguments) > 0 && !strings.HasSuffix(f.Type.Name(), "Connection") {
			want(t, f.Name+": a look-up may find nothing", f.Type.NonNull, false)
		}
	}
	for _, d := range s.PossibleTypes["Node"] {
		want(t, d.Name+".id", d.Fields.ForName("id").Type.String(), "ID!")
	}
}
