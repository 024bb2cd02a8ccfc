package db

// Actor is who did something: a *User or the *System.
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
	ActorSystem ActorKind = "SYSTEM"
)

// ActorRef names an actor, as records keep it.
type ActorRef struct {
	Kind ActorKind
	// ID is the user's; nil for the system.
	ID *UserID
}

// System returns the actor if it is the system, else nil.
func (r ActorRef) System() *System {
	if r.Kind == ActorSystem {
		return system
	}
	return nil
}
