package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// times is how often each read is measured on a shape, after it was asked once.
const times = 9

// panel is how long reads take on shapes: for each read, the median milliseconds on each shape.
type panel struct {
	of     string // what the numbers of accounts are of
	shapes []shape
	reads  []read
	millis [][]float64
}

// panel measures reads on shapes: each on the smallest twice, of which the first time, when plans are made that are kept, is left out.
func (a asker) panel(ctx context.Context, of string, shapes []shape, reads []read) (*panel, error) {
	p := &panel{of: of, shapes: shapes, reads: reads}
	for _, r := range reads {
		var line []float64
		for _, s := range append(shapes[:1:1], shapes...) {
			took, err := a.measure(ctx, r, s)
			if err != nil {
				return nil, fmt.Errorf("%s of %d accounts: %w", r.name, s.accounts, err)
			}
			line = append(line, float64(took.Nanoseconds())/1e6)
		}
		p.millis = append(p.millis, line[1:])
	}
	return p, nil
}

// measure is the median time of a read on a shape. It fails if an answer has not as many ids as it should.
func (a asker) measure(ctx context.Context, r read, s shape) (time.Duration, error) {
	below := s.accounts - 1
	variables := map[string]any{"id": s.top().String()}
	if r.ofLast {
		variables["id"] = s.last().String()
	}
	if r.skip != nil {
		after, err := a.cursor(ctx, s, r.traversal, r.skip(below))
		if err != nil {
			return 0, err
		}
		variables["after"] = after
	}
	var took []time.Duration
	for n := range times + 1 {
		begin := time.Now()
		answer, err := a.ask(ctx, r.query, variables)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			took = append(took, time.Since(begin))
		}
		if got := bytes.Count(answer, []byte(`"id":`)); got != r.want(below) {
			return 0, fmt.Errorf("got %d accounts, want %d", got, r.want(below))
		}
	}
	slices.Sort(took)
	return took[times/2], nil
}

// table writes the panel in Markdown, a line for each read.
func (p *panel) table(out io.Writer) {
	fmt.Fprintf(out, "| %s |", p.of)
	for _, s := range p.shapes {
		fmt.Fprintf(out, " %s |", grouped(s.accounts))
	}
	fmt.Fprintf(out, "\n|%s\n", strings.Repeat(" --- |", len(p.shapes)+1))
	for i, r := range p.reads {
		fmt.Fprintf(out, "| %s, ms |", r.name)
		for _, ms := range p.millis[i] {
			fmt.Fprintf(out, " %.2f |", ms)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out)
}

// grouped is a number with commas between thousands.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
