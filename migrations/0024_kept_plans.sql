-- +goose Up

-- Plans are made by what is known of a table, which may be of a time when it had a row or none: then a scan seems as good as any index, and
-- any index that begins with the organization as good as the right one. So each row is looked up by itself (LIMIT 1; children: OFFSET 0), by
-- a range (BETWEEN x AND x) in an order that only the right index has, and neither scans nor sorts are to be had for it.

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION accounts_check_insert() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_sort = off
AS $$
DECLARE
  organizations uuid[] := (SELECT array_agg(DISTINCT organization_id) FROM new_rows WHERE parent_id IS NOT NULL);
  culprit uuid;
BEGIN
  IF organizations IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM lock_hierarchies(organizations);

  SELECT c.id INTO culprit
  FROM new_rows c
  CROSS JOIN LATERAL (
    SELECT a.deleted_at FROM accounts a WHERE a.organization_id = c.organization_id AND a.id BETWEEN c.parent_id AND c.parent_id ORDER BY a.id LIMIT 1
  ) p
  WHERE c.deleted_at IS NULL AND p.deleted_at IS NOT NULL
  LIMIT 1;
  IF culprit IS NOT NULL THEN
    RAISE EXCEPTION 'the parent of account % is deleted', culprit
      USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_parent_live', TABLE = 'accounts';
  END IF;

  -- Nothing that was there before can be a child of a new row, so a circle would lie among the new rows.
  -- A full join, because the planner can't make a loop within a loop of it.
  WITH numbered AS (
    SELECT organization_id, id, parent_id, row_number() OVER () AS number FROM new_rows
  ), linked AS (
    SELECT c.id, c.number, p.number AS above
    FROM numbered c
    FULL JOIN numbered p ON p.organization_id = c.organization_id AND p.id = c.parent_id
  ), arrays AS (
    SELECT array_agg(id ORDER BY number) FILTER (WHERE number IS NOT NULL) AS ids,
      array_agg(CAST(coalesce(above, 0) AS integer) ORDER BY number) FILTER (WHERE number IS NOT NULL) AS parents
    FROM linked
  )
  SELECT ids[first_in_circle(parents)] INTO culprit FROM arrays;
  IF culprit IS NOT NULL THEN
    RAISE EXCEPTION 'account % would be its own ancestor', culprit
      USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_no_cycle', TABLE = 'accounts';
  END IF;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION accounts_check_update() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_sort = off
AS $$
DECLARE
  organizations uuid[];
  culprit uuid;
BEGIN
  SELECT array_agg(DISTINCT organization_id) INTO organizations
  FROM (
    SELECT organization_id, id, parent_id, deleted_at IS NULL FROM new_rows
    EXCEPT
    SELECT organization_id, id, parent_id, deleted_at IS NULL FROM old_rows
  ) changed;
  IF organizations IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM lock_hierarchies(organizations);

  SELECT touched.id INTO culprit
  FROM (
    SELECT c.organization_id, c.id, c.parent_id, c.deleted_at
    FROM new_rows n
    CROSS JOIN LATERAL (
      SELECT a.* FROM accounts a WHERE a.organization_id = n.organization_id AND a.id BETWEEN n.id AND n.id ORDER BY a.id LIMIT 1
    ) c
    UNION ALL
    SELECT c.organization_id, c.id, c.parent_id, c.deleted_at
    FROM new_rows n
    CROSS JOIN LATERAL (
      SELECT a.* FROM accounts a WHERE a.organization_id = n.organization_id AND a.parent_id BETWEEN n.id AND n.id ORDER BY a.parent_id OFFSET 0
    ) c
    WHERE n.deleted_at IS NOT NULL
  ) touched
  CROSS JOIN LATERAL (
    SELECT a.deleted_at FROM accounts a WHERE a.organization_id = touched.organization_id AND a.id BETWEEN touched.parent_id AND touched.parent_id ORDER BY a.id LIMIT 1
  ) p
  WHERE touched.deleted_at IS NULL AND p.deleted_at IS NOT NULL
  LIMIT 1;
  IF culprit IS NOT NULL THEN
    RAISE EXCEPTION 'the parent of account % is deleted', culprit
      USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_parent_live', TABLE = 'accounts';
  END IF;

  -- Everything at or above what changed: a circle would lie among it.
  WITH RECURSIVE above (organization_id, id, parent_id) AS (
    SELECT c.organization_id, c.id, c.parent_id
    FROM new_rows n
    CROSS JOIN LATERAL (
      SELECT a.* FROM accounts a WHERE a.organization_id = n.organization_id AND a.id BETWEEN n.id AND n.id ORDER BY a.id LIMIT 1
    ) c
    UNION
    SELECT p.organization_id, p.id, p.parent_id
    FROM above
    CROSS JOIN LATERAL (
      SELECT a.* FROM accounts a WHERE a.organization_id = above.organization_id AND a.id BETWEEN above.parent_id AND above.parent_id ORDER BY a.id LIMIT 1
    ) p
  ), numbered AS (
    SELECT organization_id, id, parent_id, row_number() OVER () AS number FROM above
  ), linked AS (
    SELECT c.id, c.number, p.number AS above
    FROM numbered c
    FULL JOIN numbered p ON p.organization_id = c.organization_id AND p.id = c.parent_id
  ), arrays AS (
    SELECT array_agg(id ORDER BY number) FILTER (WHERE number IS NOT NULL) AS ids,
      array_agg(CAST(coalesce(above, 0) AS integer) ORDER BY number) FILTER (WHERE number IS NOT NULL) AS parents
    FROM linked
  )
  SELECT ids[first_in_circle(parents)] INTO culprit FROM arrays;
  IF culprit IS NOT NULL THEN
    RAISE EXCEPTION 'account % would be its own ancestor', culprit
      USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_no_cycle', TABLE = 'accounts';
  END IF;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION spread_places(organization uuid, account uuid, marks bigint) RETURNS void LANGUAGE plpgsql
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

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION place_accounts(organization uuid, changed uuid[], written bigint) RETURNS void LANGUAGE plpgsql
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
