// Command growth measures how reads grow with the size of a tree and with the depth of a chain, in process, from the request to the
// last byte. It migrates the database that DATABASE_URL names and makes the rows, if they are not there; prints a table in Markdown;
// and writes the chart, growth.svg, into a folder.
// usage: growth ACCOUNTS FOLDER     ACCOUNTS is how many the largest tree may have, at least 111: trees are of 11, 111, 1,111 ...
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/accountgraph/accountgraph/bench"
	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
)

func main() {
	most := 0
	if len(os.Args) == 3 {
		most, _ = strconv.Atoi(os.Args[1]) // what is no number is too small
	}
	if most < 111 {
		fmt.Fprintln(os.Stderr, "usage: growth ACCOUNTS FOLDER, with at least 111 accounts")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), trees(most), chains(10_000), os.Args[2], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, url string, trees, chains []shape, folder string, out io.Writer) (err error) {
	d, err := db.Open(db.Options{URL: url})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if _, _, err := db.Migrate(ctx, url); err != nil {
		return err
	}
	if err := load(ctx, d, append(chains[:len(chains):len(chains)], trees...)); err != nil {
		return err
	}
	options, err := bench.Limits()
	if err != nil {
		return err
	}
	a := asker{auth.Demo(db.SystemViewer(organization), graph.NewHandler(d, options))}
	size, err := a.panel(ctx, "accounts in the tree", trees, bySize)
	if err != nil {
		return err
	}
	depth, err := a.panel(ctx, "accounts in the chain", chains, byDepth)
	if err != nil {
		return err
	}
	for _, p := range []*panel{size, depth} {
		p.table(out)
	}
	return os.WriteFile(filepath.Join(folder, "growth.svg"), []byte(chart(size, depth)), 0o644)
}
