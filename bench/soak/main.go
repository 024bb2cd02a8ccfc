// Command soak asks a server for a long time, by many connections, and tells whether it grew meanwhile: its memory, goroutines,
// open files and connections to the database. It exits with 1 if something grew or a request failed. KEY is the API key, which
// must have the scope WRITE in the organization of the demo; bench/soak.sh runs all that it needs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type options struct {
	api, metrics, key string
	minutes           float64
	// rate is how many requests a second there are at most; 0 is as many as are answered.
	rate        int
	connections int
	every       time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.api, "api", "http://127.0.0.1:8080/graphql", "the API")
	flag.StringVar(&o.metrics, "metrics", "http://127.0.0.1:9090/metrics", "its metrics")
	flag.Float64Var(&o.minutes, "minutes", 30, "how long, after a tenth of it to warm up")
	flag.IntVar(&o.rate, "rate", 0, "requests a second at most; 0 is as many as are answered")
	flag.IntVar(&o.connections, "connections", 16, "how many ask at once")
	flag.DurationVar(&o.every, "every", 10*time.Second, "how often to look at the metrics")
	flag.Parse()
	o.key = os.Getenv("KEY")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := soak(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// soak asks and looks, and writes a table of what it saw to out, and each look to progress. Ended before its time, it tells what it has.
func soak(ctx context.Context, o options, out, progress io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := startLoad(ctx, o)
	time := duration(o.minutes)
	if !wait(ctx, time/10) {
		return errors.New("interrupted while warming up")
	}
	fmt.Fprintln(progress, "warm")
	begun := l.counts()
	samples, err := look(ctx, o, time, progress)
	done := l.counts().minus(begun)
	cancel()
	l.wait()
	if err != nil {
		return err
	}
	return report(out, o, samples, done)
}

func duration(minutes float64) time.Duration { return time.Duration(minutes * float64(time.Minute)) }

// wait waits, and tells whether ctx did not end before.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
