package db

import (
	"context"
	"net"
	"sync"
	"time"
)

// wire is the network connection below a connection of the driver, which has no way of its own to give up waiting.
type wire struct {
	mutex sync.Mutex
	conn  net.Conn
	// cutAt is when reads and writes begin to fail; zero is never.
	cutAt time.Time
}

// hold is called with the network connection once there is one.
func (w *wire) hold(conn net.Conn) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.conn = conn
	w.apply()
}

// cut lets reads and writes fail after some time.
func (w *wire) cut(after time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.cutAt = time.Now().Add(after)
	w.apply()
}

func (w *wire) apply() {
	if w.conn != nil && !w.cutAt.IsZero() {
		_ = w.conn.SetDeadline(w.cutAt) // fails only if it is closed, which will do
	}
}

// isOpen tells whether the other side has neither closed the connection nor said anything unasked, as a server does before it
// closes. It does not wait: a machine that died without a word is found by who writes to it.
func (w *wire) isOpen() bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return isQuiet(w.conn)
}

type wireKey struct{}

// dialer tells the wire in its context which network connection it is. Without one, the driver wants to ask the server to
// stop a statement, for which it has cancelTime: it waits for that with a statement that was kept prepared.
type dialer struct{ net.Dialer }

// DialContext connects.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	w, ok := ctx.Value(wireKey{}).(*wire)
	if !ok {
		ctx, cancel := context.WithTimeout(ctx, cancelTime)
		defer cancel()
		conn, err := d.Dialer.DialContext(ctx, network, address)
		return brief{conn}, err
	}
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if err == nil {
		w.hold(conn)
	}
	return conn, err
}

// brief is a network connection of which all is to be done within cancelTime.
type brief struct{ net.Conn }

// SetDeadline is called by the driver once it is connected.
func (b brief) SetDeadline(until time.Time) error {
	if soon := time.Now().Add(cancelTime); until.After(soon) {
		until = soon
	}
	return b.Conn.SetDeadline(until)
}

// DialTimeout is what the driver would use without DialContext.
func (d *dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}
