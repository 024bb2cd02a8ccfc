// Package config reads the settings of the program: flags, each with an environment variable of the same name. Nothing
// else of the product reads its settings from anywhere.
package config

import (
	"log/slog"
	"time"
)

// Config is what the program is told: a command and the settings. It is filled once, by Parse, and is valid then.
type Config struct {
	// Command is what to do.
	Command Command `kong:"-"`
	// Purging is how, if that is to purge.
	Purging Purging `kong:"-"`

	Addr                  string        `group:"Serving" default:"127.0.0.1:8080" placeholder:"HOST:PORT" check:"address" help:"Where to serve; port 0 is any free one. Loopback only, until there is sign-in."`
	DatabaseURL           string        `group:"Database" name:"database-url" placeholder:"URL" check:"database" help:"The PostgreSQL to use, 15 or newer, as in postgres://user:password@host:5432/name. Without it, accountgraph runs one of its own."`
	DataDir               string        `group:"Database" placeholder:"FOLDER" help:"Folder of the PostgreSQL that accountgraph runs itself; if not set, the user's data folder."`
	PostgresDir           string        `group:"Database" placeholder:"FOLDER" help:"Folder of the programs initdb and postgres for that; if not set, they are looked for, and fetched if there are none."`
	PostgresRepositoryURL string        `group:"Database" name:"postgres-repository-url" placeholder:"URL" help:"Maven repository to fetch PostgreSQL from; if not set, Maven Central."`
	MaxConnections        int           `group:"Database" default:"10" min:"1" max:"1000" help:"Connections to the database at most."`
	Demo                  bool          `group:"Database" default:"true" negatable:"" help:"Load the demo if the database is empty."`
	Jobs                  bool          `group:"Database" default:"true" negatable:"" help:"Do what is to be done by the clock: every hour, purge what was deleted and can't be restored any more. Several servers on one database share it."`
	MaxBodyBytes          int           `group:"Limits" default:"4194304" min:"1024" max:"1073741824" help:"Size of a request's body at most."`
	MaxDepth              int           `group:"Limits" default:"150" min:"1" max:"100000" help:"How deep a query may be nested."`
	MaxTokens             int           `group:"Limits" default:"5000" min:"1" max:"10000000" help:"How many tokens a query may have."`
	MaxAliases            int           `group:"Limits" default:"100" min:"1" max:"10000000" help:"How many fields of a query may have an alias."`
	MaxRecords            int           `group:"Limits" default:"25000" min:"1" max:"100000000" help:"How many records a request may fetch."`
	RequestTimeout        time.Duration `group:"Limits" default:"30s" min:"1ms" max:"1h" help:"Time for a request, from the end of its head."`
	HeaderTimeout         time.Duration `group:"Limits" default:"5s" min:"1ms" max:"1h" help:"Time for a request's head to arrive."`
	ShutdownTimeout       time.Duration `group:"Limits" default:"10s" min:"0s" max:"1h" help:"Time for requests under way to end when the server is stopped."`
	CORSOrigins           []string      `group:"Serving" name:"cors-origins" placeholder:"ORIGIN,..." help:"Origins whose pages may use the API from a browser, as in https://app.example.com; none if not set."`
	Introspection         bool          `group:"Serving" default:"true" negatable:"" help:"Whether the schema may be asked for; GraphiQL needs it."`
	LogFormat             string        `group:"Serving" default:"text" oneof:"text,json" help:"How the log is written: text or json."`
	LogLevel              slog.Level    `group:"Serving" default:"info" oneof:"debug,info,warn,error" help:"What is logged at least: debug, info, warn or error."`
}

// Command is one of the things that the program does.
type Command string

// The commands.
const (
	// Serve serves the API; it is done if no command is given.
	Serve Command = "serve"
	// Migrate brings the database to the schema of this program.
	Migrate Command = "migrate"
	// Demo loads the demo into the database.
	Demo Command = "demo"
	// Purge removes for good what was deleted and can't be restored any more.
	Purge Command = "purge"
	// Version tells the program's version.
	Version Command = "version"
	// Help is what Parse returns after it told about commands and settings.
	Help Command = "help"
)

// Purging is how to purge.
type Purging struct {
	Organization string `placeholder:"ID|NAME" help:"Which organization; all of them if not set."`
	DryRun       bool   `help:"Tell what would be removed, and remove nothing."`
}

// commands is the command line as kong reads it.
type commands struct {
	Config

	Serve   struct{} `cmd:"" default:"1" help:"Serve the API and GraphiQL. This is done if no command is given."`
	Migrate struct{} `cmd:"" help:"Bring the database to the schema of this program."`
	Demo    struct{} `cmd:"" name:"demo" help:"Load the demo, 36,868 real companies, if it is not there."`
	Purge   Purging  `cmd:"" help:"Remove for good what was deleted and can't be restored any more, now instead of within the hour."`
	Version struct{} `cmd:"" help:"Tell the version."`
}
