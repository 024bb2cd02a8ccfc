package serve

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/lib/pq"

	"github.com/accountgraph/accountgraph/db"
)

// explainListen says why a port could not be opened.
func explainListen(address string, err error) error {
	const windowsInUse = syscall.Errno(10048) // WSAEADDRINUSE
	switch {
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, windowsInUse):
		return fmt.Errorf("%s is taken by another program, perhaps another accountgraph: stop it, or choose another address with --addr or ADDR", address)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%s may not be opened by this user: choose a port above 1023 with --addr or ADDR", address)
	default:
		return fmt.Errorf("%s cannot be opened (%w): choose another address with --addr or ADDR", address, err)
	}
}

// explain makes a sentence of what went wrong with the database. What is no error of the connection stays as it is.
func (d *database) explain(err error) error {
	if died := d.diedOf(); died != nil {
		return died
	}
	if errors.Is(err, db.ErrNewerSchema) {
		return fmt.Errorf("%w: use that version, or another database", err)
	}
	var refused *pq.Error
	isRefused := errors.As(err, &refused)
	if isRefused && db.IsOutOfSpace(err) {
		return oneLine(fmt.Errorf("%s has no space left on its disk: make room, and do the same again (%s)", d.where, refused.Message))
	}
	if d.own != nil || d.target.Host == "" {
		return oneLine(err)
	}
	if isRefused {
		return d.explainRefusal(refused)
	}
	var name *net.DNSError
	var dial *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, pq.ErrSSLNotSupported):
		return d.sentence("it does not offer TLS: add ?sslmode=disable to the address if that is meant to be")
	case errors.As(err, &certificate):
		return d.sentence("its certificate is not trusted (%v)", certificate.Err)
	case errors.As(err, &name):
		return d.sentence("the host's name is not known")
	case errors.As(err, &dial) && dial.Op == "dial" && !dial.Timeout():
		return d.sentence("nothing answers there (%v)", dial.Err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return d.sentence("PostgreSQL does not answer there in time")
	case errors.As(err, &dial) && dial.Op != "dial":
		return d.sentence("the connection broke off (%v)", dial.Err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, driver.ErrBadConn):
		return d.sentence("what answers there is not PostgreSQL")
	}
	return oneLine(err)
}

// explainRefusal is for what PostgreSQL itself says.
func (d *database) explainRefusal(refused *pq.Error) error {
	switch refused.Code {
	case "28P01", "28000":
		return d.sentence("it refuses the user %s: check name and password (%s)", d.target.User, refused.Message)
	case "3D000":
		return d.sentence("there is no such database: create it, or name another")
	case "42501":
		return d.sentence("the user %s lacks a right: grant it (%s)", d.target.User, refused.Message)
	case "25006":
		return d.sentence("it only reads: name a primary server")
	case "57P03", "53300":
		return d.sentence("it takes no connections now: try again later (%s)", refused.Message)
	}
	return d.sentence("%s", refused.Message)
}

// sentence names the database without its password.
func (d *database) sentence(format string, args ...any) error {
	return oneLine(fmt.Errorf("DATABASE_URL names %s, but %s", d.where, fmt.Sprintf(format, args...)))
}

// oneLine keeps an error that is one line already, and makes one line of others.
func oneLine(err error) error {
	text := err.Error()
	line := strings.Join(strings.Fields(text), " ")
	if line == text {
		return err
	}
	return errors.New(line)
}
