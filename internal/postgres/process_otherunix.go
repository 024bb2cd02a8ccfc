//go:build unix && !linux

package postgres

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// attributes gives a child its own process group, so that Ctrl-C at the
// terminal comes to us alone and we end PostgreSQL after our last query.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// serves says whether a process is a PostgreSQL on the cluster, by its
// arguments, which are ours.
func serves(pid int, cluster string) bool {
	line, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	program, args, _ := strings.Cut(strings.TrimSpace(string(line)), " -D "+cluster)
	return err == nil && filepath.Base(program) == "postgres" && (args == "" || strings.HasPrefix(args, " "))
}

// survivors cannot be told from the processes of other clusters here: a start
// waits until they have ended.
func survivors(string) []int { return nil }
