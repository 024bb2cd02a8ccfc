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
	// OrgCreate is what the command of this name is told, if it is the one; and so on.
	OrgCreate    OrgCreateOptions    `kong:"-"`
	UserCreate   UserCreateOptions   `kong:"-"`
	APIKeyCreate APIKeyCreateOptions `kong:"-"`
	APIKeyList   APIKeyListOptions   `kong:"-"`
	APIKeyRevoke APIKeyRevokeOptions `kong:"-"`
	Purge        PurgeOptions        `kong:"-"`
	Import       ImportOptions       `kong:"-"`
	Export       ExportOptions       `kong:"-"`

	Addr                  string        `group:"Serving" default:"127.0.0.1:8080" placeholder:"HOST:PORT" check:"address" help:"Where to serve; port 0 is any free one. Off loopback every request needs an API key."`
	DatabaseURL           string        `group:"Database" name:"database-url" placeholder:"URL" check:"database" help:"The PostgreSQL to use, 15 or newer, as in postgres://user:password@host:5432/name. Without it, accountgraph runs one of its own."`
	SessionDatabaseURL    string        `group:"Database" name:"session-database-url" placeholder:"URL" check:"database" help:"A way to the same database past a PgBouncer with pool_mode=transaction, for migrations and imports; DATABASE_URL if not set."`
	StatementCache        int           `group:"Database" default:"256" min:"0" max:"10000" help:"SQL statements that each connection keeps prepared; 0 is none, for a PgBouncer with pool_mode=transaction."`
	DataDir               string        `group:"Database" placeholder:"FOLDER" help:"Folder of the PostgreSQL that accountgraph runs itself; if not set, the user's data folder."`
	PostgresDir           string        `group:"Database" placeholder:"FOLDER" help:"Folder of the programs initdb and postgres for that; if not set, they are looked for, and fetched if there are none."`
	PostgresRepositoryURL string        `group:"Database" name:"postgres-repository-url" placeholder:"URL" help:"Maven repository to fetch PostgreSQL from; if not set, Maven Central."`
	MaxConnections        int           `group:"Database" default:"10" min:"1" max:"1000" help:"Connections to the database at most."`
	PoolWaitTimeout       time.Duration `group:"Database" default:"5s" min:"0s" max:"1h" help:"Time that a statement waits for one of them; 0s is as long as its request may take."`
	StatementTimeout      time.Duration `group:"Database" default:"15s" min:"0s" max:"1h" help:"Time for one SQL statement; 0s is any."`
	SlowStatement         time.Duration `group:"Database" default:"1s" min:"0s" max:"1h" help:"A statement that takes longer is logged; 0s logs none."`
	Demo                  bool          `group:"Database" default:"true" negatable:"" help:"Load the demo if the database is empty and is served on loopback."`
	Jobs                  bool          `group:"Database" default:"true" negatable:"" help:"Do what is to be done by the clock: every hour, purge what was deleted and can't be restored any more. Several servers on one database share it."`
	ImportRetentionDays   int           `group:"Database" default:"365" min:"0" max:"36500" help:"Days after its end for which an import is known, and at least for as long as deleted records are kept; 0 is for good."`
	MaxBodyBytes          int           `group:"Limits" default:"4194304" min:"1024" max:"1073741824" help:"Size of a request's body at most."`
	MaxUploadBytes        int           `group:"Limits" default:"104857600" min:"1024" max:"1099511627776" help:"Size of a request with files at most."`
	MaxDepth              int           `group:"Limits" default:"150" min:"1" max:"100000" help:"How deep a query may be nested."`
	MaxTokens             int           `group:"Limits" default:"5000" min:"1" max:"10000000" help:"How many tokens a query may have."`
	MaxAliases            int           `group:"Limits" default:"100" min:"1" max:"10000000" help:"How many fields of a query may have an alias."`
	MaxRecords            int           `group:"Limits" default:"25000" min:"1" max:"100000000" help:"How many records a request may fetch."`
	MaxAnswerBytes        int           `group:"Limits" default:"33554432" min:"1024" max:"1073741824" help:"How many bytes the data of one answer may have."`
	RequestTimeout        time.Duration `group:"Limits" default:"30s" min:"1ms" max:"1h" help:"Time for a request, from the end of its head."`
	MemoryLimit           int           `group:"Limits" default:"0" check:"size" placeholder:"SIZE" help:"Memory that a server may take, as 512MiB; 0 is nine tenths of what its container has, if that has a limit."`
	UploadTimeout         time.Duration `group:"Limits" default:"5m" min:"1ms" max:"24h" help:"Time for a request with files, from the end of its head."`
	HeaderTimeout         time.Duration `group:"Limits" default:"5s" min:"1ms" max:"1h" help:"Time for a request's head to arrive."`
	ShutdownTimeout       time.Duration `group:"Limits" default:"10s" min:"0s" max:"1h" help:"Time for requests under way to end when the server is stopped."`
	CORSOrigins           []string      `group:"Serving" name:"cors-origins" placeholder:"ORIGIN,..." help:"Origins whose pages may use the API from a browser, as in https://app.example.com; none if not set."`
	Compression           bool          `group:"Serving" default:"true" negatable:"" help:"Compress long answers of the API for those who take gzip. Off is for where a proxy does it."`
	ShutdownDelay         time.Duration `group:"Limits" default:"0s" min:"0s" max:"1h" help:"Time between /readyz saying that the server stops and the port being closed, for balancers to notice."`
	Introspection         bool          `group:"Serving" default:"true" negatable:"" help:"Whether the schema may be asked for, and read at /docs; GraphiQL needs it."`
	TrustedDocuments      string        `group:"Serving" placeholder:"FILE" help:"JSON file of documents, {id: text}, that requests may name by an id in place of their text."`
	TrustedDocumentsOnly  bool          `group:"Serving" default:"false" negatable:"" help:"Whether all other documents are refused; GraphiQL needs others, and /docs is hidden."`
	LogFormat             string        `group:"Serving" default:"text" oneof:"text,json" help:"How the log is written: text or json."`
	LogLevel              slog.Level    `group:"Serving" default:"info" oneof:"debug,info,warn,error" help:"What is logged at least: debug, info, warn or error."`
	MetricsAddr           string        `group:"Watching" placeholder:"HOST:PORT" check:"address" help:"Where to serve /metrics for Prometheus; if not set, nowhere."`
	OTLPEndpoint          string        `group:"Watching" name:"otel-exporter-otlp-endpoint" placeholder:"URL" check:"url" help:"Where to send traces by OTLP over HTTP, as in http://127.0.0.1:4318; if not set, nowhere. Other OTEL_* variables are followed."`
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
	// Import brings a file of accounts or contacts into an organization.
	Import Command = "import"
	// Export writes accounts or contacts of an organization as such a file.
	Export Command = "export"
	// OrgCreate makes an organization.
	OrgCreate Command = "org create"
	// OrgList lists the organizations.
	OrgList Command = "org list"
	// UserCreate makes a user.
	UserCreate Command = "user create"
	// APIKeyCreate makes an API key.
	APIKeyCreate Command = "apikey create"
	// APIKeyList lists the API keys of an organization.
	APIKeyList Command = "apikey list"
	// APIKeyRevoke ends an API key.
	APIKeyRevoke Command = "apikey revoke"
	// Health asks a server that runs whether it lives.
	Health Command = "health"
	// Version tells the program's version.
	Version Command = "version"
	// Help is what Parse returns after it told about commands and settings.
	Help Command = "help"
)

