package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// lock is the right to use a data folder. The system takes it back when the
// process ends, in whatever way, so that there is nothing to clean up.
type lock struct {
	file *os.File
}

// errLocked is what lockFile returns if another process holds the lock.
var errLocked = errors.New("locked")

// acquire takes the lock. It asks for a moment, since a server that was just
// killed may not have ended yet.
func acquire(ctx context.Context, dir string) (*lock, error) {
	path := filepath.Join(dir, "lock")
	var file *os.File
	var err error
	poll(ctx, 500*time.Millisecond, func() bool {
		file, err = lockFile(path)
		return !errors.Is(err, errLocked)
	})
	if errors.Is(err, errLocked) {
		return nil, inUse(dir, path)
	}
	if err != nil {
		return nil, folderError(dir, err)
	}
	l := &lock{file: file}
	l.note("")
	return l, nil
}

func inUse(dir, path string) error {
	text, _ := os.ReadFile(path)
	holder := strings.TrimSpace(string(text))
	if holder == "" {
		holder = "which does not say more"
	}
	return sentence(ErrInUse, "the data folder %s is in use by another accountgraph (%s): use that one, stop it, or choose another data folder", dir, holder)
}

// note writes who holds the lock. It is only information: errors are ignored.
func (l *lock) note(address string) {
	text := fmt.Sprintf("process %d", os.Getpid())
	if address != "" {
		text += ", " + address
	}
	_ = l.file.Truncate(0)
	_, _ = l.file.WriteAt([]byte(text+"\n"), 0)
}

// release gives the folder free; a nil lock holds nothing. The file stays:
// removing it would let two processes lock two files of one name.
func (l *lock) release() {
	if l != nil {
		_ = l.file.Truncate(0)
		_ = l.file.Close()
	}
}
