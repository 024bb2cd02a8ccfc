package db

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
)

// portionSize is how many rows one transaction writes.
const portionSize = 1_000

// portion is what one transaction writes.
type portion struct {
	Number  int `db:"portion"`
	Rows    int `db:"rows"`
	Created int `db:"created"`
	Updated int `db:"updated"`
	Moved   int `db:"moved"`
	// After is the last of the portions before it that write parents of its accounts; -1 if none does.
	After int `db:"after"`
	// accountNumber is the last account number that was given out before those that are for its new accounts.
	accountNumber int
}

// isNew tells that all of its rows are of new records.
func (p portion) isNew() bool { return p.Created == p.Rows }

// The tables of a check. They are the connection's own, and not written to the log. Rows are added to them and not changed,
// but for the few that are refused: that is several times faster.
const (
	dropPlanSQL = `DROP TABLE IF EXISTS pg_temp.import_found, pg_temp.import_plan, pg_temp.import_levels, pg_temp.import_claims,
  pg_temp.import_links, pg_temp.import_link_changes, pg_temp.import_changes, pg_temp.import_problems, pg_temp.import_repeated, pg_temp.import_turns`

	createPlanSQL = `
-- Which record each row is of, and which is the first of those that are of the same.
CREATE TEMPORARY TABLE import_found (
  line               bigint  NOT NULL,
  first_line         bigint  NOT NULL,
  -- A column, because the planner knows how often it is true, but not how often two columns are equal.
  is_first           boolean NOT NULL GENERATED ALWAYS AS (line = first_line) STORED,
  source             text    COLLATE "C",
  external_id        text    COLLATE "C",
  id                 uuid    NOT NULL,
  version            integer,          -- null for a new record
  old_parent_id      uuid,
  parent_source      text    COLLATE "C",
  parent_external_id text    COLLATE "C",
  parent_record_id   uuid,
  refused            boolean NOT NULL  -- whether there are problems
);
-- The first rows, with what is above them: parent_line if that is in the file.
CREATE TEMPORARY TABLE import_plan (
  line          bigint  NOT NULL,
  source        text    COLLATE "C",
  external_id   text    COLLATE "C",
  id            uuid    NOT NULL,
  version       integer,
  old_parent_id uuid,
  parent_id     uuid,
  parent_line   bigint,
  refused       boolean NOT NULL
);
CREATE TEMPORARY TABLE import_levels (line bigint NOT NULL, level integer NOT NULL);
-- What only one record may have, of what the rows ask for. Scope is the source of an external id or the scheme of an
-- identifier; sharing tells whether another may have it as well, routes of a domain whether what is sent there is the account's.
CREATE TEMPORARY TABLE import_claims (
  line     bigint  NOT NULL,
  kind     text    NOT NULL,
  scope    text    COLLATE "C" NOT NULL,
  value    text    COLLATE "C" NOT NULL,
  position bigint  NOT NULL,
  sharing  boolean NOT NULL,
  routes   boolean NOT NULL
);
-- Where contacts are, by the rows: of each row one account; contact_line is the first row of the contact.
CREATE TEMPORARY TABLE import_links (
  line         bigint  NOT NULL,
  contact_line bigint  NOT NULL,
  contact_id   uuid    NOT NULL,
  account_id   uuid,
  is_named     boolean NOT NULL, -- whether the row names an account
  refused      boolean NOT NULL, -- whether there were problems when it was read
  place        jsonb   NOT NULL  -- what the contact is there
);
-- What changes of it, under the columns' names; before is null where the contact is new.
CREATE TEMPORARY TABLE import_link_changes (
  contact_line bigint  NOT NULL,
  contact_id   uuid    NOT NULL,
  account_id   uuid    NOT NULL,
  before       jsonb,
  after        jsonb   NOT NULL
);
CREATE TEMPORARY TABLE import_changes (line bigint NOT NULL, before jsonb NOT NULL, after jsonb NOT NULL);
CREATE TEMPORARY TABLE import_problems (
  line   bigint  NOT NULL,
  field  text    NOT NULL,
  value  text,
  code   text    NOT NULL,
  reason text    NOT NULL,
  number integer GENERATED ALWAYS AS IDENTITY
);
-- Rows that say the same as an earlier one.
CREATE TEMPORARY TABLE import_repeated (line bigint NOT NULL);
-- What is to be written, in portions.
CREATE TEMPORARY TABLE import_turns (
  line          bigint  NOT NULL,
  portion       integer NOT NULL,
  id            uuid    NOT NULL,
  version       integer,
  old_parent_id uuid,
  parent_id     uuid,
  before        jsonb,
  after         jsonb
)`
)

