package postgres

import (
	"errors"
	"os"
	"os/user"
	"syscall"
)

func isRoot() bool { return false }

// whoAmI names the user of this process in sentences.
func whoAmI() string {
	if u, err := user.Current(); err == nil {
		return "the user " + u.Username
	}
	return "this user"
}

// lockFile opens the file so that others may read but not open it for writing.
func lockFile(path string) (*os.File, error) {
	const sharingViolation = syscall.Errno(32)
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE,
		syscall.FILE_SHARE_READ, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, sharingViolation) {
		return nil, errLocked
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}

func openFile(path string, flag int) (*os.File, error) {
	return os.OpenFile(path, flag, 0o600)
}

// syncDir does nothing: Windows cannot sync folders.
func syncDir(string) error { return nil }
