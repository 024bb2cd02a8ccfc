package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// file is a file that a command makes. It is begun before the work, so that it is known then whether it can be, under a
// name of its own; it has its name only when it is complete.
type file struct {
	*os.File
	path string
}

// newFile begins a file; flag is where another place can be named.
func newFile(path, flag string) (*file, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	var why *fs.PathError // which names the file as it is called meanwhile
	if errors.As(err, &why) {
		err = why.Err
	}
	if err != nil {
		return nil, fmt.Errorf("%s can't be made (%w): choose another place with %s", path, err, flag)
	}
	return &file{File: f, path: path}, nil
}

// keep gives the file its name.
func (f *file) keep() error {
	// Temporary files are for nobody else; this one is as any other that a program makes for its user.
	err := errors.Join(f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", f.path, err)
	}
	return nil
}

// discard removes the file, unless it was kept.
func (f *file) discard() {
	_ = f.Close()           // it was closed, or is not wanted
	_ = os.Remove(f.Name()) // it has its name, or is not wanted
}
