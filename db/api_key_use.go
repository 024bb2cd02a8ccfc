package db

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// APIKeyHolder is who presents an API key, as far as the database knows.
type APIKeyHolder struct {
	// Viewer is who asks, in the key's organization.
	Viewer Viewer
	// IsRevoked tells that the key was revoked.
	IsRevoked bool
	// ExpiresIn is how long the key is good for; negative or 0 if it is expired, nil if it does not expire.
	ExpiresIn *time.Duration
	// IsRecorded tells that the key's last use was noted less than a minute ago.
	IsRecorded bool
}

const apiKeyByHashSQL = `
SELECT k.organization_id, k.id, k.scope, k.revoked_at IS NOT NULL AS is_revoked,
  CAST(extract(epoch FROM k.expires_at - now()) AS double precision) AS expires_in,
  coalesce(k.last_used_at > now() - interval '1 minute', false) AS is_recorded
FROM api_keys k
WHERE k.hash = $1`

// APIKeyByHash returns who presents a key; nil if there is none with this hash. It is the one read without a viewer: it finds
// out who that is. The clock is the database's.
func (d *DB) APIKeyByHash(ctx context.Context, hash APIKeyHash) (*APIKeyHolder, error) {
	type row struct {
		OrganizationID OrganizationID `db:"organization_id"`
		ID             APIKeyID       `db:"id"`
		Scope          Scope          `db:"scope"`
		IsRevoked      bool           `db:"is_revoked"`
		ExpiresIn      *float64       `db:"expires_in"`
		IsRecorded     bool           `db:"is_recorded"`
	}
	rows, err := all[*row](ctx, d.pool, textOf(apiKeyByHashSQL, hash[:]), "API key by hash")
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	r := rows[0]
	holder := &APIKeyHolder{
		Viewer:    Viewer{Organization: r.OrganizationID, APIKey: &r.ID, Role: r.Scope.role()},
		IsRevoked: r.IsRevoked, IsRecorded: r.IsRecorded,
	}
	if r.ExpiresIn != nil {
		left := time.Duration(min(*r.ExpiresIn, maxExpiresIn.Seconds()) * float64(time.Second))
		holder.ExpiresIn = &left
	}
	return holder, nil
}

// maxExpiresIn bounds what is told of how long a key is good for: a Duration ends after 292 years.
const maxExpiresIn = 100 * 365 * 24 * time.Hour

// RecordAPIKeyUses notes that the API keys of these viewers are used now, at most once a minute for each. No event tells of it.
func (d *DB) RecordAPIKeyUses(ctx context.Context, viewers []Viewer) error {
	var organizations, keys []string
	for _, v := range viewers {
		if v.APIKey != nil {
			organizations, keys = append(organizations, v.Organization.uuid.String()), append(keys, v.APIKey.uuid.String())
		}
	}
	return d.write(ctx, func(tx *sqlx.Tx) error {
		_, err := exec(ctx, tx, "record uses of API keys", `
			UPDATE api_keys k SET last_used_at = now()
			FROM unnest($1::uuid[], $2::uuid[]) AS used (organization_id, id)
			WHERE k.organization_id = used.organization_id AND k.id = used.id
				AND (k.last_used_at IS NULL OR k.last_used_at <= now() - interval '1 minute')`, pq.Array(organizations), pq.Array(keys))
		return err
	})
}
