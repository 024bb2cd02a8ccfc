package httpserver

import (
	"errors"
	"net/http"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/auth"
)

// Authenticated lets those requests pass that the door lets in, and tells the others why not, before their bodies are read.
func Authenticated(door auth.Door, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, err := door.Enter(r.Context(), r.Header)
		var e *db.Error
		switch {
		case err == nil:
			next.ServeHTTP(w, r.WithContext(ctx))
		case errors.As(err, &e) && e.Code == db.CodeUnauthenticated:
			w.Header().Set("WWW-Authenticate", challenge(r.Header))
			refuse(w, r, http.StatusUnauthorized, problem{Code: e.Code, Message: e.Message})
		default:
			w.Header().Set("Retry-After", "1")
			refuse(w, r, http.StatusServiceUnavailable, problem{Code: db.CodeUnavailable, Message: err.Error()})
		}
	})
}

// challenge says how to sign in, and that what was sent did not do (RFC 6750, 3).
func challenge(h http.Header) string {
	const scheme = `Bearer realm="accountgraph"`
	if len(h.Values("Authorization")) == 0 {
		return scheme
	}
	return scheme + `, error="invalid_token"`
}
