-- +goose Up

-- The subtree in a stored form. accounts.parent_id stays the only truth: triggers derive this from it, and nothing else writes it.
CREATE TABLE account_places (
  organization_id uuid    NOT NULL,
  account_id      uuid    NOT NULL,
  root_id         uuid    NOT NULL,
  first           bigint  NOT NULL,
  last            bigint  NOT NULL,
  depth           integer NOT NULL,
  CONSTRAINT account_places_pkey PRIMARY KEY (organization_id, account_id),
  CONSTRAINT account_places_check CHECK (first < last AND depth >= 0)
  -- No foreign key to accounts: it would check each row of an import for what the trigger that wrote it has just read.
);
CREATE INDEX account_places_first_idx ON account_places (organization_id, root_id, first);
COMMENT ON TABLE account_places IS 'Where the live accounts stand in their trees: below an account is what lies between its marks, first and last. Derived from accounts.parent_id by triggers.';
COMMENT ON COLUMN account_places.first IS 'The mark before all that is below. Marks are in no order of names, and there is room between them: a move or a new account leaves the others where they are.';
COMMENT ON COLUMN account_places.last IS 'The mark behind all that is below.';
COMMENT ON COLUMN account_places.depth IS 'How many accounts are above.';

-- +goose StatementBegin
CREATE FUNCTION place_of(organization uuid, account uuid) RETURNS account_places LANGUAGE sql STABLE AS $$
  SELECT p FROM account_places p WHERE p.organization_id = organization AND p.account_id = account
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION place_of(uuid, uuid) IS 'The place of an account. As it is stable, the planner calls it too, and knows how much lies between the marks; of a join it would not.';

-- +goose StatementBegin
CREATE FUNCTION spread_places(organization uuid, account uuid, marks bigint) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_sort = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
  around account_places;
  above account_places;
  next bigint;
  held bigint; -- marks between those of around
  step bigint; -- from mark to mark when they are spread
  higher integer := 1;
BEGIN
  SELECT p.* INTO STRICT around FROM account_places p WHERE p.organization_id = organization AND p.account_id = account;
  SELECT coalesce(min(p.first), around.last) INTO next
  FROM account_places p
  WHERE p.organization_id = organization AND p.root_id = around.root_id AND p.first > around.first AND p.first < around.last;
  IF next - around.first > marks THEN -- it was made together with another's
    RETURN;
  END IF;
  LOOP
    SELECT 2 * count(*) INTO held
    FROM (
      SELECT
      FROM account_places p
      WHERE p.organization_id = organization AND p.root_id = around.root_id AND p.first > around.first AND p.first < around.last
      ORDER BY p.first
      OFFSET 0
    ) below;
    step := (around.last - around.first) / (held + 1);
    -- The more there is to move, the more room there has to be, so that much comes before it is tight again: a mark is seldom moved.
    EXIT WHEN step > marks AND around.last - around.first >= 1024 * power(held + marks, 1.5);
    IF around.account_id = around.root_id THEN
      EXIT WHEN step > marks;
      RAISE EXCEPTION 'the tree of account % is full', around.root_id USING ERRCODE = 'program_limit_exceeded', TABLE = 'account_places';
    END IF;
    -- Ever further up, as to count what is below each would take long in a chain.
    FOR level IN 1 .. higher LOOP
      SELECT p.* INTO above
      FROM accounts a
      CROSS JOIN LATERAL (
        SELECT p.* FROM account_places p WHERE p.organization_id = organization AND p.account_id BETWEEN a.parent_id AND a.parent_id ORDER BY p.account_id LIMIT 1
      ) p
      WHERE a.organization_id = organization AND a.id = around.account_id;
      IF above.root_id = around.root_id AND above.first < around.first AND above.last > around.last THEN
        around := above;
      ELSE -- the same statement moves it, and its trigger for that comes later
        SELECT p.* INTO STRICT around FROM account_places p WHERE p.organization_id = organization AND p.account_id = around.root_id;
      END IF;
      EXIT WHEN around.account_id = around.root_id;
    END LOOP;
    higher := 2 * higher;
  END LOOP;

  WITH crowded AS (
    SELECT p.row, own.mark
    FROM (
      SELECT p.ctid AS row, p.first, p.last
      FROM account_places p
      WHERE p.organization_id = organization AND p.root_id = around.root_id AND p.first > around.first AND p.first < around.last
      ORDER BY p.first
      OFFSET 0
    ) p
    CROSS JOIN LATERAL (VALUES (p.first), (p.last)) AS own (mark)
  ), numbered AS (
    SELECT row, around.first + step * row_number() OVER (ORDER BY mark) AS mark FROM crowded
  ), spread AS (
    SELECT row, min(mark) AS first, max(mark) AS last FROM numbered GROUP BY row
  )
  UPDATE account_places p SET first = spread.first, last = spread.last
  FROM spread
  WHERE p.ctid = spread.row;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION spread_places(uuid, uuid, bigint) IS 'Makes room for some marks right below an account, and right below each whose marks it moves for that. A tree is full when that can''t be: with a billion accounts.';

