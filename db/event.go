package db

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// event tells of one change of one record.
type event struct {
	// kind is "entity.verb", as account.created.
	kind   string
	entity string
	id     uuid.UUID
	// before and after hold what changed; nil where there is nothing.
	before, after any
}

const appendEventsSQL = `
INSERT INTO events (organization_id, type, entity, entity_id, before, after, actor_kind, actor_id)
SELECT $1, type, entity, CAST(entity_id AS uuid), CAST(before AS jsonb), CAST(after AS jsonb), $2, $3
FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) WITH ORDINALITY
  AS event (type, entity, entity_id, before, after, position)
ORDER BY position`

// appendEvents writes events in their order, in one statement. Every write calls it in its transaction.
func appendEvents(ctx context.Context, tx *sqlx.Tx, v Viewer, events ...event) error {
	if len(events) == 0 {
		return nil
	}
	var kinds, entities, ids []string
	var befores, afters []*string
	for _, e := range events {
		before, err := eventJSON(e.before)
		if err != nil {
			return err
		}
		after, err := eventJSON(e.after)
		if err != nil {
			return err
		}
		kinds, entities, ids = append(kinds, e.kind), append(entities, e.entity), append(ids, e.id.String())
		befores, afters = append(befores, before), append(afters, after)
	}
	actor := v.actor()
	_, err := exec(ctx, tx, "append events", appendEventsSQL, v.Organization, actor.Kind, actor.ID,
		pq.Array(kinds), pq.Array(entities), pq.Array(ids), pq.Array(befores), pq.Array(afters))
	return err
}

func eventJSON(value any) (*string, error) {
	if value == nil {
		return nil, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("write event: %w", err)
	}
	s := string(text)
	return &s, nil
}
