//go:build unix

package faults

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/internal/eventually"
)

// behindProxy serves from a database that is reached through a proxy.
func behindProxy(t *testing.T, o db.Options) (*server, *toxiproxy.Proxy) {
	t.Helper()
	address, err := url.Parse(dbtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	v := acme(t, dbtest.Open(t, address.String()))
	proxy := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), "database", "127.0.0.1:0", address.Host)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	address.Host = proxy.Listen
	o.URL = address.String()
	return serve(t, v, o), proxy
}

func TestConnectionsThatAreCut(t *testing.T) {
	t.Parallel()
	s, proxy := behindProxy(t, db.Options{PoolWait: 5 * time.Second})
	l := start(t, s)
	again := func() {
		if err := proxy.Start(); err != nil {
			t.Fatal(err)
		}
	}
	l.through(proxy.Stop, again)
	l.through(proxy.Stop, again)
	l.finish()
}

func TestDatabaseThatIsSlow(t *testing.T) {
	t.Parallel()
	s, proxy := behindProxy(t, db.Options{MaxConnections: 2, PoolWait: 500 * time.Millisecond, StatementTimeout: 500 * time.Millisecond})
	for name, toxic := range map[string]string{
		"an hour late": `{"name": "late", "type": "latency", "attributes": {"latency": 3600000}}`,
		"silent":       `{"name": "silent", "type": "timeout", "attributes": {"timeout": 0}}`,
	} {
		eventually.So(t, "the server answers", func() bool { a, err := s.ask(t.Context(), read, nil); return err == nil && a.code == "" })
		added, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic))
		if err != nil {
			t.Fatal(err)
		}
		var mutex sync.Mutex
		codes := map[string]int{}
		var workers sync.WaitGroup
		for i := range 8 {
			workers.Go(func() {
				query := []string{read, write}[i%2]
				a, err := s.ask(t.Context(), query, map[string]string{"name": "Slow", "domain": "slow.com"})
				if err != nil || !slices.Contains(faulty, a.code) || a.code == string(db.CodeOutcomeUnknown) {
					t.Errorf("%s: got %+v, %v, want TIMEOUT or UNAVAILABLE", query, a, err)
				}
				mutex.Lock()
				defer mutex.Unlock()
				codes[a.code]++
			})
		}
		workers.Wait()
		t.Logf("%s: %v", name, codes)
		if err := proxy.Toxics.RemoveToxic(t.Context(), added.Name); err != nil {
			t.Fatal(err)
		}
	}
}
