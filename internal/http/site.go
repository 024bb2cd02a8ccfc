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
)

// Options are the settings of a Site.
type Options struct {
	// Page is served at / and below, where nothing else is.
	Page http.Handler
	// LocalOnly refuses requests that name another host than this machine.
	LocalOnly bool
	// MaxBodyBytes is how long the body of a request may be.
	MaxBodyBytes int64
	// CORSOrigins are the origins ("https://app.example.com") whose pages may use the API.
	CORSOrigins []string
	// RequestTimeout is the time for a request, after which its context ends.
	RequestTimeout time.Duration
	// HeaderTimeout is the time for a request's head to arrive.
	HeaderTimeout time.Duration
	// Logger gets a line for each request.
	Logger *slog.Logger
}

// Site serves the page at /, the API at /graphql, /healthz and /readyz. It is safe for concurrent use.
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
	check  func(context.Context) error
	reason string // why it is not ready
}

// checkTimeout is how long the check of /readyz may take.
const checkTimeout = time.Second

// New makes a site that is not ready.
func New(o Options) *Site {
	s := &Site{options: o}
	s.Wait("starting")
	mux := http.NewServeMux()
	mux.Handle("/graphql", share(o.CORSOrigins, s.guard(http.HandlerFunc(s.serveAPI))))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { writeStatus(w, http.StatusOK, "") })
	mux.HandleFunc("/readyz", s.serveReady)
	mux.Handle("/", o.Page)
	s.handler = s.observe(mux)
	if o.LocalOnly {
		s.handler = s.observe(localOnly(mux))
	}
	return s
}

// ServeHTTP answers a request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Open begins to answer with the API. The site is ready as long as check returns nil; it has a second for that.
func (s *Site) Open(api http.Handler, check func(context.Context) error) {
	s.state.Store(&state{api: api, check: check})
}

// Wait ends answering with the API, and says why: "loading the demo", "stopping".
func (s *Site) Wait(reason string) { s.state.Store(&state{reason: reason}) }

// Drain lets balancers know that the site will stop, while the API goes on answering.
func (s *Site) Drain() {
	s.state.Store(&state{api: s.state.Load().api, reason: "stopping"})
}

// Server makes the server of the site, with its limits of time and size.
func (s *Site) Server() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.options.HeaderTimeout,
		ReadTimeout:       s.options.HeaderTimeout + s.options.RequestTimeout,
		// A request that ran out of time still gets to know.
		WriteTimeout:   s.options.HeaderTimeout + s.options.RequestTimeout + 30*time.Second,
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
		writeStatus(w, http.StatusServiceUnavailable, now.reason)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	if err := now.check(ctx); err != nil {
		s.options.Logger.WarnContext(r.Context(), "not ready", "error", err)
		writeStatus(w, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	writeStatus(w, http.StatusOK, "")
}

// writeStatus answers those who watch the server: {"status":"ok"}, or what is missing.
func writeStatus(w http.ResponseWriter, status int, reason string) {
	answer := struct {
		Status string `json:"status"`
		Reason string `json:"reason,omitempty"`
	}{"ok", reason}
	if reason != "" {
		answer.Status = "unavailable"
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the watcher may have gone
}
