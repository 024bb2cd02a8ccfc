// Package serve runs what the program's commands say: a server from start to stop, and the work that is done once.
//
// Errors are one sentence for the person who started the program.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	"github.com/accountgraph/accountgraph/internal/config"
	"github.com/accountgraph/accountgraph/internal/docs"
	httpserver "github.com/accountgraph/accountgraph/internal/http"
	"github.com/accountgraph/accountgraph/internal/importer"
	"github.com/accountgraph/accountgraph/internal/jobs"
	"github.com/accountgraph/accountgraph/internal/memory"
	"github.com/accountgraph/accountgraph/internal/telemetry"
	"github.com/accountgraph/accountgraph/web"
)

// Program is what the commands have in common.
type Program struct {
	Config config.Config
	// In is what commands read that are told to.
	In io.Reader
	// Out is where people read what happens.
	Out io.Writer
	// Result is where programs read what came of a command: an id, a key, a list.
	Result io.Writer
	// Log is where programs and operators read it.
	Log *slog.Logger
	// Version is the program's.
	Version string
}

// Serve serves the API until ctx ends, and then lets what is under way end. It returns nil then; an error tells why
// it could not serve, or not go on.
func (p Program) Serve(ctx context.Context) error {
	begin := time.Now()
	trusted, err := p.trustedDocuments()
	if err != nil {
		return err
	}
	// Before anything that takes time: a port that is taken shall be told at once, and /readyz can be asked.
	listener, err := listen(ctx, p.Config.Addr)
	if err != nil {
		return err
	}
	limit, stopPace := p.paceMemory()
	defer stopPace()
	watch, stopWatch, err := p.watch(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer stopWatch()
	loopback := isLoopback(listener)
	var database *database
	defer func() { p.warn("stop the database", database.close()) }()
	var keys *auth.Keys
	defer func() { keys.Close() }() // after the last request
	site := httpserver.New(httpserver.Options{
		Page:           web.Handler(),
		Docs:           p.docs(),
		LocalOnly:      loopback,
		MaxBodyBytes:   int64(p.Config.MaxBodyBytes),
		MaxUploadBytes: int64(p.Config.MaxUploadBytes),
		Compression:    p.Config.Compression,
		CORSOrigins:    p.Config.CORSOrigins,
		RequestTimeout: p.Config.RequestTimeout,
		UploadTimeout:  p.Config.UploadTimeout,
		HeaderTimeout:  p.Config.HeaderTimeout,
		Logger:         p.Log,
		Watch:          watch.Request,
	})
	server := site.Server()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	var work *jobs.Jobs
	var imports *importer.Runner
	defer func() { // before the database stops
		p.shutdown(site, server)
		imports.Stop()
		p.stopJobs(work)
	}()

	if database, err = p.open(ctx, false, site.Wait, db.Options{
		PoolWait:         p.Config.PoolWaitTimeout,
		StatementTimeout: p.Config.StatementTimeout,
		Watch:            watch.Statement,
	}); err != nil {
		return interrupted(ctx, err)
	}
	if err := watch.WatchPool(database.DB); err != nil {
		return err
	}
	found, err := p.prepare(ctx, database, loopback, site.Wait)
	if err != nil {
		return interrupted(ctx, database.explain(err))
	}
	keys = auth.NewKeys(database.DB, p.Log)
	imports = importer.NewRunner(database.DB, importer.RunnerOptions{Logger: p.Log, Count: watch.ImportedRows})
	site.Open(auth.Door{Keys: keys, Demo: found.demo}, p.api(database.DB, trusted, imports, watch), database.Health)
	if p.Config.Jobs {
		if work, err = jobs.Start(ctx, database.DB, jobs.Options{StopTimeout: p.Config.ShutdownTimeout, Logger: p.Log}); err != nil {
			return interrupted(ctx, database.explain(err))
		}
	}
	p.Log.Info("memory", "limit_bytes", limit, "collected_from_bytes", memory.Floor)
	address := "http://" + reachable(listener.Addr().String())
	database.announce(address)
	p.welcome(address, database.where, time.Since(begin), found)

	select {
	case <-ctx.Done():
		p.Log.Info("stopping")
		site.Drain()
		<-time.After(p.Config.ShutdownDelay) // for balancers to notice
		return nil
	case err := <-failed:
		return fmt.Errorf("the server ended by itself: %w", err)
	case <-database.died():
		return database.diedOf()
	}
}

func (p Program) api(d *db.DB, trusted *graph.TrustedDocuments, imports *importer.Runner, watch *telemetry.Telemetry) http.Handler {
	return graph.NewHandler(d, graph.Options{
		MaxDepth:         p.Config.MaxDepth,
		MaxTokens:        p.Config.MaxTokens,
		MaxAliases:       p.Config.MaxAliases,
		MaxRecords:       p.Config.MaxRecords,
		MaxAnswerBytes:   p.Config.MaxAnswerBytes,
		Introspection:    p.Config.Introspection,
		TrustedDocuments: trusted,
		TrustedOnly:      p.Config.TrustedDocumentsOnly,
		Imports:          imports,
		Logger:           p.Log,
		Operation:        watch.Operation,
		Fetch:            watch.Fetch,
	})
}

// docs is the page of the schema, where the schema is told.
func (p Program) docs() http.Handler {
	if !p.Config.Introspection || p.Config.TrustedDocumentsOnly {
		return docs.Hidden()
	}
	return docs.Handler(graph.Schema())
}

// paceMemory keeps the program within its memory, of which it returns the limit, in bytes. The function it returns ends that.
func (p Program) paceMemory() (limit int64, stop func()) {
	limit, err := memory.Limit(int64(p.Config.MemoryLimit))
	p.warn("go on without a limit of memory", err)
	return limit, memory.Pace(limit)
}

// shutdown takes no more requests, and gives those under way some time.
func (p Program) shutdown(site *httpserver.Site, server *http.Server) {
	site.Drain()
	ctx, cancel := context.WithTimeout(context.Background(), p.Config.ShutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		p.Log.Warn("requests were broken off, since they did not end in time", "timeout", p.Config.ShutdownTimeout)
		p.warn("stop the server", server.Close())
	}
}

// stopJobs waits for jobs under way. They have the same time as requests, and were told to stop when ctx ended.
func (p Program) stopJobs(work *jobs.Jobs) {
	if work == nil {
		return
	}
	const toGiveUp = 5 * time.Second // once their time is over
	ctx, cancel := context.WithTimeout(context.Background(), p.Config.ShutdownTimeout+toGiveUp)
	defer cancel()
	p.warn("stop the jobs", work.Stop(ctx))
}

// warn logs what went wrong while stopping, when nothing can be done about it any more.
func (p Program) warn(doing string, err error) {
	if err != nil {
		p.Log.Warn(doing, "error", err)
	}
}

// interrupted is nil instead of what went wrong because ctx ended: whoever stops a server that starts knows it.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// listen opens the port.
func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, explainListen(address, err)
	}
	return listener, nil
}

// isLoopback tells whether only this machine reaches a port. The name localhost leads to where the machine says, so that
// the address counts, not what was asked for.
func isLoopback(listener net.Listener) bool {
	at, ok := listener.Addr().(*net.TCPAddr)
	return ok && at.IP.IsLoopback()
}
