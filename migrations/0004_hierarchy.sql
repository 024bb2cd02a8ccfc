-- +goose Up

CREATE TABLE hierarchies (
  organization_id uuid   NOT NULL,
  version         bigint NOT NULL,
  CONSTRAINT hierarchies_pkey PRIMARY KEY (organization_id),
  CONSTRAINT hierarchies_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
COMMENT ON TABLE hierarchies IS 'One row an organization: whoever changes its hierarchy updates the row first, so that changes queue and a stale snapshot fails.';

CREATE TABLE parent_changes (
  organization_id uuid        NOT NULL,
  id              uuid        NOT NULL DEFAULT new_id(),
  account_id      uuid        NOT NULL,
  from_id         uuid,
  to_id           uuid,
  reason          text,
  changed_at      timestamptz NOT NULL DEFAULT now(),
  changed_by_kind actor_kind  NOT NULL DEFAULT 'SYSTEM',
  changed_by_id   uuid,
  CONSTRAINT parent_changes_pkey PRIMARY KEY (organization_id, id),
  CONSTRAINT parent_changes_account_fkey FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT parent_changes_reason_check CHECK (char_length(reason) BETWEEN 1 AND 1000),
  CONSTRAINT parent_changes_changed_by_check CHECK ((changed_by_kind = 'USER') = (changed_by_id IS NOT NULL))
);
CREATE INDEX parent_changes_account_idx ON parent_changes (organization_id, account_id, changed_at, id);
COMMENT ON TABLE parent_changes IS 'Every change of an account''s parent: from, to, when, who, why. A parent given at creation is not a change.';

-- The fence around the hierarchy. The API answers first and better; this holds for whatever gets past it:
-- SQL typed by hand, COPY, racing transactions at any isolation level.
-- +goose StatementBegin
CREATE FUNCTION lock_hierarchies(organizations uuid[]) RETURNS void LANGUAGE sql AS $$
  -- In the order of their ids, so that two writers of several organizations do not deadlock.
  INSERT INTO hierarchies (organization_id, version)
  SELECT DISTINCT organization, 1 FROM unnest(organizations) AS organization ORDER BY organization
  ON CONFLICT (organization_id) DO UPDATE SET version = hierarchies.version + 1
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION lock_hierarchies(uuid[]) IS 'Makes writers of a hierarchy queue. An update, not a mere lock: it makes a racer with an older snapshot fail with 40001.';

-- +goose StatementBegin
CREATE FUNCTION first_in_circle(parents integer[]) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT AS $$
-- A loop over arrays, since depth is no matter to it: a recursive query would look at all rows again for each level.
DECLARE
  passed integer[] := array_fill(0, ARRAY[cardinality(parents)]);
  at integer;
BEGIN
  FOR start IN 1 .. cardinality(parents) LOOP
    at := start;
    WHILE at > 0 AND passed[at] = 0 LOOP
      passed[at] := start;
      at := parents[at];
    END LOOP;
    IF at > 0 AND passed[at] = start THEN
      RETURN at;
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION first_in_circle(integer[]) IS 'The first of numbered things that is above itself; null if none is. Element i is the number of what is above i, 0 for nothing.';

-- +goose StatementBegin
CREATE FUNCTION accounts_check_insert() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  organizations uuid[] := (SELECT array_agg(DISTINCT organization_id) FROM new_rows WHERE parent_id IS NOT NULL);
  culprit uuid;
BEGIN
  IF organizations IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM lock_hierarchies(organizations);

  -- OFFSET 0 makes each parent be looked up by its key: what the planner knows of a table is of before the statement.
  SELECT c.id INTO culprit
  FROM new_rows c
  CROSS JOIN LATERAL (
    SELECT a.deleted_at FROM accounts a WHERE a.organization_id = c.organization_id AND a.id = c.parent_id OFFSET 0
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
CREATE FUNCTION accounts_check_update() RETURNS trigger LANGUAGE plpgsql AS $$
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

  -- OFFSET 0 makes each row be looked up by its key: what the planner knows of a table is of before the statement.
  SELECT touched.id INTO culprit
  FROM (
    SELECT c.organization_id, c.id, c.parent_id, c.deleted_at
    FROM new_rows n
    CROSS JOIN LATERAL (
      SELECT a.* FROM accounts a WHERE a.organization_id = n.organization_id AND a.id = n.id OFFSET 0
    ) c
    UNION ALL
    SELECT c.organization_id, c.id, c.parent_id, c.deleted_at
    FROM new_rows n
    CROSS JOIN LATERAL (
      SELECT a.* FROM accounts a WHERE a.organization_id = n.organization_id AND a.parent_id = n.id OFFSET 0
    ) c
    WHERE n.deleted_at IS NOT NULL
  ) touched
  CROSS JOIN LATERAL (
    SELECT a.deleted_at FROM accounts a WHERE a.organization_id = touched.organization_id AND a.id = touched.parent_id OFFSET 0
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
      SELECT a.* FROM accounts a WHERE a.organization_id = n.organization_id AND a.id = n.id OFFSET 0
    ) c
    UNION
    SELECT p.organization_id, p.id, p.parent_id
    FROM above
    CROSS JOIN LATERAL (
      SELECT a.* FROM accounts a WHERE a.organization_id = above.organization_id AND a.id = above.parent_id OFFSET 0
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

CREATE TRIGGER accounts_check_insert AFTER INSERT ON accounts
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION accounts_check_insert();
CREATE TRIGGER accounts_check_update AFTER UPDATE ON accounts
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION accounts_check_update();
