package graph_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
)

func TestMutationsByGETAreRefused(t *testing.T) {
	t.Parallel()
	s := setup(t)
	id := s.account("Top", "")
	get := func(query, accept string) (*http.Response, answer) {
		t.Helper()
		variables := url.Values{"query": {query}, "variables": {jsonOf(object{"id": id})}}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"?"+variables.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", accept)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var a answer
		if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
			t.Fatal(err)
		}
		return response, a
	}
	for _, accept := range []string{"application/json", "application/graphql-response+json"} {
		response, a := get(`mutation($id: ID!) { deleteAccount(id: $id) { deletedCount } }`, accept)
		want(t, accept+": status", response.StatusCode, http.StatusMethodNotAllowed)
		want(t, accept+": Allow", response.Header.Get("Allow"), "POST")
		want(t, accept+": code", a.code(), "BAD_USER_INPUT")
		response, a = get(`query($id: ID!) { account(id: $id) { name } }`, accept)
		want(t, accept+": status of a query", response.StatusCode, http.StatusOK)
		want(t, accept+": Allow of a query", response.Header.Get("Allow"), "")
		want(t, accept+": a query", a.at("account", "name"), any("Top"))
	}
}
