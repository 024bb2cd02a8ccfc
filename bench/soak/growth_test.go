package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	t.Parallel()
	// samples are 20, in which the first figure, of memory, is as said, and the others stay as they are.
	samples := func(memory func(n int) float64) []sample {
		var all []sample
		for n := range 20 {
			s := make(sample, len(figures))
			for i := range s {
				s[i] = 10
			}
			s[0] = memory(n)
			all = append(all, s)
		}
		return all
	}
	for name, test := range map[string]struct {
		memory func(n int) float64
		done   counts
		err    string
		words  string
	}{
		"steady":                   {func(int) float64 { return 60 }, counts{queries: 1000, mutations: 200}, "", "Nothing grew."},
		"up and down":              {func(n int) float64 { return 60 + 30*float64(n%5) }, counts{}, "", "Nothing grew."},
		"less at the end":          {func(n int) float64 { return 90 - float64(n) }, counts{}, "", "Nothing grew."},
		"two megabytes a look":     {func(n int) float64 { return 60 + 2*float64(n) }, counts{}, "grew: resident memory, MB", "64.0  79.0          94.0  98.0  GREW"},
		"little of much":           {func(n int) float64 { return 600 + float64(n) }, counts{}, "", "Nothing grew."},
		"steady, and not all well": {func(int) float64 { return 60 }, counts{queries: 1000, failed: 1}, "requests failed", "1 failed"},
	} {
		var out strings.Builder
		err := report(&out, options{connections: 16, every: 10 * time.Second}, samples(test.memory), test.done)
		if got := fmt.Sprint(err); got != test.err && (err != nil || test.err != "") {
			t.Errorf("%s: got %v, want %q", name, err, test.err)
		}
		if !strings.Contains(out.String(), test.words) {
			t.Errorf("%s: no %q in\n%s", name, test.words, out.String())
		}
	}
	if err := report(&strings.Builder{}, options{}, samples(func(int) float64 { return 0 })[:7], counts{}); err == nil {
		t.Error("seven samples: got no error")
	}
}

func TestReadingMetrics(t *testing.T) {
	t.Parallel()
	text := "# HELP x y\n"
	for i, f := range figures {
		text += fmt.Sprintf("%s{a=\"b\"} %d\n", f.metric, (i+1)<<20)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(text)) }))
	t.Cleanup(server.Close)
	s, err := read(t.Context(), server.URL)
	if err != nil || s[0] != 1 || s[1] != 2 || s[2] != 3<<20 {
		t.Errorf("got %v, %v", s, err)
	}
	text = "go_goroutines 7\n"
	if s, err := read(t.Context(), server.URL); err == nil {
		t.Errorf("got %v of metrics that are not there", s)
	}
}
