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

// appendEvents writes events in their order, in one statement. Every write calls it in its transaction, unless insertEvents
// is a part of its statement.
func appendEvents(ctx context.Context, tx *sqlx.Tx, v Viewer, events ...event) error {
	if len(events) == 0 {
		return nil
	}
	s := &statement{}
	text, err := insertEvents(s, v, events)
	if err != nil {
		return err
	}
	_, err = exec(ctx, tx, "append events", text, s.args...)
	return err
}

// insertEvents is the INSERT of events in their order, with parameters of a statement.
func insertEvents(s *statement, v Viewer, events []event) (string, error) {
	var kinds, entities, ids []string
	var befores, afters []*string
	for _, e := range events {
		before, err := eventJSON(e.before)
		if err != nil {
			return "", err
		}
		after, err := eventJSON(e.after)
		if err != nil {
			return "", err
		}
		kinds, entities, ids = append(kinds, e.kind), append(entities, e.entity), append(ids, e.id.String())
		befores, afters = append(befores, before), append(afters, after)
	}
	actor := v.actor()
	return `
INSERT INTO events (organization_id, type, entity, entity_id, before, after, actor_kind, actor_id)
SELECT ` + s.arg(v.Organization) + `, type, entity, CAST(entity_id AS uuid), CAST(before AS jsonb), CAST(after AS jsonb), ` + s.arg(actor.Kind) + ", " + s.arg(actor.ID) + `
FROM unnest(` + s.arg(pq.Array(kinds)) + "::text[], " + s.arg(pq.Array(entities)) + "::text[], " + s.arg(pq.Array(ids)) + "::text[], " + s.arg(pq.Array(befores)) + "::text[], " + s.arg(pq.Array(afters)) + `::text[]) WITH ORDINALITY
  AS event (type, entity, entity_id, before, after, position)
ORDER BY position`, nil
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
