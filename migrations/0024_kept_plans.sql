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
