package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// load is what asks.
type load struct {
	o       options
	client  http.Client
	turns   chan struct{} // one for each request; nil if there is no limit
	workers sync.WaitGroup
	begin   int64

	queries, mutations, failed, number atomic.Int64
}

// counts are requests.
type counts struct{ queries, mutations, failed int64 }

func (c counts) minus(d counts) counts {
	return counts{c.queries - d.queries, c.mutations - d.mutations, c.failed - d.failed}
}

func (l *load) counts() counts {
	return counts{l.queries.Load(), l.mutations.Load(), l.failed.Load()}
}

// startLoad starts as many workers as there are connections, until ctx ends.
func startLoad(ctx context.Context, o options) *load {
	l := &load{o: o, client: http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: o.connections}}, begin: time.Now().Unix()}
	if o.rate > 0 {
		l.turns = make(chan struct{})
		l.workers.Go(func() { l.giveTurns(ctx) })
	}
	for worker := range o.connections {
		l.workers.Go(func() {
			for n := worker; ctx.Err() == nil; n++ {
				l.round(ctx, n)
			}
		})
	}
	return l
}

func (l *load) giveTurns(ctx context.Context) {
	ticker := time.NewTicker(time.Second / time.Duration(l.o.rate))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		select {
		case <-ctx.Done():
			return
		case l.turns <- struct{}{}:
		}
	}
}

func (l *load) wait() {
	l.workers.Wait()
	l.client.CloseIdleConnections()
}

// queries are what is read; the last is another text each time, which no cache has.
var queries = []string{
	`query One { accountByDomain(domain: "inrae.fr") { id name status { key label } childCount owner { name } } }`,
	`query Up { accountByExternalId(source: "NIC", id: "nic:5058202") { name depth path { name } ancestors { name contacts(first: 3) { nodes { name } } } } }`,
	`query Tree { accountByExternalId(source: "ROR", id: "ror:003vg9w96") { name children(first: 50) { nodes { name primaryDomain children(first: 20) { nodes { name } } } } } }`,
	`query List { accounts(first: 50, filter: {name: {contains: "bank"}}) { totalCount nodes { name parent { name } contacts(first: 3) { nodes { name email } } } } }`,
	`query Below { accountByExternalId(source: "NIC", id: "nic:2380443") { descendantCount descendants(first: 100) { edges { level node { name } } } } }`,
	`query Number { accountByNumber(number: %d) { name root { name } } }`,
}

// round asks each query four times, beginning with another in each round, and takes one account and one contact through their lives.
func (l *load) round(ctx context.Context, n int) {
	for i := range 4 * len(queries) {
		at := (n + i) % len(queries)
		query := queries[at]
		if at == len(queries)-1 {
			query = fmt.Sprintf(query, l.number.Add(1))
		}
		l.ask(ctx, &l.queries, query, nil)
	}
	name := fmt.Sprintf("soak-%d-%d", l.begin, l.number.Add(1))
	account := l.ask(ctx, &l.mutations, `mutation Create($domain: Domain!) { done: createAccount(input: {name: "Soak", primaryDomain: $domain}) { record: account { id } userErrors { message } } }`,
		map[string]any{"domain": name + ".com"})
	if account == "" {
		return
	}
	l.ask(ctx, &l.mutations, `mutation Rename($id: ID!) { done: updateAccount(id: $id, input: {name: "Soaked", employees: 7}) { record: account { id } userErrors { message } } }`, map[string]any{"id": account})
	contact := l.ask(ctx, &l.mutations, `mutation Contact($id: ID!, $email: EmailAddress!) { done: createContact(input: {firstName: "Ann", email: $email, accountIds: [$id]}) { record: contact { id } userErrors { message } } }`,
		map[string]any{"id": account, "email": "ann@" + name + ".com"})
	if contact != "" {
		l.ask(ctx, &l.mutations, `mutation Leave($id: ID!) { done: deleteContact(id: $id) { userErrors { message } } }`, map[string]any{"id": contact})
	}
	l.ask(ctx, &l.mutations, `mutation Delete($id: ID!) { done: deleteAccount(id: $id) { userErrors { message } } }`, map[string]any{"id": account})
}

// ask sends one request when it is its turn, and returns the id of the record that a mutation answers with.
func (l *load) ask(ctx context.Context, count *atomic.Int64, query string, variables map[string]any) string {
	if l.turns != nil {
		select {
		case <-ctx.Done():
			return ""
		case <-l.turns:
		}
	}
	id, err := l.send(ctx, query, variables)
	switch {
	case ctx.Err() != nil:
		return ""
	case err != nil:
		if l.failed.Add(1) <= 10 {
			fmt.Fprintf(os.Stderr, "%.60s: %v\n", query, err)
		}
	default:
		count.Add(1)
	}
	return id
}

func (l *load) send(ctx context.Context, query string, variables map[string]any) (string, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.o.api, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+l.o.key)
	response, err := l.client.Do(request)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return "", err
	}
	var answer struct {
		Data struct {
			Done *struct {
				Record     struct{ ID string }
				UserErrors []struct{ Message string }
			}
		}
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(text, &answer); err != nil || response.StatusCode != http.StatusOK || len(answer.Errors) > 0 {
		return "", fmt.Errorf("got %d %.300s", response.StatusCode, text)
	}
	if answer.Data.Done == nil {
		return "", nil
	}
	if len(answer.Data.Done.UserErrors) > 0 {
		return "", fmt.Errorf("got %.300s", text)
	}
	return answer.Data.Done.Record.ID, nil
}
