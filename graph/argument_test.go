package graph_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/generated"
	"github.com/accountgraph/accountgraph/graph/loader"
)

// Links read their arguments ahead of the execution, and read the same as it does: all values, and what is wrong.
func TestArgumentsAreReadAsTheExecutionDoes(t *testing.T) {
	t.Parallel()
	links := loader.NewLinks()
	var compared, refused atomic.Int64
	var query string
	server := handler.New(generated.NewExecutableSchema(generated.Config{}))
	server.AddTransport(transport.POST{})
	server.AroundFields(func(ctx context.Context, _ graphql.Resolver) (any, error) {
		fc := graphql.GetFieldContext(ctx)
		switch fc.Field.Name {
		case "account":
			return &db.Account{}, nil
		case "contact":
			return &db.Contact{}, nil
		}
		args, err := links.ByField(fc.Object + "." + fc.Field.Name).Args(fc.Field.ArgumentMap(graphql.GetOperationContext(ctx).Variables))
		if err != nil {
			t.Errorf("%s: got %v, want what the execution reads: %v", query, err, fc.Args)
			return nil, nil
		}
		compared.Add(1)
		decoded := reflect.ValueOf(args.Decoded)
		for name, value := range fc.Args {
			field := decoded.FieldByNameFunc(func(s string) bool { return strings.EqualFold(s, name) })
			if want := reflect.ValueOf(value); !reflect.DeepEqual(plain(field), plain(want)) {
				t.Errorf("%s\n%s: got %s, want %s", query, name, plain(field), plain(want))
			}
		}
		return nil, nil
	})
	server.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		fc := graphql.GetFieldContext(ctx)
		if fc != nil && fc.Args == nil && !strings.Contains(err.Error(), "must not be null") {
			// The execution refuses the arguments: so must the link.
			refused.Add(1)
			if link := links.ByField(fc.Object + "." + fc.Field.Name); link != nil {
				if _, ours := link.Args(fc.Field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)); ours == nil {
					t.Errorf("%s: got no error, want %v", query, err)
				}
			}
		}
		return graphql.DefaultErrorPresenter(ctx, err)
	})
	for i := range uint64(600) {
		w := newWriter(*seed + i)
		w.values, w.wrong, w.ids, w.cursors = object{}, 4, []string{"acc_00000000000000000000000001", "usr_00000000000000000000000002"}, []string{"cursor"}
		var fields []string
		root := pick(w, []string{"Account", "Contact"})
		for _, field := range w.schema.Types[root].Fields {
			if len(field.Arguments) > 0 {
				fields = append(fields, w.name("f")+": "+field.Name+w.arguments(field)+below(w, field.Type.Name()))
			}
		}
		query = fmt.Sprintf(`{ %s(id: "acc_00000000000000000000000001") { %s } }`, strings.ToLower(root), strings.Join(fields, " "))
		if len(w.variables) > 0 {
			query = "query(" + strings.Join(w.variables, ", ") + ") " + query
		}
		request := httptest.NewRequest("POST", "/", strings.NewReader(fmt.Sprintf(`{"query": %s, "variables": %s}`, jsonOf(query), jsonOf(w.values))))
		request.Header.Set("Content-Type", "application/json")
		response := httptest.NewRecorder()
		server.ServeHTTP(response, request)
		if strings.Contains(response.Body.String(), "VALIDATION_FAILED") {
			t.Fatalf("%s: got %s", query, response.Body)
		}
	}
	if compared.Load() < 500 || refused.Load() < 5 {
		t.Errorf("got %d uses of links compared and %d refused, want many", compared.Load(), refused.Load())
	}
}

func below(w *writer, typeName string) string {
	if w.schema.Types[typeName].IsCompositeType() {
		return " { __typename }"
	}
	return ""
}

// plain writes a value without its pointers, and without what is absent.
func plain(v reflect.Value) string {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		v = v.Elem()
	}
	if !v.IsValid() {
		return "nil"
	}
	if text, ok := v.Interface().(fmt.Stringer); ok {
		return text.String()
	}
	switch v.Kind() {
	case reflect.Struct:
		var fields []string
		for i := range v.NumField() {
			fields = append(fields, v.Type().Field(i).Name+": "+plain(v.Field(i)))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case reflect.Slice:
		if v.IsNil() {
			return "nil"
		}
		var items []string
		for i := range v.Len() {
			items = append(items, plain(v.Index(i)))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprintf("%#v", v.Interface())
}
