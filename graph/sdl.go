package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/generated"
	"github.com/accountgraph/accountgraph/graph/model"
)

// Schema is what can be asked.
func Schema() *ast.Schema { return generated.NewExecutableSchema(generated.Config{}).Schema() }

// printed is the text of a schema, in the schema definition language. The directives of the schema itself stand at its definition:
// the formatter would write an extension, at which Relay's compiler stops.
func printed(schema *ast.Schema) string {
	definition := &ast.SchemaDefinition{Directives: schema.SchemaDirectives}
	for _, root := range []struct {
		operation ast.Operation
		object    *ast.Definition
	}{{ast.Query, schema.Query}, {ast.Mutation, schema.Mutation}, {ast.Subscription, schema.Subscription}} {
		if root.object != nil {
			definition.OperationTypes = append(definition.OperationTypes, &ast.OperationTypeDefinition{Operation: root.operation, Type: root.object.Name})
		}
	}
	rest := *schema
	rest.SchemaDirectives = nil
	var text strings.Builder
	f := formatter.NewFormatter(&text, formatter.WithIndent("  "))
	f.FormatSchemaDocument(&ast.SchemaDocument{Schema: ast.SchemaDefinitionList{definition}})
	f.FormatSchema(&rest)
	return text.String()
}

// service tells the schema, to those whom introspection would tell it as well.
func (r *Resolver) service(ctx context.Context) (model.Service, error) {
	if graphql.GetOperationContext(ctx).DisableIntrospection {
		return model.Service{}, &db.Error{Code: db.CodeForbidden, Message: "this server does not tell its schema (the setting INTROSPECTION)"}
	}
	return model.Service{Sdl: r.sdl()}, nil
}
