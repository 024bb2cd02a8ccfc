package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is one of the things that must not grow.
type figure struct {
	what string
	// metric is its name in /metrics, unit what it is divided by.
	metric string
	unit   float64
	// slack is by how much it may be larger at the end than at the beginning, besides a tenth: what comes and goes with the requests
	// that are under way.
	slack float64
}

var figures = []figure{
	{"resident memory, MB", "process_resident_memory_bytes", 1 << 20, 16},
	{"heap that the collector aims at, MB", "go_memstats_next_gc_bytes", 1 << 20, 16},
	{"goroutines", "go_goroutines", 1, 32},
	{"open files and connections", "process_open_fds", 1, 8},
	{"connections to the database", "go_sql_open_connections", 1, 2},
	{"of them in use", "go_sql_in_use_connections", 1, 8},
}

// sample is a look: a value of each figure.
type sample []float64

// look takes samples for a time, or until ctx ends.
func look(ctx context.Context, o options, length time.Duration, progress io.Writer) ([]sample, error) {
	var samples []sample
	begin := time.Now()
	for n := 1; time.Duration(n)*o.every <= length; n++ {
		if !wait(ctx, time.Until(begin.Add(time.Duration(n)*o.every))) {
			return samples, nil
		}
		s, err := read(ctx, o.metrics)
		if err != nil {
			return nil, fmt.Errorf("read the metrics: %w", err)
		}
		samples = append(samples, s)
		fmt.Fprintf(progress, "%s", time.Since(begin).Round(time.Second))
		for i, f := range figures {
			fmt.Fprintf(progress, "  %s %.0f", f.what, s[i])
		}
		fmt.Fprintln(progress)
	}
	return samples, nil
}

// read reads the metrics once.
func read(ctx context.Context, url string) (sample, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	values := map[string]float64{}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		name, _, _ = strings.Cut(name, "{")
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			values[name] = n
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	s := make(sample, len(figures))
	for i, f := range figures {
		value, ok := values[f.metric]
		if !ok {
			return nil, fmt.Errorf("there is no %s", f.metric)
		}
		s[i] = value / f.unit
	}
	return s, nil
}

// report writes what was seen. It fails if something grew, or a request failed.
func report(out io.Writer, o options, samples []sample, done counts) error {
	if len(samples) < 8 {
		return fmt.Errorf("%d samples are too few to tell anything", len(samples))
	}
	length := time.Duration(len(samples)) * o.every
	fmt.Fprintf(out, "%d connections for %s: %d queries and %d mutations, %.0f a second; %d failed\n\n", o.connections, length,
		done.queries, done.mutations, float64(done.queries+done.mutations)/length.Seconds(), done.failed)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "median of\tfirst quarter\tall\tlast quarter\tmost\t")
	var grown []string
	for i, f := range figures {
		values := make([]float64, len(samples))
		for n, s := range samples {
			values[n] = s[i]
		}
		quarter := len(values) / 4
		first, last := median(values[:quarter]), median(values[len(values)-quarter:])
		verdict := "did not grow"
		if f.grew(first, last) {
			verdict = "GREW"
			grown = append(grown, f.what)
		}
		fmt.Fprintf(table, "%s\t%.1f\t%.1f\t%.1f\t%.1f\t  %s\n", f.what, first, median(values), last, slices.Max(values), verdict)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	switch {
	case len(grown) > 0:
		return fmt.Errorf("grew: %s", strings.Join(grown, ", "))
	case done.failed > 0:
		return errors.New("requests failed")
	}
	fmt.Fprintln(out, "\nNothing grew.")
	return nil
}

// grew tells whether the end is larger than the beginning by more than a tenth, and by more than the slack.
func (f figure) grew(first, last float64) bool { return last > first*1.1 && last > first+f.slack }

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
