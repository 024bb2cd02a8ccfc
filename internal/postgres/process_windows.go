package postgres

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// attributes keeps Ctrl-C at the console from the children.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// signal tells a PostgreSQL to end. Its signals go through a named pipe that
// only a PostgreSQL has, and that pg_ctl knows.
func signal(b binaries, pid int, how ending) error {
	if how != kill {
		name := map[ending]string{fast: "INT", immediate: "QUIT"}[how]
		return exec.Command(b.path("pg_ctl"), "kill", name, strconv.Itoa(pid)).Run()
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	defer func() { _ = p.Release() }()
	return p.Kill()
}

func killGroup(p *os.Process) { _ = p.Kill() }

func exists(pid int) bool {
	const stillActive = 259
	h, err := syscall.OpenProcess(0x1000, false, uint32(pid)) // QUERY_LIMITED_INFORMATION
	if err != nil {
		return false
	}
	defer func() { _ = syscall.CloseHandle(h) }()
	var code uint32
	return syscall.GetExitCodeProcess(h, &code) == nil && code == stillActive
}

// serves says whether a process is a PostgreSQL on the cluster: one that
// accepts the cluster's random password at the port that the pid file names.
func serves(pid int, cluster string) bool {
	file := readPid(cluster)
	password, err := readPassword(filepath.Dir(cluster))
	if err != nil || file.pid != pid || !exists(pid) {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return execute(ctx, address(file.port, password, "postgres"), "SELECT 1") == nil
}

func survivors(string) []int { return nil }
