package postgres

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// passedOn are the variables of the environment that children get: what they
// need to find programs, libraries and temporary folders. No settings of the
// PostgreSQL of the user (PG...), no locale, and none of our secrets, since
// they may run as another user.
var passedOn = []string{
	"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "TMPDIR",
	"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP",
	"USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "USERNAME",
}

// command prepares a program of PostgreSQL to be run as the account.
func command(a *account, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir // ours may be closed to the account
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC"}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if slices.Contains(passedOn, strings.ToUpper(name)) {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.SysProcAttr = attributes()
	a.apply(cmd)
	return cmd
}

// process is a child of ours.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how, to be read after done
}

// launch starts a command. On Linux the child is told to end when the thread
// that started it does: so that thread is kept for as long as the child lives,
// and the signal comes only when our process dies, in whatever way.
func launch(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// output runs a program to its end, or kills it with its children when ctx
// ends, and returns what it wrote.
func output(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 2 * time.Second
	p, err := launch(cmd)
	if err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		killGroup(cmd.Process)
		<-p.done
		return out.Bytes(), ctx.Err()
	case <-p.done:
		return out.Bytes(), p.err
	}
}

// The ways to end a PostgreSQL, and how long each may take before the next.
// Fast ends the sessions and writes a checkpoint; immediate leaves the next
// start to recover; kill leaves children that end when they notice.
type ending int

const (
	fast ending = iota
	immediate
	kill
)

var patience = map[ending]time.Duration{fast: 30 * time.Second, immediate: 7 * time.Second, kill: 5 * time.Second}

// shutdown ends our PostgreSQL and waits for it.
func (p *process) shutdown(b binaries) error {
	return end(p.pid(), b, func(wait time.Duration) bool {
		select {
		case <-p.done:
			return true
		default:
		}
		select {
		case <-p.done:
			return true
		case <-time.After(wait):
			return false
		}
	}, patience)
}

// end tries one way after the other to end a PostgreSQL, until it is gone.
func end(pid int, b binaries, gone func(time.Duration) bool, patience map[ending]time.Duration) error {
	for _, how := range []ending{fast, immediate, kill} {
		if gone(0) {
			return nil
		}
		_ = signal(b, pid, how) // if it does not arrive, the next is tried
		if gone(patience[how]) {
			return nil
		}
	}
	return fmt.Errorf("PostgreSQL (process %d) cannot be stopped: stop it by hand", pid)
}