-- +goose StatementBegin
CREATE FUNCTION place_accounts(organization uuid, changed uuid[], written bigint) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan -- to make plans anew takes longer than to place an account
SET enable_seqscan = off
SET enable_sort = off
AS $$
DECLARE
  top account_places;
  outermost account_places;
  removed bigint;
  -- Of the parents below which something is placed, and then of all that is placed: who is above has the lower number.
  ids uuid[];
  above integer[]; -- 0 is above roots and those parents
  parents integer; -- how many they are
  sizes bigint[]; -- how many are placed at and below each
  roots uuid[];
  depths integer[];
  steps bigint[]; -- from mark to mark
  free bigint[]; -- the next mark right below each
  firsts bigint[];
  lasts bigint[];
BEGIN
  FOR top IN
    SELECT p.*
    FROM unnest(changed) AS given (id)
    CROSS JOIN LATERAL (
      SELECT p.* FROM account_places p WHERE p.organization_id = organization AND p.account_id BETWEEN given.id AND given.id ORDER BY p.account_id LIMIT 1
    ) p
    ORDER BY p.root_id, p.first
  LOOP
    CONTINUE WHEN top.root_id = outermost.root_id AND top.first < outermost.last;
    DELETE FROM account_places WHERE ctid = ANY(ARRAY( -- as only what is selected can be asked for in an order
      SELECT p.ctid
      FROM account_places p
      WHERE p.organization_id = organization AND p.root_id = top.root_id AND p.first BETWEEN top.first AND top.last
      ORDER BY p.first
    ));
    GET DIAGNOSTICS removed = ROW_COUNT;
    written := written + removed;
    outermost := top;
  END LOOP;
  -- To a plan that was made while there were few accounts any index is as good as the right one.
  IF written >= 100 THEN
    SET LOCAL plan_cache_mode = force_custom_plan;
  END IF;

  -- What has no place now and is below something that has one, and all that is below that. What still has one is moved by the same
  -- statement, and its trigger for that comes later.
  WITH RECURSIVE tops AS (
    SELECT a.id, a.parent_id, CASE WHEN a.parent_id IS NULL THEN 0 ELSE dense_rank() OVER (ORDER BY a.parent_id) END AS above
    FROM unnest(changed) AS given (id)
    CROSS JOIN LATERAL (
      SELECT a.id, a.parent_id, a.deleted_at FROM accounts a WHERE a.organization_id = organization AND a.id BETWEEN given.id AND given.id ORDER BY a.id LIMIT 1
    ) a
    LEFT JOIN LATERAL (
      SELECT p.account_id FROM account_places p WHERE p.organization_id = organization AND p.account_id BETWEEN a.parent_id AND a.parent_id ORDER BY p.account_id LIMIT 1
    ) parent ON true
    WHERE a.deleted_at IS NULL AND (a.parent_id IS NULL OR parent.account_id IS NOT NULL)
  ), placed (id, above, number) AS (
    SELECT tops.id, tops.above, max(tops.above) OVER () + row_number() OVER () FROM tops
    UNION ALL
    SELECT child.id, parent.number, parent.highest + row_number() OVER ()
    FROM (SELECT id, number, max(number) OVER () AS highest FROM placed) parent
    CROSS JOIN LATERAL (
      SELECT a.id, a.deleted_at FROM accounts a WHERE a.organization_id = organization AND a.parent_id BETWEEN parent.id AND parent.id
      ORDER BY a.parent_id
      OFFSET 0
    ) child
    LEFT JOIN LATERAL (
      SELECT p.account_id FROM account_places p WHERE p.organization_id = organization AND p.account_id BETWEEN child.id AND child.id ORDER BY p.account_id LIMIT 1
    ) own ON true
    WHERE child.deleted_at IS NULL AND own.account_id IS NULL
  )
  SELECT array_agg(numbered.id), array_agg(CAST(numbered.above AS integer)), count(*) FILTER (WHERE NOT numbered.is_new)
  INTO ids, above, parents
  FROM (
    SELECT DISTINCT tops.parent_id AS id, 0 AS above, tops.above AS number, false AS is_new FROM tops WHERE tops.above > 0
    UNION ALL
    SELECT placed.id, placed.above, placed.number, true FROM placed
    ORDER BY number
  ) numbered;
  IF ids IS NULL THEN
    RETURN;
  END IF;

  -- Loops over arrays, as depth is no matter to them.
  sizes := array_cat(array_fill(CAST(0 AS bigint), ARRAY[parents]), array_fill(CAST(1 AS bigint), ARRAY[cardinality(ids) - parents]));
  FOR n IN REVERSE cardinality(ids) .. parents + 1 LOOP
    IF above[n] > 0 THEN
      sizes[above[n]] := sizes[above[n]] + sizes[n];
    END IF;
  END LOOP;

  -- What comes below a parent gets places before what is there. Of the room before that it takes so much that the n-th child has about
  -- 8 / n² of all that the parent has, so that there is always some for those that come later; of little room it takes what it needs.
  LOOP
    SELECT array_agg(p.root_id ORDER BY number), array_agg(p.depth ORDER BY number),
      array_agg(step ORDER BY number), array_agg(p.first + p.room - 2 * size * step ORDER BY number)
    INTO roots, depths, steps, free
    FROM unnest(ids[:parents], sizes[:parents]) WITH ORDINALITY AS parent (id, size, number)
    CROSS JOIN LATERAL (
      SELECT p.root_id, p.depth, p.first, coalesce(below.first, p.last) - p.first AS room, CAST(p.last - p.first AS double precision) AS whole
      FROM account_places p
      LEFT JOIN LATERAL (
        SELECT b.first
        FROM account_places b
        WHERE b.organization_id = organization AND b.root_id = p.root_id AND b.first > p.first AND b.first < p.last
        ORDER BY b.first
        LIMIT 1
      ) below ON true
      WHERE p.organization_id = organization AND p.account_id BETWEEN parent.id AND parent.id
      ORDER BY p.account_id
      LIMIT 1
    ) p
    CROSS JOIN LATERAL (
      SELECT greatest(CAST(floor(room / (2 * size + 16 * whole / room)) AS bigint), least(room / (2 * size + 1), 1024)) AS step
    ) apart;
    EXIT WHEN array_position(steps, CAST(0 AS bigint)) IS NULL;
    PERFORM spread_places(organization, tight.id, 2 * cardinality(ids)) FROM unnest(ids[:parents], steps) AS tight (id, step) WHERE tight.step = 0;
  END LOOP;

  FOR n IN parents + 1 .. cardinality(ids) LOOP
    IF above[n] = 0 THEN -- a root has all the marks that there are
      roots[n] := ids[n];
      depths[n] := 0;
      steps[n] := (CAST(1 AS bigint) << 62) / (2 * sizes[n] - 1);
      firsts[n] := 0;
    ELSE
      roots[n] := roots[above[n]];
      depths[n] := depths[above[n]] + 1;
      steps[n] := steps[above[n]];
      firsts[n] := free[above[n]];
      free[above[n]] := firsts[n] + 2 * sizes[n] * steps[n];
    END IF;
    lasts[n] := firsts[n] + (2 * sizes[n] - 1) * steps[n];
    free[n] := firsts[n] + steps[n];
  END LOOP;

  INSERT INTO account_places (organization_id, account_id, root_id, first, last, depth)
  SELECT organization, id, root_id, first, last, depth
  FROM unnest(ids[parents + 1:], roots[parents + 1:], firsts, lasts, depths[parents + 1:]) AS placed (id, root_id, first, last, depth);
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION place_accounts(uuid, uuid[], bigint) IS 'Gives new places to accounts that came, moved, went or came back, and to all that is below them. The last argument is how many rows were written, which plans are chosen by.';

