package postgres

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// refuses starts and expects one sentence of a kind, which names the parts.
func refuses(t *testing.T, o Options, kind error, parts ...string) {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err == nil {
		_ = s.Stop()
		t.Fatal("got a server, want a refusal")
	}
	t.Log(err)
	if kind != nil && !errors.Is(err, kind) {
		t.Errorf("got %v, want the kind %q", err, kind)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("got %q, want it to name %q", err, part)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("got %q, want one line", err)
	}
}

func TestStartRefusesFolder(t *testing.T) {
	t.Parallel()
	base := filepath.Dir(folder(t))
	file := filepath.Join(base, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("that is a file", func(t *testing.T) {
		refuses(t, quick(t, file), ErrNotWritable, file)
	})
	t.Run("below a file", func(t *testing.T) {
		refuses(t, quick(t, filepath.Join(file, "data")), ErrNotWritable, file)
	})
	t.Run("that is not writable", func(t *testing.T) {
		if isRoot() {
			t.Skip("root may write everywhere: run the tests as another user")
		}
		dir := filepath.Join(base, "closed")
		if err := os.Mkdir(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		refuses(t, quick(t, dir), ErrNotWritable, dir, "not writable")
		refuses(t, quick(t, filepath.Join(dir, "below")), ErrNotWritable, dir, "not writable")
	})
	t.Run("with something else in it", func(t *testing.T) {
		dir := filepath.Join(base, "strange")
		if err := os.MkdirAll(filepath.Join(pgdata(dir), "photos"), 0o755); err != nil {
			t.Fatal(err)
		}
		refuses(t, quick(t, dir), nil, pgdata(dir), "no PostgreSQL cluster")
	})
	t.Run("with a version that is none", func(t *testing.T) {
		dir := filepath.Join(base, "version")
		if err := os.MkdirAll(pgdata(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(pgdata(dir), "PG_VERSION"), []byte("new\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		refuses(t, quick(t, dir), nil, "PG_VERSION")
	})
}

func TestStartAcceptsAnEmptyCluster(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := os.MkdirAll(pgdata(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	if isRoot() {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	start(t, quick(t, dir))
}

func TestStartRefusesOtherVersion(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, quick(t, dir))
	stop(t, s)
	refused := httptest.NewServer(http.NotFoundHandler())
	defer refused.Close()
	newer := fake(t, filepath.Join(filepath.Dir(dir), "bin"), "99.1", "exit 1")
	o := quick(t, dir)
	o.BinaryRepositoryURL = refused.URL
	o.search = func() []string { return []string{newer} }
	refuses(t, o, ErrVersion, "99.1", newer, "404")
	o.BinariesDir = newer
	refuses(t, o, ErrVersion, "99.1", newer)
}

func TestStartRefusesDamage(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	stop(t, start(t, quick(t, dir)))
	conf := filepath.Join(pgdata(dir), "postgresql.auto.conf")
	if err := os.WriteFile(conf, []byte("work_mem = 'much'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuses(t, quick(t, dir), nil, "configuration file", logPath(dir))
	if err := os.WriteFile(conf, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	password := filepath.Join(pgdata(dir), passwordFile)
	if err := os.WriteFile(password, []byte("wrong\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuses(t, quick(t, dir), nil, password)
	if err := os.Remove(password); err != nil {
		t.Fatal(err)
	}
	refuses(t, quick(t, dir), nil, password)
}

func TestStartTellsInitdbsReason(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script string
		kind   error
		part   string
	}{
		"disk full": {"echo 'initdb: error: could not write: No space left on device' >&2; exit 1", ErrDiskFull, "full"},
		"other":     {"echo 'initdb: error: no luck' >&2; echo 'initdb: removing contents' >&2; exit 1", nil, "no luck"},
		"silent":    {"exit 3", nil, "exit status 3"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t)
			o := quick(t, dir)
			o.BinariesDir = fake(t, filepath.Join(filepath.Dir(dir), "bin"), "15.1", test.script)
			refuses(t, o, test.kind, dir, test.part)
		})
	}
}

func TestFolderError(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ err, want error }{
		{&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, ErrDiskFull},
		{&os.PathError{Op: "open", Path: "x", Err: syscall.EROFS}, ErrNotWritable},
		{fs.ErrPermission, ErrNotWritable},
		{diskFull("x"), ErrDiskFull},
	} {
		if got := folderError("dir", test.err); !errors.Is(got, test.want) {
			t.Errorf("%v: got %v, want the kind %q", test.err, got, test.want)
		}
	}
	if got := folderError("dir", nil); got != nil {
		t.Errorf("got %v, want nil", got)
	}
}

func TestReadOnlyDataFolderNamesTheWaysOut(t *testing.T) {
	t.Parallel()
	// As in a container, where there is no folder for data.
	err := folderError("/data", &fs.PathError{Op: "mkdir", Path: "/data", Err: syscall.EROFS})
	if !errors.Is(err, ErrNotWritable) || !strings.Contains(err.Error(), "/data") || !strings.Contains(err.Error(), "DATABASE_URL") {
		t.Errorf("got %v, want it to name the folder, and DATABASE_URL", err)
	}
}
