package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"

	"github.com/lib/pq"
)

// IsTimeout tells whether a statement was stopped because its time was over or its caller gone.
func IsTimeout(err error) bool {
	var pg *pq.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &pg) && pg.Code == "57014"
}

// IsOutOfSpace tells whether the database has no space left on its disk. What was under way is undone.
func IsOutOfSpace(err error) bool {
	var pg *pq.Error
	return errors.As(err, &pg) && pg.Code == "53100"
}

// IsUnavailable tells whether there was no connection to the database, or it broke before anything was committed, or the
// database has no space: the same may succeed when it is tried again.
func IsUnavailable(err error) bool {
	if errors.Is(err, ErrOutcomeUnknown) {
		return false
	}
	if IsOutOfSpace(err) {
		return true
	}
	var pg *pq.Error
	if errors.As(err, &pg) {
		switch pg.Code {
		case "57P01", "57P02", "57P03", "53300": // shut down, crashed, starting or stopping, too many connections
			return true
		}
		return pg.Code.Class() == "08"
	}
	var network *net.OpError
	return errors.Is(err, errNoConnection) || errors.As(err, new(connectError)) || errors.As(err, &network) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}
