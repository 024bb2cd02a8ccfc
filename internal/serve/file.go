package serve

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// file is a file that a command makes. It is begun before the work, so that it is known then whether it can be, under a
// name of its own; it has its name only when it is complete. What is there already and is no file, as a pipe or
// /dev/stdout, is written to as it is. Errors name the file and the flag that names another place.
type file struct {
	to         *os.File
	path, flag string
	isInPlace  bool
}

// newFile begins a file; flag is where another place can be named.
func newFile(path, flag string) (*file, error) {
	f := &file{path: path, flag: flag}
	there, err := os.Stat(path)
	switch {
	case err == nil && there.IsDir():
		err = syscall.EISDIR
	case err == nil && !there.Mode().IsRegular():
		f.isInPlace = true
		f.to, err = os.OpenFile(path, os.O_WRONLY, 0)
	default:
		f.to, err = os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	}
	if err != nil {
		return nil, f.failed("made", "", err)
	}
	return f, nil
}

// Write writes on.
func (f *file) Write(text []byte) (int, error) {
	n, err := f.to.Write(text)
	if err != nil {
		err = f.failed("written", "make room, or ", err)
	}
	return n, err
}

// keep gives the file its name.
func (f *file) keep() error {
	var err error
	if !f.isInPlace {
		err = f.to.Chmod(0o644) // temporary files are for nobody else; this one is as any other that a program makes for its user
	}
	err = errors.Join(err, f.to.Close())
	if err == nil && !f.isInPlace {
		err = os.Rename(f.to.Name(), f.path)
	}
	if err != nil {
		return f.failed("kept", "", err)
	}
	return nil
}

// discard removes the file, unless it was kept.
func (f *file) discard() {
	_ = f.to.Close() // it was closed, or is not wanted
	if !f.isInPlace {
		_ = os.Remove(f.to.Name()) // it has its name, or is not wanted
	}
}

// failed makes a sentence of what could not be done.
func (f *file) failed(done, advice string, err error) error {
	var why syscall.Errno // without the name that the file has meanwhile
	if errors.As(err, &why) {
		err = why
	}
	return fmt.Errorf("%s can't be %s (%w): %schoose another place with %s", f.path, done, err, advice, f.flag)
}
