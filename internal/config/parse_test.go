package config

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// parse reads a line, split at blanks, and an environment.
func parse(line string, environment map[string]string) (Config, error) {
	return Parse(strings.Fields(line), func(name string) string { return environment[name] }, io.Discard)
}

func TestParseDefaults(t *testing.T) {
	t.Parallel()
	got, err := parse("", nil)
	want := Config{
		Command: Serve, Addr: "127.0.0.1:8080", MaxConnections: 10, StatementCache: 256, Demo: true, Jobs: true,
		ImportRetentionDays: 365, MaxBodyBytes: 4 << 20, MaxUploadBytes: 104857600, UploadTimeout: 5 * time.Minute,
		MaxDepth: 150, MaxTokens: 5000, MaxAliases: 100, MaxRecords: 25000, MaxAnswerBytes: 33_554_432,
		RequestTimeout: 30 * time.Second, HeaderTimeout: 5 * time.Second, ShutdownTimeout: 10 * time.Second,
		PoolWaitTimeout: 5 * time.Second, StatementTimeout: 15 * time.Second, SlowStatement: time.Second,
		Compression: true, Introspection: true, LogFormat: "text", LogLevel: slog.LevelInfo,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, difference (-want +got):\n%s", err, diff)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, line  string
		environment map[string]string
		got         func(Config) any
		want        any
	}{
		{"takes a flag", "--max-depth 7", nil, func(c Config) any { return c.MaxDepth }, 7},
		{"takes a flag after the command", "serve --max-depth=7", nil, func(c Config) any { return c.MaxDepth }, 7},
		{"takes the variable of the same name", "", map[string]string{"MAX_DEPTH": "8"}, func(c Config) any { return c.MaxDepth }, 8},
		{"prefers the flag", "--max-depth=7", map[string]string{"MAX_DEPTH": "8"}, func(c Config) any { return c.MaxDepth }, 7},
		{"takes an empty variable for none", "", map[string]string{"MAX_DEPTH": "", "ADDR": ""}, func(c Config) any { return c.MaxDepth }, 150},
		{"switches off", "--no-demo", nil, func(c Config) any { return c.Demo }, false},
		{"switches off by a variable", "", map[string]string{"INTROSPECTION": "false"}, func(c Config) any { return c.Introspection }, false},
		{"reads times", "--request-timeout=1m30s", nil, func(c Config) any { return c.RequestTimeout }, 90 * time.Second},
		{"reads levels", "", map[string]string{"LOG_LEVEL": "DEBUG"}, func(c Config) any { return c.LogLevel }, slog.LevelDebug},
		{"knows commands", "migrate", nil, func(c Config) any { return c.Command }, Migrate},
		{"knows the command demo beside the setting", "demo --no-demo", nil, func(c Config) any { return c.Command }, Demo},
		{"knows what a command is told", "purge --dry-run --organization=acme", nil, func(c Config) any { return c.Purge }, PurgeOptions{Organization: "acme", DryRun: true}},
		{"takes what a command is told from the line only", "purge", map[string]string{"DRY_RUN": "true", "ORGANIZATION": "acme"}, func(c Config) any { return c.Purge }, PurgeOptions{}},
		{"reads mappings, which may have a comma or more than one =", "import f.csv --map=A,B=name --map==C= --map=D=E=", nil,
			func(c Config) any { return fmt.Sprintf("%q", c.Import.Map) }, `[{"A,B" "name"} {"" "C="} {"D" "E="}]`},
		{"reads lists", "", map[string]string{"CORS_ORIGINS": "https://a.example, http://localhost:3000"}, func(c Config) any { return strings.Join(c.CORSOrigins, " ") }, "https://a.example http://localhost:3000"},
		{"knows that help was asked for", "serve --help --max-depth=x", nil, func(c Config) any { return c.Command }, Help},
		{"lets IPv6 loopback pass", "--addr=[::1]:0", nil, func(c Config) any { return c.Addr }, "[::1]:0"},
		{"lets other addresses pass", "--addr=0.0.0.0:80", nil, func(c Config) any { return c.Addr }, "0.0.0.0:80"},
		{"lets names pass", "--addr=example.com:80", nil, func(c Config) any { return c.Addr }, "example.com:80"},
		{"lets metrics be served anywhere", "--metrics-addr=:9090", nil, func(c Config) any { return c.MetricsAddr }, ":9090"},
		{"reads sizes", "--memory-limit=512MiB", nil, func(c Config) any { return c.MemoryLimit }, 512 << 20},
		{"reads sizes in bytes", "", map[string]string{"MEMORY_LIMIT": "33554432"}, func(c Config) any { return c.MemoryLimit }, 32 << 20},
		{"lets localhost pass", "--addr=localhost:9", nil, func(c Config) any { return c.Addr }, "localhost:9"},
		{"lets several hosts pass", "--database-url=postgres://u:p@a:1,b:2/n", nil, func(c Config) any { return c.DatabaseURL }, "postgres://u:p@a:1,b:2/n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := parse(test.line, test.environment)
			if err != nil {
				t.Fatal(err)
			}
			if got := test.got(c); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestParseProblems(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"--max-depth=x":                          `--max-depth "x" is not a whole number`,
		"--max-depth=0":                          `--max-depth 0 is not between 1 and 100000`,
		"--request-timeout=5":                    `--request-timeout "5" is not a time such as 30s or 1m30s`,
		"--shutdown-timeout=-1s":                 `--shutdown-timeout -1s is not between 0s and 1h0m0s`,
		"--demo=maybe":                           `--demo "maybe" is neither true nor false`,
		"--log-format=xml":                       `--log-format "xml" is none of text, json`,
		"--addr=8080":                            `--addr "8080" is not an address such as 127.0.0.1:8080`,
		"--addr=127.0.0.1:http":                  `--addr "127.0.0.1:http" has no port between 0 and 65535`,
		"--max-dpeth=3":                          `unknown flag --max-dpeth, did you mean "--max-depth"?`,
		"start":                                  `unexpected argument start`,
		"import f.csv --map=name":                `--map: expected COLUMN=FIELD, got "name"`,
		"org":                                    `expected one of "create", "list"`,
		"org create":                             `expected "<name>"`,
		"user create Ann":                        `expected "<email>"`,
		"user create Ann a@b.ch --role=boss":     `--role "boss" is none of admin, manager, member, viewer`,
		"apikey create x --scope=all":            `--scope "all" is none of read, write, admin`,
		"apikey create x --expires=soon":         `--expires "soon" is neither days such as 90d nor a time such as 12h`,
		"apikey create x --expires=-5d":          `--expires "-5d" is neither days such as 90d nor a time such as 12h`,
		"apikey create x --expires=1s":           `--expires 1s is not between 1m and 36500d`,
		"apikey create x --expires=65535d":       `--expires 65535d is not between 1m and 36500d`,
		"apikey create x --scop=read":            `unknown flag --scop`,
		"serve --scope=read":                     `unknown flag --scope`,
		"--database-url=mysql://h/db":            `--database-url is not an address such as postgres://user:password@host:5432/name`,
		"--session-database-url=postgres://h/db": `SESSION_DATABASE_URL is another way to the database of DATABASE_URL, which is not set`,
		"--statement-cache=-1":                   `--statement-cache -1 is not between 0 and 10000`,
		"--cors-origins=*":                       `--cors-origins "*" is not an origin such as https://app.example.com, in lower case and without a path`,
		"--cors-origins=https://a.example,https://b.example/": `--cors-origins "https://b.example/" is not an origin such as https://app.example.com, in lower case and without a path`,
		"--cors-origins=https://*.a.example":                  `--cors-origins "https://*.a.example" is not an origin such as https://app.example.com, in lower case and without a path`,
		"--cors-origins=a.example":                            `--cors-origins "a.example" is not an origin such as https://app.example.com, in lower case and without a path`,
		"--memory-limit=plenty":                               `--memory-limit "plenty" is not a size such as 512MiB`,
		"--memory-limit=512MB":                                `--memory-limit "512MB" is not a size such as 512MiB`,
		"--memory-limit=-1GiB":                                `--memory-limit "-1GiB" is not a size such as 512MiB`,
		"--memory-limit=99999999999GiB":                       `--memory-limit "99999999999GiB" is not a size such as 512MiB`,
		"--memory-limit=31MiB":                                `--memory-limit 31MiB is less than 32MiB`,
		"serve --dry-run":                                     `unknown flag --dry-run`,
		"--metrics-addr=9090":                                 `--metrics-addr "9090" is not an address such as 127.0.0.1:8080`,
		"--otel-exporter-otlp-endpoint=collector:4318":        `--otel-exporter-otlp-endpoint is not an address such as http://127.0.0.1:4318`,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			if _, err := parse(line, nil); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestParseTellsAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := parse("--max-depth=x --nonsense 5 --other=1 --log-level=loud demo", map[string]string{
		"ADDR": "8080", "MAX_RECORDS": "many", "REQUEST_TIMEOUT": "2h", "MAX_DEPTH": "9",
	})
	want := `7 things are wrong with the settings:
  - unknown flag --nonsense
  - unknown flag --other
  - --max-depth "x" is not a whole number
  - --log-level "loud" is none of debug, info, warn, error
  - ADDR "8080" is not an address such as 127.0.0.1:8080
  - MAX_RECORDS "many" is not a whole number
  - REQUEST_TIMEOUT 2h0m0s is not between 1ms and 1h0m0s`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestParseReadsTheEnvironmentAfterABrokenLine(t *testing.T) {
	t.Parallel()
	_, err := parse("--max-depth", map[string]string{"MAX_RECORDS": "many"})
	if err == nil || !strings.Contains(err.Error(), "--max-depth") || !strings.Contains(err.Error(), "MAX_RECORDS") {
		t.Errorf("got %v, want both problems", err)
	}
}

func TestParseCommandsWithOptions(t *testing.T) {
	t.Parallel()
	// Options are no settings: a variable of the same name is somebody else's.
	environment := map[string]string{"ROLE": "nobody", "SCOPE": "all", "EXPIRES": "soon", "ORGANIZATION": "Other", "NAME": "Other", "MAX_DEPTH": "7"}
	for _, test := range []struct {
		args []string
		want Config
	}{
		{[]string{"org", "create", "Acme Inc."}, Config{Command: OrgCreate, OrgCreate: OrgCreateOptions{Name: "Acme Inc.", Currency: "USD", Region: "US"}}},
		{[]string{"org", "create", "Acme", "--currency=EUR", "--region", "DE"}, Config{Command: OrgCreate, OrgCreate: OrgCreateOptions{Name: "Acme", Currency: "EUR", Region: "DE"}}},
		{[]string{"org", "list"}, Config{Command: OrgList}},
		{[]string{"user", "create", "Ann", "ann@acme.com"}, Config{Command: UserCreate, UserCreate: UserCreateOptions{Name: "Ann", Email: "ann@acme.com", Role: "member"}}},
		{[]string{"user", "create", "--role=ADMIN", "Ann", "ann@acme.com", "--organization", "Acme"},
			Config{Command: UserCreate, UserCreate: UserCreateOptions{Name: "Ann", Email: "ann@acme.com", Role: "ADMIN", Organization: "Acme"}}},
		{[]string{"apikey", "create", "Billing"}, Config{Command: APIKeyCreate, APIKeyCreate: APIKeyCreateOptions{Name: "Billing", Scope: "read"}}},
		{[]string{"apikey", "create", "Billing", "--scope", "write", "--expires=90d"},
			Config{Command: APIKeyCreate, APIKeyCreate: APIKeyCreateOptions{Name: "Billing", Scope: "write", Expires: 90 * 24 * time.Hour}}},
		{[]string{"apikey", "create", "Billing", "--expires", "12h30m"}, Config{Command: APIKeyCreate, APIKeyCreate: APIKeyCreateOptions{Name: "Billing", Scope: "read", Expires: 12*time.Hour + 30*time.Minute}}},
		{[]string{"apikey", "list", "--organization=Acme"}, Config{Command: APIKeyList, APIKeyList: APIKeyListOptions{Organization: "Acme"}}},
		{[]string{"apikey", "revoke", "agk_3kd9x0m2"}, Config{Command: APIKeyRevoke, APIKeyRevoke: APIKeyRevokeOptions{Key: "agk_3kd9x0m2"}}},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			t.Parallel()
			got, err := Parse(test.args, func(name string) string { return environment[name] }, io.Discard)
			if err != nil || got.MaxDepth != 7 {
				t.Fatalf("got %v, %v", got, err)
			}
			got = Config{Command: got.Command, OrgCreate: got.OrgCreate, UserCreate: got.UserCreate, APIKeyCreate: got.APIKeyCreate, APIKeyList: got.APIKeyList, APIKeyRevoke: got.APIKeyRevoke}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("difference (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseKeepsThePasswordToItself(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"postgres://u:se%zzcret@host/db", "postgres://u:se/cret@host/db", "postgres://u:secret@host:99999/db",
		"postgres//u:secret@host/db", "secret", "postgres://u:secret@host/db?sslmode=perhaps", "postgres://u:secret@ho st/db",
	} {
		_, err := Parse(nil, func(name string) string { return map[string]string{"DATABASE_URL": address}[name] }, io.Discard)
		if err == nil || !strings.HasPrefix(err.Error(), "DATABASE_URL is not an address") || strings.Contains(err.Error(), "cret") {
			t.Errorf("%s: got %v", address, err)
		}
	}
}

func TestHelpNamesEverySettingAndItsVariable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if _, err := Parse([]string{"--help"}, func(string) string { return "" }, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--addr", "($ADDR)", "--database-url", "($DATABASE_URL)", "($DATA_DIR)", "--[no-]demo", "migrate", "org create <name>", "apikey revoke <prefix|id>", "version"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
}
