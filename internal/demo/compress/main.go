// Command compress packs the demo's source files, so that they can be committed and embedded:
//
//	go run ./internal/demo/compress companies_nic.csv organizations_ror.csv
//
// The same files give the same bytes. It prints the SHA-256 of each, for data/README.md.
package main

import (
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	folder := flag.String("to", filepath.Join("internal", "demo", "data"), "the folder to write to")
	flag.Parse()
	if err := run(flag.Args(), *folder, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "compress:", err)
		os.Exit(1)
	}
}

func run(files []string, folder string, out io.Writer) error {
	if len(files) == 0 {
		return errors.New("name the files to compress")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := compress(text, filepath.Join(folder, filepath.Base(file)+".gz")); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%x  %s\n", sha256.Sum256(text), filepath.Base(file)); err != nil {
			return err
		}
	}
	return nil
}

// compress writes no name and no time into the file: they would make each run's bytes differ.
func compress(text []byte, path string) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	packed, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := packed.Write(text); err != nil {
		return err
	}
	return packed.Close()
}
