package postgres

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// attributes gives a child its own process group, so that Ctrl-C at the
// terminal comes to us alone and we end PostgreSQL after our last query, and
// has it shut down when we are killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}

// serves says whether a process is a PostgreSQL on the cluster. Its working
// folder is the cluster, but to read that of another user takes a privilege
// that root lacks in some containers: then its arguments must do.
func serves(pid int, cluster string) bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	name, err := os.ReadFile(filepath.Join(proc, "comm"))
	if err != nil || !strings.HasPrefix(string(name), "postgres") {
		return false
	}
	if sameFolder(filepath.Join(proc, "cwd"), cluster) {
		return true
	}
	line, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
	args := bytes.Split(line, []byte{0})
	for i, arg := range args[:max(len(args)-1, 0)] {
		if string(arg) == "-D" && sameFolder(string(args[i+1]), cluster) {
			return true
		}
	}
	return false
}

func sameFolder(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// survivors are the processes of PostgreSQL that work on the cluster.
func survivors(cluster string) []int {
	var pids []int
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, entry := range entries {
		pid, err := strconv.Atoi(filepath.Base(entry))
		if err == nil && serves(pid, cluster) {
			pids = append(pids, pid)
		}
	}
	return pids
}
