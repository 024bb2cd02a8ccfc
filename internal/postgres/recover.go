package postgres

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"
)

// orphanPatience is short: the next start shall answer within three seconds,
// and the harder ends only leave it to replay the log.
var orphanPatience = map[ending]time.Duration{fast: time.Second, immediate: time.Second / 2, kill: 5 * time.Second}

// recover makes the cluster free to be started. We hold the lock: whatever
// runs on it was left by a server that was killed, or is ending with it. What
// is left on the disk PostgreSQL recovers itself.
func (s *Server) recover(ctx context.Context) error {
	cluster := pgdata(s.dir)
	left := readPid(cluster)
	if left.pid != 0 && serves(left.pid, cluster) {
		s.log.Info("stopping the PostgreSQL that a former server left", "process", left.pid)
		gone := func(wait time.Duration) bool {
			return poll(ctx, wait, func() bool { return !serves(left.pid, cluster) })
		}
		if err := end(left.pid, s.bin, gone, orphanPatience); err != nil {
			return err
		}
	}
	// Sessions of a killed postmaster work on until they notice. Nothing that
	// they would still do counts: they cannot commit after the log is replayed,
	// and their clients are gone.
	poll(ctx, 2*time.Second, func() bool {
		pids := survivors(cluster)
		for _, pid := range pids {
			_ = signal(s.bin, pid, kill)
		}
		return len(pids) == 0
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	if left := readPid(cluster); left.pid != 0 && exists(left.pid) {
		return s.disown(cluster, left.pid)
	}
	return nil
}

// disown handles a pid file whose process id now is another program's:
// PostgreSQL would take that for itself and refuse to start. To remove the
// file would also remove what keeps it from starting beside survivors, the key
// of the shared memory. So the id is replaced by ours: the file of a parent
// is always out of date to PostgreSQL.
func (s *Server) disown(cluster string, pid int) error {
	text, err := os.ReadFile(pidPath(cluster))
	if err != nil {
		return folderError(s.dir, err)
	}
	_, rest, _ := bytes.Cut(text, []byte("\n"))
	f, err := openFile(pidPath(cluster), os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return folderError(s.dir, err)
	}
	s.log.Info("the process id of the former PostgreSQL belongs to another program now", "process", pid)
	if _, err := f.Write(append([]byte(strconv.Itoa(os.Getpid())+"\n"), rest...)); err != nil {
		_ = f.Close()
		return folderError(s.dir, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write %s: %w", pidPath(cluster), err)
	}
	return nil
}

// poll asks until it is so, or the time is over.
func poll(ctx context.Context, wait time.Duration, so func() bool) bool {
	for deadline := time.Now().Add(wait); ; {
		if so() {
			return true
		}
		if ctx.Err() != nil || !time.Now().Before(deadline) {
			return false
		}
		time.Sleep(5 * time.Millisecond)
	}
}
