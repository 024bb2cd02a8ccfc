package graph

// WithoutPlan are the options of a handler that plans nothing.
func (o Options) WithoutPlan() Options {
	o.withoutPlan = true
	return o
}

// Printed is the text of a schema.
var Printed = printed

// NodeTypes are the types of the schema that are a Node.
func NodeTypes() []string {
	var names []string
	for _, possible := range Schema().PossibleTypes["Node"] {
		names = append(names, possible.Name)
	}
	return names
}
