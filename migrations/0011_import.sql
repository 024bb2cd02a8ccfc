-- +goose Up

CREATE TABLE imports (
  organization_id uuid        NOT NULL,
  id              uuid        NOT NULL DEFAULT new_id(),
  entity          text        NOT NULL,
  file_name       text        NOT NULL,
  fingerprint     text        NOT NULL,
  columns         jsonb       NOT NULL,
  options         jsonb       NOT NULL,
  industries      jsonb       NOT NULL DEFAULT '{}',
  is_upload       boolean     NOT NULL,
  is_dry_run      boolean     NOT NULL,
  state           text        NOT NULL DEFAULT 'READING',
  row_count       bigint      NOT NULL DEFAULT 0,
  pending_count   bigint      NOT NULL DEFAULT 0,
  created_count   bigint      NOT NULL DEFAULT 0,
  updated_count   bigint      NOT NULL DEFAULT 0,
  moved_count     bigint      NOT NULL DEFAULT 0,
  unchanged_count bigint      NOT NULL DEFAULT 0,
  repeated_count  bigint      NOT NULL DEFAULT 0,
  rejected_count  bigint      NOT NULL DEFAULT 0,
  industry_count  bigint      NOT NULL DEFAULT 0,
  failure         text,
  started_at      timestamptz NOT NULL DEFAULT now(),
  started_by_kind actor_kind  NOT NULL,
  started_by_id   uuid,
  finished_at     timestamptz,
  CONSTRAINT imports_pkey PRIMARY KEY (organization_id, id),
  CONSTRAINT imports_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
  CONSTRAINT imports_entity_check CHECK (entity IN ('ACCOUNT', 'CONTACT')),
  CONSTRAINT imports_file_name_check CHECK (char_length(file_name) BETWEEN 1 AND 255),
  CONSTRAINT imports_state_check CHECK (state IN ('READING', 'CHECKING', 'WRITING', 'DONE', 'ABANDONED', 'FAILED')),
  CONSTRAINT imports_finished_check CHECK ((finished_at IS NOT NULL) = (state IN ('DONE', 'ABANDONED', 'FAILED'))),
  CONSTRAINT imports_failure_check CHECK ((failure IS NOT NULL) = (state = 'FAILED')),
  CONSTRAINT imports_started_by_check CHECK ((started_by_kind = 'SYSTEM') = (started_by_id IS NULL))
);
-- The fence; whoever runs an import holds an advisory lock besides, which ends with its connection.
CREATE UNIQUE INDEX imports_unfinished_key ON imports (organization_id) WHERE finished_at IS NULL;
CREATE INDEX imports_started_at_idx ON imports (organization_id, started_at, id);
COMMENT ON TABLE imports IS 'Files that were brought into an organization, one at a time: what came of their rows.';
COMMENT ON COLUMN imports.pending_count IS 'Rows that wait to be checked or written.';
COMMENT ON COLUMN imports.fingerprint IS 'SHA-256 of the file and of what was asked for: the same again continues an import that was stopped.';
COMMENT ON COLUMN imports.columns IS 'Field of the record -> name of the file''s column. A field without a column is left as it is.';
COMMENT ON COLUMN imports.industries IS 'Key -> label of the values that the rows want to add to the list account_industry.';
COMMENT ON COLUMN imports.is_dry_run IS 'Whether nothing is written: what is counted would have been.';
COMMENT ON COLUMN imports.is_upload IS 'Whether the server runs it, and continues it after a restart.';

