package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
)

// read is a query about an account, $id, of a shape.
type read struct {
	name, query string
	ofLast      bool                // is about the last account of the shape, and not about its top
	traversal   string              // the order of the descendants in which skip counts
	skip        func(below int) int // after how many of the descendants it begins, by $after; it has none if nil
	want        func(below int) int // how many ids are in the answer, where so many accounts are below the top
}

var bySize = []read{
	descendants("breadth first: the first 25", "BREADTH_FIRST", 25, start),
	descendants("breadth first: 25 in the middle", "BREADTH_FIRST", 25, middle),
	descendants("depth first: the first 25", "DEPTH_FIRST", 25, start),
	descendants("depth first: 25 in the middle", "DEPTH_FIRST", 25, middle),
	{name: "descendantCount", query: about("id descendantCount"), want: atMost(1)},
	{name: "accounts(under): the first 25", query: "query($id: ID!) { accounts(filter: { under: { id: $id } }, first: 25) { nodes { id name } } }", want: atMost(25)},
	{name: "children, three levels", query: about(children(children(children("")))), want: atMost(10 + 100 + 1000)},
}

var byDepth = []read{
	{name: "path of the last", query: about("path { id name }"), ofLast: true, want: func(below int) int { return below + 1 }},
	{name: "root of the last", query: about("root { id name }"), ofLast: true, want: atMost(1)},
	descendants("descendants: the last 1,000", "BREADTH_FIRST", 1000, func(below int) int { return max(below-1000, 0) }),
}

// about asks for fields of the account.
func about(fields string) string { return "query($id: ID!) { account(id: $id) { " + fields + " } }" }

func children(fields string) string {
	return "children(first: 100) { nodes { id name " + fields + " } }"
}

// descendants is a page of those of the top, after some of them.
func descendants(name, traversal string, first int, skip func(int) int) read {
	return read{
		name: name,
		query: fmt.Sprintf("query($id: ID!, $after: Cursor) { account(id: $id) { descendants(traversal: %s, first: %d, after: $after) { nodes { id name } } } }",
			traversal, first),
		traversal: traversal, skip: skip, want: func(below int) int { return min(first, below-skip(below)) },
	}
}

func start(int) int { return 0 }

// middle is half of the descendants, but no more than 50,000.
func middle(below int) int { return min(below/2, 50_000) }

func atMost(n int) func(int) int { return func(below int) int { return min(n, below) } }

// asker asks the API in process.
type asker struct{ handler http.Handler }

// ask answers a query with its variables.
func (a asker) ask(ctx context.Context, query string, variables map[string]any) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	a.handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK || bytes.Contains(answer.Body.Bytes(), []byte(`"errors"`)) {
		return nil, fmt.Errorf("got %d %.200s", answer.Code, answer.Body)
	}
	return answer.Body.Bytes(), nil
}

// cursor is where so many of the descendants of a shape's top are gone through, in pages of 1,000; nil at their beginning.
func (a asker) cursor(ctx context.Context, s shape, traversal string, skip int) (*string, error) {
	var after *string
	for skip > 0 {
		n := min(skip, 1000)
		body, err := a.ask(ctx, `query($id: ID!, $traversal: Traversal!, $first: Int!, $after: Cursor) { account(id: $id) {
			descendants(traversal: $traversal, first: $first, after: $after) { pageInfo { endCursor } } } }`,
			map[string]any{"id": s.top().String(), "traversal": traversal, "first": n, "after": after})
		if err != nil {
			return nil, err
		}
		var found struct {
			Data struct {
				Account struct {
					Descendants struct{ PageInfo struct{ EndCursor *string } }
				}
			}
		}
		if err := json.Unmarshal(body, &found); err != nil {
			return nil, err
		}
		after = found.Data.Account.Descendants.PageInfo.EndCursor
		skip -= n
	}
	return after, nil
}
