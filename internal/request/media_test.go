package request

import (
	"net/http"
	"testing"
)

func TestMediaType(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{
		"":                                JSON,
		"*/*":                             JSON,
		"application/*":                   JSON,
		"application/json":                JSON,
		"application/json; charset=utf-8": JSON,
		"APPLICATION/JSON":                JSON,
		"text/html, */*;q=0.8":            JSON,
		"text/html, image/gif, *; q=.2, */*; q=.2":                        JSON,
		"application/json, multipart/mixed":                               JSON,
		"application/graphql-response+json":                               GraphQLResponse,
		"application/graphql-response+json; charset=utf-8":                GraphQLResponse,
		"application/graphql-response+json, application/json":             GraphQLResponse,
		"application/json, application/graphql-response+json":             JSON,
		"application/graphql-response+json,application/json;q=0.9":        GraphQLResponse,
		"application/json;q=0.9, application/graphql-response+json":       GraphQLResponse,
		"application/json;q=0.9, application/graphql-response+json;q=0.8": JSON,
		"application/graphql-response+json, */*;q=0.1":                    GraphQLResponse,
		"*/*, application/graphql-response+json;q=0.5":                    JSON,
		"*/*, application/json;q=0":                                       GraphQLResponse,
		"application/*;q=0.5, application/json;q=0.4, text/html":          GraphQLResponse,
		"text/html;q=1, application/json;q=nonsense, application/*;q=0.3": JSON,
		"\xff":                    JSON,
		"text/html":               "",
		"text/event-stream":       "",
		"application/xml, text/*": "",
		"application/json;q=0":    "",
		"*/*;q=0, text/html":      "",
		"application/graphql-response+json;q=0, application/json;q=0, */*": "",
	} {
		header := http.Header{}
		if accept != "" {
			header.Set("Accept", accept)
		}
		got, ok := MediaType(header)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", accept, got, want)
		}
	}
	several := http.Header{"Accept": {"application/json;q=0.5", "application/graphql-response+json"}}
	if got, _ := MediaType(several); got != GraphQLResponse {
		t.Errorf("several headers: got %q", got)
	}
}
