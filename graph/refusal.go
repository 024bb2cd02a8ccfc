package graph

import (
	"maps"
	"net/http"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/request"
)

// Codes of requests that are not executed, beside those of db: of a text that is not GraphQL, and of one that does not fit
// the schema.
const (
	codeParseFailed      db.Code = errcode.ParseFailed
	codeValidationFailed db.Code = errcode.ValidationFailed
)

// refusal is why a request is not executed.
type refusal struct {
	errors gqlerror.List
	// cause is what is wrong with the server, if it is the reason.
	cause error
	// status is that of the answer. 0 is for a request that is well formed: its media type says which (GraphQL over HTTP,
	// "Status Codes").
	status int
}

// refuse refuses a request that is well formed. Details are shown beside the code.
func refuse(code db.Code, message string, details map[string]any) *refusal {
	return &refusal{errors: gqlerror.List{withCode(&gqlerror.Error{Message: message}, code, details)}}
}

// malformed refuses a request that is not well formed.
func malformed(message string) *refusal {
	return refuse(db.CodeBadUserInput, message, nil).with(http.StatusBadRequest)
}

// with is the refusal with a status.
func (r *refusal) with(status int) *refusal {
	r.status = status
	return r
}

func withCode(shown *gqlerror.Error, code db.Code, details map[string]any) *gqlerror.Error {
	shown.Extensions = map[string]any{"code": code}
	maps.Copy(shown.Extensions, details)
	return shown
}

// unacceptable refuses a request that wants no answer of ours.
func unacceptable() *refusal {
	return refuse(db.CodeBadUserInput, "the header Accept allows neither "+request.GraphQLResponse+" nor "+request.JSON, nil).with(http.StatusNotAcceptable)
}
