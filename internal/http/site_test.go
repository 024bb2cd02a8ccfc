package httpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/auth"
	"github.com/accountgraph/accountgraph/internal/request"
)

// logbook is a log that may be read while it is written.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// lines are those that contain all of the words.
func (l *logbook) lines(words ...string) (found []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
next:
	for line := range strings.Lines(l.text.String()) {
		for _, word := range words {
			if !strings.Contains(line, word) {
				continue next
			}
		}
		found = append(found, line)
	}
	return found
}

// answered is what a test's handler stands for.
const answered = `{"data":{"ok":true}}`

func answer200(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, answered)
}

func well(context.Context) db.Health {
	return db.Health{Database: db.DatabaseHealth{Status: "ok"}, Schema: db.SchemaHealth{Status: "ok", Version: 9, Known: 9}, Pool: db.PoolHealth{Status: "ok", Max: 10}}
}

// visitors let everybody in, as an admin.
var visitors = auth.Door{Demo: &db.Viewer{Role: db.RoleAdmin}}

// newSite makes a site whose API is the handler, with small limits.
func newSite(api http.HandlerFunc) (*Site, *logbook) {
	log := &logbook{}
	s := New(Options{
		Page:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") }),
		LocalOnly:      true,
		MaxBodyBytes:   100,
		MaxUploadBytes: 200,
		RequestTimeout: time.Minute,
		UploadTimeout:  time.Hour,
		HeaderTimeout:  time.Minute,
		Logger:         slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if api != nil {
		s.Open(visitors, api, well)
	}
	return s, log
}

func post(body string, header ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://localhost/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		if r.Header.Set(header[i], header[i+1]); header[i+1] == "" {
			r.Header.Del(header[i])
		}
	}
	return r
}

func send(s *Site, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// wantProblem checks that an answer is an error as GraphQL has it.
func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, code db.Code) {
	t.Helper()
	var body struct {
		Errors []struct {
			Message    string
			Extensions struct{ Code db.Code }
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("got %d %q: %v", w.Code, w.Body, err)
	}
	if w.Code != status || len(body.Errors) != 1 || body.Errors[0].Extensions.Code != code || body.Errors[0].Message == "" {
		t.Errorf("got %d %s, want %d with %s", w.Code, w.Body, status, code)
	}
	if got := w.Header().Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("X-Content-Type-Options: got %q, want nosniff", got)
	}
}

func TestSiteServesPageAndAPI(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	if w := send(s, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/", nil)); w.Code != 200 || w.Body.String() != "page" {
		t.Errorf("page: got %d %s", w.Code, w.Body)
	}
	for _, r := range []*http.Request{post("{}"), httptest.NewRequest(http.MethodGet, "http://localhost/graphql?query={x}", nil)} {
		w := send(s, r)
		if w.Code != 200 || w.Body.String() != answered || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: got %d %s %v", r.Method, w.Code, w.Body, w.Header())
		}
	}
}

