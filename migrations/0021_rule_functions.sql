-- +goose Up

-- The functions of the rules, in another language. A function of SQL that a check calls is put into the check by each statement
-- that writes to the table, which parses its text again: that took two thirds of the time of a changed account. And what such a
-- function calls is looked for on the search path, which is empty while a dump is restored: these call nothing of ours.

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION is_line(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN t !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]|^[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]|[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]$';
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION is_text(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN t !~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|^[\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]|[\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$';
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION is_address(a jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  -- What is_line and is_text refuse.
  not_line CONSTANT text := '[\u0001-\u001f\u007f-\u009f\u2028\u2029]|^[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]|[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]$';
  not_text CONSTANT text := '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|^[\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]|[\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$';
BEGIN
  RETURN jsonb_typeof(a) = 'object'
    AND a <> '{}'
    AND a - ARRAY['street', 'city', 'state', 'postalCode', 'country', 'formatted'] = '{}'
    AND (NOT a ? 'formatted' OR a - 'formatted' = '{}')
    AND (NOT a ? 'street' OR jsonb_typeof(a -> 'street') = 'string' AND a ->> 'street' !~ not_text AND char_length(a ->> 'street') BETWEEN 1 AND 255)
    AND (NOT a ? 'city' OR jsonb_typeof(a -> 'city') = 'string' AND a ->> 'city' !~ not_line AND char_length(a ->> 'city') BETWEEN 1 AND 255)
    AND (NOT a ? 'state' OR jsonb_typeof(a -> 'state') = 'string' AND a ->> 'state' !~ not_line AND char_length(a ->> 'state') BETWEEN 1 AND 255)
    AND (NOT a ? 'postalCode' OR jsonb_typeof(a -> 'postalCode') = 'string' AND a ->> 'postalCode' !~ not_line AND char_length(a ->> 'postalCode') BETWEEN 1 AND 32)
    AND (NOT a ? 'country' OR jsonb_typeof(a -> 'country') = 'string' AND a ->> 'country' ~ '^[A-Z]{2}$')
    AND (NOT a ? 'formatted' OR jsonb_typeof(a -> 'formatted') = 'string' AND a ->> 'formatted' !~ not_text AND char_length(a ->> 'formatted') BETWEEN 1 AND 1024);
END
$$;
-- +goose StatementEnd
