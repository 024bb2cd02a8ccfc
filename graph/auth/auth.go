// Package auth says who is asking: it is the only place that finds a request's db.Viewer, puts it into the request's
// context, and takes it out.
package auth

import (
	"context"
	"net/http"
	"strings"

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

// Demo lets every request ask as one viewer: for tests and benchmarks. Servers ask a Door.
func Demo(v db.Viewer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(WithViewer(r.Context(), v)))
	})
}

// Door tells who a request is from, or why it is not let in.
type Door struct {
	// Keys knows the API keys.
	Keys *Keys
	// Demo is who asks where a request has no key; nil refuses such requests. It is for servers that only their own machine
	// reaches: there is nothing to tell one who asks from another.
	Demo *db.Viewer
}

// Enter returns a context in which the sender of a request with this head asks; statements are counted in it, those that
// this takes as well. The error is a *db.Error: UNAUTHENTICATED, or UNAVAILABLE if a key can't be checked now. A request
// with a wrong key is never taken for one without.
func (d Door) Enter(ctx context.Context, head http.Header) (context.Context, error) {
	ctx, _ = db.WithStatements(ctx)
	v, err := d.viewer(ctx, head.Values("Authorization"))
	return WithViewer(ctx, v), err
}

func (d Door) viewer(ctx context.Context, credentials []string) (db.Viewer, error) {
	switch {
	case len(credentials) > 1:
		return db.Viewer{}, refused("there are several Authorization headers: send one")
	case len(credentials) == 1:
		scheme, text, _ := strings.Cut(credentials[0], " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return db.Viewer{}, refused("the Authorization header has to be of the form: Bearer agk_...")
		}
		return d.Keys.Verify(ctx, strings.Trim(text, " "))
	case d.Demo != nil:
		return *d.Demo, nil
	default:
		return db.Viewer{}, refused("an API key is needed: send the header Authorization: Bearer agk_...")
	}
}

func refused(message string) error {
	return &db.Error{Code: db.CodeUnauthenticated, Message: message}
}
