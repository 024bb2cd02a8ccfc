package serve

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/internal/eventually"
)

// maxAllocated is how much memory one hostile request may take in all, freed or not: a multiple of the longest body that is read.
const maxAllocated = 128 << 20

// TestHostileRequests sends one after the other, and watches the memory: this package has no other test that takes any.
func TestHostileRequests(t *testing.T) {
	d := openDoor(t)
	d.wantHonest(t)
	for what, hostile := range d.hostile() {
		t.Run(what, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := d.send(t, hostile.request)
			runtime.ReadMemStats(&after)
			if got.status >= 500 {
				t.Errorf("got %d, which blames us: %.300s", got.status, got.body)
			}
			if !slices.Equal(got.codes, []string{hostile.code}) {
				t.Errorf("got %d with the codes %q, want %q: %.300s", got.status, got.codes, hostile.code, got.body)
			}
			if len(got.body) > 512<<10 {
				t.Errorf("got an answer of %d bytes", len(got.body))
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > maxAllocated {
				t.Errorf("took %d MB, want at most %d", allocated>>20, maxAllocated>>20)
			} else {
				t.Logf("%d %v, %d KB", got.status, got.codes, allocated>>10)
			}
		})
	}
	if got := d.faults.String(); got != "" {
		t.Errorf("got errors logged that are about us:\n%.3000s", got)
	}
	d.wantHonest(t)
}

// wantHonest checks that an honest request is answered.
func (d *door) wantHonest(t *testing.T) {
	t.Helper()
	if got := d.send(t, d.query("{ viewer { role } }", "")); got.status != http.StatusOK || got.codes[0] != fine {
		t.Errorf("got %d %s for an honest request", got.status, got.body)
	}
}

// TestBrokenConnections opens many connections that send half of something, and leaves them in different ways.
func TestBrokenConnections(t *testing.T) {
	d := openDoor(t)
	const head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 40000000\r\n"
	var wait sync.WaitGroup
	for _, sent := range []string{"", "P", "POST /graphql HTTP/1.1\r\nHost:", head, head + "\r\n", head + "\r\n{\"query\":", "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + repeat("x", 100_000)} {
		for stays := range 8 {
			wait.Go(func() {
				connection, err := net.Dial("tcp", d.address)
				if err != nil {
					t.Error(err)
					return
				}
				defer func() { _ = connection.Close() }()
				if _, err := io.WriteString(connection, sent); err != nil || stays%2 == 0 {
					return // the server may have had enough before it had all
				}
				// Until the server ends it: within the time for a head, or at once since the body is too long.
				if err := connection.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
					t.Error(err)
				}
				if _, err := io.Copy(io.Discard, connection); errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%.80q: the server waits for more than a minute", sent)
				}
			})
		}
	}
	wait.Wait()
	d.wantHonest(t)
	if got := d.faults.String(); got != "" {
		t.Errorf("got errors logged that are about us:\n%.3000s", got)
	}
	d.client.CloseIdleConnections()
	// What served a connection ends soon after it.
	eventually.So(t, "no goroutine of a connection is left", func() bool {
		stacks := make([]byte, 1<<20)
		return !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("net/http.(*conn).serve"))
	})
}
