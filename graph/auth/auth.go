// Package auth says who is asking: it is the only place that puts a db.Viewer into a request's context, and the only one that takes it out.
package auth

import (
	"context"
	"net/http"

	"github.com/accountgraph/accountgraph/db"
)

type viewerKey struct{}

// Viewer returns who asks. Outside of a request it is the zero Viewer, which sees nothing.
func Viewer(ctx context.Context) db.Viewer {
	v, _ := ctx.Value(viewerKey{}).(db.Viewer)
	return v
}

// WithViewer returns a context in which v asks.
func WithViewer(ctx context.Context, v db.Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// Demo lets every request ask as one viewer. It is for loopback only, until there is sign-in.
func Demo(v db.Viewer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(WithViewer(r.Context(), v)))
	})
}
