package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// The kinds of trouble that Start tells apart. The errors that it returns have
// their own text, which names folder, port or version; compare with errors.Is.
var (
	// ErrInUse means that another server holds the data folder.
	ErrInUse = errors.New("data folder in use")
	// ErrPortTaken means that another program listens on the port.
	ErrPortTaken = errors.New("port taken")
	// ErrNoPostgres means that PostgreSQL is not on the machine and could not
	// be fetched either.
	ErrNoPostgres = errors.New("no PostgreSQL")
	// ErrNotWritable means that the data folder cannot be made, entered or
	// written.
	ErrNotWritable = errors.New("data folder not writable")
	// ErrDiskFull means that the disk of the data folder is full.
	ErrDiskFull = errors.New("disk full")
	// ErrVersion means that the data folder needs a PostgreSQL of another
	// major version than those at hand.
	ErrVersion = errors.New("no PostgreSQL of the version of the data")
)

// problem is an error whose text is one sentence for the person who started
// the server.
type problem struct {
	kind error
	text string
}

func (p *problem) Error() string { return p.text }
func (p *problem) Unwrap() error { return p.kind }

func sentence(kind error, format string, args ...any) error {
	return &problem{kind: kind, text: fmt.Sprintf(format, args...)}
}

func portTaken(port int) error {
	return sentence(ErrPortTaken, "port %d on %s is taken by another program: choose another port for PostgreSQL, or none to use any free one", port, loopback)
}

func diskFull(dir string) error {
	return sentence(ErrDiskFull, "the disk of the data folder %s is full: make room or choose another data folder", dir)
}

// folderError turns what went wrong with a file in the data folder into a
// sentence.
func folderError(dir string, err error) error {
	var known *problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, syscall.ENOSPC), isDiskFull(err.Error()):
		return diskFull(dir)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return sentence(ErrNotWritable, "the data folder %s is not writable for %s: grant it, choose another data folder, or set DATABASE_URL to a server that you have (%v)", dir, whoAmI(), err)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotExist):
		return sentence(ErrNotWritable, "the data folder %s cannot be made: choose another data folder (%v)", dir, err)
	default:
		return fmt.Errorf("data folder %s: %w", dir, err)
	}
}

// isDiskFull recognises what initdb and postgres, which run with English
// messages, say about a full disk or a used up quota.
func isDiskFull(text string) bool {
	return strings.Contains(text, "No space left on device") || strings.Contains(text, "Disk quota exceeded")
}
