package auth

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for scope, role := range map[db.Scope]db.Role{db.ScopeRead: db.RoleViewer, db.ScopeWrite: db.RoleManager, db.ScopeAdmin: db.RoleAdmin} {
		key, text := b.create(scope)
		for range 2 {
			got, err := b.Verify(t.Context(), text)
			if err != nil || got.Organization != b.admin.Organization || *got.APIKey != key.ID || got.Role != role || got.User != nil {
				t.Errorf("%s: got %+v, %v", scope, got, err)
			}
		}
	}
	revoked, revokedText := b.create(db.ScopeRead)
	b.revoke(revoked)
	expired, expiredText := b.create(db.ScopeRead)
	b.expire(expired)
	both, bothText := b.create(db.ScopeRead)
	b.expire(both)
	b.revoke(both)
	_, right := b.create(db.ScopeRead)
	for name, test := range map[string]struct {
		text, words string
		statements  int64
	}{
		"nothing":             {"", "this is no API key", 0},
		"cut":                 {right[:30], "this is no API key", 0},
		"mistyped":            {right[:20] + "uu" + right[22:], "this is no API key", 0},
		"a prefix":            {revoked.Prefix, "this is no API key", 0},
		"another token":       {"eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx_Zmeo", "this is no API key", 0},
		"a megabyte":          {strings.Repeat("x", 1<<20), "this is no API key", 0},
		"made up":             {madeUp(1), "unknown", 1},
		"revoked":             {revokedText, "was revoked", 1},
		"expired":             {expiredText, "is expired", 1},
		"revoked and expired": {bothText, "was revoked", 1},
	} {
		cost, err := b.cost(test.text)
		wantRefused(t, err, db.CodeUnauthenticated, test.words)
		again, err := b.cost(test.text)
		wantRefused(t, err, db.CodeUnauthenticated, test.words)
		if cost != test.statements || again != 0 {
			t.Errorf("%s: got %d statements, then %d, want %d, then none", name, cost, again, test.statements)
		}
	}
}

// TestWhoHasNotTheSecretIsToldNothing presents what can be known of a key without having it.
func TestWhoHasNotTheSecretIsToldNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	key, _ := b.create(db.ScopeRead)
	b.revoke(key)
	guess := madeUp(7)
	_, err := b.Verify(t.Context(), withChecksum(key.Prefix+guess[len(key.Prefix):len(guess)-7]))
	wantRefused(t, err, db.CodeUnauthenticated, "unknown")
}

func TestARevocationWaitsHalfAMinute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	key, text := b.create(db.ScopeRead)
	if cost, err := b.cost(text); err != nil || cost != 1 {
		t.Fatalf("got %d statements, %v, want 1", cost, err)
	}
	b.revoke(key)
	b.pass(30*time.Second - 1)
	if cost, err := b.cost(text); err != nil || cost != 0 {
		t.Errorf("before the time is over: got %d statements, %v, want none", cost, err)
	}
	b.pass(1)
	cost, err := b.cost(text)
	wantRefused(t, err, db.CodeUnauthenticated, "was revoked")
	if cost != 1 {
		t.Errorf("got %d statements, want 1", cost)
	}
}

func TestAKeyExpiresAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	key, text := b.create(db.ScopeRead)
	find := b.find
	b.find = func(ctx context.Context, hash db.APIKeyHash) (*db.APIKeyHolder, error) {
		holder, err := find(ctx, hash)
		left := 10 * time.Second
		holder.ExpiresIn = &left
		return holder, err
	}
	if _, err := b.Verify(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	b.find = find
	b.expire(key)
	b.pass(10*time.Second - 1)
	if _, err := b.Verify(t.Context(), text); err != nil {
		t.Errorf("before the time is over: got %v", err)
	}
	b.pass(1)
	_, err := b.Verify(t.Context(), text)
	wantRefused(t, err, db.CodeUnauthenticated, "is expired")
}

func TestAWrongKeyIsLookedUpAgainAfterHalfAMinute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, want := range []int64{1, 0, 1} {
		cost, err := b.cost(madeUp(1))
		wantRefused(t, err, db.CodeUnauthenticated, "unknown")
		if cost != want {
			t.Errorf("got %d statements, want %d", cost, want)
		}
		if want == 0 {
			b.pass(remembered)
		}
	}
}

// TestWrongKeysDoNotDelayRightOnes lets the look-ups of wrong keys hang.
func TestWrongKeysDoNotDelayRightOnes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, fresh := b.create(db.ScopeRead)
	_, stale := b.create(db.ScopeWrite)
	right := map[db.APIKeyHash]bool{}
	for _, text := range []string{fresh, stale} {
		hash, _ := db.HashAPIKey(text)
		right[hash] = true
	}
	var hanging, most atomic.Int64
	hangs, release := make(chan struct{}, 100), make(chan struct{})
	find := b.find
	b.find = func(ctx context.Context, hash db.APIKeyHash) (*db.APIKeyHolder, error) {
		if right[hash] {
			return find(ctx, hash)
		}
		n := hanging.Add(1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		hangs <- struct{}{}
		<-release
		hanging.Add(-1)
		return nil, nil
	}
	if _, err := b.Verify(t.Context(), stale); err != nil {
		t.Fatal(err)
	}
	b.pass(remembered)
	if _, err := b.Verify(t.Context(), fresh); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for i := range 50 {
		wait.Go(func() {
			_, err := b.Verify(t.Context(), madeUp(i))
			var e *db.Error
			// Those that waited too long for their turn are asked to come again.
			if !errors.As(err, &e) || e.Code != db.CodeUnauthenticated && e.Code != db.CodeUnavailable {
				t.Errorf("got %v", err)
			}
		})
	}
	for range maxStrangers {
		<-hangs
	}
	for name, text := range map[string]string{"remembered": fresh, "remembered for too long": stale} {
		if _, err := b.Verify(t.Context(), text); err != nil {
			t.Errorf("%s: got %v, want it let in", name, err)
		}
	}
	close(release)
	wait.Wait()
	if most.Load() > maxStrangers {
		t.Errorf("got %d look-ups of wrong keys at once, want at most %d", most.Load(), maxStrangers)
	}
}

