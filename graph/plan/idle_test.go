package plan

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

func TestIdleIsBounded(t *testing.T) {
	t.Parallel()
	i := newIdle()
	plan := func(fields int) *compiled { return &compiled{root: &field{}, fields: fields} }
	often, large := sameness{variables: "often"}, sameness{variables: "large"}
	for range maxIdle + 2 {
		i.put(often, plan(2))
	}
	if same, _ := i.kept.Get(often); len(same) != maxIdle || i.fields != (2+ownFields)*maxIdle {
		t.Errorf("got %d kept with %d fields, want %d", len(same), i.fields, maxIdle)
	}
	i.put(large, plan(1))
	if i.take(large) != nil {
		t.Error("got what was asked for once")
	}
	i.put(large, plan(maxIdleFields-ownFields))
	if i.take(often) != nil || i.fields != maxIdleFields {
		t.Errorf("got %d fields, want those of the large one alone", i.fields)
	}
	if i.take(large) == nil || i.take(large) != nil || i.fields != 0 {
		t.Errorf("got %d fields, want none: the one that there was is in use", i.fields)
	}
	if n := i.kept.Len(); n != 0 {
		t.Errorf("got %d entries without anything, want none", n)
	}
	i.put(large, plan(maxIdleFields-ownFields+1))
	if i.take(large) != nil || i.fields != 0 {
		t.Errorf("got %d fields, want none: it is too large to be kept", i.fields)
	}
}

func TestWhatIsKeptIsWithoutWhatWasFetched(t *testing.T) {
	t.Parallel()
	i, below := newIdle(), &field{result: result{done: true}}
	i.put(sameness{}, &compiled{root: &field{below: places{{fields: []*field{below}}}}, fields: 1})
	if below.done {
		t.Error("got what was fetched for another request")
	}
}

func TestSameness(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		`query($a: ID) { account(id: $a) { name } }`:                                    ``,
		`query($a: Int) { accounts { nodes { children(first: $a) } } }`:                 `{"a":1}`,
		`query($a: Boolean) { accounts @skip(if: $a) { n } }`:                           `{"a":1}`,
		`query($a: Boolean) { ... @include(if: $a) { accounts { n } } }`:                `{"a":1}`,
		`query($a: Int) { ...F } fragment F on Query { accounts(first: $a) { n } }`:     ``,
		`query($a: Int) { x { ...F } } fragment F on X { y(first: $a) { n ...F } }`:     `{"a":1}`,
		`query($a: Int) { ...F x { ...F } } fragment F on X { y(first: $a) }`:           `{"a":1}`,
		`query($a: Int) { x { y(filter: {and: [{n: {eq: $a}}]}) } }`:                    `{"a":1}`,
		`query($a: Int, $b: Int, $c: Int) { x(f: $c) { y(first: $b, last: $a) { n } }}`: `{"a":1,"b":2}`,
	} {
		document, err := parser.ParseQuery(&ast.Source{Input: query})
		if err != nil {
			t.Fatal(err)
		}
		var resolve func(ast.SelectionSet)
		resolve = func(set ast.SelectionSet) {
			for _, selection := range set {
				switch s := selection.(type) {
				case *ast.FragmentSpread:
					s.Definition = document.Fragments.ForName(s.Name)
				case *ast.Field:
					resolve(s.SelectionSet)
				case *ast.InlineFragment:
					resolve(s.SelectionSet)
				}
			}
		}
		for _, fragment := range document.Fragments {
			resolve(fragment.SelectionSet)
		}
		resolve(document.Operations[0].SelectionSet)
		operation := &graphql.OperationContext{Operation: document.Operations[0], Variables: map[string]any{"a": 1, "b": 2, "c": 3}}
		got, isKept := samenessOf(operation, &ast.Field{})
		if got.variables != want || !isKept {
			t.Errorf("%s: got %q, %v, want %q", query, got.variables, isKept, want)
		}
		operation.Variables["a"] = strings.Repeat("x", maxSameness)
		if _, isKept := samenessOf(operation, &ast.Field{}); isKept == (want != "") {
			t.Errorf("%s: got %v for a long value", query, isKept)
		}
	}
}
