// Package postgres is the embedded default database: it finds PostgreSQL on
// the machine or fetches it, makes a cluster in a folder of our own, starts it
// as a child process and stops it again.
//
// PostgreSQL never runs as root: when our process does, the children run as
// another user (see account). It listens on 127.0.0.1 only, with a random
// password, since Unix sockets are missing on Windows and their paths are too
// short for some data folders.
//
// The folder holds:
//
//	lock              held for the life of a Server, says who holds it
//	port              the port of the last start, tried again by the next
//	postgres.log      what PostgreSQL wrote
//	pgdata/           the cluster, owned by the user PostgreSQL runs as
//	postgresql-*/     fetched binaries, if the machine had none
//	init-*, fetch-*   unfinished work, swept away by the next start
//
// Errors are sentences for the person who started the server; their kind is
// told by errors.Is with the Err variables of this package.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

const (
	loopback  = "127.0.0.1"
	superuser = "accountgraph"
)

// Options says where and how to run PostgreSQL. The zero value is good: the
// user's data folder, a free port, the binaries of the machine.
type Options struct {
	// DataDir is the folder owned by accountgraph; "" is DefaultDataDir.
	DataDir string
	// Database is made if missing, and is the one that URL names; ""
	// is "accountgraph".
	Database string
	// Port to listen on; 0 takes the port of the last start if it is free,
	// else any free one.
	Port int
	// BinariesDir is the folder of initdb and postgres; "" looks for one.
	BinariesDir string
	// BinaryRepositoryURL is the Maven repository that binaries are fetched
	// from if the machine has none; "" is Maven Central.
	BinaryRepositoryURL string
	// Settings are server settings ("fsync": "off") that go before ours.
	Settings map[string]string
	// NoSync makes the cluster without waiting for the disk: for tests.
	NoSync bool
	// InitCache is a folder that keeps one fresh cluster, and new clusters are
	// copied from it, password included: for tests. "" runs initdb each time.
	InitCache string
	// Log gets progress ("fetching PostgreSQL ..."); nil discards it.
	Log *slog.Logger

	search searchPath // where to look for binaries; tests replace it
}

// Server is a running PostgreSQL with the data folder that it holds.
type Server struct {
	dir     string
	log     *slog.Logger
	url     string
	port    int
	account *account
	bin     binaries
	lock    *lock
	process *process
	logFrom int64

	died chan struct{}
	stop sync.Once
	quit chan struct{} // closed when Stop begins
	err  error         // of Stop
}

// Start runs PostgreSQL on the data folder and returns when it answers
// queries. It recovers what an earlier server left behind, however that one
// ended. When ctx ends before, nothing keeps running. The errors are
// sentences; ErrInUse, ErrPortTaken, ErrNoPostgres, ErrNotWritable,
// ErrDiskFull and ErrVersion tell the kind.
func Start(ctx context.Context, o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{dir: o.DataDir, log: o.Log, died: make(chan struct{}), quit: make(chan struct{})}
	if err := s.start(ctx, o); err != nil {
		s.lock.release()
		if ctx.Err() != nil {
			return nil, fmt.Errorf("start of PostgreSQL interrupted: %w", context.Cause(ctx))
		}
		return nil, err
	}
	go s.watch()
	return s, nil
}

