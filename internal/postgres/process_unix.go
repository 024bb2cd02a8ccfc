//go:build unix

package postgres

import (
	"os"
	"syscall"
)

// signal tells a PostgreSQL to end.
func signal(_ binaries, pid int, how ending) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	defer func() { _ = p.Release() }()
	return p.Signal(map[ending]syscall.Signal{
		fast: syscall.SIGINT, immediate: syscall.SIGQUIT, kill: syscall.SIGKILL,
	}[how])
}

// killGroup kills a child with its own children: it leads a process group.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// exists says whether there is a process of that id, even an ended one whose
// parent has not asked for its end.
func exists(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || err == syscall.EPERM
}
