package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/model"
)

// printed is the text of a schema, in the schema definition language.
func printed(schema *ast.Schema) string {
	var text strings.Builder
	formatter.NewFormatter(&text, formatter.WithIndent("  ")).FormatSchema(schema)
	return text.String()
}

// service tells the schema, to those whom introspection would tell it as well.
func (r *Resolver) service(ctx context.Context) (model.Service, error) {
	if graphql.GetOperationContext(ctx).DisableIntrospection {
		return model.Service{}, &db.Error{Code: db.CodeForbidden, Message: "this server does not tell its schema (the setting INTROSPECTION)"}
	}
	return model.Service{Sdl: r.sdl()}, nil
}
