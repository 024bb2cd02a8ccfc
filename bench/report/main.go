// Command report makes tables and a chart of what bench/run.sh measured: of the lines of measure.sh, each after the number of its
// round and of the connections. It prints the tables in Markdown and writes the chart, performance.svg, into a folder.
// usage: report RESULTS FOLDER
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: report RESULTS FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(results, folder string, out io.Writer) error {
	file, err := os.Open(results)
	if err != nil {
		return err
	}
	measured, err := read(file)
	if err := file.Close(); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	for _, connections := range []int{1, 16} {
		measured.table(out, connections)
	}
	return os.WriteFile(filepath.Join(folder, "performance.svg"), []byte(measured.chart(16)), 0o644)
}

// Peers in the order of the tables; ours is the last.
var peers = []string{"postgraphile", "mercurius", "yoga", "subgraph", "stock", ours}

const ours = "accountgraph"

// titles are how peers are called.
var titles = map[string]string{"postgraphile": "PostGraphile", "mercurius": "Mercurius", "yoga": "Yoga", "subgraph": "Apollo subgraph", "stock": "stock execution", ours: "accountgraph"}

// cell is one query of one peer at a number of connections.
type cell struct {
	query, peer string
	connections int
}

// rate is what was measured in one round. A peer that refused the query has none.
type rate struct {
	requests, p99 float64
	refused       bool
}

// results are the rounds of each cell.
type results struct {
	queries []string
	rounds  map[cell][]rate
}

// read reads lines as "1 16 Q1_one mercurius 7712.15 1.83ms 12.82ms 1.0 1.0 240 0". Others are left out.
func read(from io.Reader) (*results, error) {
	r := &results{rounds: map[cell][]rate{}}
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		columns := strings.Fields(lines.Text())
		if len(columns) < 11 || !strings.ContainsAny(columns[2][:1], "QE") {
			continue
		}
		connections, err := strconv.Atoi(columns[1])
		if err != nil {
			return nil, fmt.Errorf("connections: %w", err)
		}
		requests, err := strconv.ParseFloat(columns[4], 64)
		if err != nil {
			return nil, fmt.Errorf("requests a second: %w", err)
		}
		p99, err := milliseconds(columns[6])
		if err != nil {
			return nil, err
		}
		at := cell{columns[2], columns[3], connections}
		r.rounds[at] = append(r.rounds[at], rate{requests, p99, columns[10] != "0" || len(columns) > 11})
		if !slices.Contains(r.queries, at.query) {
			r.queries = append(r.queries, at.query)
		}
	}
	return r, lines.Err()
}

// milliseconds reads a duration as wrk writes it.
func milliseconds(text string) (float64, error) {
	for unit, factor := range map[string]float64{"us": 0.001, "ms": 1} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			n, err := strconv.ParseFloat(number, 64)
			return n * factor, err
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "s"), 64)
	return n * 1000, err
}

// table writes the median requests a second of each peer, ours with its p99, and its ratio to the best peer of the same round.
func (r *results) table(out io.Writer, connections int) {
	plural := "s"
	if connections == 1 {
		plural = ""
	}
	fmt.Fprintf(out, "| %d connection%s |", connections, plural)
	columns := r.measured(connections)
	for _, peer := range columns {
		fmt.Fprintf(out, " %s |", titles[peer])
	}
	fmt.Fprintf(out, " p99, ms | to the best peer: median, range |\n|%s\n", strings.Repeat(" --- |", len(columns)+3))
	for _, query := range r.queries {
		fmt.Fprintf(out, "| %s |", strings.Split(query, "_")[0])
		for _, peer := range columns {
			rounds := r.rounds[cell{query, peer, connections}]
			switch {
			case len(rounds) == 0:
				fmt.Fprint(out, " |")
			case rounds[0].refused:
				fmt.Fprint(out, " refused |")
			default:
				fmt.Fprintf(out, " %s |", shown(median(rounds, func(r rate) float64 { return r.requests })))
			}
		}
		ratios := r.ratios(query, connections)
		fmt.Fprintf(out, " %.1f | **%.2f**, %.2f to %.2f |\n", median(r.rounds[cell{query, ours, connections}], func(r rate) float64 { return r.p99 }),
			middle(ratios), slices.Min(ratios), slices.Max(ratios))
	}
	fmt.Fprintln(out)
}

// measured are the peers that were asked any of the queries at a number of connections; without queries, any of all.
func (r *results) measured(connections int, queries ...string) []string {
	if len(queries) == 0 {
		queries = r.queries
	}
	return slices.DeleteFunc(slices.Clone(peers), func(peer string) bool {
		return !slices.ContainsFunc(queries, func(query string) bool { return len(r.rounds[cell{query, peer, connections}]) > 0 })
	})
}

// ratios are ours to the best of the other servers, round by round.
func (r *results) ratios(query string, connections int) []float64 {
	var ratios []float64
	for round, own := range r.rounds[cell{query, ours, connections}] {
		best := 0.0
		for _, peer := range peers[:4] {
			if rounds := r.rounds[cell{query, peer, connections}]; round < len(rounds) && !rounds[round].refused {
				best = max(best, rounds[round].requests)
			}
		}
		if best > 0 {
			ratios = append(ratios, own.requests/best)
		}
	}
	if ratios == nil {
		return []float64{0}
	}
	return ratios
}

func median(rounds []rate, of func(rate) float64) float64 {
	var values []float64
	for _, r := range rounds {
		values = append(values, of(r))
	}
	return middle(values)
}

func middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// shown is a rate to three digits.
func shown(n float64) string {
	if n < 100 {
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	text := strconv.Itoa(int(n + 0.5))
	if len(text) > 3 {
		text = text[:len(text)-3] + "," + text[len(text)-3:]
	}
	return text
}
