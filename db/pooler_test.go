package db_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"testing"

	"github.com/lib/pq"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// throughPooler is the address of a database behind what is to its clients as a pooler that gives each transaction another
// session: after each transaction the session forgets what it knew.
func throughPooler(t *testing.T, address string) string {
	t.Helper()
	pooled, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	server := pooled.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go pass(client, server)
		}
	}()
	pooled.Host = listener.Addr().String()
	return pooled.String()
}

// pass passes on what client and server say until one of them leaves. What is said is a letter, its length, and the rest.
func pass(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	from := bufio.NewReader(server)
	isForgotten, isNew := false, true
	for {
		message, err := nextMessage(from)
		if err != nil {
			return
		}
		isIdle := bytes.HasPrefix(message, []byte("Z")) && message[5] == 'I'
		switch {
		case isForgotten: // what it says of forgetting is nobody's business
			if isIdle {
				isForgotten = false
				_, err = client.Write(message)
			}
		case isIdle && !isNew:
			isForgotten = true
			_, err = server.Write(append([]byte("Q\x00\x00\x00\x10"), "DISCARD ALL\x00"...))
		default:
			isNew = isNew && !isIdle
			_, err = client.Write(message)
		}
		if err != nil {
			return
		}
	}
}

func nextMessage(from *bufio.Reader) ([]byte, error) {
	head, err := from.Peek(5)
	if err != nil {
		return nil, err
	}
	message := make([]byte, 1+binary.BigEndian.Uint32(head[1:]))
	_, err = io.ReadFull(from, message)
	return message, err
}

func TestTransactionPooler(t *testing.T) {
	t.Parallel()
	direct := dbtest.NewURL(t)
	pooled := throughPooler(t, direct)
	open := func(o db.Options) *db.DB {
		d, err := db.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		return d
	}
	d := open(db.Options{URL: pooled, SessionURL: direct, StatementCache: -1})
	v := dbtest.Organization(t, d, "Acme")

	t.Run("reads, writes and transactions", func(t *testing.T) {
		for range 3 {
			domain := db.NewUUID().String() + ".com"
			in := input("Globex", nil)
			in.PrimaryDomain, in.Metadata = domain, []byte(`{"a": 1}`)
			in.BillingAddress = &db.AddressInput{City: ptr("Bern")}
			a := createWith(t, d, v, in)
			b := create(t, d, v, db.NewUUID().String(), a)
			move(t, d, v, db.AccountMove{ID: b.ID})
			got := update(t, d, v, a, func(c *db.AccountChange) { c.Name = ptr("Initech") })
			if got.Name != "Initech" || string(got.Metadata) != `{"a": 1}` || *got.BillingAddress.City != "Bern" || account(t, d, v, b.ID).ParentID != nil {
				t.Errorf("got %+v", got)
			}
		}
		if h := d.Health(t.Context()); !h.IsReady() {
			t.Errorf("got %+v, want it ready", h)
		}
	})
	t.Run("an import's lock lasts", func(t *testing.T) {
		in := db.NewImport{Entity: db.ImportAccounts, FileName: "a.csv", Fingerprint: "1"}
		i, err := d.BeginImport(t.Context(), v, in)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := i.Close(); err != nil {
				t.Error(err)
			}
		}()
		_, err = d.BeginImport(t.Context(), v, in)
		wantProblems(t, err, " CONFLICT")
	})
	t.Run("is not what prepared statements survive", func(t *testing.T) {
		_, err := open(db.Options{URL: pooled}).Organization(t.Context(), v)
		var pg *pq.Error
		if !errors.As(err, &pg) || pg.Code != "26000" {
			t.Errorf("got %v, want that the statement does not exist", err)
		}
	})
}
