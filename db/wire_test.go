package db_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/internal/eventually"
)

// relay stands between a pool and its database, and breaks what it passes on.
type relay struct {
	net.Listener
	server string
	// direct is a pool that does not go through it.
	direct *db.DB

	mutex sync.Mutex
	conns []net.Conn
	// silent lets it swallow everything.
	silent bool
	// cutAt is a text of the client at which it closes the connection: before the text is passed on, or after it was answered.
	cutAt       string
	afterAnswer bool
}

// relayed opens a pool whose connections go through a relay, with an organization.
func relayed(t *testing.T, o db.Options) (*db.DB, *relay, db.Viewer) {
	t.Helper()
	address, err := url.Parse(dbtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	direct := dbtest.Open(t, address.String())
	v := dbtest.Organization(t, direct, "Acme")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{Listener: listener, server: address.Host, direct: direct}
	go r.serve()
	address.Host = listener.Addr().String()
	// So that what takes long does so for another reason.
	query := address.Query()
	query.Set("connect_timeout", "3600")
	address.RawQuery = query.Encode()
	o.URL = address.String()
	d, err := db.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close(); _ = listener.Close(); r.reset() })
	return d, r, v
}

func (r *relay) serve() {
	for {
		client, err := r.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		r.set(func() { r.conns = append(r.conns, client, server) })
		answered := make(chan struct{}, 1)
		go r.pass(client, server, answered, true)
		go r.pass(server, client, answered, false)
	}
}

// pass passes on what comes, until one side closes.
func (r *relay) pass(from, to net.Conn, cut chan struct{}, asks bool) {
	defer func() {
		_, _ = from.Close(), to.Close()
		r.set(func() { r.conns = slices.DeleteFunc(r.conns, func(c net.Conn) bool { return c == from || c == to }) })
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		r.mutex.Lock()
		silent, here := r.silent, asks && r.cutAt != "" && bytes.Contains(buffer[:n], []byte(r.cutAt))
		after := r.afterAnswer
		r.mutex.Unlock()
		if here && !after {
			return
		}
		if here {
			cut <- struct{}{}
		} else if !asks && len(cut) > 0 {
			return // the answer to what was cut at
		}
		if silent {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (r *relay) set(change func()) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	change()
}

func (r *relay) isEmpty() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return len(r.conns) == 0
}

// reset breaks all connections, as the death of a machine does.
func (r *relay) reset() {
	r.set(func() {
		for _, conn := range r.conns {
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
		r.conns = nil
	})
}

func TestDeadConnectionsAreReplaced(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, r *relay){
		"that the server ended": func(t *testing.T, r *relay) {
			const sessions = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
			if _, err := r.direct.Pool().ExecContext(t.Context(), "SELECT pg_terminate_backend(pid) "+sessions); err != nil {
				t.Fatal(err)
			}
			eventually.So(t, "they are gone", func() bool {
				var n int
				return r.direct.Pool().GetContext(t.Context(), &n, "SELECT count(*) "+sessions) == nil && n == 0 && r.isEmpty()
			})
		},
		"that were reset": func(_ *testing.T, r *relay) { r.reset() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, r, v := relayed(t, db.Options{})
			var accounts []*db.Account
			for i := range 5 {
				accounts = append(accounts, create(t, d, v, fmt.Sprint("Account ", i), nil))
			}
			// Five at once, so that there are five connections.
			begin := func() (open []*sqlx.Tx) {
				for range 5 {
					tx, err := d.Pool().BeginTxx(t.Context(), nil)
					if err != nil {
						t.Fatal(err)
					}
					open = append(open, tx)
				}
				return open
			}
			finish := func(open []*sqlx.Tx) {
				for _, tx := range open {
					if err := tx.Commit(); err != nil {
						t.Error(err)
					}
				}
			}
			finish(begin())
			end(t, r)
			finish(begin())
			end(t, r)
			var wait sync.WaitGroup
			for i := range 5 {
				wait.Go(func() { update(t, d, v, accounts[i], func(c *db.AccountChange) { c.Name = ptr("Renamed") }) })
			}
			wait.Wait()
		})
	}
}

