package postgres

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func TestFindBinaries(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the programs are shell scripts")
	}
	nothing := httptest.NewServer(http.NotFoundHandler())
	defer nothing.Close()
	o, a := bare(t, nothing.URL)
	base := filepath.Dir(o.DataDir)
	old := fake(t, filepath.Join(base, "old"), "13.4", "exit 1")
	mid := fake(t, filepath.Join(base, "mid"), "15.14 (Debian 15.14-0+deb12u1)", "exit 1")
	recent := fake(t, filepath.Join(base, "new"), "19beta1", "exit 1")
	broken := fake(t, filepath.Join(base, "broken"), "16.1", "exit 1")
	if err := os.WriteFile(filepath.Join(broken, "postgres"), []byte("#!/bin/sh\necho 'libicu.so missing' >&2; exit 127\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(base, "empty")

	for name, test := range map[string]struct {
		search []string
		major  int
		want   string
		kind   error
	}{
		"takes the first that is new enough":     {[]string{"", ".", empty, old, broken, mid, recent}, 0, mid, nil},
		"takes the version that the data needs":  {[]string{mid, recent}, 19, recent, nil},
		"takes an old version if the data is so": {[]string{mid, old}, 13, old, nil},
		"says that the version is missing":       {[]string{mid, recent}, 17, "", ErrVersion},
		"says that all are too old":              {[]string{old}, 0, "", ErrNoPostgres},
		"says that there is none":                {nil, 0, "", ErrNoPostgres},
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			o.search = func() []string { return test.search }
			got, err := findBinaries(t.Context(), o, a, test.major)
			if got.dir != test.want || !errors.Is(err, test.kind) {
				t.Errorf("got %+v, %v, want %s, %v", got, err, test.want, test.kind)
			}
		})
	}
	t.Run("names what is wrong with the folder asked for", func(t *testing.T) {
		for _, dir := range []string{empty, broken, old} {
			o := o
			o.BinariesDir = dir
			_, err := findBinaries(t.Context(), o, a, 0)
			t.Log(err)
			if !errors.Is(err, ErrNoPostgres) {
				t.Errorf("%s: got %v, want ErrNoPostgres", dir, err)
			}
		}
	})
}

func TestNewestFirst(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	for _, version := range []string{"9.6", "15", "100", "18"} {
		if err := os.MkdirAll(filepath.Join(base, version, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, dir := range newestFirst(filepath.Join(base, "*", "bin")) {
		got = append(got, filepath.Base(filepath.Dir(dir)))
	}
	if want := []string{"100", "18", "15", "9.6"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
