package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/loader"
	"github.com/accountgraph/accountgraph/graph/plan"
	"github.com/accountgraph/accountgraph/internal/request"
)

// answerAlways gives an answer to a request whose time was over before its execution began, for which gqlgen has none.
// It tells of the operation's begin and end.
func answerAlways(begin func(ctx context.Context, kind, name string) (context.Context, func())) graphql.OperationMiddleware {
	return func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		noteOperation(ctx)
		record := request.Of(ctx)
		ctx, end := begin(ctx, record.OperationType, record.OperationName)
		respond := next(ctx)
		return func(ctx context.Context) *graphql.Response {
			defer end()
			if response := respond(ctx); response != nil {
				return response
			}
			response := &graphql.Response{Errors: gqlerror.List{refuse(db.CodeTimeout, "the request took too long and was stopped", nil)}}
			note(ctx, response)
			return response
		}
	}
}

// noteResponse notes what is answered, also if nothing was executed.
func noteResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response != nil {
		noteOperation(ctx)
		note(ctx, response)
	}
	return response
}

// maxOperationName is how much of a client's name for an operation is kept for the log, in bytes.
const maxOperationName = 64

func noteOperation(ctx context.Context) {
	if !graphql.HasOperationContext(ctx) {
		return
	}
	if operation := graphql.GetOperationContext(ctx).Operation; operation != nil {
		record := request.Of(ctx)
		record.OperationType = string(operation.Operation)
		record.OperationName = operation.Name[:min(len(operation.Name), maxOperationName)]
	}
}

// note keeps the codes of the errors. If there is nothing in the answer but that the database can't be reached, the status
// tells so, for those who look at no more: clients and proxies that try again.
func note(ctx context.Context, response *graphql.Response) {
	record := request.Of(ctx)
	record.Codes = nil
	for _, err := range response.Errors {
		if code := fmt.Sprint(err.Extensions["code"]); !slices.Contains(record.Codes, code) {
			record.Codes = append(record.Codes, code)
		}
	}
	if slices.Equal(record.Codes, []string{string(db.CodeUnavailable)}) && isEmpty(response.Data) {
		ctx.Value(answerKey{}).(*answer).unavailable()
	}
}

// isEmpty tells whether no root field has a value.
func isEmpty(data json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if len(data) > 0 && json.Unmarshal(data, &fields) != nil {
		return false
	}
	for _, value := range fields {
		if string(value) != "null" {
			return false
		}
	}
	return true
}

type answerKey struct{}

// answer tells in a header what a request cost (Server-Timing, W3C): the number of its statements, what was loaded without
// a plan, how many root fields were encoded out of their plan, and times in milliseconds.
type answer struct {
	http.ResponseWriter
	status     int
	start      time.Time
	statements *db.Statements
	loads      *loader.Request
	plans      *plan.Request
	written    bool
}

// unavailable makes the status 503.
func (a *answer) unavailable() {
	a.status = http.StatusServiceUnavailable
	a.Header().Set("Retry-After", "1")
}

// WriteHeader adds the header.
func (a *answer) WriteHeader(status int) {
	if !a.written {
		a.written = true
		milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
		encoded, fields := a.plans.Encoded()
		a.Header().Set("Server-Timing", fmt.Sprintf(`db;desc="%d statements";dur=%.3f, loader;desc="%d unplanned loads", encoder;desc="%d of %d root fields", total;dur=%.3f`,
			a.statements.Count(), milliseconds(a.statements.Duration()), a.loads.Loads(), encoded, fields, milliseconds(time.Since(a.start))))
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write writes the status before the body.
func (a *answer) Write(body []byte) (int, error) {
	if !a.written {
		a.WriteHeader(a.status)
	}
	return a.ResponseWriter.Write(body)
}
