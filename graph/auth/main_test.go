package auth

import (
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// bundle is a database with an organization, and Keys whose clock stands still until it is moved.
type bundle struct {
	*Keys
	t      testing.TB
	db     *db.DB
	admin  db.Viewer
	passed atomic.Int64 // of the clock, since the beginning
}

func setup(t testing.TB) *bundle {
	t.Helper()
	d := dbtest.New(t)
	b := &bundle{t: t, db: d, admin: dbtest.Organization(t, d, "Acme")}
	b.Keys = b.keys()
	t.Cleanup(b.Keys.Close)
	return b
}

// keys are Keys that remember nothing yet.
func (b *bundle) keys() *Keys {
	k := NewKeys(b.db, slog.New(slog.DiscardHandler))
	begin := time.Now()
	k.now = func() time.Time { return begin.Add(time.Duration(b.passed.Load())) }
	return k
}

func (b *bundle) pass(d time.Duration) { b.passed.Add(int64(d)) }

// create makes a key and returns it with its text.
func (b *bundle) create(scope db.Scope) (*db.APIKey, string) {
	b.t.Helper()
	key, text, err := b.db.CreateAPIKey(b.t.Context(), b.admin, db.CreateAPIKeyInput{Name: string(scope), Scope: scope})
	if err != nil {
		b.t.Fatal(err)
	}
	return key, text
}

func (b *bundle) run(text string, args ...any) {
	b.t.Helper()
	if _, err := b.db.Pool().ExecContext(b.t.Context(), text, args...); err != nil {
		b.t.Fatalf("%s: %v", text, err)
	}
}

// expire lets the time of a key be over by the database's clock.
func (b *bundle) expire(key *db.APIKey) {
	b.t.Helper()
	b.run("UPDATE api_keys SET created_at = now() - interval '2 days', expires_at = now() - interval '1 day' WHERE id = $1", key.ID)
}

func (b *bundle) revoke(key *db.APIKey) {
	b.t.Helper()
	if _, err := b.db.RevokeAPIKey(b.t.Context(), b.admin, key.ID); err != nil {
		b.t.Fatal(err)
	}
}

// cost verifies a key and returns how many statements that took.
func (b *bundle) cost(text string) (int64, error) {
	ctx, statements := db.WithStatements(b.t.Context())
	_, err := b.Verify(ctx, text)
	return statements.Count(), err
}

// madeUp is a text that is a key in all but that it was never made.
func madeUp(n int) string {
	return withChecksum(fmt.Sprintf("agk_%08d_%032d", n, n))
}

func withChecksum(text string) string {
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text)))
	return text + base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding).EncodeToString(sum)
}

// wantRefused checks that an error says why nobody is let in.
func wantRefused(t testing.TB, err error, code db.Code, words string) {
	t.Helper()
	var e *db.Error
	if !errors.As(err, &e) || e.Code != code || !strings.Contains(e.Message, words) {
		t.Errorf("got %v, want %s: %s", err, code, words)
	}
}
