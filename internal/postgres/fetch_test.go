package postgres

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// These tests fetch from a server of their own, a small tree of scripts. That
// Maven Central has the archives under these names, and that their programs
// run, is not tested: tests do not depend on the internet.

// jar is an archive as the repository has it. Its tree is made by
// tar -cJf tree.txz bin lib share: two scripts, two files and a link.
func jar(t *testing.T) []byte {
	t.Helper()
	tree, err := os.ReadFile(filepath.Join("testdata", "tree.txz"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string][]byte{"META-INF/MANIFEST.MF": []byte("x"), "postgres-linux-x86_64.txz": tree} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// repository serves an archive and a checksum under the name of version 18.
func repository(t *testing.T, archive []byte, sum string) string {
	t.Helper()
	system, err := platform(runtime.GOOS, runtime.GOARCH)
	if err != nil {
		t.Skip("nothing to fetch for this system:", err)
	}
	version := string(versions[18])
	name := "embedded-postgres-binaries-" + system
	path := "/maven2/io/zonky/test/postgres/" + name + "/" + version + "/" + name + "-" + version + ".jar"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == path && archive != nil:
			_, _ = w.Write(archive)
		case r.URL.Path == path+".sha256" && sum != "":
			_, _ = w.Write([]byte(sum))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/maven2/"
}

// bare are options on a machine without PostgreSQL.
func bare(t *testing.T, repository string) (Options, *account) {
	t.Helper()
	o := quick(t, folder(t))
	o.BinaryRepositoryURL = repository
	o.search = func() []string { return nil }
	if err := makeDataDir(o.DataDir); err != nil {
		t.Fatal(err)
	}
	a, err := chooseAccount(pgdata(o.DataDir))
	if err != nil {
		t.Fatal(err)
	}
	return o, a
}

func TestFetch(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the tree holds shell scripts")
	}
	archive := jar(t)
	o, a := bare(t, repository(t, archive, sumOf(archive)+"\n"))
	b, err := findBinaries(t.Context(), o, a, 0)
	if err != nil {
		t.Fatal(err)
	}
	if b.version != "18.3" || b.major != 18 {
		t.Errorf("got %+v, want version 18.3", b)
	}
	link, err := os.Readlink(filepath.Join(b.dir, "..", "lib", "libpq.so"))
	if err != nil || link != "libpq.so.5" {
		t.Errorf("got link %q, %v, want libpq.so.5", link, err)
	}
	t.Run("only once", func(t *testing.T) {
		o.BinaryRepositoryURL = repository(t, nil, "")
		again, err := findBinaries(t.Context(), o, a, 0)
		if err != nil || again != b {
			t.Errorf("got %+v, %v, want %+v", again, err, b)
		}
	})
}

func TestFetchRefused(t *testing.T) {
	t.Parallel()
	archive := jar(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	text := []byte("not a zip")
	for name, test := range map[string]struct{ url, part string }{
		"wrong checksum":  {repository(t, archive, sumOf([]byte("other"))), "does not have its checksum"},
		"no checksum":     {repository(t, archive, ""), "404 Not Found"},
		"no archive":      {repository(t, nil, sumOf(archive)), "404 Not Found"},
		"nobody answers":  {gone.URL, "refused"},
		"no archive type": {repository(t, text, sumOf(text)), "not a valid zip"},
		"no address":      {"::", "::"},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := bare(t, test.url)
			refuses(t, o, ErrNoPostgres, test.part, "install it, or set DATABASE_URL")
			if left, _ := filepath.Glob(filepath.Join(o.DataDir, "fetch-*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestFetchInterrupted(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer server.Close()
	o, _ := bare(t, server.URL)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if _, err := Start(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestUntarStaysInside(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string][]tar.Header{
		"name upwards":      {{Name: "../evil", Typeflag: tar.TypeReg}},
		"absolute name":     {{Name: "/evil", Typeflag: tar.TypeReg}},
		"link upwards":      {{Name: "bin/evil", Linkname: "../../x", Typeflag: tar.TypeSymlink}},
		"absolute link":     {{Name: "evil", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}},
		"hard link upwards": {{Name: "evil", Linkname: "../x", Typeflag: tar.TypeLink}},
		"too large":         {{Name: "evil", Size: maxUnpacked + 1, Typeflag: tar.TypeReg}},
	} {
		t.Run(name, func(t *testing.T) {
			base := t.TempDir()
			dir := filepath.Join(base, "tree")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(base, "x"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			w := tar.NewWriter(&b)
			for _, header := range headers {
				if err := w.WriteHeader(&header); err != nil {
					t.Fatal(err)
				}
			}
			_ = w.Flush()
			if err := untar(t.Context(), tar.NewReader(&b), dir); err == nil {
				t.Error("got no error")
			}
			if _, err := os.Lstat(filepath.Join(base, "evil")); err == nil {
				t.Error("wrote outside of its folder")
			}
		})
	}
}

func TestPlatform(t *testing.T) {
	t.Parallel()
	for system, want := range map[string]string{
		"darwin/arm64": "darwin-arm64v8", "darwin/amd64": "darwin-amd64", "windows/amd64": "windows-amd64",
	} {
		goos, goarch, _ := strings.Cut(system, "/")
		if got, err := platform(goos, goarch); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", system, got, err, want)
		}
	}
	if got, err := platform("plan9", "amd64"); err == nil {
		t.Errorf("plan9: got %s, want an error", got)
	}
}
