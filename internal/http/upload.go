package httpserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

// passUpload lets a request with files pass, which has limits of its own, and is not kept in memory.
func (s *Site) passUpload(w http.ResponseWriter, r *http.Request, next http.Handler) {
	limit := s.options.MaxUploadBytes
	if r.ContentLength > limit {
		refuse(w, r, http.StatusRequestEntityTooLarge, problem{Code: db.CodeBadUserInput,
			Message: fmt.Sprintf("the request's body is longer than %d bytes", limit), Details: map[string]any{"limit": limit}})
		return
	}
	if r.ContentLength < 0 {
		r.ContentLength = limit // what reads it keeps in memory what does not say that it is long
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	end := time.Now().Add(s.options.UploadTimeout)
	connection := http.NewResponseController(w)
	// In place of the server's, which are for requests without files.
	if err := errors.Join(connection.SetReadDeadline(end), connection.SetWriteDeadline(end.Add(writeTime))); err != nil {
		s.options.Logger.WarnContext(r.Context(), "an upload has the time of other requests only", "error", err)
	}
	ctx, cancel := context.WithDeadline(r.Context(), end)
	defer cancel()
	next.ServeHTTP(w, r.WithContext(ctx))
}