// What commands are told beside the settings: arguments, and flags of their own, which have no environment variables.
type (
	// PurgeOptions choose what is purged.
	PurgeOptions struct {
		Organization string `option:"" placeholder:"NAME|ID" help:"Which organization; all of them if not set."`
		DryRun       bool   `option:"" help:"Count what would be removed and deleted, and change nothing."`
	}
	// OrgCreateOptions describe an organization.
	OrgCreateOptions struct {
		Name     string `arg:"" help:"What it is called."`
		Currency string `option:"" default:"USD" placeholder:"CODE" help:"What amounts are in that come without a currency, as EUR."`
		Region   string `option:"" default:"US" placeholder:"CODE" help:"Country whose national phone numbers are understood, as DE."`
	}
	// UserCreateOptions describe a user.
	UserCreateOptions struct {
		Name         string `arg:"" help:"What the user is called."`
		Email        string `arg:"" help:"E-mail address, unique in the organization."`
		Role         string `option:"" default:"member" oneof:"admin,manager,member,viewer" help:"What the user may do: admin, manager, member or viewer."`
		Organization string `option:"" placeholder:"NAME|ID" help:"Whose user; may be left out if there is one organization only."`
	}
	// APIKeyCreateOptions describe an API key.
	APIKeyCreateOptions struct {
		Name         string        `arg:"" help:"What it is for."`
		Scope        string        `option:"" default:"read" oneof:"read,write,admin" help:"What its holder may do: read, write (records) or admin (everything)."`
		Expires      time.Duration `option:"" placeholder:"90d" check:"lifetime" help:"For how long it is good: days as 90d, or a time as 12h. If not set, it does not expire."`
		Organization string        `option:"" placeholder:"NAME|ID" help:"Whose key; may be left out if there is one organization only."`
	}
	// APIKeyListOptions choose API keys.
	APIKeyListOptions struct {
		Organization string `option:"" placeholder:"NAME|ID" help:"Whose keys; may be left out if there is one organization only."`
	}
	// APIKeyRevokeOptions name an API key.
	APIKeyRevokeOptions struct {
		Key string `arg:"" name:"prefix|id" help:"How the key begins, as agk_3kd9x0m2, or its id."`
	}
)

