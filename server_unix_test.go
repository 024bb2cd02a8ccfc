//go:build unix

package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/internal/eventually"
)

const inrae = `{ accountByEmail(email: "someone@inrae.fr") { childCount } }`

// TestEmbeddedDatabase lives through what happens to a data folder, from the first start on.
func TestEmbeddedDatabase(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	environment := []string{"DATA_DIR=" + dir, "ADDR=127.0.0.1:0"}
	first := start(t, environment)
	api := first.ready()
	t.Run("the first start says where to look, and what it says works", func(t *testing.T) {
		example := curlBody.FindStringSubmatch(first.output())
		if example == nil || example[1] != api {
			t.Fatalf("no example in\n%s", first.output())
		}
		var body struct{ Query string }
		if err := json.Unmarshal([]byte(example[2]), &body); err != nil {
			t.Fatal(err)
		}
		if got := query(t, api, body.Query); !strings.Contains(got, `"childCount":305`) {
			t.Errorf("%s: got %s", body.Query, got)
		}
		base := strings.TrimSuffix(api, "graphql")
		for path, want := range map[string]string{"": "<html", "healthz": `"ok"`, "readyz": `"ok"`} {
			if status, text := get(t, base+path); status != 200 || !strings.Contains(text, want) {
				t.Errorf("/%s: got %d %.200s, want %s", path, status, text, want)
			}
		}
	})
	t.Run("PostgreSQL does not run as root", func(t *testing.T) {
		status, err := os.ReadFile("/proc/" + strconv.Itoa(postmaster(t, dir)) + "/status")
		if err != nil {
			t.Skip("no /proc to look at:", err)
		}
		if regexp.MustCompile(`(?m)^(Uid|Gid):.*\b0\b`).Match(status) {
			t.Errorf("it does:\n%s", status)
		}
	})
	t.Run("a second server on the same folder is told who holds it", func(t *testing.T) {
		fails(t, environment, nil, "in use by another accountgraph", strings.TrimSuffix(api, "/graphql"))
	})
	t.Run("keys are made beside it, and let in", func(t *testing.T) {
		key := result(t, environment, "apikey", "create", "Beside", "--organization", "Another Tenant")
		const whose = "{ viewer { apiKey { name } organization { name } } }"
		if got, err := askAs(t.Context(), api, key, "", whose); err != nil || !strings.Contains(got, `"name":"Beside"},"organization":{"name":"Another Tenant"`) {
			t.Errorf("got %s, %v", got, err)
		}
		if got, err := askAs(t.Context(), api, key, "crm.example.com", whose); err != nil || !strings.Contains(got, `"FORBIDDEN"`) {
			t.Errorf("by another name: got %s, %v", got, err)
		}
	})
	t.Run("Ctrl-C stops everything", func(t *testing.T) {
		pid := postmaster(t, dir)
		first.stop(syscall.SIGINT)
		if exists(pid) {
			t.Errorf("PostgreSQL %d still runs", pid)
		}
	})
	t.Run("the next start answers within three seconds", func(t *testing.T) {
		var took time.Duration
		for range 4 { // a busy machine may be slow at times
			begin := time.Now()
			p := start(t, environment)
			if got := query(t, p.ready(), inrae); !strings.Contains(got, `"childCount":305`) {
				t.Errorf("got %s", got)
			}
			took = time.Since(begin)
			t.Logf("answered after %v", took.Round(time.Millisecond))
			p.stop(syscall.SIGTERM)
			if took <= 3*time.Second {
				return
			}
		}
		t.Errorf("the last of several starts took %v, want at most 3s", took)
	})
	t.Run("a killed server", func(t *testing.T) {
		p := start(t, environment)
		pid := postmasterOf(p, dir)
		p.signal(syscall.SIGKILL)
		p.wait()
		recovers(t, environment)
		if exists(pid) {
			t.Errorf("the former PostgreSQL %d still runs", pid)
		}
	})
	t.Run("a killed PostgreSQL", func(t *testing.T) {
		p := start(t, environment)
		if err := syscall.Kill(postmasterOf(p, dir), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if code := p.wait(); code != 1 || !strings.Contains(p.output(), "accountgraph: PostgreSQL stopped by itself") {
			t.Errorf("got exit code %d, want 1 and a sentence", code)
		}
		recovers(t, environment)
	})
}

// postmasterOf waits until a server is ready and returns the process id of its PostgreSQL.
func postmasterOf(p *program, dir string) int {
	p.t.Helper()
	p.ready()
	return postmaster(p.t, dir)
}

// recovers checks that a server starts, with all its data, and stops.
func recovers(t *testing.T, environment []string) {
	t.Helper()
	p := start(t, environment)
	if got := query(t, p.ready(), inrae); !strings.Contains(got, `"childCount":305`) {
		t.Errorf("got %s", got)
	}
	p.stop(syscall.SIGTERM)
}

// TestOwnDatabase is about a database that DATABASE_URL names.
func TestOwnDatabase(t *testing.T) {
	t.Parallel()
	// Without sslmode, which most people leave out: the server has no TLS.
	address, _, _ := strings.Cut(dbtest.NewEmptyURL(t), "?")
	environment := []string{"DATABASE_URL=" + address, "ADDR=127.0.0.1:0", "DATA_DIR=/dev/null/must/not/be/used"}
	succeeds(t, environment, []string{"migrate"}, "The schema is at version")
	t.Run("without the demo nobody is let in", func(t *testing.T) {
		p := start(t, environment, "--no-demo")
		if got := query(t, p.ready(), inrae); !strings.Contains(got, `"UNAUTHENTICATED"`) {
			t.Errorf("got %s", got)
		}
		p.waitFor("There is no organization yet")
		p.stop(syscall.SIGTERM)
	})
	succeeds(t, environment, []string{"demo"}, "Loading the demo: done")
	succeeds(t, environment, []string{"demo"}, "The demo is there already")

	p := start(t, environment, "--no-demo", "--log-format=json", "--log-level=debug")
	if got := query(t, p.ready(), inrae); !strings.Contains(got, `"childCount":305`) {
		t.Errorf("got %s", got)
	}
	if strings.Contains(p.output(), "Starting PostgreSQL") {
		t.Error("PostgreSQL was started")
	}
	p.waitFor(`"msg":"request"`)
	p.stop(syscall.SIGTERM)

	t.Run("off loopback the demo does not let anybody in", func(t *testing.T) {
		p := start(t, append(environment, "ADDR=0.0.0.0:0"))
		api := p.ready()
		if got := query(t, api, inrae); !strings.Contains(got, `"UNAUTHENTICATED"`) || !strings.HasPrefix(api, "http://127.0.0.1:") {
			t.Errorf("%s: got %s, want the address of this machine", api, got)
		}
		p.waitFor("There is no active key yet")
		p.waitFor("put a proxy with TLS in front")
		key := result(t, environment, "apikey", "create", "Demo", "--organization", "Demo")
		for _, host := range []string{"", "crm.example.com"} {
			if got, err := askAs(t.Context(), api, key, host, inrae); err != nil || !strings.Contains(got, `"childCount":305`) {
				t.Errorf("%q: got %s, %v", host, got, err)
			}
		}
		p.stop(syscall.SIGTERM)
	})
	t.Run("those who watch are told", func(t *testing.T) {
		p := start(t, append(environment, "METRICS_ADDR=127.0.0.1:0", "SLOW_STATEMENT=1ns"))
		api := p.ready()
		if got := query(t, api, "query Look "+inrae); !strings.Contains(got, `"childCount":305`) {
			t.Errorf("got %s", got)
		}
		address := regexp.MustCompile(`http://\S+/metrics`).FindString(p.output())
		if status, text := get(t, address); status != 200 || !strings.Contains(text, `accountgraph_requests_total{code="OK",operation="Look",type="query"} 1`) {
			t.Errorf("metrics at %q: got %d %s", address, status, text)
		}
		p.waitFor("operation_name=Look")
		p.waitFor("slow statement")
		served := strings.TrimSuffix(strings.TrimPrefix(api, "http://"), "/graphql")
		succeeds(t, []string{"ADDR=" + served}, []string{"health"}, `{"status":"ok"}`)
		p.stop(syscall.SIGTERM)
		fails(t, []string{"ADDR=" + served}, []string{"health"}, "no server answers")
		fails(t, append(environment, "METRICS_ADDR="+takenPort(t)), nil, "the metrics can't be served", "METRICS_ADDR")
	})
	t.Run("requests under way end before the server does", func(t *testing.T) {
		p := start(t, environment)
		answer, release := askAndWait(t, address, p.ready())
		p.signal(syscall.SIGTERM)
		p.waitFor("msg=stopping")
		release()
		if got := <-answer; !strings.Contains(got, `"childCount":305`) {
			t.Errorf("got %s, want the whole answer", got)
		}
		if code := p.wait(); code != 0 {
			t.Errorf("exit code %d, want 0", code)
		}
	})
	t.Run("requests that do not end in time are broken off", func(t *testing.T) {
		p := start(t, append(environment, "SHUTDOWN_TIMEOUT=10ms"))
		answer, release := askAndWait(t, address, p.ready())
		defer release()
		p.stop(syscall.SIGINT)
		if got := <-answer; strings.Contains(got, `"childCount":305`) {
			t.Errorf("got %s, want no answer", got)
		}
	})
	t.Run("balancers have time to notice the end", func(t *testing.T) {
		p := start(t, append(environment, "SHUTDOWN_DELAY=1h"))
		api := p.ready()
		p.signal(syscall.SIGTERM)
		ready := strings.TrimSuffix(api, "graphql") + "readyz"
		eventually.So(t, "/readyz says that the server stops", func() bool {
			status, text := get(t, ready)
			return status == http.StatusServiceUnavailable && strings.Contains(text, "stopping")
		})
		if got := query(t, api, inrae); !strings.Contains(got, `"childCount":305`) {
			t.Errorf("got %s, want requests answered meanwhile", got)
		}
		p.signal(syscall.SIGTERM)
		p.wait()
	})
	t.Run("a second Ctrl-C ends at once", func(t *testing.T) {
		p := start(t, append(environment, "SHUTDOWN_TIMEOUT=1h", "REQUEST_TIMEOUT=1h"))
		_, release := askAndWait(t, address, p.ready())
		defer release()
		p.signal(syscall.SIGINT)
		p.waitFor("msg=stopping")
		p.signal(syscall.SIGINT)
		if code := p.wait(); code == 0 {
			t.Error("exit code 0, want another: it did not end in order")
		}
	})
}

// askAndWait sends a query that waits until release is called, for a lock in the database.
func askAndWait(t *testing.T, address, api string) (answer <-chan string, release func()) {
	t.Helper()
	d := dbtest.Open(t, address+"?sslmode=disable")
	tx, err := d.Pool().BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	release = func() { _ = tx.Rollback() }
	t.Cleanup(release)
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE account_domains IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	answers := make(chan string, 1)
	go func() {
		text, err := ask(t.Context(), api, inrae)
		if err != nil {
			text = err.Error()
		}
		answers <- text
	}()
	waiting := func() (n int) {
		if err := d.Pool().GetContext(t.Context(), &n, `
			SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessShareLock' AND relation = 'account_domains'::regclass
				AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`); err != nil {
			t.Fatal(err)
		}
		return n
	}
	eventually.So(t, "the query waits for the lock", func() bool { return waiting() > 0 })
	return answers, release
}

// fails checks that the program ends with exit code 1 and one sentence on one line, which has the words.
func fails(t *testing.T, environment, args []string, words ...string) *program {
	t.Helper()
	p := start(t, environment, args...)
	if code := p.wait(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	lines := strings.Split(strings.TrimSpace(p.output()), "\n")
	sentence := lines[len(lines)-1]
	t.Log(sentence)
	for _, word := range append(words, "accountgraph: ") {
		if !strings.Contains(sentence, word) {
			t.Errorf("no %q in the last line of\n%s", word, p.output())
		}
	}
	if len(lines) > 2 || strings.Contains(p.output(), "goroutine") {
		t.Errorf("want one sentence, got\n%s", p.output())
	}
	return p
}

func succeeds(t *testing.T, environment, args []string, word string) {
	t.Helper()
	p := start(t, environment, args...)
	if code := p.wait(); code != 0 || !strings.Contains(p.output(), word) {
		t.Fatalf("exit code %d, want 0 and %q:\n%s", code, word, p.output())
	}
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	succeeds(t, nil, []string{"version"}, runtime.Version())
	succeeds(t, nil, []string{"--help"}, "($DATABASE_URL)")
}

func TestFailures(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := takenPort(t)
	for name, test := range map[string]struct {
		environment []string
		words       []string
	}{
		"port taken":          {[]string{"ADDR=" + taken, "DATA_DIR=" + folder(t)}, []string{taken + " is taken"}},
		"folder is a file":    {[]string{"ADDR=127.0.0.1:0", "DATA_DIR=" + file}, []string{file, "is a file"}},
		"folder not writable": {[]string{"ADDR=127.0.0.1:0", "DATA_DIR=/proc/accountgraph"}, []string{"/proc/accountgraph", "cannot be made"}},
		"no PostgreSQL":       {[]string{"ADDR=127.0.0.1:0", "DATA_DIR=" + folder(t), "POSTGRES_DIR=" + t.TempDir()}, []string{"no PostgreSQL"}},
		"unparsable URL":      {[]string{"DATABASE_URL=db.example.com"}, []string{"DATABASE_URL is not an address"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fails(t, test.environment, nil, test.words...)
		})
	}
}

func TestAllSettingsThatAreWrong(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"ADDR=nowhere", "MAX_DEPTH=deep"}, "--max-tokens=few", "--nonsense")
	if code := p.wait(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	for _, word := range []string{"4 things", "ADDR", "MAX_DEPTH", "--max-tokens", "--nonsense"} {
		if !strings.Contains(p.output(), word) {
			t.Errorf("no %s in\n%s", word, p.output())
		}
	}
}

// TestDatabaseOfSomebodyElse is about a database with organizations that are not the demo's.
func TestDatabaseOfSomebodyElse(t *testing.T) {
	t.Parallel()
	address := dbtest.NewURL(t)
	d := dbtest.Open(t, address)
	dbtest.Organization(t, d, "Customer")
	p := start(t, []string{"DATABASE_URL=" + address, "ADDR=127.0.0.1:0"})
	if got := query(t, p.ready(), "{ organization { name } }"); !strings.Contains(got, `"UNAUTHENTICATED"`) {
		t.Errorf("got %s", got)
	}
	p.waitFor("There is no active key yet")
	p.stop(syscall.SIGTERM)
	if organizations, err := d.AllOrganizations(t.Context()); err != nil || len(organizations) != 1 {
		t.Errorf("got %v, %v, want no demo", organizations, err)
	}
}

func TestNewerSchema(t *testing.T) {
	t.Parallel()
	address := dbtest.NewURL(t)
	d := dbtest.Open(t, address)
	if _, err := d.Pool().ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)"); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"serve", "migrate", "demo", "org list"} {
		fails(t, []string{"DATABASE_URL=" + address, "ADDR=127.0.0.1:0"}, strings.Fields(command), db.ErrNewerSchema.Error(), "9999")
	}
}