func TestServerThatFallsSilent(t *testing.T) {
	t.Parallel()
	d, r, v := relayed(t, db.Options{StatementTimeout: 200 * time.Millisecond, PoolWait: 200 * time.Millisecond})
	read := func() error { _, err := d.Organization(t.Context(), v); return err }
	write := func() error { _, err := d.CreateUser(t.Context(), v, newUser); return err }
	for name, do := range map[string]func() error{"read": read, "write": write} {
		if _, err := d.Organization(db.WithoutStatementTimeout(t.Context()), v); err != nil {
			t.Fatal(err)
		}
		r.set(func() { r.silent = true })
		if err := within(t, do); !db.IsTimeout(err) {
			t.Errorf("%s on a connection: got %v, want a timeout", name, err)
		}
		if err := within(t, do); !db.IsUnavailable(err) {
			t.Errorf("%s without a connection: got %v, want it unavailable", name, err)
		}
		r.set(func() { r.silent = false })
		eventually.So(t, "the server answers", func() bool { return read() == nil })
	}
}

// within gives up on what does not end in a minute.
func within(t *testing.T, do func() error) error {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- do() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
		return nil
	}
}

func TestConnectionThatBreaksAtCommit(t *testing.T) {
	t.Parallel()
	for name, committed := range map[string]bool{"before the server has it": false, "after the server did it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, r, v := relayed(t, db.Options{})
			r.set(func() { r.cutAt, r.afterAnswer = "COMMIT", committed })
			_, err := d.CreateUser(t.Context(), v, newUser)
			if !errors.Is(err, db.ErrOutcomeUnknown) || db.IsUnavailable(err) {
				t.Errorf("got %v, want the outcome unknown", err)
			}
			r.set(func() { r.cutAt = "" })
			n, err := d.CountUsers(t.Context(), v, nil)
			if want := map[bool]int{false: 1, true: 2}[committed]; err != nil || n[db.AllUsers] != want {
				t.Errorf("got %d users, %v, want %d", n[db.AllUsers], err, want)
			}
		})
	}
}

// As in TestConnectionThatBreaksAtCommit, for a change that is one statement.
func TestConnectionThatBreaksInAStatementThatCommits(t *testing.T) {
	t.Parallel()
	for name, committed := range map[string]bool{"before the server has it": false, "after the server did it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, r, v := relayed(t, db.Options{})
			a := create(t, d, v, "Account", nil)
			rename := func(name string) error {
				_, err := d.UpdateAccount(t.Context(), v, a.ID, nil, func(c *db.AccountChange) { c.Name = &name })
				return err
			}
			if err := rename("Prepared"); err != nil {
				t.Fatal(err)
			}
			r.set(func() { r.cutAt, r.afterAnswer = "Broken", committed })
			if err := rename("Broken"); !errors.Is(err, db.ErrOutcomeUnknown) || db.IsUnavailable(err) {
				t.Errorf("got %v, want the outcome unknown", err)
			}
			r.set(func() { r.cutAt = "" })
			if got, want := account(t, d, v, a.ID).Name, map[bool]string{false: "Prepared", true: "Broken"}[committed]; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if err := rename("Again"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestServerThatFallsSilentInAStatementThatCommits(t *testing.T) {
	t.Parallel()
	d, r, v := relayed(t, db.Options{StatementTimeout: 200 * time.Millisecond})
	a := create(t, r.direct, v, "Account", nil)
	rename := func() error {
		_, err := d.UpdateAccount(t.Context(), v, a.ID, nil, func(c *db.AccountChange) { c.Name = ptr("Renamed") })
		return err
	}
	eventually.So(t, "it is prepared", func() bool { return rename() == nil })
	r.set(func() { r.silent = true })
	if err := within(t, rename); !errors.Is(err, db.ErrOutcomeUnknown) {
		t.Errorf("got %v, want the outcome unknown", err)
	}
}

// What waits for a lock is stopped, and then it is known that nothing was done.
func TestTimeOfAStatementThatCommits(t *testing.T) {
	t.Parallel()
	d, r, v := relayed(t, db.Options{StatementTimeout: 200 * time.Millisecond})
	a := create(t, r.direct, v, "Account", nil)
	tx, err := r.direct.Pool().BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), "SELECT FROM accounts WHERE id = $1 FOR UPDATE", a.ID); err != nil {
		t.Fatal(err)
	}
	_, err = d.UpdateAccount(t.Context(), v, a.ID, nil, func(c *db.AccountChange) { c.Name = ptr("Renamed") })
	if !db.IsTimeout(err) || errors.Is(err, db.ErrOutcomeUnknown) {
		t.Errorf("got %v, want a timeout", err)
	}
}