const (
	refuseSQL = `
UPDATE import_plan p SET refused = true
WHERE NOT p.refused AND p.line IN (SELECT told.line FROM import_problems told)`

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

	indexTurnsSQL = `
CREATE INDEX ON import_turns (portion);
ANALYZE import_turns`

	// Where contacts are is no part of after.
	portionsSQL = `
SELECT t.portion, count(*) AS rows, count(*) FILTER (WHERE t.version IS NULL) AS created,
  count(*) FILTER (WHERE t.version IS NOT NULL AND (t.after IS NOT NULL OR $1)) AS updated,
  count(*) FILTER (WHERE t.version IS NOT NULL AND t.parent_id IS DISTINCT FROM t.old_parent_id) AS moved,
  coalesce(max(above.portion) FILTER (WHERE above.portion < t.portion), -1) AS after
FROM import_turns t
LEFT JOIN import_turns above ON above.id = t.parent_id
GROUP BY t.portion
ORDER BY t.portion`

	// Rows that say nothing new.
	dropRepeatedSQL = `
DELETE FROM import_rows r USING import_repeated same
WHERE r.organization_id = $1 AND r.import_id = $2 AND r.line = same.line AND r.problems IS NULL`

	dropUnchangedSQL = `
DELETE FROM import_rows r USING import_found f
WHERE r.organization_id = $1 AND r.import_id = $2 AND r.line = f.line AND r.problems IS NULL
  AND NOT EXISTS (SELECT FROM import_turns t WHERE t.line = f.first_line)`
)

// Check compares the rows with each other and with the organization's records, and notes on those that can't be written
// all that is wrong with them. It ends with the state WRITING. Nothing is locked: where records have changed when their
// rows are written, Write checks the rest once more.
func (i *Importing) Check(ctx context.Context) error {
	ctx = WithoutStatementTimeout(ctx)
	i.isFresh = i.State == ImportChecking
	return i.transaction(ctx, func(tx *sqlx.Tx) error {
		err := i.steps(ctx, tx, coarse, step{"drop the former plan", dropPlanSQL, nil}, step{"make a plan", createPlanSQL, nil})
		if err != nil {
			return err
		}
		turns := planAccountTurnsSQL
		if i.Entity == ImportContacts {
			turns = planContactTurnsSQL
			err = i.checkContacts(ctx, tx)
		} else {
			err = i.checkAccounts(ctx, tx)
		}
		if err != nil {
			return err
		}
		return i.settle(ctx, tx, turns)
	})
}

// settle keeps what a check has found, and plans the turns of what is to be written by a statement.
func (i *Importing) settle(ctx context.Context, tx *sqlx.Tx, turns string) error {
	columns, err := eventJSON(i.columns)
	if err != nil {
		return err
	}
	if err := i.steps(ctx, tx,
		step{"plan turns", turns, []any{portionSize}},
		step{"index turns", indexTurnsSQL, nil},
		step{"tell problems", tellProblemsSQL, []any{i.v.Organization, i.ID, columns, i.isFresh}},
	); err != nil {
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
	if i.portions, err = all[portion](ctx, tx, textOf(portionsSQL, i.Entity == ImportContacts), "portions"); err != nil {
		return err
	}
	return i.set(ctx, tx, `state = 'WRITING', repeated_count = repeated_count + $3, unchanged_count = unchanged_count + $4,
		pending_count = (SELECT count(*) FROM import_rows r WHERE r.organization_id = $1 AND r.import_id = $2 AND r.problems IS NULL),
		rejected_count = (SELECT count(*) FROM import_rows r WHERE r.organization_id = $1 AND r.import_id = $2 AND r.problems IS NOT NULL)`, repeated, unchanged)
}

// step is one statement of a check.
type step struct {
	what, text string
	args       []any
}

// coarse makes what is analyzed in a transaction be judged by 3,000 rows of each table. That is enough to know how many there
// are, and whether a column's values differ.
var coarse = step{"judge by few rows", "SET LOCAL default_statistics_target = 10", nil}

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
