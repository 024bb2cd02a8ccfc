package bench_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/internal/importer"
)

// BenchmarkImport measures imports and exports of real organizations, from the file to the last row. With IMPORT_ROWS it
// measures an import of so many made-up rows as well, and how much memory that takes.
func BenchmarkImport(b *testing.B) {
	d := dbtest.New(b)
	file := unpacked(b)
	tenants := 0
	organization := func() db.Viewer {
		tenants++
		return dbtest.Organization(b, d, fmt.Sprintf("Tenant %d", tenants))
	}
	v := organization()
	b.Run("into an empty organization", func(b *testing.B) {
		rows := 0
		for b.Loop() {
			b.StopTimer()
			v = organization()
			b.StartTimer()
			rows += bring(b, d, v, file, func(i db.Import) int { return i.CreatedCount })
		}
		perSecond(b, rows)
	})
	b.Run("again, no change", func(b *testing.B) {
		rows := 0
		for b.Loop() {
			rows += bring(b, d, v, file, func(i db.Import) int { return i.UnchangedCount })
		}
		perSecond(b, rows)
	})
	for _, format := range []string{"CSV", "NDJSON"} {
		b.Run("export as "+format, func(b *testing.B) {
			rows := 0
			for b.Loop() {
				n, err := importer.Export(b.Context(), d, v, io.Discard, importer.ExportOptions{Entity: db.ImportAccounts, IsNDJSON: format == "NDJSON"})
				if err != nil {
					b.Fatal(err)
				}
				rows += n
			}
			perSecond(b, rows)
		})
	}
	rows, err := strconv.Atoi(os.Getenv("IMPORT_ROWS"))
	if err != nil {
		return
	}
	b.Run(fmt.Sprintf("%d rows", rows), func(b *testing.B) {
		file := made(b, rows)
		forgetPeak(b)
		done := 0
		for b.Loop() {
			done += bring(b, d, organization(), file, func(i db.Import) int { return i.CreatedCount })
		}
		perSecond(b, done)
		b.ReportMetric(peak(b), "peak-MB")
	})
}

// bring brings a file in, makes sure that its rows came to what they should, and returns how many there are.
func bring(b *testing.B, d *db.DB, v db.Viewer, path string, counted func(db.Import) int) int {
	b.Helper()
	file, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	job, err := importer.Start(b.Context(), d, v, importer.File{Name: filepath.Base(path), ReadSeeker: file}, importer.Options{Entity: db.ImportAccounts}, nil)
	if err != nil {
		b.Fatal(err)
	}
	if err := job.Finish(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	if err := job.Close(); err != nil {
		b.Fatal(err)
	}
	if n := counted(job.Import); n < job.RowCount-3 { // three have domains that do not exist
		b.Fatalf("got %d of %d rows", n, job.RowCount)
	}
	return job.RowCount
}

func perSecond(b *testing.B, rows int) { b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s") }

// unpacked is the file of the demo's organizations.
func unpacked(b *testing.B) string {
	b.Helper()
	packed, err := os.Open("../internal/demo/data/organizations_ror.csv.gz")
	if err != nil {
		b.Fatal(err)
	}
	defer packed.Close()
	reader, err := gzip.NewReader(packed)
	if err != nil {
		b.Fatal(err)
	}
	return write(b, "organizations_ror.csv", func(out io.Writer) error {
		_, err := io.Copy(out, reader)
		return err
	})
}

// made is a file of a tree of made-up accounts, ten below each, children before their parents.
func made(b *testing.B, rows int) string {
	b.Helper()
	return write(b, "made.csv", func(out io.Writer) error {
		if _, err := fmt.Fprintln(out, "external_id,parent_external_id,name,primary_domain,website,country,city,industry,source"); err != nil {
			return err
		}
		for i := rows; i > 0; i-- {
			parent := ""
			if i > 1 {
				parent = strconv.Itoa((i + 8) / 10)
			}
			if _, err := fmt.Fprintf(out, "%d,%s,Company %d,c%d.com,https://www.c%d.com/about,DE,Berlin,Technology,made\n", i, parent, i, i, i); err != nil {
				return err
			}
		}
		return nil
	})
}

func write(b *testing.B, name string, fill func(io.Writer) error) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), name)
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	out := bufio.NewWriter(file)
	if err := fill(out); err != nil {
		b.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// forgetPeak makes the kernel (Linux) measure this process's largest size from now on.
func forgetPeak(b *testing.B) {
	b.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Fatal(err)
	}
}

// peak is the largest size of this process, without PostgreSQL, in megabytes.
func peak(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	kilobytes, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return kilobytes / 1024
}
