package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// ErrUnfit tells that a database can't become ours. The errors that wrap it are one sentence that says why.
var ErrUnfit = errors.New("the database can't be used")

// othersTables finds tables in the schema that new ones would be made in, but for those of extensions. Where migrations
// have begun, in another program perhaps, they are ours.
const othersTables = `
SELECT c.relname
FROM pg_class c
WHERE to_regclass('goose_db_version') IS NULL
  AND c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
LIMIT 3`

// checkFit looks at a database that has none of our migrations before the first is written: its texts must be UTF-8, and
// it must not be somebody else's, where half of the migrations would stay behind when a name is found to be taken.
func checkFit(ctx context.Context, pool *sql.DB) error {
	var encoding string
	if err := pool.QueryRowContext(ctx, "SELECT current_setting('server_encoding')").Scan(&encoding); err != nil {
		return fmt.Errorf("read the database's encoding: %w", err)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("%w: its texts are in %s, and must be in UTF8: create one with ENCODING 'UTF8' TEMPLATE template0", ErrUnfit, encoding)
	}
	rows, err := pool.QueryContext(ctx, othersTables)
	if err != nil {
		return fmt.Errorf("look for other tables: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err tells what there is to tell
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return fmt.Errorf("look for other tables: %w", err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("look for other tables: %w", err)
	}
	if names != nil {
		return fmt.Errorf("%w: it has tables of something else (%s): name an empty database, or an empty schema with ?search_path=", ErrUnfit, strings.Join(names, ", "))
	}
	return nil
}
