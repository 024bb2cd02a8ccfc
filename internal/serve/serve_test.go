package serve

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/accountgraph/accountgraph/db"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	d := &database{url: "postgres://ann:secret@db.example:5433/crm"}
	if err := d.locate(); err != nil {
		t.Fatal(err)
	}
	const begin = "DATABASE_URL names the database crm at db.example:5433, but "
	refused := func(code, message string) error {
		return fmt.Errorf("migrate: %w", &pq.Error{Code: pqerror.Code(code), Message: message})
	}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"wrong password": {refused("28P01", "no"), begin + "it refuses the user ann: check name and password (no)"},
		"no database":    {refused("3D000", "no"), begin + "there is no such database: create it, or name another"},
		"no right":       {refused("42501", "permission denied\nfor schema public"), begin + "the user ann lacks a right: grant it (permission denied for schema public)"},
		"a replica":      {refused("25006", "no"), begin + "it only reads: name a primary server"},
		"too many":       {refused("53300", "too many clients"), begin + "it takes no connections now: try again later (too many clients)"},
		"starting":       {refused("57P03", "starting up"), begin + "it takes no connections now: try again later (starting up)"},
		"a full disk":    {refused("53100", "could not extend file"), "the database crm at db.example:5433 has no space left on its disk: make room, and do the same again (could not extend file)"},
		"another reason": {refused("XX000", "odd"), begin + "odd"},
		"no TLS":         {pq.ErrSSLNotSupported, begin + "it does not offer TLS: add ?sslmode=disable to the address if that is meant to be"},
		"certificate":    {&tls.CertificateVerificationError{Err: errors.New("unknown authority")}, begin + "its certificate is not trusted (unknown authority)"},
		"unknown name":   {&net.OpError{Op: "dial", Err: &net.DNSError{}}, begin + "the host's name is not known"},
		"closed port":    {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, begin + "nothing answers there (connection refused)"},
		"silence":        {fmt.Errorf("connect: %w", context.DeadlineExceeded), begin + "PostgreSQL does not answer there in time"},
		"reset":          {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, begin + "the connection broke off (connection reset by peer)"},
		"nonsense":       {io.EOF, begin + "what answers there is not PostgreSQL"},
		"newer schema":   {fmt.Errorf("%w (9)", db.ErrNewerSchema), "the database was migrated by a newer version of accountgraph (9): use that version, or another database"},
		"something else": {errors.New("first\nsecond"), "first second"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := d.explain(test.err).Error(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestLocateAddsWhatIsNotSaid(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"postgres://u:p@h/d":                                   "connect_timeout=10&sslmode=prefer",
		"postgres://u:p@h/d?sslmode=disable":                   "connect_timeout=10&sslmode=disable",
		"postgres://u:p@h/d?connect_timeout=3":                 "connect_timeout=3&sslmode=prefer",
		"postgres://u:p@h/d?connect_timeout=3&sslmode=require": "connect_timeout=3&sslmode=require",
		"postgres://u:p@h1:1,h2:2/d":                           "connect_timeout=10&sslmode=prefer",
	} {
		d := &database{url: given}
		if err := d.locate(); err != nil {
			t.Errorf("%s: %v", given, err)
		}
		before, _, _ := strings.Cut(given, "?")
		if d.url != before+"?"+want {
			t.Errorf("%s: got %s, want %s", given, d.url, want)
		}
	}
}

func TestProgressIsALineForEachPart(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := newProgress(&out, "Loading")
	p.report(0, 10, "accounts")
	p.report(5, 10, "accounts")
	p.report(7, 10, "contacts")
	p.report(8, 10, "accounts")
	p.end(true)
	want := regexp.MustCompile(`^Loading: accounts\nLoading: contacts\nLoading: done in \d+\.\d s\n$`)
	if !want.MatchString(out.String()) {
		t.Errorf("got %q", out.String())
	}
}

func TestProgressOnATerminalIsOneLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := newProgress(&out, "Loading")
	p.terminal = true
	p.report(18434, 36868, "accounts")
	want := "\r\x1b[KLoading [===============               ] 18,434 of 36,868  accounts"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	p.report(36868, 36868, "36868 accounts")
	p.end(true)
	if !strings.Contains(out.String(), "\r\x1b[KLoading: 36868 accounts\nLoading: done in ") {
		t.Errorf("got %q", out.String())
	}
}

func TestThousands(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 36868: "36,868", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := thousands(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestStateOfAKey(t *testing.T) {
	t.Parallel()
	past, future := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC), time.Date(2999, 2, 3, 4, 5, 6, 0, time.FixedZone("", 3600))
	for want, key := range map[string]*db.APIKey{
		"does not expire":                 {},
		"expires at 2999-02-03 03:05 UTC": {ExpiresAt: &future},
		"expired at 2001-02-03 04:05":     {ExpiresAt: &past},
		"revoked at 2001-02-03 04:05":     {ExpiresAt: &future, RevokedAt: &past},
	} {
		if got := state(key); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
