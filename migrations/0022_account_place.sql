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
CREATE FUNCTION spread_places(organization uuid, account uuid, marks bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  around account_places;
  held bigint;
  above uuid := account;
  higher bigint := 1;
BEGIN
  -- An account with so much room that what is between its marks can be spread evenly, and much comes before it is tight again:
  -- the more there is to move, the more room there has to be, so that each mark is seldom moved. Those above are looked at ever
  -- further apart, as to count what is below each would take long in a chain.
  LOOP
    SELECT p.* INTO STRICT around FROM account_places p WHERE p.organization_id = organization AND p.account_id = above;
    SELECT 2 * count(*) INTO held
    FROM account_places p
    WHERE p.organization_id = organization AND p.root_id = around.root_id AND p.first > around.first AND p.first < around.last;
    EXIT WHEN above = around.root_id
      OR around.last - around.first >= greatest(16 * power(held + marks, 1.5), (held + 1) * (marks + 1)); -- the latter is room for the marks, wherever
    FOR step IN 1 .. higher LOOP
      SELECT a.parent_id INTO STRICT above FROM accounts a WHERE a.organization_id = organization AND a.id = above;
      EXIT WHEN above = around.root_id;
    END LOOP;
    higher := 2 * higher;
  END LOOP;

  WITH crowded AS (
    SELECT p.account_id, mark
    FROM account_places p
    CROSS JOIN LATERAL (VALUES (p.first), (p.last)) AS own (mark)
    WHERE p.organization_id = organization AND p.root_id = around.root_id AND p.first > around.first AND p.first < around.last
  ), numbered AS (
    SELECT account_id, around.first + (around.last - around.first) / (held + 1) * row_number() OVER (ORDER BY mark) AS mark FROM crowded
  ), spread AS (
    SELECT account_id, min(mark) AS first, max(mark) AS last FROM numbered GROUP BY account_id
  )
  UPDATE account_places p SET first = spread.first, last = spread.last
  FROM spread
  WHERE p.organization_id = organization AND p.account_id = spread.account_id;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION spread_places(uuid, uuid, bigint) IS 'Makes room for some marks right below an account, and right below each that moves.';

-- +goose StatementBegin
CREATE FUNCTION place_accounts(organization uuid, accounts uuid[], parents uuid[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan -- one plan is good for all, and to make it anew takes longer than to place an account
SET enable_seqscan = off -- also one that was made while there were few accounts
AS $$
DECLARE
  -- Of what gets a place, and of the parents that have one: those above have the lower numbers, and 0 is above roots and above these parents.
  ids uuid[];
  above integer[];
  are_new boolean[];
  sizes bigint[];
  -- Of those below 0 at first, then of all.
  roots uuid[];
  depths integer[];
  firsts bigint[];
  steps bigint[]; -- from mark to mark
  lasts bigint[];
  free bigint[]; -- the next mark below each
  tight uuid;
BEGIN
  -- A full join, because the planner can't make a loop within a loop of it.
  WITH given AS (
    SELECT id, parent_id FROM unnest(accounts, parents) AS given (id, parent_id)
  ), numbered AS (
    SELECT id, parent_id, is_new, row_number() OVER () AS number
    FROM (
      SELECT id, parent_id, true AS is_new FROM given
      UNION ALL
      SELECT id, NULL, false FROM (SELECT parent_id FROM given WHERE parent_id IS NOT NULL EXCEPT SELECT id FROM given) AS parents (id)
    ) everything
  ), linked AS (
    SELECT c.id, c.is_new, c.number, coalesce(p.number, 0) AS above FROM numbered c FULL JOIN numbered p ON p.id = c.parent_id
  ), leveled AS (
    SELECT hierarchy_levels(array_agg(CAST(linked.above AS integer) ORDER BY number)) AS levels FROM linked WHERE number IS NOT NULL
  ), ranked AS (
    SELECT number, row_number() OVER (ORDER BY level, number) AS rank FROM unnest((SELECT levels FROM leveled)) WITH ORDINALITY AS answer (level, number)
  ), ordered AS (
    SELECT l.id, l.is_new, l.above, r.rank FROM linked l FULL JOIN ranked r ON r.number = l.number WHERE l.number IS NOT NULL
  )
  SELECT array_agg(o.id ORDER BY o.rank), array_agg(CAST(coalesce(r.rank, 0) AS integer) ORDER BY o.rank), array_agg(o.is_new ORDER BY o.rank)
  INTO ids, above, are_new
  FROM ordered o
  FULL JOIN ranked r ON r.number = o.above
  WHERE o.rank IS NOT NULL;
  IF ids IS NULL THEN
    RETURN;
  END IF;

  -- Loops over arrays, as depth is no matter to them.
  sizes := array_fill(CAST(1 AS bigint), ARRAY[cardinality(ids)]);
  FOR n IN REVERSE cardinality(ids) .. 1 LOOP
    IF above[n] > 0 THEN
      sizes[above[n]] := sizes[above[n]] + sizes[n];
    END IF;
  END LOOP;

  -- A root has all the marks that there are, for itself and those below it. What comes below a parent gets places before what is there:
  -- of much room a small part, at its end, so that there is some for those that come later; of little room all.
  LOOP
    SELECT array_agg(coalesce(p.root_id, top.id) ORDER BY number), array_agg(coalesce(p.depth, 0) ORDER BY number),
      array_agg(coalesce(p.next - apart * (2 * top.size - 1), 0) ORDER BY number), array_agg(apart ORDER BY number),
      (array_agg(top.id) FILTER (WHERE apart = 0))[1]
    INTO roots, depths, firsts, steps, tight
    FROM unnest(ids, above, are_new, sizes) WITH ORDINALITY AS top (id, above, is_new, size, number)
    LEFT JOIN LATERAL (
      SELECT p.root_id, p.depth, p.first, coalesce((
        SELECT b.first
        FROM account_places b
        WHERE b.organization_id = organization AND b.root_id = p.root_id AND b.first > p.first AND b.first < p.last
        ORDER BY b.first
        LIMIT 1), p.last) AS next
      FROM account_places p
      WHERE NOT top.is_new AND p.organization_id = organization AND p.account_id = top.id
      OFFSET 0
    ) p ON true
    CROSS JOIN LATERAL (
      SELECT CASE
        WHEN top.is_new THEN (CAST(1 AS bigint) << 62) / (2 * top.size - 1)
        ELSE greatest((p.next - p.first) / (128 * (top.size - 1)), least((p.next - p.first) / (2 * top.size - 1), 1024))
      END AS apart
    ) room
    WHERE top.above = 0;
    EXIT WHEN tight IS NULL;
    PERFORM spread_places(organization, tight, 2 * cardinality(ids));
  END LOOP;

  FOR n IN 1 .. cardinality(ids) LOOP
    IF above[n] > 0 THEN
      roots[n] := roots[above[n]];
      depths[n] := depths[above[n]] + 1;
      steps[n] := steps[above[n]];
      firsts[n] := free[above[n]];
      free[above[n]] := firsts[n] + steps[n] * 2 * sizes[n];
    END IF;
    lasts[n] := firsts[n] + steps[n] * (2 * sizes[n] - 1);
    free[n] := firsts[n] + steps[n];
  END LOOP;

  INSERT INTO account_places (organization_id, account_id, root_id, first, last, depth)
  SELECT organization, id, root_id, first, last, depth
  FROM unnest(ids, roots, firsts, lasts, depths, are_new) AS placed (id, root_id, first, last, depth, is_new)
  WHERE is_new;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION place_accounts(uuid, uuid[], uuid[]) IS 'Gives places to live accounts that have none, all at once: each is a root, below one that has a place, or below another of them.';

-- +goose StatementBegin
CREATE FUNCTION accounts_place_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Nothing that was there before can be below a new row.
  PERFORM place_accounts(organization_id, array_agg(id), array_agg(parent_id)) FROM new_rows WHERE deleted_at IS NULL GROUP BY organization_id;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION accounts_place_update() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
  changed record;
  ids uuid[];
  parents uuid[];
BEGIN
  FOR changed IN
    SELECT organization_id, array_agg(id) AS ids
    FROM (
      SELECT organization_id, id, parent_id, deleted_at IS NULL FROM new_rows
      EXCEPT
      SELECT organization_id, id, parent_id, deleted_at IS NULL FROM old_rows
    ) rows
    GROUP BY organization_id
  LOOP
    -- What changed loses its place, and so does all that was below it: of that, what is live is now below something that changed
    -- and whose parent kept its place.
    DELETE FROM account_places p
    USING (
      SELECT top.root_id, top.first, top.last,
        max(top.last) OVER (PARTITION BY top.root_id ORDER BY top.first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
      FROM account_places top
      WHERE top.organization_id = changed.organization_id AND top.account_id = ANY(changed.ids)
    ) top
    WHERE p.organization_id = changed.organization_id AND p.root_id = top.root_id AND p.first BETWEEN top.first AND top.last
      AND (top.reached IS NULL OR top.reached < top.first); -- not below another one
    -- OFFSET 0 makes accounts be looked up by their keys: what the planner knows of a table is of before the statement.
    WITH RECURSIVE placed (id, parent_id) AS (
      SELECT a.id, a.parent_id
      FROM unnest(changed.ids) AS wanted (id)
      CROSS JOIN LATERAL (
        SELECT a.id, a.parent_id, a.deleted_at FROM accounts a WHERE a.organization_id = changed.organization_id AND a.id = wanted.id OFFSET 0
      ) a
      WHERE a.deleted_at IS NULL AND (a.parent_id IS NULL
        OR EXISTS (SELECT FROM account_places p WHERE p.organization_id = changed.organization_id AND p.account_id = a.parent_id))
      UNION ALL
      SELECT child.id, placed.id
      FROM placed
      CROSS JOIN LATERAL (
        SELECT a.id, a.deleted_at FROM accounts a WHERE a.organization_id = changed.organization_id AND a.parent_id = placed.id OFFSET 0
      ) child
      WHERE child.deleted_at IS NULL
    )
    SELECT array_agg(id), array_agg(parent_id) INTO ids, parents FROM placed;
    PERFORM place_accounts(changed.organization_id, ids, parents);
  END LOOP;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION accounts_place_delete() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
BEGIN
  DELETE FROM account_places p USING old_rows o WHERE p.organization_id = o.organization_id AND p.account_id = o.id;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- After those that check the hierarchy, by their names: they have the lock that makes writers of a hierarchy queue.
CREATE TRIGGER accounts_place_insert AFTER INSERT ON accounts
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION accounts_place_insert();
CREATE TRIGGER accounts_place_update AFTER UPDATE ON accounts
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION accounts_place_update();
CREATE TRIGGER accounts_place_delete AFTER DELETE ON accounts
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION accounts_place_delete();

-- +goose StatementBegin
CREATE FUNCTION misplaced_accounts() RETURNS TABLE (organization_id uuid, account_id uuid) LANGUAGE sql STABLE AS $$
  WITH standing AS (
    SELECT coalesce(a.organization_id, p.organization_id) AS organization_id, coalesce(a.id, p.account_id) AS account_id, a.parent_id, p.root_id, p.first, p.last, p.depth,
      lag(p.last) OVER (PARTITION BY a.organization_id, a.parent_id, CASE WHEN a.parent_id IS NULL THEN a.id END ORDER BY p.first) AS before
    FROM (SELECT * FROM accounts WHERE deleted_at IS NULL) a
    FULL JOIN account_places p ON p.organization_id = a.organization_id AND p.account_id = a.id
  )
  SELECT s.organization_id, s.account_id
  FROM standing s
  LEFT JOIN account_places above ON above.organization_id = s.organization_id AND above.account_id = s.parent_id
  WHERE CASE WHEN s.parent_id IS NULL
    THEN (s.root_id, s.depth) = (s.account_id, 0)
    ELSE (s.root_id, s.depth) = (above.root_id, above.depth + 1) AND s.first > above.first AND s.last < above.last AND s.first > coalesce(s.before, above.first)
  END IS NOT TRUE
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION misplaced_accounts() IS 'The accounts whose places are not what accounts.parent_id says: always none.';

-- +goose StatementBegin
DO $$
BEGIN
  PERFORM place_accounts(organization_id, array_agg(id), array_agg(parent_id)) FROM accounts WHERE deleted_at IS NULL GROUP BY organization_id;
END
$$;
-- +goose StatementEnd
