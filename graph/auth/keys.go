package auth

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"github.com/accountgraph/accountgraph/db"
)

const (
	// remembered is how long what was found out about a key is taken for true: for so long a key that was revoked may still
	// be let in. That it expires is noticed at once.
	remembered = 30 * time.Second
	// maxRemembered is how many keys are remembered, and as many that are none.
	maxRemembered = 10_000
	// maxStrangers is how many keys that are not remembered are looked up at once: however many wrong ones come, they take no
	// more of the connections to the database.
	maxStrangers = 2
	// strangerWait is how long such a key waits for its turn.
	strangerWait = time.Second
	// lookUpTime is how long a look-up may take.
	lookUpTime = 5 * time.Second
)

// Keys tells whose API keys are. It is safe for concurrent use.
//
// What was found out about a key is remembered for 30 seconds. Keys and what is none are remembered apart, so that wrong
// keys push no right ones out. A look-up is made once for all who wait for it. Those for keys that were right a while ago
// go ahead of all others, of which only a few are made at once.
type Keys struct {
	find   func(context.Context, db.APIKeyHash) (*db.APIKeyHolder, error)
	logger *slog.Logger
	now    func() time.Time

	known     *lru.Cache[db.APIKeyHash, *knownKey]
	unknown   *lru.Cache[db.APIKeyHash, unknownKey]
	lookUps   singleflight.Group
	strangers *semaphore.Weighted
	uses      *recorder
}

// knownKey is a key that lets its holder in.
type knownKey struct {
	viewer db.Viewer
	until  time.Time
	// isRecorded tells that the key's use is noted, or about to be.
	isRecorded atomic.Bool
}

// unknownKey is a key that lets nobody in.
type unknownKey struct {
	reason error
	until  time.Time
}

// NewKeys makes Keys of a database. Close it when nobody verifies any more.
func NewKeys(d *db.DB, logger *slog.Logger) *Keys {
	k := &Keys{find: d.APIKeyByHash, logger: logger, now: time.Now, strangers: semaphore.NewWeighted(maxStrangers), uses: newRecorder(d, logger)}
	k.known, _ = lru.New[db.APIKeyHash, *knownKey](maxRemembered) // fails for sizes below 1
	k.unknown, _ = lru.New[db.APIKeyHash, unknownKey](maxRemembered)
	return k
}

// Close waits until the last uses of keys are recorded. Nil has none.
func (k *Keys) Close() {
	if k != nil {
		k.uses.close()
	}
}

// Verify returns who presents a key. The error is a *db.Error: UNAUTHENTICATED, which says that a key expired or was revoked
// only to one who has it; or UNAVAILABLE, if the database does not answer, or too many keys are being looked up.
// A text that is no key costs no statement, nor does a key that is remembered.
func (k *Keys) Verify(ctx context.Context, text string) (db.Viewer, error) {
	hash, ok := db.HashAPIKey(text)
	if !ok {
		return db.Viewer{}, refused("this is no API key: it is mistyped or incomplete; keys look like agk_xxxxxxxx_ and 39 more characters")
	}
	if key, err := k.recall(hash); err != nil {
		return db.Viewer{}, err
	} else if key != nil {
		return k.enter(key), nil
	}
	answer := k.lookUps.DoChan(string(hash[:]), func() (any, error) {
		// Not the time of the one who happened to ask first, but still its count of statements.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookUpTime)
		defer cancel()
		return k.lookUp(ctx, hash)
	})
	select {
	case <-ctx.Done():
		return db.Viewer{}, unavailable()
	case found := <-answer:
		if found.Err != nil {
			return db.Viewer{}, found.Err
		}
		return k.enter(found.Val.(*knownKey)), nil
	}
}

// recall returns the key, or the reason against it, if it is remembered; else nothing.
func (k *Keys) recall(hash db.APIKeyHash) (*knownKey, error) {
	now := k.now()
	if key, ok := k.known.Get(hash); ok && now.Before(key.until) {
		return key, nil
	}
	if key, ok := k.unknown.Get(hash); ok && now.Before(key.until) {
		return nil, key.reason
	}
	return nil, nil
}

// enter lets the holder of a key in.
func (k *Keys) enter(key *knownKey) db.Viewer {
	if !key.isRecorded.Swap(true) {
		k.uses.record(key.viewer)
	}
	return key.viewer
}

// lookUp asks the database and remembers what it says.
func (k *Keys) lookUp(ctx context.Context, hash db.APIKeyHash) (*knownKey, error) {
	// The look-up of another may have ended since.
	if key, err := k.recall(hash); key != nil || err != nil {
		return key, err
	}
	if !k.known.Contains(hash) {
		waiting, cancel := context.WithTimeout(ctx, strangerWait)
		defer cancel()
		if k.strangers.Acquire(waiting, 1) != nil {
			return nil, unavailable()
		}
		defer k.strangers.Release(1)
	}
	now := k.now() // before the database is asked: what happens meanwhile must not wait for longer than is promised
	holder, err := k.find(ctx, hash)
	if err != nil {
		k.logger.WarnContext(ctx, "API key not checked", "error", err)
		return nil, unavailable()
	}
	if reason := reasonAgainst(holder); reason != nil {
		k.known.Remove(hash)
		k.unknown.Add(hash, unknownKey{reason: reason, until: now.Add(remembered)})
		return nil, reason
	}
	key := &knownKey{viewer: holder.Viewer, until: now.Add(remembered)}
	if holder.ExpiresIn != nil && *holder.ExpiresIn < remembered {
		key.until = now.Add(*holder.ExpiresIn)
	}
	key.isRecorded.Store(holder.IsRecorded)
	k.known.Add(hash, key)
	return key, nil
}

// reasonAgainst tells why a key lets nobody in; nil if it does. Who presents the whole of a key may know what became of it.
func reasonAgainst(holder *db.APIKeyHolder) error {
	switch {
	case holder == nil:
		return refused("the API key is unknown: it was never made here")
	case holder.IsRevoked:
		return refused("the API key was revoked: ask an admin for another")
	case holder.ExpiresIn != nil && *holder.ExpiresIn <= 0:
		return refused("the API key is expired: ask an admin for another")
	default:
		return nil
	}
}

func unavailable() error {
	return &db.Error{Code: db.CodeUnavailable, Message: "API keys can't be checked at the moment: try again"}
}
