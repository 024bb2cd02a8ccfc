package graph

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/accountgraph/accountgraph/db"
)

// queriesByGET answers GET, which may only ask: another operation is 405 (GraphQL over HTTP), where gqlgen says 406 and no code.
type queriesByGET struct{ transport.GET }

// Do answers one request.
func (g queriesByGET) Do(w http.ResponseWriter, r *http.Request, execution graphql.GraphExecutor) {
	answer := &getAnswer{ResponseWriter: w}
	g.GET.Do(answer, r, queriesOnly{execution, answer})
}

// queriesOnly refuses every other operation.
type queriesOnly struct {
	graphql.GraphExecutor
	answer *getAnswer
}

// CreateOperationContext reads the operation.
func (q queriesOnly) CreateOperationContext(ctx context.Context, request *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	operation, errs := q.GraphExecutor.CreateOperationContext(ctx, request)
	if errs == nil && operation.Operation.Operation != ast.Query {
		q.answer.refused = true
		errs = gqlerror.List{refuse(db.CodeBadUserInput, "GET is for queries: send a "+string(operation.Operation.Operation)+" by POST", nil)}
	}
	return operation, errs
}

// getAnswer says by the status of an answer that the operation was refused.
type getAnswer struct {
	http.ResponseWriter
	refused bool
}

// WriteHeader writes the status.
func (a *getAnswer) WriteHeader(status int) {
	if a.refused {
		a.Header().Set("Allow", http.MethodPost)
		status = http.StatusMethodNotAllowed
	}
	a.ResponseWriter.WriteHeader(status)
}
