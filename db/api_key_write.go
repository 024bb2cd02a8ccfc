package db

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// CreateAPIKeyInput is an API key that is about to be made.
type CreateAPIKeyInput struct {
	Name  string
	Scope Scope
	// ExpiresAt is from when on the key is refused; nil for never.
	ExpiresAt *time.Time
}

// event is the key as events keep it: nothing that would help to sign in.
func (k *APIKey) event() map[string]any {
	return map[string]any{"name": k.Name, "prefix": k.Prefix, "scope": k.Scope, "expires_at": k.ExpiresAt}
}

// CreateAPIKey makes an API key and returns it with its text, which nobody will see again. It is for admins; others are FORBIDDEN.
func (d *DB) CreateAPIKey(ctx context.Context, v Viewer, in CreateAPIKeyInput) (*APIKey, string, error) {
	key, text := &APIKey{}, ""
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayConfigure(); err != nil {
			return err
		}
		c := validation{path: []string{"input"}}
		name, err := requireText(in.Name, maxName)
		c.fail(err, "name")
		if in.Scope.role() == "" {
			c.fail(problem(ProblemInvalid, "%s is none of READ, WRITE, ADMIN", shown(string(in.Scope))), "scope")
		}
		if err := checkExpiry(ctx, tx, &c, in.ExpiresAt); err != nil {
			return err
		}
		if err := c.err(); err != nil {
			return err
		}
		text = newAPIKeyText()
		hash, _ := HashAPIKey(text)
		actor := v.actor()
		err = sqlx.GetContext(ctx, tx, key, `
			INSERT INTO api_keys AS k (organization_id, name, prefix, hash, scope, expires_at, created_by_kind, created_by_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			RETURNING `+columns[APIKey]("k"), v.Organization, name, text[:apiKeyPrefixLength], hash[:], in.Scope, in.ExpiresAt, actor.Kind, actor.ID)
		if err != nil {
			return failure("create API key", err)
		}
		return appendEvents(ctx, tx, v, event{kind: "api_key.created", entity: "api_key", id: key.ID.uuid, after: key.event()})
	})
	if err != nil {
		return nil, "", err
	}
	return key, text, nil
}

// checkExpiry notes a moment that is over by the database's clock.
func checkExpiry(ctx context.Context, tx *sqlx.Tx, c *validation, expiresAt *time.Time) error {
	if expiresAt == nil {
		return nil
	}
	over, err := all[bool](ctx, tx, textOf("SELECT $1::timestamptz <= now()", *expiresAt), "compare with now")
	if err != nil {
		return err
	}
	if over[0] {
		c.fail(problem(ProblemOutOfRange, "%s is over: name a moment to come, or none for a key that does not expire", expiresAt.UTC().Format(time.RFC3339)), "expiresAt")
	}
	return nil
}

// RevokeAPIKey ends an API key for good. One that is revoked already stays as it is. Servers may let the key in for as long
// as they remember it (package auth says how long). It is for admins; others are FORBIDDEN.
func (d *DB) RevokeAPIKey(ctx context.Context, v Viewer, id APIKeyID) (*APIKey, error) {
	var revoked *APIKey
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		if err := v.mayConfigure(); err != nil {
			return err
		}
		s := &statement{}
		s.write("SELECT ", columns[APIKey]("k"), "\nFROM api_keys k\nWHERE ", v.own(s, "k"), " AND k.id = ", s.arg(id), "\nFOR NO KEY UPDATE")
		found, err := all[*APIKey](ctx, tx, s, "lock API key")
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return Problems{problem(ProblemNotFound, "there is no API key with this id").at("id")}
		}
		if revoked = found[0]; revoked.RevokedAt != nil {
			return nil
		}
		written, err := all[*APIKey](ctx, tx, textOf("UPDATE api_keys k SET revoked_at = now() WHERE k.organization_id = $1 AND k.id = $2 RETURNING "+columns[APIKey]("k"),
			v.Organization, id), "revoke API key")
		if err != nil {
			return err
		}
		revoked = written[0]
		return appendEvents(ctx, tx, v, event{kind: "api_key.revoked", entity: "api_key", id: id.uuid,
			before: map[string]any{"revoked_at": nil}, after: map[string]any{"revoked_at": revoked.RevokedAt}})
	})
	if err != nil {
		return nil, err
	}
	return revoked, nil
}