CREATE TABLE import_rows (
  organization_id    uuid   NOT NULL,
  import_id          uuid   NOT NULL,
  line               bigint NOT NULL,
  source             text   COLLATE "C",
  external_id        text   COLLATE "C",
  record_id          uuid,
  parent_source      text   COLLATE "C",
  parent_external_id text   COLLATE "C",
  parent_record_id   uuid,
  record             jsonb,
  cells              json   NOT NULL,
  problems           jsonb,
  CONSTRAINT import_rows_pkey PRIMARY KEY (organization_id, import_id, line),
  CONSTRAINT import_rows_import_fkey FOREIGN KEY (organization_id, import_id) REFERENCES imports (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX import_rows_rejected_idx ON import_rows (organization_id, import_id, line) WHERE problems IS NOT NULL;
COMMENT ON TABLE import_rows IS 'The rows of imports that wait to be written, and those that were rejected. What is written is removed by the transaction that writes it.';
COMMENT ON COLUMN import_rows.line IS 'The line of the file where the row begins; the header is on line 1.';
COMMENT ON COLUMN import_rows.record IS 'The values by the rules, under the columns'' names, as events keep them.';
COMMENT ON COLUMN import_rows.cells IS 'The cells as they are in the file.';
COMMENT ON COLUMN import_rows.problems IS 'What is wrong with the row: [{column, value, code, reason}]; null if nothing is known to be.';

-- +goose StatementBegin
CREATE FUNCTION hierarchy_levels(parents integer[]) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE STRICT AS $$
-- Loops over arrays, as in first_in_circle: depth is no matter to them, and each thing is passed twice at most.
DECLARE
  levels integer[] := array_fill(CAST(NULL AS integer), ARRAY[cardinality(parents)]);
  at integer;
  level integer;
BEGIN
  FOR start IN 1 .. cardinality(parents) LOOP
    -- Up to what is known already. What is passed is marked by what no level is, so that a circle ends the climb.
    at := start;
    level := 0;
    WHILE at > 0 AND levels[at] IS NULL LOOP
      levels[at] := -3;
      level := level + 1;
      at := parents[at];
    END LOOP;
    IF at > 0 AND levels[at] = -3 THEN
      WHILE levels[at] = -3 LOOP
        levels[at] := -1;
        at := parents[at];
      END LOOP;
    END IF;
    -- Down again, in thought: the way up is gone once more, with the levels counted down.
    IF at = 0 THEN
      level := level - 1;
    ELSIF levels[at] >= 0 THEN
      level := level + levels[at];
    ELSE
      level := -2;
    END IF;
    at := start;
    WHILE at > 0 AND levels[at] = -3 LOOP
      levels[at] := level;
      level := CASE WHEN level = -2 THEN -2 ELSE level - 1 END;
      at := parents[at];
    END LOOP;
  END LOOP;
  RETURN levels;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION hierarchy_levels(integer[]) IS 'How many are above each of numbered things; -1 for what is above itself, -2 for what is below that. Element i is the number of what is above i, 0 for nothing.';

-- +goose StatementBegin
CREATE FUNCTION take_in_turn(parents integer[], claimants integer[], claimed integer[], sharing boolean[]) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  refused boolean[] := array_fill(false, ARRAY[cardinality(parents)]);
  holders integer[] := array_fill(0, ARRAY[(SELECT max(thing) FROM unnest(claimed) AS thing)]);
  answers integer[] := claimants;
  at integer := 1;
  beginning integer;
BEGIN
  FOR turn IN 1 .. cardinality(parents) LOOP
    refused[turn] := parents[turn] > 0 AND refused[parents[turn]];
    beginning := at;
    WHILE at <= cardinality(claimants) AND claimants[at] = turn LOOP
      IF holders[claimed[at]] > 0 THEN
        answers[at] := holders[claimed[at]];
        refused[turn] := refused[turn] OR NOT sharing[at];
      END IF;
      at := at + 1;
    END LOOP;
    IF NOT refused[turn] THEN
      FOR claim IN beginning .. at - 1 LOOP
        IF answers[claim] = turn THEN
          holders[claimed[claim]] := turn;
        END IF;
      END LOOP;
    END IF;
  END LOOP;
  RETURN answers;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION take_in_turn(integer[], integer[], integer[], boolean[]) IS 'Who gets what several ask for: whoever''s turn comes first. Rows take their turn by number, parents (their numbers, 0 for none) before children. Claim i is of the row claimants[i], in the order of the rows, for the thing claimed[i]. A row that comes too late for one of its claims, and does not share, is refused and gets nothing; so are its children. The answer has for each claim the row that holds the thing: the claimant itself, or who came before.';