func TestOneLookUpIsForAll(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, text := b.create(db.ScopeRead)
	var count atomic.Int64
	find := b.find
	release := make(chan struct{})
	b.find = func(ctx context.Context, hash db.APIKeyHash) (*db.APIKeyHolder, error) {
		count.Add(1)
		<-release
		return find(ctx, hash)
	}
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%2 == 0 {
				cancel() // who gives up does not take the answer from the others
			}
			_, err := b.Verify(ctx, text)
			if i%2 == 1 && err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
	close(release)
	wait.Wait()
	if count.Load() != 1 {
		t.Errorf("got %d look-ups, want 1", count.Load())
	}
}

func TestWrongKeysPushNoRightOnesOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, text := b.create(db.ScopeRead)
	if _, err := b.Verify(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	b.find = func(context.Context, db.APIKeyHash) (*db.APIKeyHolder, error) { return nil, nil }
	for i := range maxRemembered + 100 {
		_, err := b.Verify(t.Context(), madeUp(i))
		wantRefused(t, err, db.CodeUnauthenticated, "unknown")
	}
	if b.unknown.Len() != maxRemembered {
		t.Errorf("got %d wrong keys remembered, want %d", b.unknown.Len(), maxRemembered)
	}
	if _, err := b.Verify(t.Context(), text); err != nil {
		t.Errorf("got %v, want it remembered", err)
	}
}

func TestKeysThatCannotBeCheckedAreNotRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, text := b.create(db.ScopeRead)
	find := b.find
	b.find = func(context.Context, db.APIKeyHash) (*db.APIKeyHolder, error) {
		return nil, errors.New("password authentication failed")
	}
	_, err := b.Verify(t.Context(), text)
	wantRefused(t, err, db.CodeUnavailable, "try again")
	b.find = find
	if _, err := b.Verify(t.Context(), text); err != nil {
		t.Errorf("once the database is back: got %v", err)
	}
}

func TestUsesAreRecorded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	key, text := b.create(db.ScopeRead)
	// use verifies twice, as a server does that was started anew, and returns when the key was used last.
	use := func() time.Time {
		t.Helper()
		k := b.keys()
		for range 2 {
			if _, err := k.Verify(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		k.Close()
		found, err := b.db.APIKeysByID(t.Context(), b.admin, []db.APIKeyID{key.ID})
		if err != nil || found[key.ID].LastUsedAt == nil {
			t.Fatalf("got %v, %v, want a last use", found[key.ID], err)
		}
		return *found[key.ID].LastUsedAt
	}
	first := use()
	b.run("UPDATE api_keys SET last_used_at = now() - interval '61 seconds'")
	if got := use(); got.Before(first) {
		t.Errorf("got %v, want a later time", got)
	}
	b.run("UPDATE api_keys SET last_used_at = now() + interval '1 hour'") // within the last minute, however slow this test is
	if got := use(); !got.After(first.Add(30 * time.Minute)) {
		t.Errorf("got %v, want it left as it was: at most once a minute", got)
	}
	b.run(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$`)
	b.run(`CREATE TRIGGER refuse BEFORE UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION refuse()`)
	b.pass(time.Hour)
	use() // is let in all the same
}

// TestKeysAreSafeForConcurrentUse is for the race detector.
func TestKeysAreSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var texts []string
	for range 4 {
		_, text := b.create(db.ScopeWrite)
		texts = append(texts, text)
	}
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			for j := range 50 {
				text, wrong := texts[(i+j)%len(texts)], j%5 == 0
				if wrong {
					text = madeUp(i*1000 + j)
				}
				v, err := b.Verify(t.Context(), text)
				if wrong == (err == nil) || !wrong && v.APIKey == nil {
					t.Errorf("got %+v, %v", v, err)
				}
				b.pass(time.Second)
			}
		})
	}
	wait.Wait()
}

func BenchmarkVerify(b *testing.B) {
	bundle := setup(b)
	_, right := bundle.create(db.ScopeRead)
	for name, text := range map[string]string{"Remembered": right, "RememberedAsWrong": madeUp(1), "Mistyped": right[:51] + "!"} {
		b.Run(name, func(b *testing.B) {
			ctx := context.Background()
			_, _ = bundle.Verify(ctx, text)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = bundle.Verify(ctx, text)
			}
		})
	}
}
