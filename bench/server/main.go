// Command server serves accountgraph's API on the rows of bench, with the product's limits, to the viewer that bench names, without
// asking for a key or writing a log. It migrates and loads the database first, if that was not done. DATABASE_URL says where the
// database is, ADDR where to listen; STOCK=1 leaves answers to gqlgen's ordinary execution and dataloaders.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/accountgraph/accountgraph/bench"
	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	"github.com/accountgraph/accountgraph/internal/memory"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, getenv func(string) string) (err error) {
	limit, err := memory.Limit(0)
	if err != nil {
		return err
	}
	defer memory.Pace(limit)()
	url := getenv("DATABASE_URL")
	d, err := db.Open(db.Options{URL: url})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := prepare(ctx, d, url, getenv("SCALE")); err != nil {
		return err
	}
	options, err := bench.Limits()
	if err != nil {
		return err
	}
	options.Stock = getenv("STOCK") != ""
	options.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	mux := http.NewServeMux()
	mux.Handle("/graphql", auth.Demo(bench.Viewer(), graph.NewHandler(d, options)))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	listener, err := net.Listen("tcp", getenv("ADDR"))
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/graphql\n", listener.Addr())
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return server.Close()
	}
}

// prepare makes the schema and the rows, if they are not there.
func prepare(ctx context.Context, d *db.DB, url, scale string) error {
	if _, _, err := db.Migrate(ctx, url); err != nil {
		return err
	}
	loaded, err := bench.IsLoaded(ctx, d)
	if err != nil || loaded {
		return err
	}
	n := 1
	if scale != "" {
		if n, err = strconv.Atoi(scale); err != nil {
			return fmt.Errorf("read SCALE: %w", err)
		}
	}
	return bench.Load(ctx, d, n)
}
