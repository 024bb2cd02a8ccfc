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

// What comes before the files has the limits of requests without any, whatever a file may have.
func TestUploadHeads(t *testing.T) {
	t.Parallel()
	s, _ := newSite(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	s.options.MaxUploadBytes = 1 << 20
	limit := int(s.options.MaxBodyBytes)
	body := func(operations, files string) string {
		part := "--x\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n"
		return fmt.Sprintf(part+part+part, "operations", operations, "map", files, "0", strings.Repeat("y", 300_000)) + "--x--\r\n"
	}
	paths := `"a"` + strings.Repeat(`,"a"`, 9)
	for name, test := range map[string]struct {
		body string
		want int
	}{
		"a long file":             {body("{}", `{"0":["a"]}`), http.StatusOK},
		"operations at the limit": {body(strings.Repeat(" ", limit), "{}"), http.StatusOK},
		"long operations":         {body(strings.Repeat(" ", limit+1), "{}"), http.StatusRequestEntityTooLarge},
		"a long map":              {body("{}", strings.Repeat(" ", limit+1)), http.StatusRequestEntityTooLarge},
		"long before it begins":   {strings.Repeat("y\r\n", 300_000) + body("{}", "{}"), http.StatusRequestEntityTooLarge},
		"not UTF-8":               {body("\xff", "{}"), http.StatusBadRequest},
		"ten paths":               {body("{}", `{"0":[`+paths+`]}`), http.StatusOK},
		"eleven paths":            {body("{}", `{"0":[`+paths+`],"1":["b"]}`), http.StatusBadRequest},
		"eleven paths and more":   {body("{}", `{"0":[`+paths+`],"1":["b"]} and more`), http.StatusBadRequest},
		"cut off":                 {body("{}", "{}")[:60], http.StatusOK},
	} {
		w := send(s, upload(test.body))
		if w.Code != test.want {
			t.Errorf("%s: got %d %.200q, want %d", name, w.Code, w.Body, test.want)
		}
		if test.want != http.StatusOK {
			wantProblem(t, w, test.want, db.CodeBadUserInput)
		} else if w.Body.String() != test.body {
			t.Errorf("%s: got another body", name)
		}
	}
}
