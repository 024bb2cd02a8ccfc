package telemetry_test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	httpserver "github.com/accountgraph/accountgraph/internal/http"
	"github.com/accountgraph/accountgraph/internal/telemetry"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// bundle is a server as the product puts it together, on a database of its own.
type bundle struct {
	t      *testing.T
	watch  *telemetry.Telemetry
	db     *db.DB
	viewer db.Viewer
	url    string
	log    *logbook
}

func setup(t *testing.T, o telemetry.Options) *bundle {
	t.Helper()
	b := &bundle{t: t, log: &logbook{}}
	o.Logger = slog.New(slog.NewJSONHandler(b.log, nil))
	o.Version = "v1.2.3"
	var err error
	if b.watch, err = telemetry.New(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	address := dbtest.NewURL(t)
	b.viewer = dbtest.Organization(t, dbtest.Open(t, address), "Acme")
	if b.db, err = db.Open(db.Options{URL: address, Watch: b.watch.Statement}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.db.Close() })
	if err := b.watch.WatchPool(b.db); err != nil {
		t.Fatal(err)
	}
	site := httpserver.New(httpserver.Options{
		Page: http.NotFoundHandler(), MaxBodyBytes: 1 << 20, RequestTimeout: time.Minute, HeaderTimeout: time.Minute,
		Logger: o.Logger, Watch: b.watch.Request,
	})
	api := graph.NewHandler(b.db, graph.Options{MaxRecords: 1000, Logger: o.Logger, Operation: b.watch.Operation, Fetch: b.watch.Fetch})
	site.Open(auth.Door{Demo: &b.viewer}, api, b.db.Health)
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// ask sends a query, which must be answered with the status.
func (b *bundle) ask(status int, query string, header ...string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/graphql", strings.NewReader(fmt.Sprintf(`{"query": %q}`, query)))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil || response.StatusCode != status {
		b.t.Fatalf("%s: got %s %s, %v, want %d", query, response.Status, body, err, status)
	}
}

// metrics are the lines that Prometheus would read.
func (b *bundle) metrics() string {
	w := httptest.NewRecorder()
	b.watch.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// logbook is a log that may be read while it is written.
type logbook struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *logbook) Write(line []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(line)
}

func (l *logbook) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

