package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/accountgraph/accountgraph/internal/telemetry"
)

// watch makes the telemetry, and serves its metrics if there is an address for that. The function it returns stops that, and
// sends the last traces, for which it takes no longer than a shutdown may.
func (p Program) watch(ctx context.Context) (*telemetry.Telemetry, func(), error) {
	t, err := telemetry.New(ctx, telemetry.Options{
		Version:       p.Version,
		SlowStatement: p.Config.SlowStatement,
		OTLPEndpoint:  p.Config.OTLPEndpoint,
		Logger:        p.Log,
	})
	if err != nil {
		return nil, nil, err
	}
	metrics, err := p.serveMetrics(ctx, t.Handler())
	if err != nil {
		return nil, nil, err
	}
	return t, func() {
		ctx, cancel := context.WithTimeout(context.Background(), p.Config.ShutdownTimeout)
		defer cancel()
		p.warn("send the last traces", t.Shutdown(ctx))
		p.warn("stop serving the metrics", metrics.Close())
	}, nil
}

// serveMetrics serves metrics at an address of their own, or nowhere.
func (p Program) serveMetrics(ctx context.Context, metrics http.Handler) (*http.Server, error) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	server := &http.Server{Handler: mux, ReadTimeout: p.Config.HeaderTimeout, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	if p.Config.MetricsAddr == "" {
		return server, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", p.Config.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("the metrics can't be served: %w: choose another address with --metrics-addr or METRICS_ADDR", err)
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			p.warn("serve the metrics", err)
		}
	}()
	p.Log.Info("serving metrics", "address", "http://"+listener.Addr().String()+"/metrics")
	return server, nil
}
