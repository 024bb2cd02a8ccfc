package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	httpserver "github.com/accountgraph/accountgraph/internal/http"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// ourFaults collects what is logged of errors that are about us.
type ourFaults struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (f *ourFaults) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.Write(line)
}

func (f *ourFaults) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.String()
}

// door is the whole server between the network and the database, with the limits that it has by default, but for the time of a head.
type door struct {
	address string
	faults  *ourFaults
	client  *http.Client
}

const headTime = 2 * time.Second

func openDoor(t *testing.T) *door {
	t.Helper()
	d := dbtest.New(t)
	viewer := dbtest.Organization(t, d, "Acme")
	faults := &ourFaults{}
	log := slog.New(slog.NewTextHandler(faults, &slog.HandlerOptions{Level: slog.LevelError}))
	site := httpserver.New(httpserver.Options{
		Page: http.NotFoundHandler(), LocalOnly: true, MaxBodyBytes: 4 << 20, RequestTimeout: time.Minute, HeaderTimeout: headTime, Logger: log,
	})
	api := graph.NewHandler(d, graph.Options{MaxDepth: 150, MaxTokens: 5000, MaxAliases: 100, MaxRecords: 25_000, Introspection: true, Logger: log})
	site.Open(auth.Door{Demo: &viewer}, api, d.Health)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := site.Server()
	go func() { _ = server.Serve(listener) }()
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		_ = server.Close()
	})
	return &door{address: listener.Addr().String(), faults: faults, client: client}
}

// post is a request with a body, as a well-behaved client sends it.
func (d *door) post(body string) *http.Request {
	r, err := http.NewRequest(http.MethodPost, "http://"+d.address+"/graphql", strings.NewReader(body))
	if err != nil {
		panic(err) // the address is our own
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

// query is a request with a query and the text of its variables.
func (d *door) query(query, variables string) *http.Request {
	text, err := json.Marshal(query)
	if err != nil {
		panic(err) // a text can always be written
	}
	if variables == "" {
		variables = "{}"
	}
	return d.post(`{"query":` + string(text) + `,"variables":` + variables + `}`)
}

// answered is what came back, with the codes of its errors, each once, or fine.
type answered struct {
	status int
	body   string
	codes  []string
}

const fine = ""

func (d *door) send(t *testing.T, r *http.Request) answered {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	response, err := d.client.Do(r.WithContext(ctx))
	if err != nil {
		t.Errorf("no answer: %v", err)
		return answered{}
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Errorf("the answer broke off: %v", err)
	}
	_ = response.Body.Close()
	a := answered{status: response.StatusCode, body: string(body)}
	var answer struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Errorf("not JSON: %.300s", body)
	}
	for _, e := range answer.Errors {
		if e.Extensions.Code == "" {
			t.Errorf("an error without a code: %.300s", body)
		}
		a.codes = append(a.codes, e.Extensions.Code)
	}
	slices.Sort(a.codes)
	if a.codes = slices.Compact(a.codes); a.codes == nil {
		a.codes = []string{fine}
	}
	return a
}
