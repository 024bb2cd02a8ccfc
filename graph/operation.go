package graph

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/loader"
	"github.com/accountgraph/accountgraph/graph/plan"
	"github.com/accountgraph/accountgraph/internal/request"
)

// operation finds what a request of an organization wants to have executed, and reads its variables.
func (a *api) operation(p *params, organization db.OrganizationID) (*graphql.OperationContext, *refusal) {
	document, refusal := a.document(p, organization)
	if refusal != nil {
		return nil, refusal
	}
	operation := document.Operations.ForName(p.OperationName)
	switch {
	case operation != nil:
	case p.OperationName == "":
		return nil, refuse(codeValidationFailed, "the query has several operations: name one in operationName", nil)
	default:
		return nil, refuse(codeValidationFailed, "the query has no operation of the name that operationName says", nil)
	}
	if refusal := checkVariables(p.Variables); refusal != nil {
		return nil, refusal
	}
	variables, err := validator.VariableValues(a.schema.Schema(), operation, p.Variables)
	if err != nil {
		return nil, notCoerced(err)
	}
	return &graphql.OperationContext{
		OperationName:        p.OperationName,
		Variables:            variables,
		Doc:                  document,
		Operation:            operation,
		DisableIntrospection: !a.options.Introspection,
		RecoverFunc:          a.recovered,
	}, nil
}

// document finds the document that a request names, or whose text it sends.
func (a *api) document(p *params, organization db.OrganizationID) (*ast.QueryDocument, *refusal) {
	switch {
	case p.DocumentID != "":
		if document, ok := a.options.TrustedDocuments.find(p.DocumentID); ok {
			return document, nil
		}
		return nil, refuse(codeDocumentNotFound, "there is no trusted document of this id", nil)
	case p.Query != "" && a.options.TrustedOnly:
		return nil, refuse(db.CodeForbidden, "this server executes its trusted documents only: send the id of one in documentId", nil)
	case p.Extensions.PersistedQuery != nil:
		return a.persisted(p, organization)
	}
	return a.documents.read(p.Query)
}

func notCoerced(err error) *refusal {
	return &refusal{errors: gqlerror.List{withCode(gqlerror.WrapIfUnwrapped(err), codeValidationFailed, nil)}}
}

// mayExecute refuses what GET must not do, and what there is no time for any more.
func mayExecute(ctx context.Context, method string, operation ast.Operation) *refusal {
	switch {
	case method != http.MethodPost && operation != ast.Query:
		return refuse(db.CodeBadUserInput, method+" is for queries: send a "+string(operation)+" by POST", nil).with(http.StatusMethodNotAllowed)
	case ctx.Err() != nil:
		return refuse(db.CodeTimeout, "the request took too long and was stopped", nil).with(http.StatusServiceUnavailable)
	}
	return nil
}

// maxOperationName is how much of a client's name for an operation is kept for the log, in bytes.
const maxOperationName = 64

// note keeps what a request is about.
func note(ctx context.Context, operation *ast.OperationDefinition) {
	record := request.Of(ctx)
	record.OperationType = string(operation.Operation)
	record.OperationName = operation.Name[:min(len(operation.Name), maxOperationName)]
}

// execute executes an operation by its plans, and tells of its begin and end.
func (a *api) execute(ctx context.Context, operation *graphql.OperationContext, plans *plan.Request) *answer {
	record := request.Of(ctx)
	ctx, end := a.options.Operation(ctx, record.OperationType, record.OperationName)
	defer end()
	operation.RootResolverMiddleware = forgetFormer
	operation.ResolverMiddleware = func(ctx context.Context, next graphql.Resolver) (value any, err error) {
		if a.options.withoutPlan {
			value, err = next(ctx)
		} else {
			value, err = plans.AroundField(ctx, next)
		}
		if err != nil {
			return nil, resolverError{err}
		}
		return value, nil
	}
	ctx = graphql.WithOperationContext(ctx, operation)
	ctx = graphql.WithResponseContext(ctx, a.present, a.recovered)
	response := a.schema.Exec(ctx)(ctx)
	return &answer{data: response.Data, errors: append(response.Errors, graphql.GetErrors(ctx)...)}
}

// forgetFormer drops, before a root field of a mutation, what was loaded for those before it: they run one after the other.
func forgetFormer(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
		loader.Forget(ctx)
	}
	return next(ctx)
}
