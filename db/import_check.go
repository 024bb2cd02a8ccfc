package db

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
)

// writePortion is how many rows one transaction writes.
const writePortion = 5_000

// The tables of a check. They are the connection's own, and not written to the log: import_rows is touched once, at the end.
const (
	dropPlanSQL = `DROP TABLE IF EXISTS pg_temp.import_plan, pg_temp.import_claims, pg_temp.import_problems`

	// What becomes of the rows that name a record: of several of one record the first.
	createPlanSQL = `
CREATE TEMPORARY TABLE import_plan (
  line          bigint  NOT NULL,
  first_line    bigint  NOT NULL, -- of those that name the same record
  source        text    COLLATE "C",
  external_id   text    COLLATE "C",
  id            uuid    NOT NULL,
  version       integer,          -- of the record; null if there is none yet
  old_parent_id uuid,
  parent_id     uuid,
  parent_line   bigint,           -- of the parent's row, if it is in the file
  level         integer,
  refused       boolean NOT NULL, -- whether there are problems
  before        jsonb,            -- what changes of a record that there is
  after         jsonb,
  portion       integer           -- null if there is nothing to write
)`

	// What only one record may have, of what the rows ask for.
	createClaimsSQL = `
CREATE TEMPORARY TABLE import_claims (
  line     bigint  NOT NULL,
  kind     text    NOT NULL,
  scope    text    COLLATE "C" NOT NULL, -- source of an external id, scheme of an identifier
  value    text    COLLATE "C" NOT NULL,
  position bigint  NOT NULL,
  sharing  boolean NOT NULL, -- whether another may have it as well
  routes   boolean NOT NULL  -- of a domain: whether what is sent there is the account's
)`

	createProblemsSQL = `
CREATE TEMPORARY TABLE import_problems (
  line   bigint  NOT NULL,
  field  text    NOT NULL,
  value  text,
  code   text    NOT NULL,
  reason text    NOT NULL,
  number integer GENERATED ALWAYS AS IDENTITY
)`
)

const (
	refuseSQL = `
UPDATE import_plan p SET refused = true
FROM import_problems told
WHERE told.line = p.line AND NOT p.refused`

	// In the order in which they were found. When rows are checked once more, those that were refused before have been told all.
	tellProblemsSQL = `
UPDATE import_rows r SET problems = coalesce(r.problems, '[]') || told.list
FROM (
  SELECT line, jsonb_agg(jsonb_build_object('column', coalesce(CAST($3 AS jsonb) ->> field, ''), 'value', coalesce(left(value, 1000), ''),
    'code', code, 'reason', reason) ORDER BY number) AS list
  FROM import_problems
  GROUP BY line
) told
WHERE r.organization_id = $1 AND r.import_id = $2 AND r.line = told.line AND (CAST($4 AS boolean) OR r.problems IS NULL)`

	// Rows that say nothing new.
	dropRepeatedSQL = `
DELETE FROM import_rows r USING import_plan p
WHERE r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line AND p.line <> p.first_line AND r.problems IS NULL`

	dropUnchangedSQL = `
DELETE FROM import_rows r USING import_plan p
WHERE r.organization_id = $1 AND r.import_id = $2 AND r.line = p.line AND p.line = p.first_line AND p.portion IS NULL AND NOT p.refused`

	portionsSQL = `
UPDATE import_plan p SET portion = (turn.number - 1) / $1
FROM (
  SELECT line, row_number() OVER (ORDER BY level, line) AS number
  FROM import_plan
  WHERE NOT refused AND line = first_line AND (version IS NULL OR after IS NOT NULL OR parent_id IS DISTINCT FROM old_parent_id)
) turn
WHERE turn.line = p.line`
)

// Check compares the rows with each other and with the organization's records, and notes on those that can't be written
// all that is wrong with them. It ends with the state WRITING. Nothing is locked: where records have changed when their
// rows are written, Write checks the rest once more.
func (i *Importing) Check(ctx context.Context) error {
	i.isFresh = i.State == ImportChecking
	return i.transaction(ctx, func(tx *sqlx.Tx) error {
		for _, text := range []string{dropPlanSQL, createPlanSQL, createClaimsSQL, createProblemsSQL} {
			if _, err := exec(ctx, tx, "make the plan of an import", text); err != nil {
				return err
			}
		}
		var err error
		if i.Entity == ImportContacts {
			err = i.checkContacts(ctx, tx)
		} else {
			err = i.checkAccounts(ctx, tx)
		}
		if err != nil {
			return err
		}
		return i.settle(ctx, tx)
	})
}

// settle keeps what a check has found.
func (i *Importing) settle(ctx context.Context, tx *sqlx.Tx) error {
	if _, err := exec(ctx, tx, "plan portions", portionsSQL, writePortion); err != nil {
		return err
	}
	columns, err := eventJSON(i.columns)
	if err != nil {
		return err
	}
	if _, err := exec(ctx, tx, "tell problems", tellProblemsSQL, i.v.Organization, i.ID, columns, i.isFresh); err != nil {
		return err
	}
	repeated, err := exec(ctx, tx, "drop repeated rows", dropRepeatedSQL, i.v.Organization, i.ID)
	if err != nil {
		return err
	}
	unchanged, err := exec(ctx, tx, "drop unchanged rows", dropUnchangedSQL, i.v.Organization, i.ID)
	if err != nil {
		return err
	}
	if err := tx.QueryRowxContext(ctx, "SELECT count(portion), coalesce(max(portion) + 1, 0) FROM import_plan").Scan(&i.toWrite, &i.portions); err != nil {
		return failure("count the rows to write", err)
	}
	if _, err := exec(ctx, tx, "index the plan", "CREATE INDEX ON import_plan (portion) WHERE portion IS NOT NULL"); err != nil {
		return err
	}
	return i.set(ctx, tx, `state = 'WRITING', repeated_count = repeated_count + $3, unchanged_count = unchanged_count + $4,
		rejected_count = (SELECT count(*) FROM import_rows r WHERE r.organization_id = $1 AND r.import_id = $2 AND r.problems IS NOT NULL)`, repeated, unchanged)
}

// step is one statement of a check.
type step struct {
	what, text string
	args       []any
}

// steps runs statements that are known before.
func (i *Importing) steps(ctx context.Context, tx *sqlx.Tx, steps ...step) error {
	for _, s := range steps {
		if _, err := exec(ctx, tx, s.what, s.text, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// has tells whether the file has a column for a field.
func (i *Importing) has(field string) bool { return i.columns[field] != "" }

// says tells whether the file's columns say something of a key of the records.
func (i *Importing) says(key string) bool { return slices.Contains(i.keys, key) }
