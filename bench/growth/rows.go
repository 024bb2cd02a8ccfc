package main

import (
	"context"
	"crypto/md5"
	"fmt"
	"strconv"

	"github.com/accountgraph/accountgraph/db"
)

// shape is a tree whose accounts have so many children each, or a chain, which has one. Accounts are numbered level by level.
type shape struct{ children, accounts int }

// seed is what ids of the shape begin with, before they are hashed.
func (s shape) seed() string { return fmt.Sprintf("%d of %d: ", s.accounts, s.children) }

func (s shape) account(n int) db.AccountID {
	return db.ID{Kind: db.KindAccount, UUID: md5.Sum([]byte(s.seed() + strconv.Itoa(n)))}.Account()
}

func (s shape) top() db.AccountID  { return s.account(0) }
func (s shape) last() db.AccountID { return s.account(s.accounts - 1) }

// trees are complete ones of ten children each, up to a number of accounts.
func trees(most int) []shape {
	var found []shape
	for n := 11; n <= most; n = n*10 + 1 {
		found = append(found, shape{10, n})
	}
	return found
}

// chains are up to a number of accounts.
func chains(most int) []shape {
	var found []shape
	for n := 10; n <= most; n *= 10 {
		found = append(found, shape{1, n})
	}
	return found
}

// shapeSQL makes the accounts of a shape. Names are hashes, so that no order of a list is that of insertion.
const shapeSQL = `
INSERT INTO accounts (organization_id, id, number, parent_id, name)
SELECT CAST($1 AS uuid), CAST(md5($2 || n) AS uuid), (SELECT COALESCE(max(number), 0) FROM accounts) + n + 1,
  CASE WHEN n > 0 THEN CAST(md5($2 || (n - 1) / CAST($3 AS integer)) AS uuid) END, 'Account ' || md5(CAST(n AS text))
FROM generate_series(0, CAST($4 AS integer) - 1) n`

var organization = db.ID{Kind: db.KindOrganization, UUID: md5.Sum([]byte("growth"))}.Organization()

// load makes an organization of the shapes in a migrated, empty database, unless it is there.
func load(ctx context.Context, d *db.DB, shapes []shape) error {
	tx, err := d.Pool().BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("load the rows: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	loaded := 0
	if err := tx.GetContext(ctx, &loaded, "SELECT count(*) FROM accounts"); err != nil {
		return fmt.Errorf("look for the rows: %w", err)
	}
	if wanted := accounts(shapes); loaded == wanted {
		return nil
	} else if loaded > 0 {
		return fmt.Errorf("the database has %d accounts, not %d: name an empty one", loaded, wanted)
	}
	if _, err := db.SeedOrganization(ctx, tx, organization, db.NewOrganization{Name: "Growth", DefaultCurrency: "USD", DefaultRegion: "US"}); err != nil {
		return fmt.Errorf("make the organization: %w", err)
	}
	for _, s := range shapes {
		if _, err := tx.ExecContext(ctx, shapeSQL, organization, s.seed(), s.children, s.accounts); err != nil {
			return fmt.Errorf("make %d accounts: %w", s.accounts, err)
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

func accounts(shapes []shape) int {
	n := 0
	for _, s := range shapes {
		n += s.accounts
	}
	return n
}
