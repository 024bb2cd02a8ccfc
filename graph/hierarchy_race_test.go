package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// race is many writers on one hierarchy, and what they were told.
type race struct {
	*server
	mutex sync.Mutex
	// known are the ids that writers choose among; made those of acknowledged accounts.
	known, made []string
	// domains are those of acknowledged bulk creations, each request's together.
	domains [][]string
	moves   map[string]string // reason -> account
}

func (r *race) any(random *rand.Rand) string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.known[random.IntN(len(r.known))]
}

// told checks an answer: data, or user errors with a code.
func (r *race) told(a answer, mutation string) (ok bool) {
	if len(a.Errors) > 0 || a.at(mutation) == nil {
		r.t.Errorf("%s: got %s, want data or user errors", mutation, a.Body)
		return false
	}
	return len(list(a.at(mutation, "userErrors"))) == 0
}

func (r *race) write(random *rand.Rand, writer, step int) {
	name := fmt.Sprintf("w%d-%d", writer, step)
	switch random.IntN(8) {
	case 0:
		a := r.ask(`mutation($input: CreateAccountInput!) { createAccount(input: $input) { account { id } userErrors { code } } }`,
			"input", object{"name": name, "primaryDomain": name + ".com", "parentId": r.any(random)})
		if r.told(a, "createAccount") {
			id := a.at("createAccount", "account", "id").(string)
			r.mutex.Lock()
			r.known, r.made = append(r.known, id), append(r.made, id)
			r.mutex.Unlock()
		}
	case 1:
		var rows []object
		var domains []string
		for i := range 5 {
			input := row{key: fmt.Sprintf("%s-%d", name, i)}
			if i > 0 {
				input.parentKey = fmt.Sprintf("%s-%d", name, random.IntN(i))
			} else {
				input.parent = r.any(random)
			}
			rows, domains = append(rows, input.input()), append(domains, domain(input.key))
		}
		a := r.ask(`mutation($input: CreateAccountsInput!) { createAccounts(input: $input) { results { account { id } } userErrors { code } } }`, "input", object{"accounts": rows})
		if r.told(a, "createAccounts") {
			r.mutex.Lock()
			r.domains = append(r.domains, domains)
			for _, result := range list(a.at("createAccounts", "results")) {
				r.known = append(r.known, at(result, "account", "id").(string))
			}
			r.mutex.Unlock()
		}
	case 2, 3, 4:
		id, to := r.any(random), r.any(random)
		a := r.ask(`mutation($id: ID!, $to: ID, $why: String) { moveAccount(id: $id, parentId: $to, reason: $why) { account { id } userErrors { code } } }`, "id", id, "to", to, "why", name)
		if r.told(a, "moveAccount") {
			r.mutex.Lock()
			r.moves[name] = id
			r.mutex.Unlock()
		}
	case 5:
		var moves []object
		for range 3 {
			moves = append(moves, object{"id": r.any(random), "parentId": r.any(random)})
		}
		r.told(r.ask(`mutation($input: MoveAccountsInput!) { moveAccounts(input: $input) { accounts { id } userErrors { code } } }`, "input", object{"moves": moves}), "moveAccounts")
	case 6:
		children := []string{"REJECT", "REPARENT", "CASCADE"}[random.IntN(3)]
		r.told(r.ask(`mutation($id: ID!, $children: ChildrenOnDelete!) { deleteAccount(id: $id, children: $children) { deletedCount userErrors { code } } }`,
			"id", r.any(random), "children", children), "deleteAccount")
	case 7:
		r.told(r.ask(`mutation($id: ID!) { restoreAccount(id: $id) { restoredCount userErrors { code } } }`, "id", r.any(random)), "restoreAccount")
	}
}

