package graph_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
)

// between stands between a pool and its database, and does something before a statement is sent on.
type between struct {
	t      *testing.T
	target string

	mutex      sync.Mutex
	statements int
	at         int
	do         func()
}

// newBetween returns it with the address that leads through it.
func newBetween(t *testing.T, database string) (*between, string) {
	t.Helper()
	address, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &between{t: t, target: address.Host}
	var running sync.WaitGroup
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed by the cleanup
			}
			running.Go(func() { b.serve(client) })
		}
	})
	address.Host = listener.Addr().String()
	return b, address.String()
}

// before does something before the n-th statement from now on, counted from 1, and tells how many there were.
func (b *between) before(n int, do func(), while func()) int {
	b.mutex.Lock()
	b.statements, b.at, b.do = 0, n, do
	b.mutex.Unlock()
	while()
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.do = nil
	return b.statements
}

// serve sends on what a connection says, message by message.
func (b *between) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", b.target)
	if err != nil {
		b.t.Error(err)
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(client, server) // ends with the connection
		_ = client.Close()
	}()
	head := make([]byte, 5)
	for first := true; ; first = false {
		begin := 0
		if first {
			begin = 1 // the first message has no type
		}
		if _, err := io.ReadFull(client, head[begin:]); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(client, body); err != nil {
			return
		}
		if !first && head[0] == 'B' { // Bind: a statement gets its parameters
			b.count()
		}
		if _, err := server.Write(append(head[begin:len(head):len(head)], body...)); err != nil {
			return
		}
	}
}

func (b *between) count() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.statements++; b.statements == b.at && b.do != nil {
		b.do()
	}
}

// A query is several statements. Whatever is deleted between any two of them, the answer has no errors, and tells of an
// account that is gone what is true of it alone.
func TestWhatVanishesBetweenTwoStatements(t *testing.T) {
	t.Parallel()
	address := dbtest.NewURL(t)
	direct := dbtest.Open(t, address)
	s := &server{t: t, db: direct, viewer: dbtest.Organization(t, direct, "Acme")}
	s.url = s.serve(graph.Options{}, s.viewer)
	b, through := newBetween(t, address)
	pool, err := db.Open(db.Options{URL: through})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	watched := &server{t: t, db: pool, viewer: s.viewer}
	watched.url = watched.serve(graph.Options{}, s.viewer)
	ids := s.bulk(chain("A", 4)...)
	middle := ids["A-00001"]
	s.contact("one@a-00001.com", middle)
	s.contact("two@a-00001.com", ids["A-00003"])

	const query = `query($top: ID!) { accounts { nodes {
		id name parent { id } root { id } path { id } ancestors { id } depth isRoot isLeaf childCount descendantCount isDescendantOf(id: $top) memberCount
		children { totalCount nodes { id root { id } path { id } contacts(includeDescendants: true) { totalCount nodes { id accounts { totalCount nodes { id } } } } } }
		siblings { totalCount nodes { id } } descendants { totalCount nodes { id root { id } path { id } } } parentChanges { totalCount nodes { id } }
		domains { domain } externalIds { id } identifiers { value } status { key } owner { id } organization { id }
		contacts { totalCount nodes { id type { label } accounts { totalCount edges { node { root { id } } } } primaryAccount { path { id } } } }
		below: contacts(includeDescendants: true) { totalCount nodes { id type { label } } }
	} } }`
	alone := 0
	for n, all := 2, 2; n <= all; n++ {
		deleted := false
		var a answer
		all = b.before(n, func() {
			deleted = true
			s.must(nil, deleteOne, "id", middle, "children", "CASCADE")
		}, func() { a = watched.ask(query, "top", ids["A-00000"]) })
		if !deleted {
			t.Fatalf("got nothing deleted before statement %d of %d", n, all)
		}
		if len(a.Errors) > 0 {
			t.Errorf("deleted before statement %d of %d: got %.2000s", n, all, a.Body)
		}
		for _, account := range list(a.at("accounts", "nodes")) {
			path := texts(at(account, "path"), "id")
			want(t, "the end of the path", path[len(path)-1], at(account, "id").(string))
			// The root is read by a statement of its own, when the account was there or when it was gone.
			if root := at(account, "root", "id"); root != ids["A-00000"] && root != at(account, "id") {
				t.Errorf("the root: got %v, want the top or the account itself", root)
			}
			want(t, "the ancestors", len(list(at(account, "ancestors"))), len(path)-1)
			if len(path) == 1 && at(account, "isRoot") == false {
				alone++
			}
		}
		s.must(nil, restoreOne, "id", middle)
	}
	if alone == 0 {
		t.Error("got no account that had vanished before its path was read, want some")
	}
}
