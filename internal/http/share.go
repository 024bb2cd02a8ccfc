package httpserver

import (
	"net/http"
	"time"

	"github.com/rs/cors"
)

// share lets pages of other origins use what next serves (CORS, Fetch Standard): those given, compared whole, and none by default. A
// page sends a key of its own with a request, if any; what a browser keeps of the server, as cookies, is never sent.
func share(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next // rs/cors takes no origins for all of them
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost},
		AllowedHeaders: []string{"Authorization", "Content-Type", "GraphQL-Preflight", "X-Requested-With", requestIDHeader},
		ExposedHeaders: []string{requestIDHeader, "Retry-After", "Server-Timing"},
		MaxAge:         int((10 * time.Minute).Seconds()),
	}).Handler(next)
}
