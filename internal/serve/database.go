package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/lib/pq"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/postgres"
)

// oldest is the oldest PostgreSQL that the migrations work with, as server_version_num has it.
const oldest = 150000

// connectTimeout is how long a database may take for its first answer.
const connectTimeout = 10 * time.Second

// database is the pool with the PostgreSQL behind it.
type database struct {
	*db.DB
	url string
	// sessionURL is another way there, on which each connection is a session; "" if url is such.
	sessionURL string
	// where says which database it is, for people.
	where string
	// own is the PostgreSQL that we run; nil if DATABASE_URL names one, or a server runs it.
	own *postgres.Server
	// target is what DATABASE_URL names.
	target pq.Config
}

// open starts PostgreSQL, if DATABASE_URL names none, brings the database to our schema, and makes a pool with the options,
// of which it knows address and size. It tells doing what it is about to do. With join, a PostgreSQL that a server runs
// already is used.
func (p Program) open(ctx context.Context, join bool, doing func(string), options db.Options) (_ *database, err error) {
	d := &database{url: p.Config.DatabaseURL, sessionURL: p.Config.SessionDatabaseURL}
	defer func() {
		if err != nil {
			err = d.explain(err)
			p.warn("stop the database", d.close())
		}
	}()
	if d.url == "" {
		doing("starting PostgreSQL")
		err = p.start(ctx, join, d)
	} else {
		err = d.locate()
	}
	if err != nil {
		return nil, err
	}
	options.URL, options.MaxConnections, options.ImportRetentionDays = d.url, p.Config.MaxConnections, p.Config.ImportRetentionDays
	options.SessionURL = d.sessionURL
	options.StatementCache = cmp.Or(p.Config.StatementCache, -1) // where 0 is the default
	if d.DB, err = db.Open(options); err != nil {
		return nil, err
	}
	if err := d.check(ctx); err != nil {
		return nil, err
	}
	doing("migrating the database")
	from, to, err := db.Migrate(ctx, cmp.Or(d.sessionURL, d.url))
	if err != nil {
		return nil, err
	}
	if from != to {
		p.Log.Info("migrated the database", "from", from, "to", to)
	}
	return d, nil
}

// start runs a PostgreSQL of our own, or joins that of a server on the same folder.
func (p Program) start(ctx context.Context, join bool, d *database) error {
	dir := p.Config.DataDir
	if dir == "" {
		var err error
		if dir, err = postgres.DefaultDataDir(); err != nil {
			return err
		}
	}
	d.where = "PostgreSQL in " + dir
	fmt.Fprintf(p.Out, "Starting PostgreSQL in %s\n", dir)
	options := postgres.Options{
		DataDir:             dir,
		BinariesDir:         p.Config.PostgresDir,
		BinaryRepositoryURL: p.Config.PostgresRepositoryURL,
		Log:                 p.Log,
	}
	var err error
	d.own, err = postgres.Start(ctx, options)
	switch {
	case err == nil:
		d.url = d.own.URL()
	case join && errors.Is(err, postgres.ErrInUse):
		fmt.Fprintln(p.Out, "A server runs PostgreSQL there already: using it")
		d.url, err = postgres.Join(ctx, options)
	}
	return err
}

// locate reads what DATABASE_URL names, and completes both ways there.
func (d *database) locate() error {
	var err error
	if d.url, d.target, err = complete(d.url); err != nil {
		return err
	}
	name := d.target.Database
	if name == "" {
		name = d.target.User
	}
	d.where = fmt.Sprintf("the database %s at %s", name, net.JoinHostPort(d.target.Host, strconv.Itoa(int(d.target.Port))))
	if d.sessionURL != "" {
		d.sessionURL, _, err = complete(d.sessionURL)
	}
	return err
}

// complete sets what an address leaves open.
func complete(text string) (string, pq.Config, error) {
	target, err := pq.NewConfig(text)
	if err != nil {
		return "", target, err
	}
	address, err := url.Parse(text)
	if err != nil {
		return "", target, err
	}
	query := address.Query()
	if target.ConnectTimeout == 0 {
		// A context does not end pq's reading of what a server says first.
		query.Set("connect_timeout", strconv.Itoa(int(connectTimeout.Seconds())))
	}
	if !query.Has("sslmode") {
		// As PostgreSQL's own programs do: with TLS, or without where the server has none.
		query.Set("sslmode", string(pq.SSLModePrefer))
	}
	address.RawQuery = query.Encode()
	return address.String(), target, nil
}

// check connects for the first time.
func (d *database) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	var version int
	if err := d.Pool().GetContext(ctx, &version, "SELECT current_setting('server_version_num')"); err != nil {
		return err
	}
	if version < oldest {
		return fmt.Errorf("PostgreSQL %d or newer is needed, but %s has version %d", oldest/10000, d.where, version/10000)
	}
	return nil
}

// close ends what open began; nil was not opened.
func (d *database) close() error {
	if d == nil {
		return nil
	}
	var errs []error
	if d.DB != nil {
		errs = append(errs, d.DB.Close())
	}
	if d.own != nil {
		errs = append(errs, d.own.Stop())
	}
	return errors.Join(errs...)
}

// announce lets a second server on the same folder tell where this one serves.
func (d *database) announce(address string) {
	if d.own != nil {
		d.own.Announce(address)
	}
}

// died is closed when our own PostgreSQL ended by itself.
func (d *database) died() <-chan struct{} {
	if d.own == nil {
		return nil
	}
	return d.own.Done()
}

// diedOf says how our own PostgreSQL ended; nil if it runs, or is not our own.
func (d *database) diedOf() error {
	if d.own == nil || d.own.Err() == nil {
		return nil
	}
	return fmt.Errorf("%w: start accountgraph again, which recovers the data", d.own.Err())
}