func TestSiteBeforeItIsReady(t *testing.T) {
	t.Parallel()
	s, _ := newSite(nil)
	s.Wait("loading the demo")
	w := send(s, post("{}"))
	wantProblem(t, w, http.StatusServiceUnavailable, db.CodeUnavailable)
	if !strings.Contains(w.Body.String(), "loading the demo") || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %v %s, want the reason, and when to try again", w.Header(), w.Body)
	}
	if w := send(s, httptest.NewRequest(http.MethodGet, "http://localhost/", nil)); w.Code != 200 {
		t.Errorf("page: got %d, want 200", w.Code)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s, log := newSite(nil)
	ask := func(path string) (int, string) {
		w := send(s, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
		return w.Code, strings.TrimSpace(w.Body.String())
	}
	want := func(path string, status int, body string) {
		t.Helper()
		if gotStatus, got := ask(path); gotStatus != status || got != body {
			t.Errorf("%s: got %d %s, want %d %s", path, gotStatus, got, status, body)
		}
	}
	want("/healthz", 200, `{"status":"ok"}`)
	want("/readyz", 503, `{"status":"unavailable","reason":"starting"}`)
	s.Open(visitors, http.HandlerFunc(answer200), well)
	const rest = `"schema":{"status":"ok","version":9,"known":9},"pool":{"status":"ok","inUse":0,"max":10}}}`
	want("/readyz", 200, `{"status":"ok","checks":{"database":{"status":"ok"},`+rest)
	s.Open(visitors, http.HandlerFunc(answer200), func(ctx context.Context) db.Health {
		if until, ok := ctx.Deadline(); !ok || time.Until(until) > time.Second {
			t.Errorf("the check has time until %v, want a second", until)
		}
		bad := well(ctx)
		bad.Database.Status, bad.Err = "unreachable", errors.New("password of 10.0.0.1")
		return bad
	})
	want("/readyz", 503, `{"status":"unavailable","reason":"the database does not answer","checks":{"database":{"status":"unreachable"},`+rest)
	if len(log.lines("password of 10.0.0.1")) != 1 {
		t.Error("the reason is not logged once")
	}
	s.Drain()
	want("/readyz", 503, `{"status":"unavailable","reason":"stopping"}`)
	want("/healthz", 200, `{"status":"ok"}`)
	if w := send(s, post("{}")); w.Code != 200 {
		t.Errorf("API while draining: got %d, want 200", w.Code)
	}
	if len(log.lines("level=INFO", "/readyz")) > 0 || len(log.lines("level=DEBUG", "path=/readyz", "status=503")) == 0 {
		t.Error("want requests for the health logged, for debugging only")
	}
}

func TestServerHasLimits(t *testing.T) {
	t.Parallel()
	s, _ := newSite(nil)
	server := s.Server()
	if server.ReadHeaderTimeout != time.Minute || server.ReadTimeout == 0 || server.IdleTimeout == 0 || server.MaxHeaderBytes == 0 {
		t.Errorf("got %+v, want limits", server)
	}
	if server.WriteTimeout <= s.options.RequestTimeout {
		t.Errorf("WriteTimeout %v leaves no time to tell of a timeout", server.WriteTimeout)
	}
}

// serve runs the site's server on a port.
func serve(t *testing.T, s *Site) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := s.Server()
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// Proxies speak HTTP/2 to us without TLS, if they are told to.
func TestHTTP2WithoutTLS(t *testing.T) {
	t.Parallel()
	s, log := newSite(answer200)
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: protocols}}
	t.Cleanup(client.CloseIdleConnections)
	address := "http://" + serve(t, s)
	for range 3 {
		response, err := client.Post(address+"/graphql", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil || response.ProtoMajor != 2 || string(body) != answered {
			t.Errorf("got HTTP/%d %s, %v, want %s by HTTP/2", response.ProtoMajor, body, err, answered)
		}
	}
	s.options.MaxBodyBytes = 1
	response, err := client.Post(address+"/graphql", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if response.Body.Close() != nil || response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d for a body that is too long", response.StatusCode)
	}
	if got := log.lines("msg=request", "path=/graphql"); len(got) != 4 {
		t.Errorf("got %q, want a line for each request", got)
	}
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	for _, path := range []string{"/graphql/", "/graphql/x", "/Graphql"} {
		if w := send(s, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)); w.Body.String() != "page" {
			t.Errorf("%s: got %s, want what the page says of a path that it has not", path, w.Body)
		}
	}
}

