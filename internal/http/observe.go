package httpserver

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/request"
)

// requestIDHeader carries the id of a request, from the client if it has one, and back to it.
const requestIDHeader = "X-Request-Id"

// observe gives each request an id, answers for handlers that panic, and tells of what was answered: in the log, one line a
// request, and those who watch.
func (s *Site) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		record := &request.Record{ID: r.Header.Get(requestIDHeader), Method: r.Method, Path: r.URL.Path}
		if !isSane(record.ID) {
			record.ID = request.NewID()
		}
		w.Header().Set(requestIDHeader, record.ID)
		ctx, answered := request.With(r.Context(), record), func() {}
		if s.options.Watch != nil {
			ctx, answered = s.options.Watch(ctx, r, record)
		}
		r = r.WithContext(ctx)
		answer := &answer{ResponseWriter: w}
		defer func() {
			panicked := recover()
			aborted := panicked == http.ErrAbortHandler //nolint:errorlint // panicked is no error, but any value
			if panicked != nil && !aborted {
				s.options.Logger.ErrorContext(ctx, "internal error", "request_id", record.ID, "error", fmt.Sprint("panic: ", panicked), "stack", string(debug.Stack()))
				if aborted = answer.status != 0; !aborted {
					refuse(answer, r, http.StatusInternalServerError, problem{Code: db.CodeInternal, Message: "internal error",
						Details: map[string]any{"requestId": record.ID}})
				}
			}
			record.Status, record.Bytes, record.Duration = answer.statusOrOK(), answer.bytes, time.Since(begin)
			answered()
			s.options.Logger.LogAttrs(ctx, levelOf(record.Path), "request", line(record)...)
			if aborted {
				panic(http.ErrAbortHandler) // what is half written can't be taken back: the client shall see that it broke off
			}
		}()
		next.ServeHTTP(answer, r)
	})
}

// line is what the log says of a request. What does not apply is left out.
func line(r *request.Record) []slog.Attr {
	attributes := []slog.Attr{slog.String("request_id", r.ID)}
	text := func(name, value string) {
		if value != "" {
			attributes = append(attributes, slog.String(name, value))
		}
	}
	text("trace_id", r.TraceID)
	attributes = append(attributes, slog.String("method", r.Method), slog.String("path", r.Path))
	text("organization", r.Organization)
	text("api_key", r.APIKey)
	text("operation_type", r.OperationType)
	text("operation_name", r.OperationName)
	text("codes", strings.Join(r.Codes, ","))
	if r.OperationType != "" {
		attributes = append(attributes, slog.Int64("statements", r.Statements), milliseconds("statements_ms", r.StatementTime),
			slog.Int64("unplanned_loads", r.UnplannedLoads))
	}
	return append(attributes, slog.Int("status", r.Status), slog.Int64("bytes", r.Bytes), milliseconds("ms", r.Duration))
}

func milliseconds(name string, d time.Duration) slog.Attr {
	return slog.Float64(name, float64(d.Microseconds())/1000)
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
