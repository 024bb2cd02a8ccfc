package graph

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

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
	// MaxAnswerBytes is how many bytes the data of one answer may have; an eighth of it where the ordinary execution makes it.
	MaxAnswerBytes int
	// Introspection tells whether the schema may be asked for.
	Introspection bool
	// TrustedDocuments are those that requests may name by an id.
	TrustedDocuments *TrustedDocuments
	// TrustedOnly refuses all other documents.
	TrustedOnly bool
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

// api answers requests as GraphQL over HTTP says: it reads what one asks for (params.go), finds the document (document.go)
// and the operation (operation.go), executes it (package plan tells how), and writes the answer (answer.go).
type api struct {
	options   Options
	db        *db.DB
	schema    graphql.ExecutableSchema
	documents *documents
	// persistedTexts are those of queries that are named by their hash.
	persistedTexts *kept[persistedKey, string]
	planner        *plan.Planner
	// present and recovered are those of a presenter.
	present   graphql.ErrorPresenterFunc
	recovered graphql.RecoverFunc
}

// NewHandler makes the handler of the API. Requests must carry a viewer (package auth), and bodies have a limit already.
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
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: resolver})
	resolver.sdl = sync.OnceValue(func() string { return printed(schema.Schema()) })
	presenter := presenter{logger: o.Logger}
	return &api{
		options:        o,
		db:             d,
		schema:         schema,
		documents:      newDocuments(schema.Schema(), o),
		persistedTexts: newKept[persistedKey, string](maxKeptText),
		planner: plan.New(schema.Schema(), links, d, plan.Options{
			Resolvers: reflect.TypeFor[generated.ResolverRoot](), Member: generated.Member, MaxAnswerBytes: o.MaxAnswerBytes, Stock: o.Stock, Watch: o.Fetch,
		}),
		present:   presenter.present,
		recovered: presenter.recovered,
	}
}

// ServeHTTP answers a request.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cost := cost{start: time.Now()}
	viewer := auth.Viewer(r.Context())
	ctx, statements := db.WithStatements(r.Context())
	if a.options.MaxRecords > 0 {
		ctx = db.WithBudget(ctx, a.options.MaxRecords)
	}
	cost.statements, cost.plans = statements, a.planner.Request(viewer)
	ctx, cost.loads = loader.WithRequest(ctx, a.db, viewer, cost.plans, a.options.Fetch)
	mediaType, isAcceptable := request.MediaType(r.Header)
	var answer *answer
	if isAcceptable {
		answer = a.answer(ctx, r, cost.plans)
	} else {
		answer = refused(unacceptable())
	}
	record := request.Of(ctx)
	record.Organization = viewer.Organization.String()
	if viewer.APIKey != nil {
		record.APIKey = viewer.APIKey.String()
	}
	record.Codes = answer.codes()
	record.Statements, record.StatementTime, record.UnplannedLoads = statements.Count(), statements.Duration(), cost.loads.Loads()
	cost.records, cost.maxRecords = db.Spent(ctx)
	w.Header().Set("Server-Timing", cost.serverTiming())
	answer.write(w, mediaType)
}

// answer executes what a request asks for, or says why not.
func (a *api) answer(ctx context.Context, r *http.Request, plans *plan.Request) *answer {
	params, refusal := readParams(r)
	if refusal != nil {
		if refusal.cause != nil {
			a.options.Logger.WarnContext(ctx, "request not received", "request_id", request.Of(ctx).ID, "error", refusal.cause)
		}
		return refused(refusal)
	}
	defer params.files.close()
	operation, refusal := a.operation(params, auth.Viewer(ctx).Organization)
	if refusal != nil {
		return refused(refusal)
	}
	note(ctx, operation.Operation)
	if refusal := mayExecute(ctx, r.Method, operation.Operation.Operation); refusal != nil {
		return refused(refusal)
	}
	return a.execute(ctx, operation, plans)
}