// Whatever 16 writers do at once: no circle, nothing half done, nothing lost that was acknowledged, no internal error.
func TestHierarchyWithManyWriters(t *testing.T) {
	t.Parallel()
	r := &race{server: setup(t), moves: map[string]string{}}
	for _, id := range r.bulk(tree("Start", 3, 3)...) {
		r.known = append(r.known, id)
	}
	slices.Sort(r.known)
	var wait sync.WaitGroup
	for writer := range 16 {
		wait.Go(func() {
			random := rand.New(rand.NewPCG(*seed, uint64(writer)))
			for step := range 15 {
				r.write(random, writer, step)
			}
		})
	}
	wait.Wait()
	r.none("accounts in a circle", `
		WITH RECURSIVE above (start, id, parent_id) AS (
		  SELECT id, id, parent_id FROM accounts
		  UNION SELECT above.start, a.id, a.parent_id FROM above JOIN accounts a ON a.id = above.parent_id)
		SELECT CAST(start AS text) FROM above WHERE start = parent_id`)
	r.none("accounts under a deleted one", `
		SELECT CAST(a.id AS text) FROM accounts a JOIN accounts p ON p.id = a.parent_id WHERE a.deleted_at IS NULL AND p.deleted_at IS NOT NULL`)
	r.none("domains that route to a deleted account", `
		SELECT d.domain FROM account_domains d JOIN accounts a ON a.id = d.account_id WHERE d.is_routing AND a.deleted_at IS NOT NULL`)
	r.none("accounts whose parent is not the one of the last event about it", `
		SELECT a.id || ' ' || coalesce(CAST(a.parent_id AS text), 'none') FROM accounts a
		CROSS JOIN LATERAL (
		  SELECT e.after ->> 'parent_id' AS parent_id FROM events e
		  WHERE e.entity_id = a.id AND e.type IN ('account.created', 'account.moved') ORDER BY e.sequence DESC LIMIT 1) last
		WHERE last.parent_id IS DISTINCT FROM CAST(a.parent_id AS text)`)
	r.none("accounts that are deleted, and not by the last event about it", `
		SELECT CAST(a.id AS text) FROM accounts a
		CROSS JOIN LATERAL (
		  SELECT e.type FROM events e
		  WHERE e.entity_id = a.id AND e.type IN ('account.created', 'account.deleted', 'account.restored') ORDER BY e.sequence DESC LIMIT 1) last
		WHERE (a.deleted_at IS NOT NULL) <> (last.type = 'account.deleted')`)
	r.none("changes of a parent that do not begin where the one before ended", `
		SELECT account_id || ' at ' || changed_at FROM (
		  SELECT c.*, lag(to_id) OVER w AS before, row_number() OVER w AS n FROM parent_changes c WINDOW w AS (PARTITION BY account_id ORDER BY changed_at, id)
		) c WHERE n > 1 AND before IS DISTINCT FROM from_id`)
	for _, id := range r.made {
		r.exists("account "+id, "SELECT count(*) FROM accounts WHERE id = $1", uuidOf(id))
	}
	for _, domains := range r.domains {
		for _, domain := range domains {
			r.exists("domain "+domain, "SELECT count(*) FROM account_domains WHERE domain = $1", domain)
		}
	}
	recorded := 0
	for reason, id := range r.moves {
		var found []string
		if err := r.db.Pool().SelectContext(t.Context(), &found, "SELECT CAST(account_id AS text) FROM parent_changes WHERE reason = $1", reason); err != nil {
			t.Fatal(err)
		}
		recorded += len(found)
		if len(found) > 1 || len(found) == 1 && found[0] != uuidOf(id) {
			t.Errorf("move %s of %s: got %v recorded", reason, uuidOf(id), found)
		}
	}
	if recorded < len(r.moves)/2 {
		t.Errorf("got %d moves recorded of %d acknowledged, want most (all but those to where the account is already)", recorded, len(r.moves))
	}
}

// none checks that a statement finds nothing.
func (s *server) none(what, statement string) {
	s.t.Helper()
	var found []string
	if err := s.db.Pool().SelectContext(s.t.Context(), &found, statement); err != nil {
		s.t.Fatal(err)
	}
	if len(found) > 0 {
		s.t.Errorf("%s: got %d, want none: %.1000v", what, len(found), found)
	}
}

func (s *server) exists(what, statement string, args ...any) {
	s.t.Helper()
	var n int
	if err := s.db.Pool().GetContext(s.t.Context(), &n, statement, args...); err != nil {
		s.t.Fatal(err)
	}
	if n == 0 {
		s.t.Errorf("%s: got nothing, want what was acknowledged", what)
	}
}
