package httpserver

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/requestid"
)

// requestIDHeader carries the id of a request, from the client if it has one, and back to it.
const requestIDHeader = "X-Request-Id"

// observe gives each request an id, answers for handlers that panic, and logs what was answered.
func (s *Site) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		id := r.Header.Get(requestIDHeader)
		if !isSane(id) {
			id = requestid.New()
		}
		w.Header().Set(requestIDHeader, id)
		ctx := requestid.With(r.Context(), id)
		answer := &answer{ResponseWriter: w}
		defer func() {
			panicked := recover()
			aborted := panicked == http.ErrAbortHandler //nolint:errorlint // panicked is no error, but any value
			if panicked != nil && !aborted {
				s.options.Logger.ErrorContext(ctx, "internal error", "request_id", id, "error", fmt.Sprint("panic: ", panicked), "stack", string(debug.Stack()))
				if aborted = answer.status != 0; !aborted {
					refuse(answer, r, http.StatusInternalServerError, problem{Code: db.CodeInternal, Message: "internal error",
						Details: map[string]any{"requestId": id}})
				}
			}
			s.options.Logger.Log(ctx, levelOf(r.URL.Path), "request", "request_id", id, "method", r.Method, "path", r.URL.Path,
				"status", answer.statusOrOK(), "bytes", answer.bytes, slog.Float64("ms", float64(time.Since(begin).Microseconds())/1000))
			if aborted {
				panic(http.ErrAbortHandler) // what is half written can't be taken back: the client shall see that it broke off
			}
		}()
		next.ServeHTTP(answer, r.WithContext(ctx))
	})
}

// levelOf is lower for what comes often and tells little: those who watch the server, and the parts of the page.
func levelOf(path string) slog.Level {
	if path == "/healthz" || path == "/readyz" || strings.HasPrefix(path, "/assets/") {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// isSane tells whether a client's id may be logged and sent back as it is.
func isSane(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	return strings.IndexFunc(id, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-_.:/+=", c)
	}) < 0
}

// answer notes what is answered.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write notes how much is written.
func (a *answer) Write(body []byte) (int, error) {
	a.status = a.statusOrOK()
	n, err := a.ResponseWriter.Write(body)
	a.bytes += int64(n)
	return n, err
}

// Flush sends what is written so far.
func (a *answer) Flush() {
	a.status = a.statusOrOK()
	_ = http.NewResponseController(a.ResponseWriter).Flush() // best effort, as the interface has it
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// statusOrOK is the status: a handler that says nothing has said 200.
func (a *answer) statusOrOK() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}
