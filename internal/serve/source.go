package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// source is a file that is imported.
type source struct {
	*os.File
	// name is what it is called, rejects where its rejected rows go unless it is said.
	name, rejects string
	isTemporary   bool
}

// openSource opens a file; "-" is the program's input, which is still to be copied (fill).
func openSource(path string) (*source, error) {
	if path != "-" {
		f, err := os.Open(path)
		return &source{File: f, name: filepath.Base(path), rejects: strings.TrimSuffix(path, filepath.Ext(path)) + ".rejects.csv"}, err
	}
	f, err := os.CreateTemp("", "accountgraph-import-*")
	if err != nil {
		return nil, fmt.Errorf("read standard input into a file: %w", err)
	}
	return &source{File: f, name: "standard input", rejects: "import.rejects.csv", isTemporary: true}, nil
}

// fill copies the program's input, if that is what is imported, to a temporary file, because what is imported is read twice. It copies
// all there is, unless ctx ends before.
func (s *source) fill(ctx context.Context, from io.Reader) error {
	if !s.isTemporary {
		return nil
	}
	copied := make(chan error, 1)
	go func() {
		_, err := io.Copy(s.File, from)
		copied <- err
	}()
	select {
	case <-ctx.Done():
		return errInterrupted // what waits for more ends with the program
	case err := <-copied:
		_, back := s.Seek(0, io.SeekStart)
		if err := errors.Join(err, back); err != nil {
			return fmt.Errorf("read standard input into a file: %w", err)
		}
		return nil
	}
}

func (s *source) close() {
	_ = s.Close() // it was only read
	if s.isTemporary {
		_ = os.Remove(s.Name()) // of no use to anybody
	}
}
