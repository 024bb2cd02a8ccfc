// Command accountgraph serves the account graph: the customer organizations of a B2B platform, as a GraphQL API on PostgreSQL.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/accountgraph/accountgraph/internal/config"
	"github.com/accountgraph/accountgraph/internal/serve"
)

func main() {
	ignoreLibpqVariables()
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	// A closed terminal is a reason to stop, unless the program was started not to mind (nohup).
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	ctx := untilSignal(signals)
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// untilSignal returns a context that ends with the first of the signals. A second one ends the program at once, even if
// it comes before anyone has noticed the first.
func untilSignal(signals []os.Signal) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	arrived := make(chan os.Signal, 2)
	signal.Notify(arrived, signals...)
	go func() {
		<-arrived
		cancel()
		<-arrived
		os.Exit(1)
	}()
	return ctx
}

// ignoreLibpqVariables forgets what PostgreSQL's own programs read (PGHOST, PGSERVICE ...). The driver reads it as well,
// and would connect to somewhere else than the settings say.
func ignoreLibpqVariables() {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "PG") {
			_ = os.Unsetenv(name) // fails for names only that no variable has
		}
	}
}

// run does what the arguments say and returns the exit code: 0, 1 after a sentence on stderr, or 2 if an import left out rows.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	c, err := config.Parse(args, getenv, stdout)
	if err == nil {
		err = execute(ctx, c, stdin, stdout, stderr)
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, serve.ErrRejected):
		return 2 // which rows, and why, has been told
	}
	fmt.Fprintln(stderr, "accountgraph:", err)
	return 1
}

func execute(ctx context.Context, c config.Config, stdin io.Reader, stdout, stderr io.Writer) error {
	program := serve.Program{Config: c, In: stdin, Out: stdout, Log: logger(c, stderr), Version: version()}
	// What these are for goes to stdout, alone, so that a script can take it.
	result := program
	result.Out, result.Result = stderr, stdout
	switch c.Command {
	case config.Serve:
		return program.Serve(ctx)
	case config.Migrate:
		return program.Migrate(ctx)
	case config.Demo:
		return program.LoadDemo(ctx)
	case config.Purge:
		return program.Purge(ctx)
	case config.Import:
		return program.Import(ctx)
	case config.Export:
		return program.Export(ctx)
	case config.OrgCreate:
		return result.CreateOrganization(ctx)
	case config.OrgList:
		return result.ListOrganizations(ctx)
	case config.UserCreate:
		return result.CreateUser(ctx)
	case config.APIKeyCreate:
		return result.CreateAPIKey(ctx)
	case config.APIKeyList:
		return result.ListAPIKeys(ctx)
	case config.APIKeyRevoke:
		return result.RevokeAPIKey(ctx)
	case config.Health:
		return program.Health(ctx)
	case config.Version:
		fmt.Fprintf(stdout, "accountgraph %s, %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	}
	return nil
}

func logger(c config.Config, stderr io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(stderr, options))
	}
	return slog.New(slog.NewTextHandler(stderr, options))
}

// version is the release, or what version control knew when the program was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
