package serve

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// progress shows how far a long work is: on one line of a terminal, or as a line for each part elsewhere.
type progress struct {
	out      io.Writer
	terminal bool
	title    string
	begin    time.Time

	mu    sync.Mutex
	what  string
	told  map[string]bool // what had a line
	shown time.Time
}

func newProgress(out io.Writer, title string) *progress {
	return &progress{out: out, terminal: isTerminal(out), title: title, begin: time.Now(), told: map[string]bool{}}
}

// isTerminal tells whether a line that was written can be written over.
func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// report shows that done of total are done, and what is.
func (p *progress) report(done, total int, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	changed := what != p.what
	p.what = what
	switch {
	case p.terminal && (changed || time.Since(p.shown) > 50*time.Millisecond):
		p.shown = time.Now()
		const width = 30
		full := 0
		if total > 0 {
			full = min(width, width*done/total)
		}
		fmt.Fprintf(p.out, "\r\x1b[K%s [%s%s] %s of %s  %s", p.title,
			strings.Repeat("=", full), strings.Repeat(" ", width-full), thousands(done), thousands(total), what)
	case !p.terminal && !p.told[what]:
		p.told[what] = true
		fmt.Fprintf(p.out, "%s: %s\n", p.title, what)
	}
}

// end leaves one line that says how it ended.
func (p *progress) end(well bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
		if well {
			fmt.Fprintf(p.out, "%s: %s\n", p.title, p.what)
		}
	}
	if well {
		fmt.Fprintf(p.out, "%s: done in %.1f s\n", p.title, time.Since(p.begin).Seconds())
	}
}

// thousands writes 36868 as 36,868.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
