//go:build unix

package postgres

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func needsRoot(t *testing.T) {
	t.Helper()
	if !isRoot() {
		t.Skip("only root runs PostgreSQL as another user")
	}
}

func TestStartRefusesFolderOutOfReach(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	closed := filepath.Dir(folder(t))
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	refuses(t, quick(t, filepath.Join(closed, "data")), ErrNotWritable, closed, "/var/lib/accountgraph")
}

func TestStartMakesFoldersToPassThrough(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	dir := filepath.Join(folder(t), "deep", "data")
	start(t, quick(t, dir))
	for path, want := range map[string]os.FileMode{filepath.Dir(dir): 0o755, dir: 0o755, pgdata(dir): 0o700} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: got mode %v, want %v", path, got, want)
		}
	}
}

func TestStartAdoptsARestoredCluster(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	dir := folder(t)
	s := start(t, quick(t, dir))
	write(t, s.URL(), "one")
	stop(t, s)
	root := &account{name: "root"}
	if err := root.adopt(pgdata(dir)); err != nil {
		t.Fatal(err)
	}
	startsSoon(t, dir, "one")
}

func TestStartKeepsTheOwnerOfTheCluster(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	dir := folder(t)
	stop(t, start(t, quick(t, dir)))
	nobody, err := unprivileged("nobody")
	if err != nil {
		t.Skip("no user nobody here:", err)
	}
	if err := nobody.adopt(dir); err != nil { // the folder of a user, for once started by root
		t.Fatal(err)
	}
	if err := os.Remove(logPath(dir)); err != nil {
		t.Fatal(err)
	}
	s := start(t, quick(t, dir))
	if s.account.uid != nobody.uid {
		t.Errorf("got user %d, want %d", s.account.uid, nobody.uid)
	}
	info, err := os.Stat(logPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	if uid, _ := owner(info); uid != nobody.uid {
		t.Errorf("the new log belongs to %d, want %d", uid, nobody.uid)
	}
}

func TestUnprivileged(t *testing.T) {
	t.Parallel()
	if a, err := unprivileged("root", "no-such-user"); err == nil {
		t.Errorf("got %v, want no account", a)
	}
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	dir := folder(t)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=10m,mode=755", "none", dir).CombinedOutput(); err != nil {
		t.Skipf("no small disk to fill: mount: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	o := quick(t, dir)
	o.InitCache = ""
	refuses(t, o, ErrDiskFull, dir)
	left, _ := filepath.Glob(filepath.Join(dir, "init-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLogIsMovedAside(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(logPath(dir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(logPath(dir), maxLog+1); err != nil {
		t.Fatal(err)
	}
	f, size, err := openLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if size != 0 {
		t.Errorf("got a log of %d bytes, want a new one", size)
	}
	if _, err := os.Stat(logPath(dir) + ".1"); err != nil {
		t.Error(err)
	}
}

func TestLogIsNotOpenedThroughALink(t *testing.T) {
	t.Parallel()
	dir := filepath.Dir(folder(t))
	if err := os.Symlink("/etc/passwd", logPath(dir)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := openLog(dir); err == nil {
		t.Error("got no error, want a refusal")
	}
}

func TestCommand(t *testing.T) {
	t.Setenv("DATABASE_PASSWORD", "secret")
	t.Setenv("PGOPTIONS", "-c wrong=1")
	t.Setenv("LC_MESSAGES", "de_DE.UTF-8")
	cmd := command(nil, "/", "/bin/true")
	for _, variable := range cmd.Env {
		for _, bad := range []string{"DATABASE_PASSWORD", "PG", "LC_MESSAGES"} {
			if strings.HasPrefix(variable, bad) {
				t.Errorf("passes on %s", variable)
			}
		}
	}
	if !slices.Contains(cmd.Env, "LC_ALL=C") {
		t.Error("does not set LC_ALL=C")
	}
	cmd = command(&account{name: "nobody", uid: 7, gid: 8}, "/", "/bin/true")
	got := cmd.SysProcAttr.Credential
	want := syscall.Credential{Uid: 7, Gid: 8}
	if got == nil || got.Uid != want.Uid || got.Gid != want.Gid || len(got.Groups) != 0 || got.NoSetGroups {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
