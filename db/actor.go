package db

import (
	"context"

	"github.com/google/uuid"
)

// Actor is who did something: a *User, an *APIKey or the *System.
type Actor interface{ IsActor() }

// System is the server itself: imports, jobs, the demo.
type System struct{ Name string }

// IsActor marks what can be an Actor.
func (*System) IsActor() {}

// The one System.
var system = &System{Name: "System"}

// ActorKind tells which sort of actor an ActorRef names.
type ActorKind string

// The kinds of actors.
const (
	ActorUser   ActorKind = "USER"
	ActorAPIKey ActorKind = "API_KEY"
	ActorSystem ActorKind = "SYSTEM"
)

// ActorRef names an actor, as records keep it.
type ActorRef struct {
	Kind ActorKind
	// ID is the user's or the API key's; nil for the system.
	ID *uuid.UUID
}

// System returns the actor if it is the system, else nil.
func (r ActorRef) System() *System {
	if r.Kind == ActorSystem {
		return system
	}
	return nil
}

// Node returns the identity of the actor; nil for the system, which has none.
func (r ActorRef) Node() *ID {
	switch {
	case r.ID == nil:
		return nil
	case r.Kind == ActorAPIKey:
		return &ID{Kind: KindAPIKey, UUID: *r.ID}
	default:
		return &ID{Kind: KindUser, UUID: *r.ID}
	}
}

// ActorsByID returns the users and API keys that there are, by id: at most one statement for each of the two.
func (d *DB) ActorsByID(ctx context.Context, v Viewer, ids []ID) (map[ID]Actor, error) {
	var users []UserID
	var keys []APIKeyID
	for _, id := range ids {
		switch id.Kind {
		case KindUser:
			users = append(users, id.User())
		case KindAPIKey:
			keys = append(keys, id.APIKey())
		}
	}
	found := map[ID]Actor{}
	if users != nil {
		byID, err := d.UsersByID(ctx, v, users)
		if err != nil {
			return nil, err
		}
		for id, user := range byID {
			found[id.ID()] = user
		}
	}
	if keys != nil {
		byID, err := d.APIKeysByID(ctx, v, keys)
		if err != nil {
			return nil, err
		}
		for id, key := range byID {
			found[id.ID()] = key
		}
	}
	return found, nil
}
