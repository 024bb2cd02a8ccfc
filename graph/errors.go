package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/request"
)

// userErrors parts what is wrong with a mutation's input, which is data, from other errors.
func userErrors(err error) (db.Problems, error) {
	if problems, ok := db.AsProblems(err); ok {
		return problems, nil
	}
	return db.Problems{}, err
}

// presenter makes what clients see of errors: those about the caller with their code, those about us
// as INTERNAL with the request's id, logged here and nowhere else.
type presenter struct{ logger *slog.Logger }

func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	shown := graphql.DefaultErrorPresenter(ctx, err)
	var caller *db.Error
	switch {
	case errors.As(err, &caller):
		shown.Message = caller.Message
		return withCode(shown, caller.Code, caller.Details)
	case errors.Is(err, db.ErrOutcomeUnknown):
		p.warn(ctx, "connection lost while committing", shown, err)
		shown.Message = "the connection to the database was lost while the change was committed: look whether it was made before you try again"
		return withCode(shown, db.CodeOutcomeUnknown, nil)
	case db.IsOutOfSpace(err):
		p.warn(ctx, "database out of space", shown, err)
		shown.Message = "the database has no space left, and nothing was changed: try again when whoever runs it has made room"
		return withCode(shown, db.CodeUnavailable, nil)
	case db.IsUnavailable(err):
		p.warn(ctx, "database unavailable", shown, err)
		shown.Message = "the database can't be reached, or all connections to it are in use: try again"
		return withCode(shown, db.CodeUnavailable, nil)
	case db.IsTimeout(err), errors.Is(ctx.Err(), context.DeadlineExceeded):
		shown.Message = "the request took too long and was stopped"
		return withCode(shown, db.CodeTimeout, nil)
	case errors.Is(err, context.Canceled), errors.Is(ctx.Err(), context.Canceled):
		shown.Message = "the request was cancelled"
		return withCode(shown, db.CodeTimeout, nil)
	case isAboutArguments(err, shown):
		return withCode(shown, db.CodeBadUserInput, nil)
	}
	id := request.Of(ctx).ID
	p.logger.ErrorContext(ctx, "internal error", "request_id", id, "path", shown.Path.String(), "error", err)
	return &gqlerror.Error{Message: "internal error", Path: shown.Path, Locations: shown.Locations,
		Extensions: map[string]any{"code": db.CodeInternal, "requestId": id}}
}

// warn logs what is nobody's fault, but may ask for somebody's attention.
func (p presenter) warn(ctx context.Context, message string, shown *gqlerror.Error, err error) {
	p.logger.WarnContext(ctx, message, "request_id", request.Of(ctx).ID, "path", shown.Path.String(), "error", err)
}

// resolverError is an error of a resolver, as against one of the arguments that it was to get.
type resolverError struct{ error }

// Unwrap returns the resolver's error.
func (e resolverError) Unwrap() error { return e.error }

// isAboutArguments tells whether an error comes from reading arguments, which is what is left when it is neither
// a resolver's nor a panic nor gqlgen's own: a null where the schema allows none, or a value of another type, which wraps nothing.
func isAboutArguments(err error, shown *gqlerror.Error) bool {
	var ours resolverError
	return !errors.As(err, &ours) && !errors.Is(err, graphql.ErrInvalidNull) && shown.Err != nil
}

// recovered makes an error of a panic.
func (p presenter) recovered(_ context.Context, panicked any) error {
	return resolverError{fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())}
}
