package telemetry

import (
	"runtime"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/loader"
	"github.com/accountgraph/accountgraph/internal/request"
)

// metrics are those of the server.
type metrics struct {
	requests       *prometheus.CounterVec
	durations      *prometheus.HistogramVec
	perRequest     *prometheus.HistogramVec
	inFlight       prometheus.Gauge
	statements     prometheus.Histogram
	fetches        *prometheus.HistogramVec
	unplannedLoads prometheus.Counter
	imported       *prometheus.CounterVec
	names          names
}

// times are the upper bounds of histograms of seconds.
var times = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

func newMetrics(registry *prometheus.Registry, version string) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "accountgraph_requests_total",
			Help: "Requests to the API, by type and name of the operation (empty if there was none; names beyond the first 200 are \"other\") and by the first error's code, or OK."},
			[]string{"type", "operation", "code"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "accountgraph_request_duration_seconds",
			Help: "Time from the end of a request's head to the end of its answer, by type of the operation.", Buckets: times},
			[]string{"type"}),
		perRequest: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "accountgraph_request_statements",
			Help: "SQL statements of a request, by type of the operation.", Buckets: []float64{0, 1, 2, 3, 4, 5, 8, 13, 21, 34, 55, 89}},
			[]string{"type"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "accountgraph_requests_in_flight",
			Help: "Requests to the API that are being answered."}),
		statements: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "accountgraph_statement_duration_seconds",
			Help: "Time from sending an SQL statement to having its last row.", Buckets: times}),
		fetches: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "accountgraph_fetch_keys",
			Help:    "For how many keys links were fetched at once: as the query's plan says, or in a batch of a dataloader for what no plan had.",
			Buckets: []float64{1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10000}},
			[]string{"planned"}),
		unplannedLoads: prometheus.NewCounter(prometheus.CounterOpts{Name: "accountgraph_unplanned_loads_total",
			Help: "Values of links that no plan had, and that went through a dataloader."}),
		imported: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "accountgraph_import_rows_total",
			Help: "Rows of imports, by entity and by what became of them."},
			[]string{"entity", "result"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "accountgraph_build_info", Help: "1; the labels tell what was built.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()}})
	build.Set(1)
	for _, collector := range []prometheus.Collector{m.requests, m.durations, m.perRequest, m.inFlight, m.statements, m.fetches,
		m.unplannedLoads, m.imported, build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := registry.Register(collector); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) watchPool(registry *prometheus.Registry, d *db.DB) error {
	return registry.Register(collectors.NewDBStatsCollector(d.Pool().DB, "accountgraph"))
}

// answered counts a request that was answered.
func (m *metrics) answered(r *request.Record) {
	code := "OK"
	if len(r.Codes) > 0 {
		code = r.Codes[0]
	}
	m.requests.WithLabelValues(r.OperationType, m.names.known(r.OperationName), code).Inc()
	m.durations.WithLabelValues(r.OperationType).Observe(r.Duration.Seconds())
	m.perRequest.WithLabelValues(r.OperationType).Observe(float64(r.Statements))
	m.unplannedLoads.Add(float64(r.UnplannedLoads))
}

func (m *metrics) fetched(f loader.Fetch) {
	m.fetches.WithLabelValues(strconv.FormatBool(f.Planned)).Observe(float64(f.Keys))
}

// maxNames is how many names of operations are told apart: clients choose them, and each is a time series of Prometheus.
const maxNames = 200

// names are the names of operations that are told apart: the first that came.
type names struct {
	mutex sync.RWMutex
	first map[string]bool
}

// known is the name if it is told apart, else "other".
func (n *names) known(name string) string {
	n.mutex.RLock()
	known, full := n.first[name], len(n.first) >= maxNames
	n.mutex.RUnlock()
	if known || name == "" {
		return name
	}
	if full {
		return "other"
	}
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.first == nil {
		n.first = map[string]bool{}
	}
	if len(n.first) >= maxNames && !n.first[name] {
		return "other"
	}
	n.first[name] = true
	return name
}