func TestMetricsOfAKnownLoadAddUp(t *testing.T) {
	t.Parallel()
	b := setup(t, telemetry.Options{})
	for range 3 {
		b.ask(200, `query People { users { nodes { name } } }`)
	}
	b.ask(200, `query People { users(first: -1) { nodes { name } } }`)
	b.ask(200, `mutation { createAccount(input: {name: "A", primaryDomain: "a.com"}) { account { name parent { name } createdBy { __typename ... on User { name } } } } }`)
	b.ask(200, `{ nothing }`)
	b.ask(415, `{ viewer { role } }`, "Content-Type", "text/plain")
	if response, err := http.Get(b.url + "/healthz"); err != nil || response.Body.Close() != nil {
		t.Fatal(err)
	}
	b.watch.ImportedRows("account", "created", 1000)
	b.watch.ImportedRows("account", "created", 500)
	got := b.metrics()
	for _, line := range []string{
		`accountgraph_requests_total{code="OK",operation="People",type="query"} 3`,
		`accountgraph_requests_total{code="BAD_USER_INPUT",operation="People",type="query"} 1`,
		`accountgraph_requests_total{code="OK",operation="",type="mutation"} 1`,
		`accountgraph_requests_total{code="GRAPHQL_VALIDATION_FAILED",operation="",type=""} 1`,
		`accountgraph_requests_total{code="BAD_USER_INPUT",operation="",type=""} 1`,
		`accountgraph_request_duration_seconds_count{type="query"} 4`,
		`accountgraph_request_duration_seconds_count{type="mutation"} 1`,
		`accountgraph_request_statements_sum{type="query"} 3`,
		`accountgraph_requests_in_flight 0`,
		`accountgraph_fetch_keys_count{planned="true"} 1`,
		`accountgraph_fetch_keys_sum{planned="true"} 1`,
		`accountgraph_unplanned_loads_total 0`,
		`accountgraph_import_rows_total{entity="account",result="created"} 1500`,
		`go_sql_max_open_connections{db_name="accountgraph"} 10`,
		`go_sql_wait_count_total{db_name="accountgraph"} 0`,
	} {
		if !strings.Contains(got, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	for _, name := range []string{`accountgraph_build_info{goversion="go`, `version="v1.2.3"} 1`, "\ngo_goroutines ", "\nprocess_resident_memory_bytes ", "accountgraph_statement_duration_seconds_count "} {
		if !strings.Contains(got, name) {
			t.Errorf("no %s", name)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestNamesOfOperationsAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t, telemetry.Options{})
	const first = 200
	for i := range first + 50 {
		b.ask(200, fmt.Sprintf("query Q%d { viewer { role } }", i))
	}
	b.ask(200, "query Q0 { viewer { role } }")
	b.ask(200, "query "+strings.Repeat("X", 5000)+" { viewer { role } }")
	got := b.metrics()
	for _, line := range []string{
		`accountgraph_requests_total{code="OK",operation="other",type="query"} 51`,
		`accountgraph_requests_total{code="OK",operation="Q0",type="query"} 2`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if n := strings.Count(got, "accountgraph_requests_total{"); n != first+1 {
		t.Errorf("got %d series, want %d", n, first+1)
	}
	if log := b.log.String(); strings.Contains(log, strings.Repeat("X", 65)) || !strings.Contains(log, strings.Repeat("X", 64)) {
		t.Error("want a long name cut in the log")
	}
}

func TestSlowStatementsAreLogged(t *testing.T) {
	t.Parallel()
	b := setup(t, telemetry.Options{SlowStatement: time.Nanosecond})
	b.ask(200, `{ accountByDomain(domain: "secret.com") { name } }`, "X-Request-Id", "request-1")
	log := b.log.String()
	for _, word := range []string{`"level":"WARN","msg":"slow statement","request_id":"request-1"`, `"statement":"SELECT `, `"rows":`, `"ms":`} {
		if !strings.Contains(log, word) {
			t.Errorf("no %s in %s", word, log)
		}
	}
	if strings.Contains(log, "secret.com") {
		t.Errorf("a value is in the log: %s", log)
	}
	quiet := setup(t, telemetry.Options{SlowStatement: time.Hour})
	quiet.ask(200, `{ accountByDomain(domain: "secret.com") { name } }`)
	if strings.Contains(quiet.log.String(), "slow statement") {
		t.Errorf("got %s, want no slow statement", quiet.log)
	}
}

// receiver is a collector of OTLP over HTTP.
type receiver struct {
	mutex sync.Mutex
	spans []*otlp.Span
	about map[string]string
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unzipped
	}
	text, err := io.ReadAll(body)
	var sent collector.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(text, &sent) != nil {
		http.Error(w, "not OTLP", http.StatusBadRequest)
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, resource := range sent.ResourceSpans {
		c.about = attributes(resource.Resource.Attributes)
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func attributes(list []*common.KeyValue) map[string]string {
	found := map[string]string{}
	for _, a := range list {
		found[a.Key] = strings.Trim(strings.SplitN(a.Value.String(), ":", 2)[1], `"`)
	}
	return found
}

// below are the spans right below another.
func (c *receiver) below(id []byte) (found []*otlp.Span) {
	for _, s := range c.spans {
		if bytes.Equal(s.ParentSpanId, id) {
			found = append(found, s)
		}
	}
	return found
}

// only is the one span of a list.
func only(t *testing.T, name string, spans []*otlp.Span) *otlp.Span {
	t.Helper()
	if len(spans) != 1 || spans[0].Name != name {
		t.Fatalf("got %v, want one span named %s", spans, name)
	}
	return spans[0]
}

func TestTraces(t *testing.T) {
	t.Parallel()
	c := &receiver{}
	collecting := httptest.NewServer(c)
	t.Cleanup(collecting.Close)
	b := setup(t, telemetry.Options{OTLPEndpoint: collecting.URL})
	const trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	b.ask(200, `mutation { createAccount(input: {name: "Secret", primaryDomain: "secret.com"}) { account { id } } }`)
	b.ask(200, `query Look { accountByDomain(domain: "secret.com") { childCount createdBy { __typename ... on User { name } } } }`,
		"Traceparent", "00-"+trace+"-"+parent+"-01")
	if err := b.watch.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	above, err := hex.DecodeString(parent)
	if err != nil {
		t.Fatal(err)
	}
	request := only(t, "POST /graphql", c.below(above))
	if hex.EncodeToString(request.TraceId) != trace {
		t.Errorf("got trace %x, want the client's", request.TraceId)
	}
	if got := attributes(request.Attributes); got["http.response.status_code"] != "200" || got["accountgraph.statements"] == "0" {
		t.Errorf("got %v", got)
	}
	operation := only(t, "query Look", c.below(request.SpanId))
	if got := attributes(operation.Attributes); got["graphql.operation.name"] != "Look" || got["graphql.operation.type"] != "query" {
		t.Errorf("got %v", got)
	}
	fetches, statements := 0, 0
	for _, s := range c.below(operation.SpanId) {
		if s.Name == "SELECT" {
			statements++
			continue
		}
		fetches++
		statement := only(t, "SELECT", c.below(s.SpanId))
		got := attributes(statement.Attributes)
		if !strings.HasPrefix(got["db.query.text"], "SELECT ") || got["db.system.name"] != "postgresql" || got["db.response.returned_rows"] == "" {
			t.Errorf("got %v", got)
		}
		if statement.StartTimeUnixNano < s.StartTimeUnixNano || statement.EndTimeUnixNano > s.EndTimeUnixNano {
			t.Error("the statement is outside of its fetch")
		}
	}
	if fetches != 2 || statements == 0 {
		t.Errorf("got %d fetches and %d statements below the operation, want 2 and some", fetches, statements)
	}
	for _, s := range c.spans {
		if strings.Contains(s.String(), "secret") || strings.Contains(s.String(), "Secret") {
			t.Errorf("a value is in the trace: %s", s)
		}
	}
	if c.about["service.name"] != "accountgraph" || c.about["service.version"] != "v1.2.3" {
		t.Errorf("got resource %v", c.about)
	}
	if log := b.log.String(); !strings.Contains(log, `"trace_id":"`+trace+`"`) {
		t.Errorf("the trace's id is not in the log: %s", log)
	}
}

func TestTracesThatCanNotBeSent(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(refusing.Close)
	b := setup(t, telemetry.Options{OTLPEndpoint: refusing.URL})
	b.ask(200, `{ viewer { role } }`)
	if err := b.watch.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if log := b.log.String(); !strings.Contains(log, `"msg":"traces could not be sent"`) {
		t.Errorf("got %s, want it told", log)
	}
}
