package postgres

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestDefaultDataDir(t *testing.T) {
	t.Parallel()
	home := func() (string, error) { return "/home/ada", nil }
	for name, test := range map[string]struct {
		goos string
		root bool
		env  map[string]string
		want string
	}{
		"Linux":                {"linux", false, nil, "/home/ada/.local/share/accountgraph"},
		"Linux, XDG":           {"linux", false, map[string]string{"XDG_DATA_HOME": "/data"}, "/data/accountgraph"},
		"Linux, relative XDG":  {"linux", false, map[string]string{"XDG_DATA_HOME": "data"}, "/home/ada/.local/share/accountgraph"},
		"root":                 {"linux", true, map[string]string{"XDG_DATA_HOME": "/root/data"}, "/var/lib/accountgraph"},
		"macOS":                {"darwin", false, nil, "/home/ada/Library/Application Support/accountgraph"},
		"Windows":              {"windows", false, map[string]string{"LOCALAPPDATA": "/local"}, "/local/accountgraph"},
		"Windows, unusual one": {"windows", false, nil, "/home/ada/AppData/Local/accountgraph"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := defaultDataDir(test.goos, test.root, func(name string) string { return test.env[name] }, home)
			if err != nil || filepath.ToSlash(got) != test.want {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
	homeless := func() (string, error) { return "", errors.New("$HOME is not defined") }
	if got, err := defaultDataDir("linux", false, func(string) string { return "" }, homeless); err == nil {
		t.Errorf("got %s, want an error", got)
	}
}

func TestDecisive(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"the last FATAL": {
			"LOG:  starting\n2026-01-01 [7] FATAL:  first\n2026-01-01 [7] FATAL:  second\n2026-01-01 [7] LOG:  database system is shut down\n", "second",
		},
		"FATAL before ERROR": {"FATAL:  grave\nERROR:  less\n", "grave"},
		"initdb's error":     {"creating directory\ninitdb: error: no\ninitdb: hint: yes\n", "no"},
		"a missing library":  {"/x/postgres: error while loading shared libraries: libicu.so.72: cannot open\n", "libicu.so.72: cannot open"},
		"the last line":      {"one\ntwo\n\n", "two"},
		"no everyday line":   {"LOG:  starting\nLOG:  database system is ready to accept connections\n", ""},
		"nothing":            {"\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := decisive(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
