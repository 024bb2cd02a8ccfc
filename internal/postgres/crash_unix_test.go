//go:build unix

package postgres

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/accountgraph/accountgraph/internal/eventually"
)

// startsSoon starts a server after a crash, checks that it answers soon and
// with what was committed before.
func startsSoon(t *testing.T, dir, want string) *Server {
	t.Helper()
	s := startsWithin(t, quick(t, dir))
	if got := ask(t, s.URL(), "SELECT string_agg(word, ' ') FROM kept"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	return s
}

func write(t *testing.T, url, word string) {
	t.Helper()
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS kept (word text)",
		"INSERT INTO kept VALUES ('" + word + "')",
	} {
		if err := execute(t.Context(), url, statement); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRecoverFromKilledServer(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	server, url := startHelper(t, dir)
	write(t, url, "one")
	pid := readPid(pgdata(dir)).pid
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s := startsSoon(t, dir, "one")
	stop(t, s)
	if serves(pid, pgdata(dir)) {
		t.Errorf("the former PostgreSQL %d still runs", pid)
	}
}

func TestKilledServerTakesItsPostgresAlong(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends children with their parent")
	}
	dir := folder(t)
	server, _ := startHelper(t, dir)
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually.So(t, "PostgreSQL ends", func() bool { return readPid(pgdata(dir)).pid == 0 })
}

// orphan starts PostgreSQL as a child that does not end with its parent, as
// those on other systems than Linux, and those whose shutdown takes long.
func orphan(t *testing.T, s *Server, dir string) string {
	t.Helper()
	port, err := freePort(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(s.account, dir, s.bin.path("postgres"), append([]string{"-D", pgdata(dir)}, settings(Options{}, port)...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: cmd.SysProcAttr.Credential}
	if _, err := launch(cmd); err != nil {
		t.Fatal(err)
	}
	eventually.So(t, "the orphan starts", func() bool { return readPid(pgdata(dir)).ready })
	password, err := readPassword(dir)
	if err != nil {
		t.Fatal(err)
	}
	return address(port, password, "accountgraph")
}

func TestRecoverFromOrphan(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, quick(t, dir))
	stop(t, s)

	t.Run("that runs", func(t *testing.T) {
		url := orphan(t, s, dir)
		write(t, url, "one")
		busy := make(chan error, 1)
		go func() { _, err := query1(t.Context(), url, "SELECT pg_sleep(60)"); busy <- err }()
		stop(t, startsSoon(t, dir, "one"))
		if err := <-busy; err == nil {
			t.Error("the session of the orphan ended well, want it ended")
		}
	})
	t.Run("that hangs", func(t *testing.T) {
		orphan(t, s, dir)
		pid := readPid(pgdata(dir)).pid
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		stop(t, startsSoon(t, dir, "one"))
		if serves(pid, pgdata(dir)) {
			t.Errorf("the orphan %d still runs", pid)
		}
	})
}

func TestRecoverFromKilledPostgres(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, quick(t, dir))
	write(t, s.URL(), "one")
	// Sessions that compute do not notice the end of their server.
	busy := make(chan error, 1)
	go func() {
		_, err := query1(t.Context(), s.URL(), "SELECT count(*) FROM generate_series(1, 100000000000)")
		busy <- err
	}()
	eventually.So(t, "the session computes", func() bool {
		return ask(t, s.URL(), "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'") == "2"
	})
	if err := syscall.Kill(s.process.pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "stopped by itself") {
		t.Errorf("got %v, want a sentence", err)
	}
	stop(t, s)
	startsSoon(t, dir, "one")
	if err := <-busy; err == nil {
		t.Error("the session survived")
	}
}

func TestRecoverFromReusedProcessID(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, quick(t, dir))
	write(t, s.URL(), "one")
	if err := syscall.Kill(s.process.pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	stop(t, s)
	// Another program of the same user has the id: only that PostgreSQL minds.
	other, err := launch(command(s.account, dir, "/bin/sleep", "60"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { killGroup(other.cmd.Process); <-other.done }()
	text, err := os.ReadFile(pidPath(pgdata(dir)))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(text, []byte("\n"))
	if err := os.WriteFile(pidPath(pgdata(dir)), append(fmt.Appendln(nil, other.pid()), rest...), 0o600); err != nil {
		t.Fatal(err)
	}
	startsSoon(t, dir, "one")
	select {
	case <-other.done:
		t.Error("the other program was ended")
	default:
	}
}

func TestRecoverFromInterruptedInitdb(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	hangs := fake(t, filepath.Join(filepath.Dir(dir), "bin"), "15.1",
		`for a; do case $a in --pgdata=*) mkdir "${a#*=}"; echo 15 > "${a#*=}/PG_VERSION";; esac; done; exec sleep 60`)
	server, _ := launchHelper(t, dir, hangs)
	eventually.So(t, "initdb is half done", func() bool {
		found, _ := filepath.Glob(filepath.Join(dir, "init-*", "data", "PG_VERSION"))
		return len(found) == 1
	})
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait()
	s := start(t, quick(t, dir))
	ask(t, s.URL(), "SELECT 1")
	if left, _ := filepath.Glob(filepath.Join(dir, "init-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPostgresHasItsOwnProcessGroup(t *testing.T) {
	t.Parallel()
	s := start(t, quick(t, folder(t)))
	group, err := syscall.Getpgid(s.process.pid())
	if err != nil {
		t.Fatal(err)
	}
	if group != s.process.pid() {
		t.Errorf("got group %d, want its own %d: Ctrl-C would end it before us", group, s.process.pid())
	}
}

func TestPostgresIsNotRoot(t *testing.T) {
	t.Parallel()
	s := start(t, quick(t, folder(t)))
	info, err := os.Stat("/proc/" + strconv.Itoa(s.process.pid()))
	if err != nil {
		t.Skip("no /proc to look at:", err)
	}
	if uid, _ := owner(info); uid == 0 {
		t.Error("PostgreSQL runs as root")
	}
}