-- +goose StatementBegin
CREATE FUNCTION accounts_place_insert() RETURNS trigger LANGUAGE plpgsql
SET enable_nestloop = off -- the plan is kept, and may have been made for one row
AS $$
BEGIN
  PERFORM place_accounts(n.organization_id, array_agg(n.id) FILTER (WHERE parent.id IS NULL), count(*))
  FROM new_rows n
  LEFT JOIN new_rows parent ON parent.organization_id = n.organization_id AND parent.id = n.parent_id
  WHERE n.deleted_at IS NULL
  GROUP BY n.organization_id;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION accounts_place_insert() IS 'What has its parent among the same rows is placed with that.';

-- +goose StatementBegin
CREATE FUNCTION accounts_place_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM place_accounts(organization_id, array_agg(DISTINCT id), count(*))
  FROM (
    SELECT organization_id, id
    FROM (
      SELECT organization_id, id, parent_id, deleted_at IS NULL AS is_live FROM old_rows
      UNION ALL
      SELECT organization_id, id, parent_id, deleted_at IS NULL FROM new_rows
    ) both_rows
    GROUP BY organization_id, id, parent_id, is_live
    HAVING count(*) = 1
  ) changed
  GROUP BY organization_id;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION accounts_place_update() IS 'What is the same before and after keeps its place. A new id is one account that went and one that came.';

