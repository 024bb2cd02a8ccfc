package postgres

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// passwordFile is the superuser's password within the cluster, so that the two
// are made, moved and copied together.
const passwordFile = "accountgraph.password"

// initdbArgs are the choices that cannot be changed later. The locale C sorts
// and compares the same everywhere, so that a cluster may be run by binaries
// of another origin; where people's order is wanted, a query names a collation.
var initdbArgs = []string{
	"--username=" + superuser, "--auth=scram-sha-256",
	"--encoding=UTF8", "--locale=C", "--data-checksums",
}

// initialize makes a cluster. All is done in a folder beside it and renamed at
// the end: a cluster is there whole or not at all.
func (s *Server) initialize(ctx context.Context, o Options) error {
	s.log.Info("making a database", "folder", s.dir, "postgresql", s.bin.version)
	work, err := os.MkdirTemp(s.dir, "init-*")
	if err != nil {
		return folderError(s.dir, err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	data := filepath.Join(work, "data")

	cache := s.cached(o)
	if _, err := os.Stat(filepath.Join(cache, "PG_VERSION")); cache != "" && err == nil {
		if err := copyCluster(data, cache); err != nil {
			return folderError(s.dir, err)
		}
		if err := s.account.adopt(work); err != nil {
			return err
		}
	} else {
		if err := s.initdb(ctx, o, work, data); err != nil {
			return err
		}
		if cache != "" {
			keep(data, cache)
		}
	}
	if err := os.Rename(data, pgdata(s.dir)); err != nil {
		return folderError(s.dir, err)
	}
	return folderError(s.dir, syncDir(s.dir))
}

func (s *Server) initdb(ctx context.Context, o Options, work, data string) error {
	password := filepath.Join(work, "password")
	if err := os.WriteFile(password, []byte(rand.Text()+"\n"), 0o600); err != nil {
		return folderError(s.dir, err)
	}
	if err := s.account.adopt(work); err != nil {
		return err
	}
	args := append([]string{"--pgdata=" + data, "--pwfile=" + password}, initdbArgs...)
	if o.NoSync {
		args = append(args, "--no-sync")
	}
	out, err := output(ctx, command(s.account, s.dir, s.bin.path("initdb"), args...))
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if isDiskFull(string(out)) {
		return diskFull(s.dir)
	}
	if err != nil {
		return fmt.Errorf("the database in %s cannot be made: initdb: %w%s", s.dir, err, said(out))
	}
	// Renamed before the cluster is: initdb has synced what it made, the name
	// is synced with the cluster's.
	if err := os.Rename(password, filepath.Join(data, passwordFile)); err != nil {
		return folderError(s.dir, err)
	}
	if o.NoSync {
		return nil
	}
	return folderError(s.dir, syncFile(filepath.Join(data, passwordFile), data))
}

func syncFile(path, dir string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return errors.Join(f.Sync(), syncDir(dir))
}

// readPassword is the superuser's password of the cluster.
func readPassword(dir string) (string, error) {
	path := filepath.Join(pgdata(dir), passwordFile)
	text, err := os.ReadFile(path)
	password := strings.TrimSpace(string(text))
	if err != nil || password == "" {
		return "", fmt.Errorf("the password of the database is not in %s: restore that file, or choose another data folder", path)
	}
	return password, nil
}

// cached is the folder of a kept cluster as these binaries would make it, ""
// if none shall be kept.
func (s *Server) cached(o Options) string {
	if o.InitCache == "" {
		return ""
	}
	key := sha256.Sum256(fmt.Append(nil, s.bin, initdbArgs))
	return filepath.Join(o.InitCache, fmt.Sprintf("%s-%x", s.bin.version, key[:6]))
}

// keep copies a fresh cluster to the cache. Another process may do the same:
// the first rename wins. Errors only cost the next start some time.
func keep(data, cache string) {
	if os.MkdirAll(filepath.Dir(cache), 0o700) != nil {
		return
	}
	work, err := os.MkdirTemp(filepath.Dir(cache), "new-*")
	if err != nil {
		return
	}
	defer func() { _ = os.RemoveAll(work) }()
	if err := copyCluster(filepath.Join(work, "data"), data); err == nil {
		_ = os.Rename(filepath.Join(work, "data"), cache)
	}
}

func copyCluster(to, from string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	// What is below needs no closing, and PostgreSQL checks no more.
	return os.Chmod(to, 0o700)
}

// said is what a program wrote last, to be added to an error.
func said(out []byte) string {
	out = bytes.TrimSpace(out)
	if len(out) == 0 {
		return ""
	}
	return ": " + decisive(string(out))
}
