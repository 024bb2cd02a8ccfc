// Package eventually lets tests wait until something is so, as against for a time.
package eventually

import (
	"testing"
	"time"
)

// Patience is how long tests wait for what takes long on a busy machine. It is no measurement.
const Patience = 3 * time.Minute

// So waits until something is so, which it asks again and again. The test fails if it does not come to be.
func So(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Patience); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
