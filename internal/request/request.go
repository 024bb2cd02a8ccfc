// Package request keeps what becomes known of a request while it is answered, for its line in the log and for those who
// measure.
package request

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Record is what is known of a request. Only the goroutine that answers the request writes to it.
type Record struct {
	// ID is the identity by which the request's log lines and errors are found.
	ID string
	// TraceID is that of the trace that the request belongs to; "" if it is not traced.
	TraceID string
	// Method and Path are of HTTP.
	Method, Path string
	// Organization is whose data is asked for, as an id of the API; "" until it is known.
	Organization string
	// APIKey is the key that was presented, as an id of the API; "" if it was a person, or nobody.
	APIKey string
	// OperationType is "query" or "mutation", OperationName what the client calls the operation, cut if it is long. Both
	// are "" if the request was refused before there was an operation.
	OperationType, OperationName string
	// Codes are the codes of the errors in the answer, each once.
	Codes []string
	// Statements is how many SQL statements were executed, StatementTime how long they took, added up.
	Statements    int64
	StatementTime time.Duration
	// UnplannedLoads is how many values no plan had.
	UnplannedLoads int64
	// Status and Bytes are of the answer.
	Status int
	Bytes  int64
	// Duration is the time from the end of the request's head to the end of the answer.
	Duration time.Duration
}

// NewID makes an id for a request that has none.
func NewID() string { return uuid.NewString() }

type key struct{}

// With returns a context of the request that the record is about.
func With(ctx context.Context, r *Record) context.Context { return context.WithValue(ctx, key{}, r) }

// Of returns the record of the request that ctx belongs to; outside of a request, an empty one that nobody reads.
func Of(ctx context.Context) *Record {
	if r, ok := ctx.Value(key{}).(*Record); ok {
		return r
	}
	return &Record{}
}
