package graph

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/generated"
	"github.com/accountgraph/accountgraph/internal/request"
)

func TestPanicsOutsideOfAFieldAreOurs(t *testing.T) {
	t.Parallel()
	p := presenter{logger: slog.New(slog.DiscardHandler)}
	shown := p.present(context.Background(), p.recovered(context.Background(), "secret"))
	if shown.Extensions["code"] != db.CodeInternal || strings.Contains(shown.Message, "secret") {
		t.Errorf("got %v, want INTERNAL and no word of it", shown)
	}
}

func TestNullsWhereTheSchemaAllowsNoneAreOurs(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	p := presenter{logger: slog.New(slog.NewTextHandler(&log, nil))}
	server := handler.New(generated.NewExecutableSchema(generated.Config{}))
	server.AddTransport(transport.POST{})
	server.SetErrorPresenter(p.present)
	server.AroundFields(func(ctx context.Context, _ graphql.Resolver) (any, error) {
		if graphql.GetFieldContext(ctx).Field.Name == "account" {
			return &db.Account{}, nil
		}
		return nil, nil
	})
	for _, field := range []string{"root { id }", "children { nodes { id } }", "version"} {
		log.Reset()
		asked := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"query": "{ account(id: \"acc_00000000000000000000000001\") { `+field+` } }"}`))
		asked.Header.Set("Content-Type", "application/json")
		response := httptest.NewRecorder()
		server.ServeHTTP(response, asked.WithContext(request.With(asked.Context(), &request.Record{ID: "r-1"})))
		body := response.Body.String()
		if !strings.Contains(body, `"code":"INTERNAL","requestId":"r-1"`) || strings.Contains(body, "null for non-null") {
			t.Errorf("%s: got %s, want INTERNAL with the request's id", field, body)
		}
		if !strings.Contains(log.String(), "request_id=r-1") || !strings.Contains(log.String(), "null for non-null") {
			t.Errorf("%s: got the log %q, want what was null", field, log.String())
		}
	}
}
