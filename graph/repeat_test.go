package graph_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/accountgraph/accountgraph/graph"
)

// One text with other variables is another query, though what was made of the text is kept.
func TestVariablesOfARepeatedQuery(t *testing.T) {
	t.Parallel()
	s := setup(t)
	oracle := *s
	oracle.url = s.serve(graph.Options{Introspection: true, Stock: true}.WithoutPlan(), s.viewer)
	ids := s.bulk(tree("Node", 3, 3)...)
	query := `query($id: ID!, $n: Int, $min: Int, $names: Boolean!, $no: Boolean! = false) {
		account(id: $id) {
			...Part @skip(if: $no)
			children(first: $n, filter: {name: {contains: "1"}}) { nodes { ...Part parent { name @include(if: $names) number } } pageInfo { hasNextPage } }
			all: children(filter: {employees: {gte: $min}}) { totalCount }
		}
	}
	fragment Part on Account { id name @include(if: $names) contacts(first: $n) { nodes { id } } }`
	var asking sync.WaitGroup
	for worker := range 4 {
		asking.Go(func() {
			for i := range 40 {
				i += worker * 7
				variables := []any{
					"id", ids[[]string{"Node", "Node-1", "Node-1-1", "Node-2"}[i%4]], "n", []any{1, 2, nil, -1}[i/2%4],
					"min", []any{nil, 3}[i%2], "names", i%3 > 0, "no", i%5 == 0,
				}
				got, want := s.ask(query, variables...), oracle.ask(query, variables...)
				if string(got.Data) != string(want.Data) || !slices.Equal(got.sortedErrors(), want.sortedErrors()) {
					t.Errorf("%v: got %s, want %s", variables, got.Body, want.Body)
				}
			}
		})
	}
	asking.Wait()
}