func TestWrongDatabaseURL(t *testing.T) {
	t.Parallel()
	right, err := url.Parse(dbtest.NewEmptyURL(t))
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	for name, test := range map[string]struct {
		change func(u *url.URL)
		word   string
	}{
		"nothing there":   {func(u *url.URL) { u.Host = "127.0.0.1:1" }, "nothing answers there"},
		"unknown host":    {func(u *url.URL) { u.Host = "accountgraph.invalid" }, "name is not known"},
		"not PostgreSQL":  {func(u *url.URL) { u.Host, u.RawQuery = web.Listener.Addr().String(), "connect_timeout=1" }, "does not answer there"},
		"wrong password":  {func(u *url.URL) { u.User = url.UserPassword("nobody-there", "secret") }, "refuses the user nobody-there"},
		"missing":         {func(u *url.URL) { u.Path = "/not-there" }, "there is no such database"},
		"without its TLS": {func(u *url.URL) { u.RawQuery = "sslmode=require" }, "does not offer TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong := *right
			test.change(&wrong)
			p := fails(t, []string{"DATABASE_URL=" + wrong.String(), "ADDR=127.0.0.1:0"}, nil, "DATABASE_URL names the database", test.word)
			if password, _ := wrong.User.Password(); password != "" && strings.Contains(p.output(), password) {
				t.Error("the password is told")
			}
		})
	}
}
