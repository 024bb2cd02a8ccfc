package memory

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/accountgraph/accountgraph/internal/eventually"
)

// garbage makes so many megabytes of it, and tells how often was collected meanwhile.
func garbage(megabytes int) uint32 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range megabytes * 16 {
		kept = make([]byte, 64<<10)
	}
	kept = nil
	runtime.ReadMemStats(&after)
	return after.NumGC - before.NumGC
}

// kept is where a compiler can't see that nobody reads it.
var kept []byte

// The tests are about what the whole process has once: they run one after the other.

func TestPace(t *testing.T) {
	const made = 2000
	stop := Pace(0)
	defer stop()
	got := garbage(made)
	// Between two collections the program fills what there is to the floor, and Go takes a part of that for itself.
	if most := uint32(made / (Floor >> 20) * 2); got > most {
		t.Errorf("got %d collections for %d MB of garbage, want at most %d", got, made, most)
	}
	t.Run("follows what lives", func(t *testing.T) {
		lives := make([]byte, 150<<20)
		wantLimit(t, func(limit int64) bool { return limit >= int64(len(lives))*3/2 })
		if got := garbage(made); got > made/50 {
			t.Errorf("got %d collections while 150 MB live, want one for each 75 MB of garbage, or somewhat less", got)
		}
		runtime.KeepAlive(lives)
	})
	wantLimit(t, func(limit int64) bool { return limit == Floor })
}

func TestPaceKeepsToTheLimit(t *testing.T) {
	for _, limit := range []int64{64 << 20, 200 << 20} {
		stop := Pace(limit)
		if got, want := debug.SetMemoryLimit(-1), min(limit, Floor); got != want {
			t.Errorf("limit %d: got %d, want %d", limit, got, want)
		}
		lives := make([]byte, 150<<20)
		wantLimit(t, func(got int64) bool { return got == limit })
		runtime.KeepAlive(lives)
		stop()
		runtime.GC()
	}
	if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
		t.Errorf("got %d after all, want none", got)
	}
	percent := debug.SetGCPercent(100)
	if percent != 100 {
		t.Errorf("got a percentage of %d after all, want Go's 100", percent)
	}
}

func TestLimit(t *testing.T) {
	if got, err := Limit(1 << 30); err != nil || got != 1<<30 {
		t.Errorf("got %d, %v, want what is set", got, err)
	}
	debug.SetMemoryLimit(1 << 29) // as GOMEMLIMIT does
	defer debug.SetMemoryLimit(math.MaxInt64)
	if got, err := Limit(0); err != nil || got != 1<<29 {
		t.Errorf("got %d, %v, want GOMEMLIMIT", got, err)
	}
}

// wantLimit waits until a collection has brought the limit of the next.
func wantLimit(t *testing.T, is func(limit int64) bool) {
	t.Helper()
	eventually.So(t, "the pace follows what lives", func() bool {
		runtime.GC()
		return is(debug.SetMemoryLimit(-1))
	})
}
