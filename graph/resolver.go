// Package graph says how it is asked: the schema's resolvers, which translate and decide nothing, and the handler that executes queries.
package graph

import (
	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/loader"
	"github.com/accountgraph/accountgraph/internal/importer"
)

//go:generate go run ./generate

// Resolver resolves the fields of the schema. Links come from links, what takes long is done by imports, everything else comes from db.
type Resolver struct {
	db      *db.DB
	links   *loader.Links
	imports *importer.Runner
	// entityKeys and sdl are for gateways.
	entityKeys map[string][]*entityKey
	sdl        func() string
}
