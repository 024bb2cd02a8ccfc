package graph

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

func TestPanicsOutsideOfAFieldAreOurs(t *testing.T) {
	t.Parallel()
	p := presenter{logger: slog.New(slog.DiscardHandler)}
	shown := p.present(context.Background(), p.recovered(context.Background(), "secret"))
	if shown.Extensions["code"] != db.CodeInternal || strings.Contains(shown.Message, "secret") {
		t.Errorf("got %v, want INTERNAL and no word of it", shown)
	}
}

func TestBodiesThatCannotBeReadAreTheCallers(t *testing.T) {
	t.Parallel()
	p := presenter{logger: slog.New(slog.DiscardHandler)}
	shown := p.present(context.Background(), errors.New("json: cannot unmarshal array into Go value of type graphql.RawParams body:[]"))
	if shown.Extensions["code"] != db.CodeBadUserInput || strings.Contains(shown.Message, "Go value") {
		t.Errorf("got %v, want BAD_USER_INPUT in our words", shown)
	}
}
