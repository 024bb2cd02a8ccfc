package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

// settings of an embedded server. The data is as safe as PostgreSQL makes it:
// fsync and its like are left on.
func settings(o Options, port int) []string {
	values := map[string]string{
		"max_connections":     "100",
		"shared_buffers":      "128MB",
		"jit":                 "off", // costs more than it brings for short queries
		"timezone":            "UTC",
		"log_timezone":        "UTC",
		"log_checkpoints":     "off",
		"log_line_prefix":     "%m [%p] ",
		"log_destination":     "stderr",
		"logging_collector":   "off",
		"lc_messages":         "C", // decisive and isDiskFull read them
		"password_encryption": "scram-sha-256",
	}
	maps.Copy(values, o.Settings)
	maps.Copy(values, map[string]string{
		"listen_addresses":        loopback,
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": "",
		"external_pid_file":       "",
	})
	var args []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		args = append(args, "-c", name+"="+values[name])
	}
	return args
}

// errSurvivors means that processes of a killed PostgreSQL still use its
// shared memory. They end by themselves when they notice.
var errSurvivors = errors.New("processes of the former PostgreSQL still run")

// run starts PostgreSQL and returns when the database answers.
func (s *Server) run(ctx context.Context, o Options) error {
	for deadline := time.Now().Add(15 * time.Second); ; {
		err := s.runOnce(ctx, o)
		if !errors.Is(err, errSurvivors) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *Server) runOnce(ctx context.Context, o Options) error {
	log, size, err := openLog(s.dir)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the child has its own
	s.logFrom = size
	cluster := pgdata(s.dir)
	cmd := command(s.account, s.dir, s.bin.path("postgres"), append([]string{"-D", cluster}, settings(o, s.port)...)...)
	cmd.Stdout, cmd.Stderr = log, log
	s.log.Debug("starting PostgreSQL", "version", s.bin.version, "folder", s.dir, "port", s.port)
	if s.process, err = launch(cmd); err != nil {
		return fmt.Errorf("PostgreSQL cannot be started: %w", err)
	}
	if err := s.waitReady(ctx, cluster); err != nil {
		_ = s.process.shutdown(s.bin)
		return err
	}
	if err := s.connect(ctx, o.Database); err != nil {
		_ = s.process.shutdown(s.bin)
		return err
	}
	return nil
}

// waitReady waits until PostgreSQL says in its pid file that it is ready. It
// has no limit but ctx: after a crash it may have much to recover.
func (s *Server) waitReady(ctx context.Context, cluster string) error {
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	tell := time.NewTicker(5 * time.Second)
	defer tell.Stop()
	for {
		if pid := readPid(cluster); pid.pid == s.process.pid() && pid.ready {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.process.done:
			return s.notStarted()
		case <-tell.C:
			s.log.Info("waiting for PostgreSQL, which recovers its data", "folder", s.dir)
		case <-poll.C:
		}
	}
}

func (s *Server) notStarted() error {
	text := s.readLog()
	switch {
	case strings.Contains(text, "pre-existing shared memory block"):
		return fmt.Errorf("PostgreSQL cannot be started in %s: %w", s.dir, errSurvivors)
	case strings.Contains(text, "could not bind"), strings.Contains(text, "could not create any TCP/IP sockets"):
		return portTaken(s.port)
	default:
		return s.logged("PostgreSQL did not start")
	}
}

// connect makes the first connection, and the database if it is missing.
func (s *Server) connect(ctx context.Context, database string) error {
	password, err := readPassword(s.dir)
	if err != nil {
		return err
	}
	s.url = address(s.port, password, database)
	err = execute(ctx, s.url, "SELECT 1")
	var refused *pq.Error
	if errors.As(err, &refused) && refused.Code == "3D000" { // no such database
		err = execute(ctx, address(s.port, password, "postgres"), "CREATE DATABASE "+pq.QuoteIdentifier(database))
	}
	if errors.As(err, &refused) && refused.Code == "28P01" { // wrong password
		return fmt.Errorf("the password in %s is not that of the database: restore that file, or choose another data folder", filepath.Join(pgdata(s.dir), passwordFile))
	}
	if err != nil && ctx.Err() == nil && isDiskFull(err.Error()) {
		return diskFull(s.dir)
	}
	if err != nil {
		return fmt.Errorf("PostgreSQL started, but does not answer: %w", err)
	}
	return nil
}

func execute(ctx context.Context, url, statement string) error {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// pidFile is what we need of postmaster.pid.
type pidFile struct {
	pid, port int
	ready     bool
}

func pidPath(cluster string) string { return filepath.Join(cluster, "postmaster.pid") }

// readPid reads postmaster.pid; its zero value means none, or half written.
func readPid(cluster string) pidFile {
	text, err := os.ReadFile(pidPath(cluster))
	if err != nil {
		return pidFile{}
	}
	lines := strings.Split(string(text), "\n")
	line := func(i int) string {
		if i < len(lines) {
			return strings.TrimSpace(lines[i])
		}
		return ""
	}
	pid, _ := strconv.Atoi(line(0))
	port, _ := strconv.Atoi(line(3))
	return pidFile{pid: max(pid, 0), port: port, ready: line(7) == "ready"}
}
