//go:build unix

package bench_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/bench"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	httpserver "github.com/accountgraph/accountgraph/internal/http"
)

// BenchmarkCompression measures what it takes to compress the answers of Q3a and Q3b, trees of 781 and of 3,906 accounts, as they
// are sent to those who take that: processor time, so that what runs beside it does not count.
func BenchmarkCompression(b *testing.B) {
	d := open(b)
	limits, err := bench.Limits()
	if err != nil {
		b.Fatal(err)
	}
	for _, tree := range []struct {
		name   string
		levels int
	}{{"Q3a", 4}, {"Q3b", 5}} {
		query := `{ account(id: \"` + bench.Account(bench.Tree).String() + `\") { ` + nested(tree.levels) + ` } }`
		whole := httptest.NewRecorder()
		asked := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "http://localhost/graphql", strings.NewReader(`{"query":"`+query+`"}`))
		asked.Header.Set("Content-Type", "application/json")
		auth.Demo(bench.Viewer(), graph.NewHandler(d, limits)).ServeHTTP(whole, asked)
		text := whole.Body.Bytes()
		site := httpserver.New(httpserver.Options{Page: http.NotFoundHandler(), Compression: true, MaxBodyBytes: 4 << 20, RequestTimeout: time.Minute, HeaderTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
		viewer := bench.Viewer()
		site.Open(auth.Door{Demo: &viewer}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", whole.Header().Get("Content-Type"))
			w.Header().Set("Content-Length", strconv.Itoa(len(text)))
			_, _ = w.Write(text)
		}), d.Health)
		for _, accept := range []string{"identity", "gzip"} {
			b.Run(tree.name+"/"+accept, func(b *testing.B) {
				answer := &discard{header: http.Header{}}
				r := httptest.NewRequest(http.MethodGet, "http://localhost/graphql", nil)
				r.Header.Set("Accept-Encoding", accept)
				before := processorTime(b)
				for b.Loop() {
					clear(answer.header)
					answer.sent = 0
					site.ServeHTTP(answer, r)
				}
				perByte := float64(processorTime(b)-before) / float64(b.N) / float64(len(text))
				b.ReportMetric(perByte, "ms/MB") // which is nanoseconds a byte
				b.ReportMetric(float64(len(text)), "bytes")
				b.ReportMetric(float64(answer.sent)/float64(len(text)), "size")
			})
		}
	}
}

// processorTime is what the process has used so far, in its own code and in the system's.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
