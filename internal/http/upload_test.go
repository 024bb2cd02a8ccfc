package httpserver

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

func upload(body string) *http.Request {
	return post(body, "Content-Type", "multipart/form-data; boundary=x", "GraphQL-Preflight", "1")
}

func TestUploads(t *testing.T) {
	t.Parallel()
	s, _ := newSite(func(w http.ResponseWriter, r *http.Request) {
		end, _ := r.Context().Deadline()
		body, err := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%d of %d bytes, %t, %v", len(body), r.ContentLength, time.Until(end) > 59*time.Minute, err)
	})
	for _, test := range []struct {
		size    int
		unknown bool
		want    string
	}{
		{150, false, "150 of 150 bytes, true, <nil>"},
		{200, false, "200 of 200 bytes, true, <nil>"},
		{150, true, "150 of 200 bytes, true, <nil>"}, // as if it were long: it is not to be kept in memory
		{201, true, "200 of 200 bytes, true, http: request body too large"},
	} {
		r := upload(strings.Repeat("x", test.size))
		if test.unknown {
			r.ContentLength = -1
		}
		if w := send(s, r); w.Code != http.StatusOK || w.Body.String() != test.want {
			t.Errorf("%d bytes, of unknown length: %t: got %d %q, want %q", test.size, test.unknown, w.Code, w.Body, test.want)
		}
	}
	wantProblem(t, send(s, upload(strings.Repeat("x", 201))), http.StatusRequestEntityTooLarge, db.CodeBadUserInput)
}
