//go:build unix

package postgres

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

func isRoot() bool { return os.Geteuid() == 0 }

// whoAmI names the user of this process in sentences.
func whoAmI() string {
	uid := strconv.Itoa(os.Geteuid())
	if u, err := user.LookupId(uid); err == nil {
		return "the user " + u.Username
	}
	return "user " + uid
}

// lockFile uses flock: it is bound to the open file, which children do not
// inherit, and ends with the process.
func lockFile(path string) (*os.File, error) {
	f, err := openFile(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err {
	case nil:
		return f, nil
	case syscall.EWOULDBLOCK:
		_ = f.Close()
		return nil, errLocked
	default:
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
}

// openFile opens a file of the data folder, never through a link: the folder
// may belong to somebody else when we are root. What it makes belongs to the
// owner of the folder, who may start the next server without root.
func openFile(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, flag|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil || !isRoot() {
		return f, err
	}
	if info, err := os.Stat(filepath.Dir(path)); err == nil {
		if uid, gid := owner(info); uid != 0 {
			_ = f.Chown(uid, gid)
		}
	}
	return f, nil
}

// syncDir makes the renames in a folder last through a loss of power.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

func owner(info fs.FileInfo) (uid, gid int) {
	stat := info.Sys().(*syscall.Stat_t)
	return int(stat.Uid), int(stat.Gid)
}
