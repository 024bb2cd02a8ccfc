package postgres

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// joinPatience is how long a holder of the data folder may take to start.
const joinPatience = 30 * time.Second

// Join returns the address of the PostgreSQL that another accountgraph runs
// on the data folder, for work beside it: after Start returned ErrInUse. It
// waits while that one starts. PostgreSQL ends when its holder does. The error
// is ErrInUse again if it does not answer.
func Join(ctx context.Context, o Options) (string, error) {
	o, err := o.withDefaults()
	if err != nil {
		return "", err
	}
	cluster := pgdata(o.DataDir)
	if _, err := os.Stat(pidPath(cluster)); errors.Is(err, fs.ErrPermission) {
		return "", folderError(o.DataDir, err)
	}
	var url string
	if poll(ctx, joinPatience, func() bool {
		pid := readPid(cluster)
		password, err := readPassword(o.DataDir)
		if err != nil || !pid.ready {
			return false
		}
		url = address(pid.port, password, o.Database)
		return execute(ctx, url, "SELECT 1") == nil
	}) {
		return url, nil
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	return "", inUse(o.DataDir, filepath.Join(o.DataDir, "lock"))
}
