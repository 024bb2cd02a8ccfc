package loader

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/graph-gophers/dataloader/v7"

	"github.com/accountgraph/accountgraph/db"
)

// Planned finds what was fetched ahead for the field that is being resolved. ok is false if it was not planned.
type Planned interface {
	Find(ctx context.Context, link *Link, parent any) (value any, err error, ok bool)
}

// Request is what one request loads: planned, or else through dataloaders.
type Request struct {
	db      *db.DB
	viewer  db.Viewer
	planned Planned
	watch   Watch
	loads   atomic.Int64

	mutex   sync.Mutex
	loaders map[string]*dataloader.Loader[any, any]
}

type requestKey struct{}

// WithRequest returns a context for one request, in which links find what planned has. Batches are told to watch.
func WithRequest(ctx context.Context, d *db.DB, v db.Viewer, planned Planned, watch Watch) (context.Context, *Request) {
	r := &Request{db: d, viewer: v, planned: planned, watch: watch, loaders: map[string]*dataloader.Loader[any, any]{}}
	return context.WithValue(ctx, requestKey{}, r), r
}

func requestOf(ctx context.Context) *Request { return ctx.Value(requestKey{}).(*Request) }

// Loads counts the values that were asked for through a dataloader, because no plan had them.
func (r *Request) Loads() int64 { return r.loads.Load() }

// Forget drops what was loaded: a mutation may have changed it.
func (r *Request) Forget() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	clear(r.loaders)
}

// Batches of a dataloader. Nothing tells a loader that a level of the query is complete, so it waits a moment;
// that is why whole queries are planned instead.
const (
	batchWait = time.Millisecond
	maxBatch  = 1000
)

func (r *Request) load(ctx context.Context, l *Link, parent any) (any, error) {
	if value, err, ok := r.planned.Find(ctx, l, parent); ok {
		return value, err
	}
	args, err := l.Args(arguments(ctx))
	if err != nil {
		return nil, err
	}
	key, ok := l.Key(parent)
	if !ok {
		return l.Value(parent, nil)
	}
	r.loads.Add(1)
	fetched, err := r.loader(l, args).Load(ctx, key)()
	if err != nil {
		return nil, err
	}
	found := map[any]any{}
	if fetched != nil {
		found[key] = *fetched.(*any)
	}
	return l.Value(parent, found)
}

// loader returns the dataloader of a source and its arguments: uses of a link with different arguments do not mix.
func (r *Request) loader(l *Link, args Args) *dataloader.Loader[any, any] {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if known := r.loaders[args.Key]; known != nil {
		return known
	}
	batch := func(ctx context.Context, keys []any) []*dataloader.Result[any] {
		results := make([]*dataloader.Result[any], len(keys))
		ctx, end := r.watch(ctx, Fetch{Source: l.Source(), Keys: len(keys)})
		found, err := l.Fetch(ctx, r.db, r.viewer, keys, args)
		end(err)
		if err == nil {
			err = db.Spend(ctx, len(found))
		}
		for i, key := range keys {
			results[i] = &dataloader.Result[any]{Error: err}
			if value, ok := found[key]; ok && err == nil {
				results[i].Data = &value
			}
		}
		return results
	}
	made := dataloader.NewBatchedLoader(batch, dataloader.WithWait[any, any](batchWait), dataloader.WithBatchCapacity[any, any](maxBatch))
	r.loaders[args.Key] = made
	return made
}

// Forget drops what the request in ctx loaded so far.
func Forget(ctx context.Context) { requestOf(ctx).Forget() }
