package main

import (
	"strings"
	"testing"
)

const measured = `1 16 query                  peer               req/s        p50        p99     sql    busy     bytes errors
1 16 Q1_one                 mercurius        2000.00     1.83ms    12.82ms     1.0     1.0       240 0
1 16 Q1_one                 yoga             1000.00     6.57ms    31.80ms     1.0     1.0       240 0
1 16 Q1_one                 accountgraph     3000.00   960.00us     1.25s      1.0     1.0       266 0
1 16 Q6_chain50             postgraphile     7034.54     1.78ms    12.11ms     0.0     0.0       150 1 Non-2xx or 3xx responses: 21133
1 16 Q6_chain50             mercurius         100.00    75.12ms   137.89ms    51.0    52.3      4444 0
1 16 Q6_chain50             accountgraph      670.00    22.84ms    55.34ms     2.0     2.0      4638 0
1 16 E1_entities100         subgraph         1000.00    14.68ms    34.44ms     1.0     1.0     12758 0
1 16 E1_entities100         accountgraph     2500.00     6.34ms     6.30ms     1.0     1.0     13758 0
2 16 Q1_one                 mercurius        1000.00     1.83ms    12.82ms     1.0     1.0       240 0
2 16 Q1_one                 yoga             1500.00     6.57ms    31.80ms     1.0     1.0       240 0
2 16 Q1_one                 accountgraph     3000.00   960.00us   750.00us     1.0     1.0       266 0
`

func TestTable(t *testing.T) {
	t.Parallel()
	r, err := read(strings.NewReader(measured))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	r.table(&out, 16)
	for _, want := range []string{
		"| 16 connections | PostGraphile | Mercurius | Yoga | Apollo subgraph | accountgraph |",
		"| Q1 | | 1,500 | 1,250 | | 3,000 | 625.4 | **1.75**, 1.50 to 2.00 |",
		"| E1 | | | | 1,000 | 2,500 | 6.3 | **2.50**, 2.50 to 2.50 |",
		"| Q6 | refused | 100 | | | 670 | 55.3 | **6.70**, 6.70 to 6.70 |",
	} {
		if !strings.Contains(out.String(), strings.ReplaceAll(want, "| |", "| |")) {
			t.Errorf("got\n%s\nwant a line\n%s", out.String(), want)
		}
	}
	if chart := r.chart(16); !strings.Contains(chart, ">refused<") || !strings.Contains(chart, ">3,000<") {
		t.Errorf("got %s", chart)
	}
}