func TestBodyThatTakesTooLong(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	s.options.HeaderTimeout, s.options.RequestTimeout = 500*time.Millisecond, time.Millisecond
	connection, err := net.Dial("tcp", serve(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	_, err = io.WriteString(connection, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(connection)
	if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 408 ") || !strings.Contains(string(got), `"TIMEOUT"`) {
		t.Errorf("got %q, %v, want 408", got, err)
	}
}

func TestAnswerThatBreaksOff(t *testing.T) {
	t.Parallel()
	s, log := newSite(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"data":`)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		panic("half way")
	})
	response, err := http.Post("http://"+serve(t, s)+"/graphql", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("got %q as if it were whole", body)
	}
	if len(log.lines("half way", "level=ERROR")) != 1 {
		t.Error("the panic is not logged once")
	}
}

func TestRequestHasADeadline(t *testing.T) {
	t.Parallel()
	s, _ := newSite(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		_, _ = io.WriteString(w, r.Context().Err().Error())
	})
	s.options.RequestTimeout = time.Millisecond
	if w := send(s, post("{}")); w.Body.String() != context.DeadlineExceeded.Error() {
		t.Errorf("got %s", w.Body)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	var seen string
	s, log := newSite(func(_ http.ResponseWriter, r *http.Request) { seen = request.Of(r.Context()).ID })
	for given, kept := range map[string]bool{
		"":                                     false,
		"6f9c2b1e-2f6b-4c1c-8f57-0b8f6b0a3c55": true,
		"Root=1-67891233-abcdef012345678912345678": true,
		"two words":              false,
		"line\nbreak":            false,
		"quote\"":                false,
		strings.Repeat("x", 128): true,
		strings.Repeat("x", 129): false,
	} {
		w := send(s, post("{}", requestIDHeader, given))
		got := w.Header().Get(requestIDHeader)
		if got == "" || got != seen || (got == given) != kept {
			t.Errorf("%q: got %q in the answer, %q in the context, want it kept: %v", given, got, seen, kept)
		}
		if len(log.lines("request_id="+strings.TrimSpace(got))) == 0 && len(log.lines(got)) == 0 {
			t.Errorf("%q: %s is not in the log", given, got)
		}
	}
}

func TestOneLineARequest(t *testing.T) {
	t.Parallel()
	s, log := newSite(answer200)
	send(s, httptest.NewRequest(http.MethodGet, "http://localhost/graphql?query={secret}", nil))
	if got := log.lines("msg=request", "method=GET", "path=/graphql", "status=200", "bytes=20", "ms=", "level=INFO"); len(got) != 1 {
		t.Errorf("got %q, want one line", got)
	}
	if got := log.lines("secret"); len(got) > 0 {
		t.Errorf("the query is in the log: %q", got)
	}
}

func TestLineTellsOfTheOperation(t *testing.T) {
	t.Parallel()
	s, log := newSite(func(w http.ResponseWriter, r *http.Request) {
		record := request.Of(r.Context())
		record.Organization, record.OperationType, record.OperationName, record.Codes = "org_1", "query", "Look", []string{"TIMEOUT", "INTERNAL"}
		record.Statements, record.StatementTime, record.TraceID, record.APIKey = 3, 1500*time.Microsecond, "4bf9", "key_1"
		answer200(w, r)
	})
	send(s, post("{}", requestIDHeader, "request-1"))
	const want = "msg=request request_id=request-1 trace_id=4bf9 method=POST path=/graphql organization=org_1 api_key=key_1 operation_type=query " +
		"operation_name=Look codes=TIMEOUT,INTERNAL statements=3 statements_ms=1.5 unplanned_loads=0 status=200 bytes=20 ms="
	if got := log.lines("msg=request"); len(got) != 1 || !strings.Contains(got[0], want) {
		t.Errorf("got %q, want one line with %s", got, want)
	}
	send(s, post("{}", "Content-Type", "text/plain"))
	if len(log.lines("msg=request", "codes=BAD_USER_INPUT status=415")) != 1 {
		t.Error("want the code of what is refused at the door")
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	s, _ := newSite(func(_ http.ResponseWriter, r *http.Request) {
		if r.Context().Value(watchKey{}) != true {
			t.Error("the request has not the context of who watches")
		}
		panic("half way")
	})
	var told *request.Record
	s.options.Watch = func(ctx context.Context, _ *http.Request, record *request.Record) (context.Context, func()) {
		return context.WithValue(ctx, watchKey{}, true), func() { told = record }
	}
	send(s, post("{}"))
	if told == nil || told.Status != 500 || told.Bytes == 0 || told.Duration == 0 || len(told.Codes) != 1 {
		t.Errorf("got %+v, want the whole record", told)
	}
}

type watchKey struct{}

func TestPanic(t *testing.T) {
	t.Parallel()
	s, log := newSite(func(http.ResponseWriter, *http.Request) { panic("secret") })
	w := send(s, post("{}", requestIDHeader, "request-1"))
	wantProblem(t, w, http.StatusInternalServerError, db.CodeInternal)
	if !strings.Contains(w.Body.String(), `"requestId":"request-1"`) || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("got %s, want the request's id and nothing internal", w.Body)
	}
	if len(log.lines("secret", "request_id=request-1")) != 1 || len(log.lines("msg=request", "status=500")) != 1 {
		t.Error("want the panic logged once, and the request")
	}
}

// sent is what the server answers to raw bytes, until it ends the connection.
func sent(t *testing.T, s *Site, raw string) string {
	t.Helper()
	connection, err := net.Dial("tcp", serve(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if _, err := io.WriteString(connection, raw); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(connection)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestHeadThatTakesTooLong(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	s.options.HeaderTimeout = 100 * time.Millisecond
	if got := sent(t, s, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-"); strings.Contains(got, " 200 ") {
		t.Errorf("got %q, want the connection ended", got)
	}
}

func TestHeadThatIsTooLong(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	if got := sent(t, s, "GET / HTTP/1.1\r\nHost: localhost\r\nX: "+strings.Repeat("x", 70<<10)); !strings.HasPrefix(got, "HTTP/1.1 431 ") {
		t.Errorf("got %q, want 431", got)
	}
}

// A body that is announced as too long is refused before any of it has come.
func TestBodyThatIsAnnouncedTooLong(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answer200)
	got := sent(t, s, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 101\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 413 ") || !strings.Contains(got, `"limit":100`) {
		t.Errorf("got %q, want 413", got)
	}
}
