package main

import (
	"fmt"
	"strings"
)

// colours of the bars, by peer: readable on white and on black.
var colours = map[string]string{"postgraphile": "#8a8f98", "mercurius": "#b08a3c", "yoga": "#a0587a", "subgraph": "#7a5ea8", "stock": "#5b7fa6", ours: "#2a9d6f"}

// Sizes of the chart, in pixels.
const (
	labels, bars, figures = 150, 520, 70
	barHeight, gap, head  = 11, 14, 44
)

// chart draws, for each query, the requests a second of each peer in parts of the best of them.
func (r *results) chart(connections int) string {
	var body strings.Builder
	y := head
	for _, query := range r.queries {
		best := 0.0
		asked := r.measured(connections, query)
		for _, peer := range asked {
			best = max(best, r.rate(query, peer, connections))
		}
		fmt.Fprintf(&body, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", labels-8, y+len(asked)*barHeight/2+4, strings.ReplaceAll(query, "_", " "))
		for _, peer := range asked {
			rate := r.rate(query, peer, connections)
			if rate > 0 && best > 0 {
				fmt.Fprintf(&body, `<rect x="%d" y="%d" width="%.0f" height="%d" fill="%s"/>`, labels, y, max(rate/best*bars, 1), barHeight-1, colours[peer])
				fmt.Fprintf(&body, `<text class="figure" x="%.0f" y="%d">%s</text>`+"\n", labels+rate/best*bars+4, y+barHeight-2, shown(rate))
			} else {
				fmt.Fprintf(&body, `<text class="figure" x="%d" y="%d">refused</text>`+"\n", labels+4, y+barHeight-2)
			}
			y += barHeight
		}
		y += gap
	}
	var legend strings.Builder
	for i, peer := range r.measured(connections) {
		x := labels + i*115
		fmt.Fprintf(&legend, `<rect x="%d" y="24" width="10" height="10" fill="%s"/><text x="%d" y="33">%s</text>`+"\n", x, colours[peer], x+14, titles[peer])
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Requests a second">
<style>text { fill: #1f2328 } .figure { font-size: 9px } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }</style>
<text x="%d" y="14">Requests a second at %d connections, medians: longer is better; each query has a scale of its own</text>
%s%s</svg>
`, labels+bars+figures, y, labels, connections, legend.String(), body.String())
}

func (r *results) rate(query, peer string, connections int) float64 {
	rounds := r.rounds[cell{query, peer, connections}]
	if len(rounds) == 0 || rounds[0].refused {
		return 0
	}
	return median(rounds, func(r rate) float64 { return r.requests })
}
