package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// newTracer makes a tracer that sends its spans to the endpoint, or none; and what to do at the end.
func newTracer(ctx context.Context, o Options) (trace.Tracer, func(context.Context) error, error) {
	const name = "github.com/accountgraph/accountgraph"
	if o.OTLPEndpoint == "" {
		return noop.NewTracerProvider().Tracer(name), func(context.Context) error { return nil }, nil
	}
	// As the specification has it: the endpoint of all signals is a base to which the path of each is added.
	endpoint, err := url.JoinPath(o.OTLPEndpoint, "v1/traces")
	if err != nil {
		return nil, nil, fmt.Errorf("read the address for traces: %w", err)
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint))
	if err != nil {
		return nil, nil, err
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName("accountgraph"), semconv.ServiceVersion(o.Version)), resource.WithFromEnv())
	if err != nil {
		return nil, nil, fmt.Errorf("read OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(loggedExporter{exporter, o.Logger}), sdktrace.WithResource(about))
	return provider.Tracer(name), provider.Shutdown, nil
}

// loggedExporter says in our log why spans could not be sent; OpenTelemetry would say it in one for the whole process.
type loggedExporter struct {
	sdktrace.SpanExporter
	logger *slog.Logger
}

// ExportSpans sends spans. What can't be sent is lost, which is no error to the caller, who could do no more about it.
func (e loggedExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := e.SpanExporter.ExportSpans(ctx, spans); err != nil {
		e.logger.WarnContext(ctx, "traces could not be sent", "spans", len(spans), "error", err)
	}
	return nil
}
