package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/request"
)

// answer is what a request is answered.
type answer struct {
	// data is JSON; nil if nothing was executed.
	data   json.RawMessage
	errors gqlerror.List
	// status is that of HTTP; 0 leaves it to the rest.
	status int
}

// refused is the answer to a request that is not executed.
func refused(r *refusal) *answer { return &answer{errors: r.errors, status: r.status} }

// codes are those of the errors, each once.
func (a *answer) codes() (codes []string) {
	for _, err := range a.errors {
		if code := fmt.Sprint(err.Extensions["code"]); !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

// isUnavailable tells whether there is nothing in the answer but that the database can't be reached.
func (a *answer) isUnavailable() bool {
	return slices.Equal(a.codes(), []string{string(db.CodeUnavailable)}) && isEmpty(a.data)
}

// isEmpty tells whether no root field has a value.
func isEmpty(data json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if len(data) > 0 && json.Unmarshal(data, &fields) != nil {
		return false
	}
	for _, value := range fields {
		if string(value) != "null" {
			return false
		}
	}
	return true
}

// statusAs is the status of an answer of a media type (GraphQL over HTTP, "Status Codes"). Against it, an answer without
// anything is 503 in either type, for those who look at no more: clients and proxies that try again.
func (a *answer) statusAs(mediaType string) int {
	switch {
	case a.status != 0:
		return a.status
	case a.isUnavailable():
		return http.StatusServiceUnavailable
	case a.data == nil && mediaType == request.GraphQLResponse:
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// What is the same in all answers: their heads are no reason to allocate.
var (
	noSniff      = []string{"nosniff"}
	contentTypes = map[string][]string{
		request.JSON:            {request.JSON + "; charset=utf-8"},
		request.GraphQLResponse: {request.GraphQLResponse + "; charset=utf-8"},
	}
	dataBegins = []byte(`{"data":`)
	answerEnds = []byte(`}`)
)

// write writes the answer. The data goes out as it was encoded: it may be long, and is copied nowhere.
func (a *answer) write(w http.ResponseWriter, mediaType string) {
	begin := dataBegins
	if len(a.errors) > 0 {
		begin = a.errorsBefore()
	}
	h, status := w.Header(), a.statusAs(mediaType)
	h["Content-Type"], h["X-Content-Type-Options"] = contentTypes[mediaType], noSniff
	h["Content-Length"] = []string{strconv.Itoa(len(begin) + len(a.data) + len(answerEnds))}
	switch status {
	case http.StatusMethodNotAllowed:
		h.Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(status)
	for _, part := range [][]byte{begin, a.data, answerEnds} {
		_, _ = w.Write(part) // the client may have gone
	}
}

// errorsBefore is how an answer with errors begins: they stand before the data, where they are seen. Where nothing was
// executed there is no data, not even null.
func (a *answer) errorsBefore() []byte {
	errors, err := json.Marshal(a.errors)
	if err != nil {
		panic(err) // they are made of texts and numbers
	}
	text := append([]byte(`{"errors":`), errors...)
	if a.data == nil {
		return text
	}
	return append(text, `,"data":`...)
}
