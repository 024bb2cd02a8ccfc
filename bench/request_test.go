package bench_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/bench"
	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	httpserver "github.com/accountgraph/accountgraph/internal/http"
)

// requests measures what is around a query: everything between net/http and the database, the log included. What asks for nothing
// shows what it costs in itself.
func requests(b *testing.B, d *db.DB) {
	limits, err := bench.Limits()
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	limits.Logger = log
	site := httpserver.New(httpserver.Options{Page: http.NotFoundHandler(), Compression: true, MaxBodyBytes: 4 << 20, RequestTimeout: time.Minute, HeaderTimeout: time.Minute, Logger: log})
	viewer := bench.Viewer()
	site.Open(auth.Door{Demo: &viewer}, graph.NewHandler(d, limits), d.Health)
	const nothing = `{ __typename }`
	long := `query Long { ` + strings.Repeat("a: __typename ", 60) + `}`
	sum := sha256.Sum256([]byte(long))
	byHash := `"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hex.EncodeToString(sum[:]) + `"}}}`
	for _, request := range []struct{ name, method, address, body string }{
		{"POST for nothing", http.MethodPost, "/graphql", `{"query":"` + nothing + `"}`},
		{"GET for nothing", http.MethodGet, "/graphql?query=" + url.QueryEscape(nothing), ""},
		{"POST for nothing, with variables", http.MethodPost, "/graphql", `{"query":"query Nothing($no: Boolean!) { __typename @skip(if: $no) }","operationName":"Nothing","variables":{"no":false}}`},
		{"POST of 850 bytes", http.MethodPost, "/graphql", `{"query":"` + long + `"}`},
		{"POST of 850 bytes, with its hash", http.MethodPost, "/graphql", `{"query":"` + long + `",` + byHash},
		{"POST of its hash", http.MethodPost, "/graphql", `{` + byHash},
	} {
		body := strings.NewReader(request.body)
		head := http.Header{"Content-Type": {"application/json"}, "Accept": {"*/*"}, "User-Agent": {"bench"}}
		asked, err := http.NewRequest(request.method, "http://localhost"+request.address, io.NopCloser(body))
		if err != nil {
			b.Fatal(err)
		}
		asked.Header, asked.ContentLength = head, body.Size()
		answer := &discard{header: http.Header{}}
		measure(b, request.name, func(context.Context) error {
			body.Reset(request.body)
			clear(answer.header)
			again := *asked
			site.ServeHTTP(answer, &again)
			if answer.status != http.StatusOK {
				return fmt.Errorf("got %d", answer.status)
			}
			return nil
		})
	}
}

// discard takes an answer and keeps nothing of it.
type discard struct {
	header http.Header
	status int
	// sent is how many bytes.
	sent int
}

func (d *discard) Header() http.Header { return d.header }

func (d *discard) WriteHeader(status int) { d.status = status }

func (d *discard) Write(body []byte) (int, error) {
	d.sent += len(body)
	return len(body), nil
}
