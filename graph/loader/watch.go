package loader

import "context"

// Fetch is one fetching of values for links, for those who watch.
type Fetch struct {
	// Source names what is asked.
	Source string
	// Keys is for how many keys.
	Keys int
	// Planned tells that the plan asks, and not a dataloader's batch.
	Planned bool
}

// Watch is told when a fetch begins, and gives the context to go on in. The function that it returns is called at the end.
type Watch func(context.Context, Fetch) (context.Context, func(error))
