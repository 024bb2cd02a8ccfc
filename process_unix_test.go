//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/internal/eventually"
	"github.com/accountgraph/accountgraph/internal/postgres"
)

// beProgram makes the test binary the program itself, which is what the tests start: no second build.
const beProgram = "ACCOUNTGRAPH_TEST_BE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(beProgram) != "" {
		main()
	}
	os.Exit(dbtest.Main(m))
}

// program is a started program.
type program struct {
	t   *testing.T
	cmd *exec.Cmd

	mu      sync.Mutex
	changed *sync.Cond
	text    bytes.Buffer
	ended   bool
	code    int // its exit code; -1 if a signal ended it
}

// start starts the program with arguments and, of the environment, what is given ("NAME=value") and no other settings.
func start(t *testing.T, environment []string, args ...string) *program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, cmd: exec.Command(self, args...)}
	p.changed = sync.NewCond(&p.mu)
	p.cmd.Env = settings(environment)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // as a shell does for each command
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // the state tells how it ended
		p.update(func() { p.ended, p.code = true, p.cmd.ProcessState.ExitCode() })
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		p.wait()
		if t.Failed() {
			t.Logf("accountgraph %s:\n%s", strings.Join(args, " "), p.output())
		}
	})
	return p
}

// settings are the environment of the program: what is given ("NAME=value"), and no other settings.
func settings(given []string) []string {
	return append([]string{
		beProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"),
		"PGHOSTADDR=192.0.2.1", "PGSERVICE=other", "PGCLIENTENCODING=latin1", // of no concern to us
	}, given...)
}

// result runs the program to its end and returns the line that it writes to stdout, alone.
func result(t *testing.T, environment []string, args ...string) string {
	t.Helper()
	out, talk := output(t, environment, args...)
	line, rest, _ := strings.Cut(out, "\n")
	if line == "" || rest != "" || talk == "" {
		t.Fatalf("accountgraph %s: got %q on stdout, want one line, and %q on stderr", strings.Join(args, " "), out, talk)
	}
	return line
}

// output runs the program to its end and returns what it writes to stdout and to stderr.
func output(t *testing.T, environment []string, args ...string) (out, talk string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = settings(environment), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("accountgraph %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String(), stderr.String()
}

// Write takes what the program writes.
func (p *program) Write(text []byte) (int, error) {
	p.update(func() { p.text.Write(text) })
	return len(text), nil
}

func (p *program) update(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.changed.Broadcast()
}

// await waits until something is so.
func (p *program) await(so func() bool) bool {
	over := false
	timer := time.AfterFunc(eventually.Patience, func() { p.update(func() { over = true }) })
	defer timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !so() && !over {
		p.changed.Wait()
	}
	return so()
}

func (p *program) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// waitFor waits until the program has written something, which it must do before it ends.
func (p *program) waitFor(text string) {
	p.t.Helper()
	says := func() bool { return strings.Contains(p.text.String(), text) }
	if !p.await(func() bool { return says() || p.ended }) || !strings.Contains(p.output(), text) {
		p.t.Fatalf("waited in vain for %q:\n%s", text, p.output())
	}
}

// wait waits until the program has ended and returns its exit code.
func (p *program) wait() int {
	p.t.Helper()
	if !p.await(func() bool { return p.ended }) {
		p.t.Fatalf("waited in vain for the end:\n%s", p.output())
	}
	return p.code
}

// signal sends a signal to the program's process group, as a terminal does, and so does not reach PostgreSQL.
func (p *program) signal(s syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(-p.cmd.Process.Pid, s); err != nil {
		p.t.Fatal(err)
	}
}

// stop ends the program in order, which is exit code 0.
func (p *program) stop(s syscall.Signal) {
	p.t.Helper()
	p.signal(s)
	if code := p.wait(); code != 0 {
		p.t.Errorf("exit code %d after %v, want 0:\n%s", code, s, p.output())
	}
}

var (
	apiAddress = regexp.MustCompile(`API +(http://\S+)`)
	curlBody   = regexp.MustCompile(`(?s)curl (\S+) .*?-d '(.*?)'`)
)

// ready waits until a server is ready and returns the address of its API.
func (p *program) ready() string {
	p.t.Helper()
	p.waitFor("Ctrl-C stops it")
	found := apiAddress.FindStringSubmatch(p.output())
	if found == nil {
		p.t.Fatalf("no address in\n%s", p.output())
	}
	return found[1]
}

// query asks the API, and returns the whole answer as text.
func query(t *testing.T, api, text string) string {
	t.Helper()
	answer, err := ask(t.Context(), api, text)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func ask(ctx context.Context, api, text string) (string, error) { return askAs(ctx, api, "", "", text) }

// askAs asks with a key, and by another name of the server; "" for none.
func askAs(ctx context.Context, api, key, host, text string) (string, error) {
	body, err := json.Marshal(map[string]string{"query": text})
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, api, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	answer, err := io.ReadAll(response.Body)
	return string(answer), errors.Join(err, response.Body.Close())
}

// get fetches a page and returns its status and text.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// folder is a place for a data folder that does not exist yet. The user whom PostgreSQL runs as can reach it, if we
// are root, which is not so for t.TempDir.
func folder(t *testing.T) string {
	t.Helper()
	above, err := os.MkdirTemp("", "accountgraph-test-*")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(above, "data")
	t.Cleanup(func() {
		if err := errors.Join(postgres.Remove(context.Background(), dir), os.RemoveAll(above)); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(above, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// postmaster is the process id of the PostgreSQL of a data folder.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "pgdata", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// exists tells whether there is such a process. One that ended, and that nobody waits for, is none.
func exists(pid int) bool {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err == nil && strings.Contains(string(status), "State:\tZ") {
		return false
	}
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// takenPort is the address of a port that we hold.
func takenPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}
