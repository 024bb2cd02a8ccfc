//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/lib/pq"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// writers create accounts as fast as they are answered, until they are not.
type writers struct {
	t       *testing.T
	api     string
	client  http.Client
	running sync.WaitGroup

	mutex   sync.Mutex
	changed *sync.Cond
	// made are the ids of accounts whose creation was acknowledged.
	made []string
	// unanswered are requests that brought no whole answer.
	unanswered int
}

// startWriters starts eight of them. Their accounts' domains begin with the prefix.
func startWriters(t *testing.T, api, prefix string) *writers {
	w := &writers{t: t, api: api}
	w.changed = sync.NewCond(&w.mutex)
	for i := range 8 {
		w.running.Go(func() {
			for n := 0; w.write(fmt.Sprintf("%s-%d-%d.com", prefix, i, n)); n++ {
			}
		})
	}
	return w
}

// write creates an account and tells whether it was acknowledged. An answer that comes must be whole.
func (w *writers) write(domain string) bool {
	body, err := json.Marshal(map[string]any{
		"query":     `mutation($domain: Domain!) { createAccount(input: {name: "Written", primaryDomain: $domain}) { account { id } userErrors { message } } }`,
		"variables": map[string]string{"domain": domain},
	})
	if err != nil {
		w.t.Error(err)
		return false
	}
	var answer struct {
		Data struct {
			CreateAccount struct{ Account struct{ ID string } }
		}
	}
	response, err := w.client.Post(w.api, "application/json", bytes.NewReader(body))
	if err == nil {
		err = json.NewDecoder(response.Body).Decode(&answer)
		_ = response.Body.Close()
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	defer w.changed.Broadcast()
	if err != nil {
		w.unanswered++
		return false
	}
	id := answer.Data.CreateAccount.Account.ID
	if id == "" {
		w.t.Errorf("%s: the answer has no account", domain)
		return false
	}
	w.made = append(w.made, id)
	return true
}

// await waits until so many accounts were acknowledged, or none will be any more.
func (w *writers) await(count int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for len(w.made) < count && w.unanswered < 8 && !w.t.Failed() {
		w.changed.Wait()
	}
	if len(w.made) < count {
		w.t.Fatalf("got %d accounts, want %d before anything ends", len(w.made), count)
	}
}

// check waits for the end of the writers. What was acknowledged must be there, and nothing by half: an account with its
// domain and its event, or none of them.
func (w *writers) check(d *db.DB, prefix string) {
	w.t.Helper()
	w.running.Wait()
	w.client.CloseIdleConnections()
	uuids := make([]string, len(w.made))
	for i, id := range w.made {
		parsed, err := db.ParseID(id)
		if err != nil {
			w.t.Fatal(err)
		}
		uuids[i] = parsed.UUID.String()
	}
	var found struct{ Accounts, Domains, Events, Whole, Acknowledged int }
	if err := d.Pool().GetContext(w.t.Context(), &found, `
		WITH a AS (SELECT id FROM accounts WHERE name = 'Written' AND primary_domain LIKE $1 || '-%'),
		  d AS (SELECT account_id AS id FROM account_domains WHERE domain LIKE $1 || '-%'),
		  e AS (SELECT entity_id AS id FROM events WHERE type = 'account.created' AND after ->> 'primary_domain' LIKE $1 || '-%'),
		  whole AS (SELECT id FROM a JOIN d USING (id) JOIN e USING (id))
		SELECT (SELECT count(*) FROM a) AS accounts, (SELECT count(*) FROM d) AS domains, (SELECT count(*) FROM e) AS events,
		  (SELECT count(*) FROM whole) AS whole, (SELECT count(*) FROM whole WHERE id = ANY(CAST($2 AS uuid[]))) AS acknowledged`,
		prefix, pq.Array(uuids)); err != nil {
		w.t.Fatal(err)
	}
	w.t.Logf("%d acknowledged, %d requests without an answer; found %+v", len(w.made), w.unanswered, found)
	if found.Acknowledged != len(w.made) || found.Whole != found.Accounts || found.Whole != found.Domains || found.Whole != found.Events {
		w.t.Errorf("got %+v, want %d acknowledged, and all of them whole", found, len(w.made))
	}
	if more := found.Whole - len(w.made); more > w.unanswered {
		w.t.Errorf("got %d accounts that nobody asked for", more)
	}
}

// TestWritesWhenTheServerEnds is about what was acknowledged before a server ended, in order or not.
func TestWritesWhenTheServerEnds(t *testing.T) {
	t.Parallel()
	address := dbtest.NewEmptyURL(t)
	d := dbtest.Open(t, address)
	environment := []string{"DATABASE_URL=" + address, "ADDR=127.0.0.1:0"}
	for name, end := range map[string]func(p *program){
		"killed": func(p *program) {
			p.signal(syscall.SIGKILL)
			p.wait()
		},
		"stopped": func(p *program) { p.stop(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, environment)
			w := startWriters(t, p.ready(), name)
			w.await(200)
			end(p)
			w.check(d, name)
		})
	}
	t.Run("and the next one goes on", func(t *testing.T) {
		p := start(t, environment)
		if got := query(t, p.ready(), inrae); !strings.Contains(got, `"childCount":305`) {
			t.Errorf("got %s", got)
		}
	})
}
