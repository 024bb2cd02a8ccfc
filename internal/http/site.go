// Package httpserver is everything between the network and the API: paths, limits, time, headers, request ids, the
// log, and what is answered while the API is not ready.
package httpserver

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/auth"
	"github.com/accountgraph/accountgraph/internal/request"
)

// Options are the settings of a Site.
type Options struct {
	// Page is served at / and below, where nothing else is.
	Page http.Handler
	// Docs, if set, is served at /docs and below.
	Docs http.Handler
	// LocalOnly refuses requests that name another host than this machine.
	LocalOnly bool
	// MaxBodyBytes is how long the body of a request may be.
	MaxBodyBytes int64
	// MaxUploadBytes is how long the body of a request with files may be.
	MaxUploadBytes int64
	// Compression compresses long answers of the API, and the schema, for those who take that.
	Compression bool
	// CORSOrigins are the origins ("https://app.example.com") whose pages may use the API.
	CORSOrigins []string
	// RequestTimeout is the time for a request, after which its context ends.
	RequestTimeout time.Duration
	// UploadTimeout is the time for a request with files.
	UploadTimeout time.Duration
	// HeaderTimeout is the time for a request's head to arrive.
	HeaderTimeout time.Duration
	// Logger gets a line for each request.
	Logger *slog.Logger
	// Watch, if set, is told of each request when it begins, with its record and a context of its own to go on with.
	// The function that it returns is called when the request is answered and the record complete.
	Watch func(context.Context, *http.Request, *request.Record) (context.Context, func())
}

// Site serves the page at /, the schema at /docs, the API at /graphql, /healthz and /readyz. It is safe for concurrent use.
//
// A site is served from the start, to say what it waits for; it begins with "starting", and the API answers after Open.
type Site struct {
	options Options
	state   atomic.Pointer[state]
	handler http.Handler
}

// state is how ready a site is.
type state struct {
	api    http.Handler // nil if it is not ready
	check  func(context.Context) db.Health
	reason string // why it is not ready
}

// checkTimeout is how long the check of /readyz may take.
const checkTimeout = time.Second

// writeTime is the time for an answer to be sent after the time for its request.
const writeTime = 30 * time.Second

// New makes a site that is not ready.
func New(o Options) *Site {
	s := &Site{options: o}
	s.Wait("starting")
	mux := http.NewServeMux()
	api := s.guard(http.HandlerFunc(s.serveAPI))
	if o.Compression {
		api = compress(api)
	}
	mux.Handle("/graphql", share(o.CORSOrigins, api))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { writeStatus(w, http.StatusOK, status{Status: "ok"}) })
	mux.HandleFunc("/readyz", s.serveReady)
	if docs := o.Docs; docs != nil {
		if o.Compression {
			docs = compress(docs)
		}
		mux.Handle("/docs", docs)
		mux.Handle("/docs/", docs)
	}
	mux.Handle("/", o.Page)
	s.handler = s.observe(mux)
	if o.LocalOnly {
		s.handler = s.observe(localOnly(mux))
	}
	return s
}

// ServeHTTP answers a request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Open begins to answer whom the door lets in with the API. The site is ready as long as check says so; it has a second for that.
func (s *Site) Open(door auth.Door, api http.Handler, check func(context.Context) db.Health) {
	s.state.Store(&state{api: Authenticated(door, s.receive(api)), check: check})
}

// Wait ends answering with the API, and says why: "loading the demo", "stopping".
func (s *Site) Wait(reason string) { s.state.Store(&state{reason: reason}) }

// Drain lets balancers know that the site will stop, while the API goes on answering.
func (s *Site) Drain() {
	s.state.Store(&state{api: s.state.Load().api, reason: "stopping"})
}

// maxStreams is how many requests a connection of HTTP/2 may have under way: a proxy sends those of many clients on one.
const maxStreams = 250

// Server makes the server of the site, with its limits of time and size. It speaks HTTP/1.1 and HTTP/2, both without TLS: the
// latter to proxies, which know that it does (RFC 9113, 3.3).
func (s *Site) Server() *http.Server {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Protocols:         protocols,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		Handler:           s,
		ReadHeaderTimeout: s.options.HeaderTimeout,
		ReadTimeout:       s.options.HeaderTimeout + s.options.RequestTimeout,
		// A request that ran out of time still gets to know.
		WriteTimeout:   s.options.HeaderTimeout + s.options.RequestTimeout + writeTime,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(s.options.Logger.Handler(), slog.LevelWarn),
	}
}

func (s *Site) serveAPI(w http.ResponseWriter, r *http.Request) {
	now := s.state.Load()
	if now.api == nil {
		w.Header().Set("Retry-After", "1")
		refuse(w, r, http.StatusServiceUnavailable, problem{Code: db.CodeUnavailable, Message: "the server is not ready: " + now.reason})
		return
	}
	now.api.ServeHTTP(w, r)
}

func (s *Site) serveReady(w http.ResponseWriter, r *http.Request) {
	now := s.state.Load()
	if now.reason != "" {
		writeStatus(w, http.StatusServiceUnavailable, status{Status: "unavailable", Reason: now.reason})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	health := now.check(ctx)
	if !health.IsReady() {
		reason := "the database does not answer"
		if health.Database.Status == "ok" {
			reason = "the database has not the schema that this server needs"
		}
		s.options.Logger.WarnContext(r.Context(), "not ready", "reason", reason, "schema", health.Schema.Version, "error", health.Err)
		writeStatus(w, http.StatusServiceUnavailable, status{"unavailable", reason, &health})
		return
	}
	writeStatus(w, http.StatusOK, status{Status: "ok", Checks: &health})
}

// status is what those who watch the server are told.
type status struct {
	// Status is "ok" or "unavailable".
	Status string `json:"status"`
	// Reason is what is missing.
	Reason string `json:"reason,omitempty"`
	// Checks are what was looked at.
	Checks *db.Health `json:"checks,omitempty"`
}

func writeStatus(w http.ResponseWriter, code int, answer status) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(answer) // the watcher may have gone
}
