//go:build unix

package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// TestCommands makes an empty database usable, step by step.
func TestCommands(t *testing.T) {
	t.Parallel()
	environment := []string{"DATABASE_URL=" + dbtest.NewEmptyURL(t), "ADDR=127.0.0.1:0"}
	fails(t, environment, []string{"apikey", "create", "x"}, "there is no organization yet", "org create")
	fails(t, environment, []string{"org", "create", " ", "--currency=XYZ"}, "name: can't be blank; defaultCurrency: ")
	id := result(t, environment, "org", "create", "Acme Inc.", "--currency", "eur", "--region", "de")
	if out, _ := output(t, environment, "org", "list"); !strings.Contains(out, id+"  Acme Inc.  EUR       DE\n") {
		t.Errorf("got %s", out)
	}
	user := result(t, environment, "user", "create", "Ann Lee", "ann@acme.com", "--role", "admin")
	if parsed, err := db.ParseID(user); err != nil || parsed.Kind != db.KindUser {
		t.Errorf("got %q, %v, want the id of a user", user, err)
	}
	fails(t, environment, []string{"user", "create", "Ann", "ANN@acme.com"}, "email: another user has the e-mail address")
	key := result(t, environment, "apikey", "create", "Billing", "--expires=90d")
	result(t, environment, "org", "create", "Other")
	fails(t, environment, []string{"apikey", "create", "x"}, "several organizations", "--organization", id)
	fails(t, environment, []string{"apikey", "create", "x", "--organization=nobody"}, `no organization "nobody"`)
	other := result(t, environment, "apikey", "create", "Reports", "--scope=ADMIN", "--organization", "other")

	p := start(t, environment)
	api := p.ready()
	const whose = "{ viewer { role apiKey { name expiresAt } organization { name } } }"
	for text, want := range map[string]string{
		key:   `{"data":{"viewer":{"role":"VIEWER","apiKey":{"name":"Billing","expiresAt":"2`,
		other: `{"data":{"viewer":{"role":"ADMIN","apiKey":{"name":"Reports","expiresAt":null},"organization":{"name":"Other"}}}}`,
	} {
		if got, err := askAs(t.Context(), api, text, "", whose); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	p.stop(syscall.SIGTERM)

	list := func() string {
		out, _ := output(t, environment, "apikey", "list", "--organization", id)
		return out
	}
	if out := list(); !regexp.MustCompile(`(?m)^`+key[:12]+`  Billing  READ +2\d{3}-\d\d-\d\d \d\d:\d\d +2\d{3}-\d\d-\d\d \d\d:\d\d +expires at `).MatchString(out) || strings.Contains(out, "Reports") || strings.Contains(out, key) {
		t.Errorf("got %s", out)
	}
	succeeds(t, environment, []string{"apikey", "revoke", key[:12]}, "Revoked the API key "+key[:12]+" (Billing)")
	if out := list(); !strings.Contains(out, "revoked at ") {
		t.Errorf("got %s", out)
	}
	fails(t, environment, []string{"apikey", "revoke", "agk_00000000"}, "there is no API key with this prefix or id")
	p = start(t, environment)
	if got, err := askAs(t.Context(), p.ready(), key, "", whose); err != nil || !strings.Contains(got, "was revoked") {
		t.Errorf("got %s, %v", got, err)
	}
	p.stop(syscall.SIGTERM)
}

// TestREADMEMakesADatabaseUsable does what the README says about an own PostgreSQL: its commands, on a database of the
// test's and with the test's program, and its request.
func TestREADMEMakesADatabaseUsable(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Your own PostgreSQL\n")
	found := regexp.MustCompile("(?s)```sh\n(.*?)```.*?```sh\n(curl.*?)```.*?```json\n(.*?)```").FindStringSubmatch(section)
	if found == nil {
		t.Fatal("got no commands, no request or no answer in the README")
	}
	address := dbtest.NewEmptyURL(t)
	script := found[1]
	for old, replacement := range map[string]string{
		"go build -o accountgraph .\n": "", "createdb accountgraph\n": "", "./accountgraph &\n": `echo "$KEY"` + "\n",
		"postgres://user:password@localhost/accountgraph": "'" + address + "'",
	} {
		if !strings.Contains(script, old) {
			t.Fatalf("got no %q in\n%s", old, script)
		}
		script = strings.Replace(script, old, replacement, 1)
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "accountgraph")); err != nil {
		t.Fatal(err)
	}
	shell := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
	shell.Dir, shell.Env = dir, settings(nil)
	out, err := shell.Output()
	if err != nil {
		t.Fatalf("%v:\n%s\n%s", err, script, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")

	p := start(t, []string{"DATABASE_URL=" + address, "ADDR=127.0.0.1:0"})
	api := p.ready()
	got := curl(t, found[2], map[string]string{"http://127.0.0.1:8080/graphql": api, "$KEY": lines[len(lines)-1]})
	if got != strings.TrimSpace(found[3]) {
		t.Errorf("got  %s\nwant %s", got, found[3])
	}
	p.stop(syscall.SIGTERM)
}

// curl sends what a command of curl does, with texts replaced, and returns the answer.
func curl(t *testing.T, command string, replaced map[string]string) string {
	t.Helper()
	for old, replacement := range replaced {
		if !strings.Contains(command, old) {
			t.Fatalf("got no %q in %s", old, command)
		}
		command = strings.ReplaceAll(command, old, replacement)
	}
	url := regexp.MustCompile(`http://\S+`).FindString(command)
	data := regexp.MustCompile(`(?s)--data '(.*?)'`).FindStringSubmatch(command)
	if data == nil {
		t.Fatalf("got no data in %s", command)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(data[1]))
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range regexp.MustCompile(`-H ["'](.*?): (.*?)["']`).FindAllStringSubmatch(command, -1) {
		request.Header.Set(header[1], header[2])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}
