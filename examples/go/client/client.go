// Package client asks accountgraph: a typed function for each operation of operations.graphql.
package client

import (
	"errors"
	"net/http"
	"time"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

//go:generate go tool genqlient genqlient.yaml

// New makes a client of the API at url, as http://127.0.0.1:8080/graphql. It sends key as its API key; without one, only a demo on
// loopback answers. A request may take 30 seconds.
func New(url, key string) graphql.Client {
	return graphql.NewClient(url, &withKey{http.Client{Timeout: 30 * time.Second}, key})
}

// withKey sends requests with an API key, if there is one.
type withKey struct {
	http.Client
	key string
}

// Do sends a request.
func (c *withKey) Do(r *http.Request) (*http.Response, error) {
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	return c.Client.Do(r)
}

// Code is the stable code of an error that the server answered, as UNAUTHENTICATED, of the first if there are several; empty if err is
// of another kind, a connection that was refused, say. What is wrong with the input of a mutation is no error, but in its userErrors.
func Code(err error) string {
	var list gqlerror.List
	if refused := (*graphql.HTTPError)(nil); errors.As(err, &refused) {
		list = refused.Response.Errors
	} else if !errors.As(err, &list) {
		return ""
	}
	for _, e := range list {
		if code, ok := e.Extensions["code"].(string); ok {
			return code
		}
	}
	return ""
}
