package graph

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/auth"
	"github.com/accountgraph/accountgraph/graph/generated"
	"github.com/accountgraph/accountgraph/graph/loader"
	"github.com/accountgraph/accountgraph/graph/plan"
	"github.com/accountgraph/accountgraph/internal/importer"
	"github.com/accountgraph/accountgraph/internal/request"
)

// Options are the settings of the handler. A limit of 0 means none.
type Options struct {
	// MaxDepth is how deep selections may be nested.
	MaxDepth int
	// MaxTokens is how many tokens a query's text may have.
	MaxTokens int
	// MaxAliases is how many fields of a query's text may have an alias.
	MaxAliases int
	// MaxRecords is how many records one answer may hold.
	MaxRecords int
	// Introspection tells whether the schema may be asked for.
	Introspection bool
	// MaxUploadBytes is how long a request with files may be; 0 means gqlgen's default, 32 MiB.
	MaxUploadBytes int64
	// Imports runs the imports of uploaded files; without it none are taken.
	Imports *importer.Runner
	// Logger is told of errors that are about us.
	Logger *slog.Logger
	// Operation, if set, is told when the execution of an operation begins, with its type ("query", "mutation") and the
	// client's name for it, and gives the context to go on in. The function that it returns is called at the end.
	Operation func(ctx context.Context, kind, name string) (context.Context, func())
	// Fetch, if set, is told of everything that is fetched for links.
	Fetch loader.Watch

	// Stock leaves the encoding of answers to gqlgen's ordinary execution, which is slower and is what the encoder is held
	// against.
	Stock bool

	// withoutPlan sends every link through its dataloader: the oracle that tests hold the planner against.
	withoutPlan bool
}

const (
	// queryCache is how many parsed and validated queries are kept, by their text.
	queryCache = 250
	// maxQueryText is how long a query's text may be, in bytes. Values belong into variables.
	maxQueryText = 64 << 10
)

// NewHandler makes the handler of the API. Requests must carry a viewer (package auth).
func NewHandler(d *db.DB, o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Operation == nil {
		o.Operation = func(ctx context.Context, _, _ string) (context.Context, func()) { return ctx, func() {} }
	}
	if o.Fetch == nil {
		o.Fetch = func(ctx context.Context, _ loader.Fetch) (context.Context, func(error)) { return ctx, func(error) {} }
	}
	links := loader.NewLinks()
	resolver := &Resolver{db: d, links: links, imports: o.Imports, entityKeys: entityKeys(d)}
	executable := generated.NewExecutableSchema(generated.Config{Resolvers: resolver})
	resolver.sdl = sync.OnceValue(func() string { return printed(executable.Schema()) })
	planner := plan.New(executable.Schema(), links, d, plan.Options{
		Resolvers: reflect.TypeFor[generated.ResolverRoot](), Stock: o.Stock, Watch: o.Fetch,
	})

	server := handler.New(executable)
	server.AddTransport(queriesByGET{})
	server.AddTransport(transport.POST{})
	server.AddTransport(multipart{transport.MultipartForm{MaxUploadSize: o.MaxUploadBytes, MaxMemory: maxUploadMemory}})
	cache := lru.New[*ast.QueryDocument](queryCache)
	server.SetQueryCache(cache)
	server.SetParserTokenLimit(o.MaxTokens)
	server.Use(limits{depth: o.MaxDepth, aliases: o.MaxAliases, tokens: o.MaxTokens, known: cache})
	server.SetDisableSuggestion(!o.Introspection)
	if o.Introspection {
		server.Use(extension.Introspection{})
	}
	presenter := presenter{logger: o.Logger}
	server.SetErrorPresenter(presenter.present)
	server.SetRecoverFunc(presenter.recovered)
	server.AroundOperations(answerAlways(o.Operation))
	server.AroundResponses(noteResponse)
	server.AroundRootFields(forgetAfterMutation)
	server.AroundFields(func(ctx context.Context, next graphql.Resolver) (any, error) {
		resolve := planOf(ctx).AroundField
		if o.withoutPlan {
			resolve = func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) }
		}
		value, err := resolve(ctx, next)
		if err != nil {
			return nil, resolverError{err}
		}
		return value, nil
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, statements := db.WithStatements(r.Context())
		if o.MaxRecords > 0 {
			ctx = db.WithBudget(ctx, o.MaxRecords)
		}
		viewer := auth.Viewer(ctx)
		plans := planner.Request(viewer)
		ctx, loads := loader.WithRequest(context.WithValue(ctx, planKey{}, plans), d, viewer, plans, o.Fetch)
		answer := &answer{ResponseWriter: w, status: http.StatusOK, start: time.Now(), statements: statements, loads: loads, plans: plans}
		server.ServeHTTP(answer, r.WithContext(context.WithValue(ctx, answerKey{}, answer)))
		record := request.Of(ctx)
		record.Organization = viewer.Organization.String()
		if viewer.APIKey != nil {
			record.APIKey = viewer.APIKey.String()
		}
		record.Statements, record.StatementTime, record.UnplannedLoads = statements.Count(), statements.Duration(), loads.Loads()
	})
}

type planKey struct{}

func planOf(ctx context.Context) *plan.Request { return ctx.Value(planKey{}).(*plan.Request) }

// forgetAfterMutation drops what was loaded before a root field of a mutation, which run one after the other.
func forgetAfterMutation(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
		loader.Forget(ctx)
	}
	return next(ctx)
}
