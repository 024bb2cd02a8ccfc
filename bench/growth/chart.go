package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// colours of the lines: readable on white and on black.
var colours = []string{"#2a9d6f", "#5b7fa6", "#b08a3c", "#a0587a", "#d0653f", "#7a5ea8", "#8a8f98"}

// Sizes of the chart, in pixels.
const (
	left, plot, names  = 50, 500, 190
	height, head, foot = 230, 30, 44
	lineHeight         = 13
)

// chart draws the panels one below the other.
func chart(panels ...*panel) string {
	var body strings.Builder
	for i, p := range panels {
		p.draw(&body, i*(head+height+foot)+head)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="How long reads take, by the size of a tree and the length of a chain">
<style>text { fill: #1f2328 } .figure { font-size: 9px } line { stroke: #8a8f98; stroke-opacity: 0.3 } polyline { fill: none; stroke-width: 2 } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }</style>
%s</svg>
`, left+plot+names, len(panels)*(head+height+foot), body.String())
}

// draw writes a panel whose plot begins at a height: both axes are logarithmic, with a line at each power of ten.
func (p *panel) draw(to *strings.Builder, top int) {
	least, most := math.Inf(1), 0.0
	for _, line := range p.millis {
		least, most = min(least, slices.Min(line)), max(most, slices.Max(line))
	}
	low := math.Floor(math.Log10(least))
	high := max(math.Ceil(math.Log10(most)), low+1)
	fewest, largest := math.Log10(float64(p.shapes[0].accounts)), math.Log10(float64(p.shapes[len(p.shapes)-1].accounts))
	x := func(accounts int) float64 { return left + (math.Log10(float64(accounts))-fewest)/(largest-fewest)*plot }
	y := func(ms float64) float64 { return float64(top) + (high-math.Log10(ms))/(high-low)*height }

	fmt.Fprintf(to, `<text x="%d" y="%d">Milliseconds by %s, medians of %d; both axes are logarithmic</text>`+"\n", left, top-12, p.of, times)
	for power := low; power <= high; power++ {
		ms, figure := math.Pow(10, power), grouped(int(math.Pow(10, power)))
		if power < 0 {
			figure = strconv.FormatFloat(ms, 'f', -1, 64)
		}
		fmt.Fprintf(to, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text class="figure" x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			left, left+plot, y(ms), y(ms), left-5, y(ms)+3, figure)
	}
	for _, s := range p.shapes {
		fmt.Fprintf(to, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d"/><text class="figure" x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			x(s.accounts), x(s.accounts), top, top+height, x(s.accounts), top+height+14, grouped(s.accounts))
	}
	for i, line := range p.millis {
		var points []string
		for n, ms := range line {
			at := p.shapes[n].accounts
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(at), y(ms)))
			fmt.Fprintf(to, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>`, x(at), y(ms), colours[i])
		}
		fmt.Fprintf(to, `<polyline points="%s" stroke="%s"/>`+"\n", strings.Join(points, " "), colours[i])
	}
	p.name(to, func(line int) float64 { return y(p.millis[line][len(p.shapes)-1]) }, float64(top+height))
}

// name writes the names of the lines at their ends, or below the name above where there is no room, and none below the bottom.
func (p *panel) name(to *strings.Builder, end func(line int) float64, bottom float64) {
	lines := make([]int, len(p.reads))
	for i := range lines {
		lines[i] = i
	}
	slices.SortFunc(lines, func(a, b int) int { return cmp.Compare(end(a), end(b)) })
	above := math.Inf(-1)
	for n, line := range lines {
		room := bottom - float64((len(lines)-1-n)*lineHeight)
		above = max(above+lineHeight, min(end(line), room))
		fmt.Fprintf(to, `<text x="%d" y="%.1f" style="fill: %s">%s</text>`+"\n", left+plot+8, above+4, colours[line], p.reads[line].name)
	}
}
