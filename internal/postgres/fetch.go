package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// The binaries are those of the library embedded-postgres: same repository,
// same names, and its list of versions. Its code is not used, since it exports
// no way to fetch without starting, and its start runs initdb as the user of
// the process, which fails for root. It also holds the archive in memory,
// cannot be interrupted, and takes a missing checksum for a right one.

const (
	mavenCentral = "https://repo1.maven.org/maven2"
	fetchTimeout = 15 * time.Minute
	maxArchive   = 500 << 20
)

// versions maps major versions to those that the repository has.
var versions = map[int]embeddedpostgres.PostgresVersion{
	0:  embeddedpostgres.V18,
	15: embeddedpostgres.V15,
	16: embeddedpostgres.V16,
	17: embeddedpostgres.V17,
	18: embeddedpostgres.V18,
}

// fetch brings the binaries of a major version, 0 for the newest, into the
// data folder. Its errors are parts of a sentence: why it did not work.
func fetch(ctx context.Context, o Options, a *account, major int) (binaries, error) {
	version, ok := versions[major]
	if !ok {
		return binaries{}, fmt.Errorf("version %d cannot be fetched", major)
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	work, err := os.MkdirTemp(o.DataDir, "fetch-*")
	if err != nil {
		return binaries{}, folderError(o.DataDir, err)
	}
	defer func() { _ = os.RemoveAll(work) }()

	archive := filepath.Join(work, "archive.jar")
	if err := download(ctx, o, string(version), archive); err != nil {
		return binaries{}, folderErrorOr(o.DataDir, err)
	}
	o.Log.Info("unpacking PostgreSQL " + string(version))
	tree := filepath.Join(work, "tree")
	if err := unpack(ctx, archive, tree); err != nil {
		return binaries{}, folderErrorOr(o.DataDir, fmt.Errorf("unpack: %w", err))
	}
	final := filepath.Join(o.DataDir, "postgresql-"+string(version))
	// What is there already was found unusable, or it would not be fetched.
	if err := os.RemoveAll(final); err != nil {
		return binaries{}, folderError(o.DataDir, err)
	}
	if err := os.Rename(tree, final); err != nil {
		return binaries{}, folderError(o.DataDir, err)
	}
	return inspect(ctx, a, filepath.Join(final, "bin"))
}

// folderErrorOr makes sentences of errors of the disk, and leaves others.
func folderErrorOr(dir string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return folderError(dir, err)
	}
	return err
}

// platform names this system as the repository does.
func platform(goos, goarch string) (string, error) {
	switch {
	case goos == "linux" && goarch == "arm":
		machine, _ := exec.Command("uname", "-m").Output()
		if strings.HasPrefix(string(machine), "armv6") {
			goarch = "arm32v6"
		} else {
			goarch = "arm32v7"
		}
	case (goos == "linux" || goos == "darwin") && goarch == "arm64":
		goarch = "arm64v8"
	case goos == "linux", goos == "darwin" && goarch == "amd64", goos == "windows" && goarch == "amd64":
	default:
		return "", fmt.Errorf("there are no binaries for %s on %s", goos, goarch)
	}
	if _, err := os.Stat("/etc/alpine-release"); goos == "linux" && err == nil {
		goarch += "-alpine"
	}
	return goos + "-" + goarch, nil
}

// download writes the archive to a file and checks it against the checksum
// beside it. Both come from one host: the sum finds broken transfers; that the
// archive is the right one is told by TLS.
func download(ctx context.Context, o Options, version, file string) error {
	system, err := platform(runtime.GOOS, runtime.GOARCH)
	if err != nil {
		return err
	}
	name := "embedded-postgres-binaries-" + system
	from, err := url.JoinPath(o.BinaryRepositoryURL, "io/zonky/test/postgres", name, version, name+"-"+version+".jar")
	if err != nil {
		return fmt.Errorf("address of the repository %q: %w", o.BinaryRepositoryURL, err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = 30 * time.Second
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}

	sum, _, err := get(ctx, client, from+".sha256")
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(sum, 1<<10))
	_ = sum.Close()
	if err != nil {
		return fmt.Errorf("%s.sha256: %w", from, err)
	}
	want, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")

	body, size, err := get(ctx, client, from)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	o.Log.Info("fetching PostgreSQL "+version, "from", from, "megabytes", size>>20)
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	progress := &progress{log: o.Log, size: size, last: time.Now()}
	n, err := io.Copy(io.MultiWriter(f, hash, progress), io.LimitReader(body, maxArchive+1))
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if n > maxArchive {
		return fmt.Errorf("%s is larger than %d MB", from, maxArchive>>20)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); !strings.EqualFold(got, want) {
		return fmt.Errorf("%s does not have its checksum: got %s, want %s", from, got, want)
	}
	return f.Close()
}

func get(ctx context.Context, client *http.Client, from string) (io.ReadCloser, int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, 0, err
	}
	response, err := client.Do(request)
	var failed *url.Error
	if errors.As(err, &failed) {
		return nil, 0, fmt.Errorf("%s: %w", from, failed.Err)
	}
	if err != nil {
		return nil, 0, err
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, 0, fmt.Errorf("%s answers %s", from, response.Status)
	}
	return response.Body, response.ContentLength, nil
}

// progress tells every few seconds how far a download is.
type progress struct {
	log        *slog.Logger
	size, done int64
	last       time.Time
}

func (p *progress) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	if now := time.Now(); now.Sub(p.last) > 3*time.Second {
		p.last = now
		p.log.Info("fetching PostgreSQL", "megabytes", p.done>>20, "of", p.size>>20)
	}
	return len(b), nil
}
