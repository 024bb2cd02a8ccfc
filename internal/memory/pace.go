// Package memory paces Go's garbage collector, and keeps the program within the memory that it may have.
//
// Go collects when the heap has doubled since the last time. Next to nothing lives in a server between requests, so that a few
// megabytes would have it collect all the time. Here it collects once the program takes Floor, however little lives, and beyond
// that when what lives has grown by half; and before the limit in any case.
package memory

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// Floor is the memory, in bytes, that the program may take before anything is collected.
const Floor = 96 << 20

// room is what may be taken beside what lives, in bytes, while that is little.
const room = 48 << 20

// share is how much of a container's memory is the program's: the rest is for what Go does not count.
const share = 0.9

// Limit is the memory that the program may take, in bytes: what is set, or else what GOMEMLIMIT says, or else nine tenths of what
// the container has (cgroups). 0 is no limit.
func Limit(set int64) (int64, error) {
	if set > 0 {
		return set, nil
	}
	if inherited := debug.SetMemoryLimit(-1); inherited != math.MaxInt64 {
		return inherited, nil
	}
	limit, err := memlimit.ApplyRatio(memlimit.FromCgroup, share)()
	switch {
	case errors.Is(err, memlimit.ErrNoLimit), errors.Is(err, memlimit.ErrNoCgroup), errors.Is(err, memlimit.ErrCgroupsNotSupported):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("read the memory limit of the container: %w", err)
	}
	return int64(min(limit, math.MaxInt64)), nil
}

// pacer says when the next collection is due, after each of them.
type pacer struct {
	floor, limit int64

	mutex   sync.Mutex
	stopped bool
}

// Pace begins to pace the collector, of the whole process, within a limit (0 is none). The function it returns gives Go its own
// pace back.
func Pace(limit int64) (stop func()) {
	p := &pacer{floor: Floor, limit: limit}
	percent, inherited := debug.SetGCPercent(-1), debug.SetMemoryLimit(p.due(0))
	p.afterNext()
	return func() {
		p.mutex.Lock()
		defer p.mutex.Unlock()
		p.stopped = true
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(inherited)
	}
}

// due is how much memory may be taken before the next collection, if so much lives: half as much again. What many large answers
// hold at the same time counts as living, and to wait until that has doubled would make a peak of each crowd.
func (p *pacer) due(live int64) int64 {
	due := max(p.floor, live+max(room, live/2))
	if p.limit > 0 {
		return min(due, p.limit)
	}
	return due
}

// canary is collected by the next collection. (What holds no pointer may share its memory with others, and live on.)
type canary struct{ _ *canary }

// afterNext adjusts the pace after the next collection, and so on. Until it has, the collector runs rather too often.
func (p *pacer) afterNext() {
	runtime.AddCleanup(&canary{}, func(p *pacer) {
		p.mutex.Lock()
		defer p.mutex.Unlock()
		if !p.stopped {
			debug.SetMemoryLimit(p.due(liveBytes()))
			p.afterNext()
		}
	}, p)
}

// liveBytes is what lived at the last collection.
func liveBytes() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}