// withDefaults fills what was left out and refuses what cannot be meant.
func (o Options) withDefaults() (Options, error) {
	if o.Port < 0 || o.Port > 65535 {
		return o, fmt.Errorf("port %d for PostgreSQL is not between 0 and 65535", o.Port)
	}
	if o.DataDir == "" {
		dir, err := DefaultDataDir()
		if err != nil {
			return o, err
		}
		o.DataDir = dir
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return o, fmt.Errorf("data folder %s: %w", o.DataDir, err)
	}
	o.DataDir = dir
	if o.BinariesDir != "" {
		if o.BinariesDir, err = filepath.Abs(o.BinariesDir); err != nil {
			return o, fmt.Errorf("folder of PostgreSQL's programs %s: %w", o.BinariesDir, err)
		}
	}
	if o.Database == "" {
		o.Database = "accountgraph"
	}
	if o.BinaryRepositoryURL == "" {
		o.BinaryRepositoryURL = mavenCentral
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.search == nil {
		o.search = machine
	}
	return o, nil
}

func (s *Server) start(ctx context.Context, o Options) error {
	if err := makeDataDir(s.dir); err != nil {
		return err
	}
	var err error
	if s.lock, err = acquire(ctx, s.dir); err != nil {
		return err
	}
	if s.account, err = chooseAccount(pgdata(s.dir)); err != nil {
		return err
	}
	if err := s.account.reaches(s.dir); err != nil {
		return err
	}
	sweep(s.dir)
	major, err := clusterVersion(s.dir)
	if err != nil {
		return err
	}
	if s.bin, err = findBinaries(ctx, o, s.account, major); err != nil {
		return err
	}
	if major == 0 {
		err = s.initialize(ctx, o)
	} else {
		err = s.recover(ctx)
	}
	if err != nil {
		return err
	}
	return s.listen(ctx, o)
}

// listen starts PostgreSQL on the port asked for, or on ports that look free
// until one is: another program may take it between the look and the start.
func (s *Server) listen(ctx context.Context, o Options) error {
	port := o.Port
	for attempt := 1; ; attempt++ {
		var err error
		if o.Port == 0 {
			port, err = freePort(ctx, readPort(s.dir))
		} else if !portIsFree(ctx, port) {
			err = portTaken(port)
		}
		if err != nil {
			return err
		}
		s.port = port
		err = s.run(ctx, o)
		if err == nil {
			break
		}
		if !errors.Is(err, ErrPortTaken) || o.Port != 0 || attempt == 5 {
			return err
		}
		forgetPort(s.dir)
	}
	writePort(s.dir, port)
	s.Announce("")
	return nil
}

// watch closes died when PostgreSQL ends before Stop was called.
func (s *Server) watch() {
	select {
	case <-s.quit:
	case <-s.process.done:
		select {
		case <-s.quit:
		default:
			close(s.died)
		}
	}
}

// URL is where to connect: a postgres:// address with the password of the
// superuser.
func (s *Server) URL() string { return s.url }

// Port is the TCP port on 127.0.0.1.
func (s *Server) Port() int { return s.port }

// Done is closed when PostgreSQL ended by itself, not by Stop. Err says why.
func (s *Server) Done() <-chan struct{} { return s.died }

// Err is nil while PostgreSQL runs and after Stop; after Done is closed it is
// the sentence that says how PostgreSQL ended.
func (s *Server) Err() error {
	select {
	case <-s.died:
		return s.logged("PostgreSQL stopped by itself")
	default:
		return nil
	}
}

// Announce notes in the lock what a second server on the same folder shall
// tell about this one, such as the address that it serves.
func (s *Server) Announce(address string) {
	if address == "" {
		address = "PostgreSQL on " + net.JoinHostPort(loopback, strconv.Itoa(s.port))
	}
	s.lock.note(address)
}

// Stop ends the sessions, writes everything to disk, waits for PostgreSQL to
// end, and gives the data folder free. Later calls return the same.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		close(s.quit)
		s.err = s.process.shutdown(s.bin)
		s.lock.release()
	})
	return s.err
}

// address is the connection URL of a database.
func address(port int, password, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, password),
		Host:     net.JoinHostPort(loopback, strconv.Itoa(port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Remove deletes a data folder that no server holds, with what still runs on
// it. It returns ErrInUse if a server holds it.
func Remove(ctx context.Context, dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return nil
	}
	l, err := acquire(ctx, dir)
	if err != nil {
		return err
	}
	defer l.release()
	s := &Server{dir: dir, log: slog.New(slog.DiscardHandler), lock: l}
	if err := s.recover(ctx); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}
