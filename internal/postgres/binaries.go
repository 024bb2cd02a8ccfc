package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"time"
)

// oldest is the oldest major version that the migrations work with.
const oldest = 15

// binaries are the programs of one PostgreSQL.
type binaries struct {
	dir     string
	version string // as in "15.14"
	major   int
}

func (b binaries) path(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(b.dir, name)
}

// searchPath lists the folders that may hold binaries, best first.
type searchPath func() []string

// machine is where PostgreSQL is found on the usual systems: what the user
// put on the PATH, then what packages and installers made, newest first.
func machine() []string {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",     // Debian, Ubuntu
		"/usr/pgsql-*/bin",              // the project's packages for Red Hat's family
		"/usr/libexec/postgresql*",      // Alpine
		"/opt/homebrew/opt/postgresql*", // Homebrew, below: bin
		"/usr/local/opt/postgresql*",
		"/home/linuxbrew/.linuxbrew/opt/postgresql*",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
		"/Library/PostgreSQL/*/bin", // EDB's installer
		"/opt/PostgreSQL/*/bin",
		"/opt/local/lib/postgresql*/bin", // MacPorts
		"/usr/local/pgsql/bin",
		filepath.Join(os.Getenv("ProgramFiles"), "PostgreSQL", "*", "bin"),
	} {
		dirs = append(dirs, newestFirst(pattern)...)
	}
	return dirs
}

var digitRun = regexp.MustCompile(`[0-9]+`)

// newestFirst is what matches the pattern, by the first number that differs
// from folder to folder: the version. A folder without a bin of its own name
// is followed by the bin below it.
func newestFirst(pattern string) []string {
	found, _ := filepath.Glob(pattern)
	slices.SortStableFunc(found, func(a, b string) int {
		return slices.Compare(numbers(b), numbers(a))
	})
	var dirs []string
	for _, dir := range found {
		dirs = append(dirs, dir)
		if filepath.Base(dir) != "bin" {
			dirs = append(dirs, filepath.Join(dir, "bin"))
		}
	}
	return dirs
}

func numbers(path string) []int {
	var list []int
	for _, digits := range digitRun.FindAllString(path, -1) {
		n, _ := strconv.Atoi(digits)
		list = append(list, n)
	}
	return list
}

// findBinaries finds programs of the major version that a cluster needs, or
// any new enough if it is 0, and fetches them if the machine has none.
func findBinaries(ctx context.Context, o Options, a *account, major int) (binaries, error) {
	if o.BinariesDir != "" {
		b, err := inspect(ctx, a, o.BinariesDir)
		if err != nil {
			return b, sentence(ErrNoPostgres, "no PostgreSQL in the folder %s: %v", o.BinariesDir, err)
		}
		if !b.fits(major) {
			return b, wrongVersion(o.DataDir, major, []binaries{b}, nil)
		}
		return b, nil
	}
	var others []binaries
	fetched, _ := filepath.Glob(filepath.Join(o.DataDir, "postgresql-*", "bin"))
	for _, dir := range append(o.search(), fetched...) {
		if !filepath.IsAbs(dir) || !present(dir) {
			continue
		}
		b, err := inspect(ctx, a, dir)
		if err != nil {
			o.Log.Debug("PostgreSQL not usable", "folder", dir, "reason", err)
			continue
		}
		if b.fits(major) {
			return b, nil
		}
		others = append(others, b)
	}
	b, err := fetch(ctx, o, a, major)
	if err != nil && ctx.Err() == nil && !errors.Is(err, ErrDiskFull) {
		return b, wrongVersion(o.DataDir, major, others, err)
	}
	return b, err
}

// fits says whether the programs may run a cluster of a major version, or make
// a new one if it is 0.
func (b binaries) fits(major int) bool {
	return b.major == major || major == 0 && b.major >= oldest
}

// wrongVersion tells which version is needed, what is there instead, and why
// fetching did not help.
func wrongVersion(dir string, major int, have []binaries, fetching error) error {
	seen := "none is on this machine"
	if len(have) > 0 {
		seen = fmt.Sprintf("%s has version %s", have[0].dir, have[0].version)
	}
	if fetching != nil {
		seen += fmt.Sprintf(" and fetching it did not work (%v)", fetching)
	}
	if major == 0 {
		return sentence(ErrNoPostgres, "PostgreSQL %d or newer is needed, but %s: install it, or set DATABASE_URL to a server that you have", oldest, seen)
	}
	return sentence(ErrVersion, "the data folder %s needs PostgreSQL %d, but %s: install that version, or choose another data folder", dir, major, seen)
}

func present(dir string) bool {
	for _, name := range []string{"postgres", "initdb"} {
		info, err := os.Stat(binaries{dir: dir}.path(name))
		if err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (([0-9]+)[^ \n]*)`)

// inspect asks the programs in a folder for their version, as the user that
// they will run as.
func inspect(ctx context.Context, a *account, dir string) (binaries, error) {
	b := binaries{dir: dir}
	if !present(dir) {
		return b, errors.New("it lacks the programs postgres and initdb")
	}
	if closed := a.closed(dir); closed != "" {
		return b, fmt.Errorf("the user %s, whom PostgreSQL runs as, cannot enter %s", a, closed)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := output(ctx, command(a, dir, b.path("postgres"), "--version"))
	if err != nil {
		return b, fmt.Errorf("its program postgres does not run: %w%s", err, said(out))
	}
	match := versionLine.FindSubmatch(out)
	if match == nil {
		return b, fmt.Errorf("its program postgres gives no version, but %q", out)
	}
	b.version = string(match[1])
	b.major, _ = strconv.Atoi(string(match[2]))
	return b, nil
}
