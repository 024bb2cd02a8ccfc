// Package bench loads the rows that accountgraph is measured on, which are those of seed.sql, and names them.
package bench

import (
	"context"
	"crypto/md5"
	_ "embed"
	"fmt"
	"io"
	"strconv"

	"github.com/google/uuid"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/internal/config"
)

//go:embed accountgraph.sql
var rows string

// Limits are those of a server that is started without settings.
func Limits() (graph.Options, error) {
	c, err := config.Parse(nil, func(string) string { return "" }, io.Discard)
	return graph.Options{MaxDepth: c.MaxDepth, MaxTokens: c.MaxTokens, MaxAliases: c.MaxAliases, MaxRecords: c.MaxRecords, MaxAnswerBytes: c.MaxAnswerBytes}, err
}

// organizations is how many there are. The first has all but 1,000 accounts of each other.
const organizations = 11

// Numbers of accounts that the queries begin at; seed.sql tells the shapes around them.
const (
	Chain = 1
	Tree  = 10_001
	Leaf  = 10_000 + 3906
	Wide  = 60_000
)

// Viewer is who asks: the server itself, in the first organization.
func Viewer() db.Viewer { return db.SystemViewer(organization(1)) }

// Account is the id of the account with a number.
func Account(n int) db.AccountID {
	return db.ID{Kind: db.KindAccount, UUID: derived("account", n)}.Account()
}

func organization(n int) db.OrganizationID {
	return db.ID{Kind: db.KindOrganization, UUID: derived("org", n)}.Organization()
}

// derived is the UUID that seed.sql makes of a kind and a number.
func derived(kind string, n int) uuid.UUID { return md5.Sum([]byte(kind + strconv.Itoa(n))) }

// Load fills a migrated, empty database. Scale 1 is 109,825 accounts, scale 10 about a million.
func Load(ctx context.Context, d *db.DB, scale int) error {
	tx, err := d.Pool().BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("load the rows: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	for n := 1; n <= organizations; n++ {
		in := db.NewOrganization{Name: fmt.Sprintf("Organization %d", n), DefaultCurrency: "USD", DefaultRegion: "US"}
		if _, err := db.SeedOrganization(ctx, tx, organization(n), in); err != nil {
			return fmt.Errorf("make organization %d: %w", n, err)
		}
	}
	for _, text := range []string{fmt.Sprintf("SET LOCAL bench.scale = '%d'", scale), rows} {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("load the rows: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("load the rows: %w", err)
	}
	if _, err := d.Pool().ExecContext(ctx, "VACUUM ANALYZE"); err != nil {
		return fmt.Errorf("analyze the rows: %w", err)
	}
	return nil
}

// IsLoaded tells whether a database has the rows.
func IsLoaded(ctx context.Context, d *db.DB) (bool, error) {
	found, err := d.AccountsByID(ctx, Viewer(), []db.AccountID{Account(Tree)})
	return len(found) > 0, err
}
