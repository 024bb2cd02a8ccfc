package httpserver

import (
	"encoding/json"
	"maps"
	"net/http"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/request"
)

// problem is why a request is refused.
type problem struct {
	Code    db.Code
	Message string
	// Details are shown beside the code.
	Details map[string]any
}

// refuse answers with a problem as GraphQL tells errors, so that clients find it where they look for errors.
func refuse(w http.ResponseWriter, r *http.Request, status int, p problem) {
	record := request.Of(r.Context())
	record.Codes = append(record.Codes, string(p.Code))
	extensions := map[string]any{"code": p.Code}
	maps.Copy(extensions, p.Details)
	type shown struct {
		Message    string         `json:"message"`
		Extensions map[string]any `json:"extensions"`
	}
	answer := map[string]any{"errors": []shown{{p.Message, extensions}}}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	mediaType, _ := request.MediaType(r.Header) // a refusal has one in any case
	h.Set("Content-Type", mediaType+"; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the client may have gone
}
