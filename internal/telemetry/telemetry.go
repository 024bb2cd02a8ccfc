// Package telemetry tells operators what the server does: metrics for Prometheus, traces by OTLP, and a line in the log for
// each statement that is slow. Its methods are what the parts of the server call when something happens; they are safe for
// concurrent use.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/loader"
	"github.com/accountgraph/accountgraph/internal/request"
)

// Options are the settings.
type Options struct {
	// Version is the program's, for metrics and traces.
	Version string
	// SlowStatement is how long a statement may take without being logged; 0 logs none.
	SlowStatement time.Duration
	// OTLPEndpoint is where traces are sent, as http://127.0.0.1:4318, to which the path of OTLP is added; "" is nowhere.
	// The other OTEL_* variables of the environment are followed, as OpenTelemetry says.
	OTLPEndpoint string
	// Logger gets slow statements, and why traces can't be sent.
	Logger *slog.Logger
}

// Telemetry is told what happens.
type Telemetry struct {
	options  Options
	registry *prometheus.Registry
	metrics  *metrics
	tracer   trace.Tracer
	shutdown func(context.Context) error
}

// New makes a telemetry. It connects to nothing until there is a trace to send.
func New(ctx context.Context, o Options) (*Telemetry, error) {
	t := &Telemetry{options: o, registry: prometheus.NewRegistry()}
	var err error
	if t.metrics, err = newMetrics(t.registry, o.Version); err != nil {
		return nil, fmt.Errorf("make the metrics: %w", err)
	}
	if t.tracer, t.shutdown, err = newTracer(ctx, o); err != nil {
		return nil, fmt.Errorf("make the tracer: %w", err)
	}
	return t, nil
}

// Shutdown sends the traces that are not sent yet.
func (t *Telemetry) Shutdown(ctx context.Context) error { return t.shutdown(ctx) }

// Handler serves the metrics.
func (t *Telemetry) Handler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{Registry: t.registry})
}

// WatchPool adds the figures of a pool of connections to the metrics.
func (t *Telemetry) WatchPool(d *db.DB) error { return t.metrics.watchPool(t.registry, d) }

// apiPath is where the API is. Requests for the page and for the health of the server are neither measured nor traced.
const apiPath = "/graphql"

// Request begins a request to the API; see httpserver.Options.Watch.
func (t *Telemetry) Request(ctx context.Context, r *http.Request, record *request.Record) (context.Context, func()) {
	if record.Path != apiPath {
		return ctx, func() {}
	}
	t.metrics.inFlight.Inc()
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	ctx, span := t.tracer.Start(ctx, r.Method+" "+apiPath, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		semconv.HTTPRequestMethodKey.String(r.Method), semconv.URLPath(apiPath), attribute.String("accountgraph.request_id", record.ID)))
	if traced := trace.SpanContextFromContext(ctx); traced.HasTraceID() {
		record.TraceID = traced.TraceID().String()
	}
	return ctx, func() {
		t.metrics.inFlight.Dec()
		t.metrics.answered(record)
		span.SetAttributes(semconv.HTTPResponseStatusCode(record.Status), attribute.Int64("accountgraph.statements", record.Statements),
			attribute.StringSlice("accountgraph.codes", record.Codes))
		if record.Status >= http.StatusInternalServerError || len(record.Codes) > 0 {
			span.SetStatus(codes.Error, strings.Join(record.Codes, ","))
		}
		span.End()
	}
}

// Operation begins the execution of an operation; see graph.Options.Operation.
func (t *Telemetry) Operation(ctx context.Context, kind, name string) (context.Context, func()) {
	ctx, span := t.tracer.Start(ctx, strings.TrimSpace(kind+" "+name),
		trace.WithAttributes(semconv.GraphQLOperationTypeKey.String(kind), semconv.GraphQLOperationName(name)))
	return ctx, func() { span.End() }
}

// Fetch begins the fetching of links; see graph.Options.Fetch.
func (t *Telemetry) Fetch(ctx context.Context, f loader.Fetch) (context.Context, func(error)) {
	t.metrics.fetched(f)
	ctx, span := t.tracer.Start(ctx, "fetch "+f.Source, trace.WithAttributes(
		attribute.Int("accountgraph.keys", f.Keys), attribute.Bool("accountgraph.planned", f.Planned)))
	return ctx, func(err error) { end(span, err) }
}

// Statement tells of a statement that was executed; see db.Options.Watch.
func (t *Telemetry) Statement(ctx context.Context, e db.Executed) {
	t.metrics.statements.Observe(e.Duration.Seconds())
	if t.options.SlowStatement > 0 && e.Duration > t.options.SlowStatement {
		t.options.Logger.WarnContext(ctx, "slow statement", "request_id", request.Of(ctx).ID,
			"ms", float64(e.Duration.Microseconds())/1000, "rows", e.Rows, "error", e.Err, "statement", oneLine(e.Text))
	}
	if !trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	verb, _, _ := strings.Cut(oneLine(e.Text), " ")
	_, span := t.tracer.Start(ctx, verb, trace.WithTimestamp(e.Begin), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		semconv.DBSystemNamePostgreSQL, semconv.DBQueryText(e.Text), semconv.DBResponseReturnedRows(int(e.Rows))))
	if e.Err != nil {
		span.SetStatus(codes.Error, e.Err.Error())
	}
	span.End(trace.WithTimestamp(e.Begin.Add(e.Duration)))
}

// ImportedRows counts rows of an import by what became of them ("created", "updated", "unchanged", "rejected").
func (t *Telemetry) ImportedRows(entity, result string, rows int) {
	t.metrics.imported.WithLabelValues(entity, result).Add(float64(rows))
}

// end ends a span, which failed if there is an error; what the caller did wrong is no failure of the fetch.
func end(span trace.Span, err error) {
	var caller *db.Error
	if err != nil && !errors.As(err, &caller) {
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}

// oneLine is a statement without its line breaks and indentation.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
