package postgres

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// freePort is the wanted port if it is free, else one that the system chooses.
func freePort(ctx context.Context, wanted int) (int, error) {
	if wanted != 0 && portIsFree(ctx, wanted) {
		return wanted, nil
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(loopback, "0"))
	if err != nil {
		return 0, fmt.Errorf("find a free port on %s for PostgreSQL: %w", loopback, err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

func portIsFree(ctx context.Context, port int) bool {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// The port of the last start is only kept so that a psql of the user finds the
// database again: it may be lost, and errors are ignored.

func portFile(dir string) string { return filepath.Join(dir, "port") }

func readPort(dir string) int {
	text, _ := os.ReadFile(portFile(dir))
	port, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || port < 1 || port > 65535 {
		return 0
	}
	return port
}

func writePort(dir string, port int) {
	if f, err := openFile(portFile(dir), os.O_WRONLY|os.O_CREATE|os.O_TRUNC); err == nil {
		_, _ = fmt.Fprintln(f, port)
		_ = f.Close()
	}
}

func forgetPort(dir string) { _ = os.Remove(portFile(dir)) }
