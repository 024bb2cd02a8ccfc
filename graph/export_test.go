package graph

import "github.com/accountgraph/accountgraph/graph/generated"

// WithoutPlan are the options of a handler that plans nothing.
func (o Options) WithoutPlan() Options {
	o.withoutPlan = true
	return o
}

// Printed is the text of a schema.
var Printed = printed

// NodeTypes are the types of the schema that are a Node.
func NodeTypes() []string {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	var names []string
	for _, possible := range schema.PossibleTypes["Node"] {
		names = append(names, possible.Name)
	}
	return names
}