-- +goose StatementBegin
CREATE FUNCTION accounts_place_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Who moves what is above them may be about to give them new places.
  PERFORM lock_hierarchies(array_agg(DISTINCT organization_id)) FROM old_rows WHERE deleted_at IS NULL HAVING count(*) > 0;
  PERFORM place_accounts(organization_id, array_agg(id), count(*)) FROM old_rows WHERE deleted_at IS NULL GROUP BY organization_id;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION accounts_place_delete() IS 'Deleted rows that go for good, as in a purge, have no places.';

-- +goose StatementBegin
CREATE FUNCTION accounts_place_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE account_places;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION accounts_place_truncate() IS 'Where there are no accounts, there are no places.';

-- After those that check the hierarchy, by their names: they have the lock that makes writers of a hierarchy queue.
CREATE TRIGGER accounts_place_insert AFTER INSERT ON accounts
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION accounts_place_insert();
CREATE TRIGGER accounts_place_update AFTER UPDATE ON accounts
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION accounts_place_update();
CREATE TRIGGER accounts_place_delete AFTER DELETE ON accounts
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION accounts_place_delete();
CREATE TRIGGER accounts_place_truncate AFTER TRUNCATE ON accounts FOR EACH STATEMENT EXECUTE FUNCTION accounts_place_truncate();

-- +goose StatementBegin
CREATE FUNCTION misplaced_accounts() RETURNS TABLE (organization_id uuid, account_id uuid) LANGUAGE sql STABLE AS $$
  WITH standing AS (
    SELECT coalesce(a.organization_id, p.organization_id) AS organization_id, coalesce(a.id, p.account_id) AS account_id, a.is_live, a.parent_id, p.root_id, p.first, p.last, p.depth,
      lag(p.last) OVER (PARTITION BY a.organization_id, a.parent_id, CASE WHEN a.parent_id IS NULL THEN a.id END ORDER BY p.first) AS before
    FROM (SELECT * FROM accounts WHERE deleted_at IS NULL) a
    FULL JOIN account_places p ON p.organization_id = a.organization_id AND p.account_id = a.id
  )
  SELECT s.organization_id, s.account_id
  FROM standing s
  LEFT JOIN account_places above ON above.organization_id = s.organization_id AND above.account_id = s.parent_id
  WHERE (s.is_live AND CASE WHEN s.parent_id IS NULL
    THEN (s.root_id, s.depth) = (s.account_id, 0)
    ELSE (s.root_id, s.depth) = (above.root_id, above.depth + 1) AND s.first > above.first AND s.last < above.last AND s.first > coalesce(s.before, above.first)
  END) IS NOT TRUE
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION misplaced_accounts() IS 'The accounts whose places are not what accounts.parent_id says: always none.';

-- +goose StatementBegin
DO $$
BEGIN
  PERFORM place_accounts(organization_id, array_agg(id), count(*)) FROM accounts WHERE deleted_at IS NULL AND parent_id IS NULL GROUP BY organization_id;
END
$$;
-- +goose StatementEnd
