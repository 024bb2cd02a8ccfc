package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// DefaultDataDir is where the data is kept if nothing else is said: for root
// /var/lib/accountgraph, since the user that PostgreSQL runs as cannot enter
// root's home; else the place that the system has for a user's data.
func DefaultDataDir() (string, error) {
	return defaultDataDir(runtime.GOOS, isRoot(), os.Getenv, os.UserHomeDir)
}

func defaultDataDir(goos string, root bool, getenv func(string) string, home func() (string, error)) (string, error) {
	const name = "accountgraph"
	if root {
		return "/var/lib/" + name, nil
	}
	below := []string{".local", "share"}
	switch goos {
	case "windows":
		if dir := getenv("LOCALAPPDATA"); dir != "" {
			return filepath.Join(dir, name), nil
		}
		below = []string{"AppData", "Local"}
	case "darwin":
		below = []string{"Library", "Application Support"}
	default:
		// The XDG specification: a relative path is invalid and ignored.
		if dir := getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
			return filepath.Join(dir, name), nil
		}
	}
	dir, err := home()
	if err != nil {
		return "", fmt.Errorf("no folder for the data: this user has no home folder, so name a data folder (%w)", err)
	}
	return filepath.Join(append(append([]string{dir}, below...), name)...), nil
}

func pgdata(dir string) string { return filepath.Join(dir, "pgdata") }

// makeDataDir makes the folder and those above it. As root they are open for
// others to pass through, whatever the umask: the user that PostgreSQL runs as
// must come to its cluster, which itself is closed.
func makeDataDir(dir string) error {
	mode := fs.FileMode(0o700)
	if isRoot() {
		mode = 0o755
	}
	var missing []string
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); !errors.Is(err, fs.ErrNotExist) || d == filepath.Dir(d) {
			break
		}
		missing = append(missing, d)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		if err := os.Mkdir(missing[i], mode); errors.Is(err, fs.ErrExist) {
			continue // by a server that starts at the same time
		} else if err != nil {
			return folderError(dir, err)
		}
		if err := os.Chmod(missing[i], mode); err != nil {
			return folderError(dir, err)
		}
	}
	info, err := os.Stat(dir)
	if err != nil {
		return folderError(dir, err)
	}
	if !info.IsDir() {
		return sentence(ErrNotWritable, "the data folder %s is a file: choose another data folder", dir)
	}
	return nil
}

// sweep removes what interrupted starts left. Errors do not matter: the names
// are never used again.
func sweep(dir string) {
	for _, pattern := range []string{"init-*", "fetch-*"} {
		left, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, path := range left {
			_ = os.RemoveAll(path)
		}
	}
}

// clusterVersion is the major version of the cluster in the data folder, 0 if
// there is none.
func clusterVersion(dir string) (int, error) {
	cluster := pgdata(dir)
	text, err := os.ReadFile(filepath.Join(cluster, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		// An empty folder may be a mount point, or made by hand: initdb's
		// result cannot be renamed onto it on every system.
		if err := os.Remove(cluster); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, fmt.Errorf("%s holds no PostgreSQL cluster, and cannot be removed to make one: move it away, or choose another data folder", cluster)
		}
		return 0, nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return 0, sentence(ErrNotWritable, "the cluster %s belongs to another user than %s: start as that user, or choose another data folder", cluster, whoAmI())
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the data: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("%s says no version of PostgreSQL, but %q: restore the folder from a copy", filepath.Join(cluster, "PG_VERSION"), text)
	}
	return major, nil
}
