package graph_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/graph/auth"
	"github.com/accountgraph/accountgraph/internal/request"
)

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// hashed is the extensions of a request for a query of a hash.
func hashed(hash string) string {
	return fmt.Sprintf(`{"persistedQuery":{"version":1,"sha256Hash":%q}}`, hash)
}

// A client sends the hash, is told that nobody knows it, sends the text with it, and from then on the hash alone.
func TestPersistedQuery(t *testing.T) {
	t.Parallel()
	s := setup(t)
	id := s.account("Top", "")
	const query = `query($id: ID!) { account(id: $id) { name } }`
	variables := jsonOf(object{"id": id})
	byHash := `{"extensions":` + hashed(sha(query)) + `,"variables":` + variables + `}`
	withText := `{"query":` + jsonOf(query) + `,"extensions":` + hashed(sha(query)) + `,"variables":` + variables + `}`
	const found = `{"data":{"account":{"name":"Top"}}}`
	for accept, status := range map[string]int{request.JSON: http.StatusOK, request.GraphQLResponse: http.StatusBadRequest} {
		e := s.asking(accept, byHash)
		want(t, "before it is sent", e.text, `{"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}`)
		want(t, "status before it is sent, as "+accept, e.StatusCode, status)
	}
	want(t, "with the text", s.asking(request.JSON, withText).text, found)
	want(t, "by the hash", s.asking(request.JSON, byHash).text, found)
	parameters := url.Values{"extensions": {hashed(sha(query))}, "variables": {variables}}
	want(t, "by the hash and GET", s.do(http.MethodGet, "?"+parameters.Encode(), "").text, found)
}

// That somebody sent a text is nothing for another organization to learn.
func TestPersistedQueriesAreTheirOrganizations(t *testing.T) {
	t.Parallel()
	s := setup(t)
	api := graph.NewHandler(s.db, graph.Options{})
	as := func(v db.Viewer) *server {
		web := httptest.NewServer(auth.Demo(v, api))
		t.Cleanup(web.Close)
		other := *s
		other.url = web.URL
		return &other
	}
	one, other := as(s.viewer), as(dbtest.Organization(t, s.db, "Other"))
	const query = `{ viewer { role } }`
	byHash := `{"extensions":` + hashed(sha(query)) + `}`
	const found = `{"data":{"viewer":{"role":"ADMIN"}}}`
	want(t, "sent by the one", one.asking(request.JSON, `{"query":"`+query+`","extensions":`+hashed(sha(query))+`}`).text, found)
	want(t, "asked by the one", one.asking(request.JSON, byHash).text, found)
	want(t, "asked by the other", other.asking(request.JSON, byHash).code(), "PERSISTED_QUERY_NOT_FOUND")
}

func TestPersistedQueriesThatAreNone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const query, wrong = `{ viewer { role } }`, `{ viewer { nothing } }`
	for name, test := range map[string]struct {
		body, code string
	}{
		"a hash of another text":  {`{"query":"` + query + `","extensions":` + hashed(sha(wrong)) + `}`, "BAD_USER_INPUT"},
		"a hash that is none":     {`{"query":"` + query + `","extensions":` + hashed("x") + `}`, "BAD_USER_INPUT"},
		"another version":         {`{"extensions":{"persistedQuery":{"version":2,"sha256Hash":"` + sha(query) + `"}}}`, "BAD_USER_INPUT"},
		"no version":              {`{"extensions":{"persistedQuery":{"sha256Hash":"` + sha(query) + `"}}}`, "BAD_USER_INPUT"},
		"a hash that is a number": {`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":7}}}`, "BAD_USER_INPUT"},
		"no object":               {`{"extensions":{"persistedQuery":true}}`, "BAD_USER_INPUT"},
	} {
		for _, accept := range []string{request.JSON, request.GraphQLResponse} {
			e := s.asking(accept, test.body)
			want(t, name+": status", e.StatusCode, http.StatusBadRequest)
			want(t, name+": code", e.code(), test.code)
		}
	}
	t.Run("a text that is not good is not kept", func(t *testing.T) {
		e := s.asking(request.JSON, `{"query":"`+wrong+`","extensions":`+hashed(sha(wrong))+`}`)
		want(t, "with the text", e.code(), "GRAPHQL_VALIDATION_FAILED")
		e = s.asking(request.JSON, `{"extensions":`+hashed(sha(wrong))+`}`)
		want(t, "by the hash", e.code(), "PERSISTED_QUERY_NOT_FOUND")
	})
	t.Run("mutations go by POST, whatever names them", func(t *testing.T) {
		const mutation = `mutation { createAccount(input: {name: "A", primaryDomain: "a.com"}) { account { name } } }`
		e := s.asking(request.JSON, `{"query":`+jsonOf(mutation)+`,"extensions":`+hashed(sha(mutation))+`}`)
		want(t, "POST", e.text, `{"data":{"createAccount":{"account":{"name":"A"}}}}`)
		e = s.do(http.MethodGet, "?"+url.Values{"extensions": {hashed(sha(mutation))}}.Encode(), "")
		want(t, "GET", e.StatusCode, http.StatusMethodNotAllowed)
	})
}
