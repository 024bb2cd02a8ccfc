// Package graph says how it is asked: the schema's resolvers, which translate and decide nothing, and the handler that executes queries.
package graph

import (
	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/loader"
)

//go:generate go tool gqlgen generate

// Resolver resolves the fields of the schema. Links come from links, everything else from db.
type Resolver struct {
	db    *db.DB
	links *loader.Links
}
