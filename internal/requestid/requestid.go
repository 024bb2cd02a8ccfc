// Package requestid gives each request an identity, by which its log lines and errors are found.
package requestid

import (
	"context"

	"github.com/google/uuid"
)

type key struct{}

// New makes an id.
func New() string { return uuid.NewString() }

// With returns a context of the request with the id.
func With(ctx context.Context, id string) context.Context { return context.WithValue(ctx, key{}, id) }

// From returns the id of the request that ctx belongs to; "" outside of a request.
func From(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}