// commands is the command line as kong reads it.
type commands struct {
	Config

	Serve   struct{}      `cmd:"" default:"1" help:"Serve the API and GraphiQL. This is done if no command is given."`
	Migrate struct{}      `cmd:"" help:"Bring the database to the schema of this program."`
	Demo    struct{}      `cmd:"" name:"demo" help:"Load the demo, 36,868 real companies, if it is not there."`
	Purge   PurgeOptions  `cmd:"" help:"Remove for good what was deleted and can't be restored any more, now instead of within the hour."`
	Import  ImportOptions `cmd:"" help:"Bring a CSV file of accounts or contacts into an organization."`
	Export  ExportOptions `cmd:"" help:"Write accounts or contacts of an organization as a file that import reads."`
	Org     struct {
		Create OrgCreateOptions `cmd:"" help:"Make an organization. Its id is written to stdout."`
		List   struct{}         `cmd:"" help:"List the organizations."`
	} `cmd:"" help:"Make and list organizations."`
	User struct {
		Create UserCreateOptions `cmd:"" help:"Make a user. Its id is written to stdout."`
	} `cmd:"" help:"Make users."`
	APIKey struct {
		Create APIKeyCreateOptions `cmd:"" help:"Make an API key. It is written to stdout, once."`
		List   APIKeyListOptions   `cmd:"" help:"List the API keys of an organization."`
		Revoke APIKeyRevokeOptions `cmd:"" help:"End an API key for good; servers may let it in for 30 seconds more."`
	} `cmd:"" name:"apikey" help:"Make, list and revoke API keys."`
	Health  struct{} `cmd:"" help:"Ask the server at ADDR whether it lives; exit code 1 if not."`
	Version struct{} `cmd:"" help:"Tell the version."`
}

// config is the settings, with what the command is told.
func (c *commands) config(command Command) Config {
	config := c.Config
	config.Command = command
	switch command {
	case Purge:
		config.Purge = c.Purge
	case Import:
		config.Import = c.Import
	case Export:
		config.Export = c.Export
	case OrgCreate:
		config.OrgCreate = c.Org.Create
	case UserCreate:
		config.UserCreate = c.User.Create
	case APIKeyCreate:
		config.APIKeyCreate = c.APIKey.Create
	case APIKeyList:
		config.APIKeyList = c.APIKey.List
	case APIKeyRevoke:
		config.APIKeyRevoke = c.APIKey.Revoke
	}
	return config
}
