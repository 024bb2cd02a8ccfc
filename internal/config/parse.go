package config

import (
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Problems are all that is wrong with the settings, a sentence each.
type Problems []string

// Error is the only problem, or a list of all.
func (p Problems) Error() string {
	if len(p) == 1 {
		return p[0]
	}
	return fmt.Sprintf("%d things are wrong with the settings:\n  - %s", len(p), strings.Join(p, "\n  - "))
}

// Parse reads the settings from the arguments of the program (without its name) and, for those that are not among
// them, from the environment, where an empty variable is none. It writes the help text to stdout if that is asked
// for. The error is Problems.
func Parse(args []string, getenv func(string) string, stdout io.Writer) (Config, error) {
	p := &parser{getenv: getenv}
	line := &commands{}
	k, err := p.kong(line, stdout)
	if err != nil {
		return Config{}, fmt.Errorf("describe the command line: %w", err)
	}
	rest, unknown := knownOnly(k, args)
	p.problems = append(p.problems, unknown...)
	found, err := k.Parse(rest)
	switch {
	case p.helped:
		return Config{Command: Help}, nil
	case err != nil:
		p.problems = append(p.problems, err.Error())
		// What follows the problem on the line was not read. The environment still can be.
		_, _ = k.Parse(nil)
	}
	if line.SessionDatabaseURL != "" && line.DatabaseURL == "" {
		p.problems = append(p.problems, "SESSION_DATABASE_URL is another way to the database of DATABASE_URL, which is not set")
	}
	if len(p.problems) > 0 {
		return Config{}, p.problems
	}
	return line.config(Command(found.Selected().Path())), nil
}

// parser lets kong go on after a bad value, so that all of them are told.
type parser struct {
	getenv   func(string) string
	problems Problems
	helped   bool
}

func (p *parser) kong(line *commands, stdout io.Writer) (*kong.Kong, error) {
	options := []kong.Option{
		kong.Name("accountgraph"),
		kong.Description("The account graph of a CRM, as a GraphQL API on PostgreSQL."),
		kong.Writers(stdout, io.Discard),
		kong.Exit(func(int) { p.helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100}),
		kong.ValueFormatter(formatHelp),
		kong.Resolvers(kong.ResolverFunc(p.resolve)),
	}
	for _, value := range []any{"", 0, false, time.Duration(0), slog.LevelInfo, []string(nil)} {
		var mapper kong.Mapper = mapper{p}
		if reflect.TypeOf(value).Kind() == reflect.Bool {
			mapper = boolMapper{mapper}
		}
		options = append(options, kong.TypeMapper(reflect.TypeOf(value), mapper))
	}
	return kong.New(line, options...)
}

// variable is the environment variable of a flag.
func variable(flag string) string { return strings.ToUpper(strings.ReplaceAll(flag, "-", "_")) }

func formatHelp(v *kong.Value) string {
	if !isSetting(v.Flag) {
		return v.Help
	}
	return v.Help + " ($" + variable(v.Name) + ")"
}

// isSetting tells whether a flag has an environment variable: options of a command have none, and help has not.
func isSetting(flag *kong.Flag) bool {
	return flag != nil && flag.Name != "help" && !flag.Tag.Has("option")
}

// fromEnvironment marks where a text comes from.
type fromEnvironment string

func (p *parser) resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !isSetting(flag) {
		return nil, nil
	}
	if text := p.getenv(variable(flag.Name)); text != "" {
		return fromEnvironment(text), nil
	}
	return nil, nil
}

// mapper reads the value of a flag. What is wrong with it is a problem of the parser, and no error to kong, which
// would stop at it.
type mapper struct{ *parser }

// Decode reads a value.
func (m mapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("value")
	if err != nil {
		return err
	}
	name, text := "--"+ctx.Value.Name, ""
	if ctx.Value.Flag == nil {
		name = "<" + ctx.Value.Name + ">"
	}
	switch value := token.Value.(type) {
	case fromEnvironment:
		name, text = variable(ctx.Value.Name), string(value)
	default:
		text = fmt.Sprint(value)
	}
	value, err := read(text, target.Interface(), ctx.Value.Tag)
	if err != nil {
		m.problems = append(m.problems, name+" "+err.Error())
		return nil
	}
	target.Set(reflect.ValueOf(value))
	return nil
}

// boolMapper is for flags that may stand without a value.
type boolMapper struct{ kong.Mapper }

// IsBool tells kong that there may be no value.
func (boolMapper) IsBool() bool { return true }

// Decode reads a value, which is true if there is none.
func (m boolMapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	if ctx.Scan.Peek().Type == kong.FlagValueToken {
		return m.Mapper.Decode(ctx, target)
	}
	target.SetBool(true)
	return nil
}

// knownOnly takes the flags that do not exist out of the arguments, with their values, and tells kong's opinion on each.
func knownOnly(k *kong.Kong, args []string) (rest []string, problems Problems) {
	known, command := map[string]bool{"--": true}, map[string]bool{}
	var learn func(*kong.Node)
	learn = func(node *kong.Node) {
		for _, flag := range node.Flags {
			known["--"+flag.Name] = true
			if flag.Tag.Negatable != "" {
				known["--no-"+flag.Name] = true
			}
		}
		for _, child := range node.Children {
			command[child.Name] = true
			learn(child)
		}
	}
	learn(k.Model.Node)
	for i := 0; i < len(args); i++ {
		name, _, hasValue := strings.Cut(args[i], "=")
		if !strings.HasPrefix(name, "--") || known[name] {
			rest = append(rest, args[i])
			continue
		}
		if _, err := k.Parse(args[i : i+1]); err != nil {
			problems = append(problems, err.Error())
		}
		if next := i + 1; !hasValue && next < len(args) && !strings.HasPrefix(args[next], "-") && !command[args[next]] {
			i = next
		}
	}
	return rest, problems
}
