//go:build unix

package postgres

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user that PostgreSQL runs as; nil is the user of this
// process.
type account struct {
	name     string
	uid, gid int
}

// chooseAccount is nil unless we are root. A cluster that exists keeps its
// owner; a new one belongs to postgres if there is that user, else to nobody.
func chooseAccount(cluster string) (*account, error) {
	if !isRoot() {
		return nil, nil
	}
	if info, err := os.Stat(cluster); err == nil {
		if uid, gid := owner(info); uid != 0 {
			name := strconv.Itoa(uid)
			if u, err := user.LookupId(name); err == nil {
				name = u.Username
			}
			return &account{name: name, uid: uid, gid: gid}, nil
		}
	}
	a, err := unprivileged("postgres", "nobody")
	if err != nil {
		return nil, err
	}
	// A cluster that belongs to root was copied there, by a restore perhaps.
	if err := a.adopt(cluster); err != nil {
		return nil, err
	}
	return a, nil
}

func unprivileged(names ...string) (*account, error) {
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid > 0 {
			return &account{name: name, uid: uid, gid: gid}, nil
		}
	}
	return nil, fmt.Errorf("PostgreSQL must not run as root, and this machine has neither a user postgres nor a user nobody: add one, or start accountgraph as another user than root")
}

// String is the name of the account.
func (a *account) String() string { return a.name }

// adopt gives a folder and all in it to the account.
func (a *account) adopt(dir string) error {
	if a == nil {
		return nil
	}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if os.IsNotExist(err) && path == dir {
			return filepath.SkipDir
		}
		if err != nil {
			return err
		}
		return os.Lchown(path, a.uid, a.gid)
	})
	if err != nil {
		return fmt.Errorf("give %s to the user %s, whom PostgreSQL runs as: %w", dir, a.name, err)
	}
	return nil
}

// reaches returns a sentence if a folder on the way is closed to the account.
func (a *account) reaches(dir string) error {
	if closed := a.closed(dir); closed != "" {
		return sentence(ErrNotWritable, "the user %s, whom PostgreSQL runs as since it must not run as root, cannot enter %s: choose a data folder elsewhere, such as /var/lib/accountgraph, or open that folder (chmod a+x)", a.name, closed)
	}
	return nil
}

// closed is the first folder on the way from the root to dir that the account
// must not enter, "" if there is none.
func (a *account) closed(dir string) string {
	if a == nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	first := ""
	for d := dir; ; d = filepath.Dir(d) {
		if info, err := os.Stat(d); err == nil && !a.enters(info) {
			first = d
		}
		if d == filepath.Dir(d) {
			return first
		}
	}
}

func (a *account) enters(info fs.FileInfo) bool {
	uid, gid := owner(info)
	switch mode := info.Mode().Perm(); {
	case uid == a.uid:
		return mode&0o100 != 0
	case gid == a.gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}

// apply makes a command run as the account, without our other groups.
func (a *account) apply(cmd *exec.Cmd) {
	if a != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
}
