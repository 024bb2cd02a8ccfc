package pgtest

import (
	"os"
	"testing"
	"time"
)

func TestSweep(t *testing.T) {
	t.Parallel()
	kept, err := os.MkdirTemp("", pattern())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(kept) }()
	old, err := os.MkdirTemp("", pattern())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(old) }()
	hourAgo := time.Now().Add(-time.Hour)
	if err := os.Chtimes(old, hourAgo, hourAgo); err != nil {
		t.Fatal(err)
	}
	sweep(t.Context())
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("an old folder that nobody holds: got %v, want it gone", err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("a new folder: got %v, want it kept", err)
	}
}
