package graph_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/graph"
	"github.com/accountgraph/accountgraph/internal/request"
)

const trustedQuery = `query Role { viewer { role } }`

func trusted(t *testing.T, file string) *graph.TrustedDocuments {
	t.Helper()
	documents, err := graph.ReadTrustedDocuments([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	file := jsonOf(object{"role": trustedQuery, "both": `query A { viewer { role } } mutation B { __typename }`, sha(`{ __typename }`): `{ __typename }`})
	s := setupWith(t, graph.Options{TrustedDocuments: trusted(t, file)})
	only := *s
	only.url = s.serve(graph.Options{TrustedDocuments: trusted(t, file), TrustedOnly: true}, s.viewer)
	const found = `{"data":{"viewer":{"role":"ADMIN"}}}`
	for name, s := range map[string]*server{"beside others": s, "alone": &only} {
		for what, body := range map[string]string{
			"an id":                   `{"documentId":"role"}`,
			"an id made of the text":  `{"documentId":"sha256:` + sha(trustedQuery) + `"}`,
			"with a name":             `{"documentId":"both","operationName":"A"}`,
			"as a persisted query":    `{"extensions":` + hashed(sha(`{ __typename }`)) + `}`,
			"by the hash of its text": `{"extensions":` + hashed(sha(trustedQuery)) + `}`,
			"by its id as a hash":     `{"extensions":` + hashed("role") + `}`,
			"with all the parameters": `{"documentId":"role","operationName":"Role","variables":{},"extensions":{}}`,
		} {
			want := found
			if what == "as a persisted query" {
				want = `{"data":{"__typename":"Query"}}`
			}
			if got := s.asking(request.JSON, body).text; got != want {
				t.Errorf("%s, %s: got %s, want %s", name, what, got, want)
			}
		}
		want(t, name+": GET", s.do(http.MethodGet, "?documentId=role", "").text, found)
		want(t, name+": a mutation by GET", s.do(http.MethodGet, "?"+url.Values{"documentId": {"both"}, "operationName": {"B"}}.Encode(), "").StatusCode, http.StatusMethodNotAllowed)
		for accept, status := range map[string]int{request.JSON: http.StatusOK, request.GraphQLResponse: http.StatusBadRequest} {
			e := s.asking(accept, `{"documentId":"nothing"}`)
			want(t, name+": code of an unknown id", e.code(), "DOCUMENT_NOT_FOUND")
			want(t, name+": status of an unknown id", e.StatusCode, status)
		}
		for what, body := range map[string]string{
			"an id and a text":     `{"documentId":"role","query":"{ __typename }"}`,
			"an id and a hash":     `{"documentId":"role","extensions":` + hashed(sha(trustedQuery)) + `}`,
			"an id that is a list": `{"documentId":["role"]}`,
		} {
			e := s.asking(request.JSON, body)
			want(t, name+": status of "+what, e.StatusCode, http.StatusBadRequest)
			want(t, name+": code of "+what, e.code(), "BAD_USER_INPUT")
		}
	}
	want(t, "a text, where others are taken", s.asking(request.JSON, `{"query":"{ viewer { role } }"}`).text, found)
	for what, body := range map[string]string{
		"a text":                    `{"query":"{ viewer { role } }"}`,
		"the text of a trusted one": `{"query":"` + trustedQuery + `"}`,
		"a text with its hash":      `{"query":"` + trustedQuery + `","extensions":` + hashed(sha(trustedQuery)) + `}`,
		"introspection":             `{"query":"{ __schema { queryType { name } } }"}`,
	} {
		want(t, what+", where only trusted ones are", only.asking(request.JSON, body).code(), "FORBIDDEN")
	}
	// An id without a prefix may be anything: it is that of the text only where the file says so.
	want(t, "a hash as an id", only.asking(request.JSON, `{"documentId":"`+sha(trustedQuery)+`"}`).code(), "DOCUMENT_NOT_FOUND")
	want(t, "an unknown hash", only.asking(request.JSON, `{"extensions":`+hashed(sha("x"))+`}`).code(), "PERSISTED_QUERY_NOT_FOUND")
}

func TestDocumentsWithoutAFile(t *testing.T) {
	t.Parallel()
	s := setup(t)
	want(t, "code", s.asking(request.JSON, `{"documentId":"role"}`).code(), "DOCUMENT_NOT_FOUND")
}

func TestTrustedDocumentsThatAreNotGood(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		``:                               `not a JSON object`,
		`[]`:                             `not a JSON object`,
		`{"a":1}`:                        `not a JSON object`,
		`{"a":"{}"} x`:                   `not a JSON object`,
		`{"":"{ __typename }"}`:          `"" is no id`,
		`{"a b":"{ __typename }"}`:       `"a b" is no id`,
		`{"a":"{"}`:                      `a: input:1:2: Expected Name, found <EOF>`,
		`{"a":"{ nothing }"}`:            `a: input:1:3: Cannot query field "nothing" on type "Query".`,
		`{"sha256:00":"{ __typename }"}`: `sha256:00 is not the id of its text, which is sha256:` + sha(`{ __typename }`),
		`{"b":"{","a":"{ nothing }"}`:    "a: input:1:3: Cannot query field \"nothing\" on type \"Query\".\n\nb: ",
		`{"a":"{ viewer { ... @defer { role } } }"}`: `a: input: @defer`,
	} {
		_, err := graph.ReadTrustedDocuments([]byte(file))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", file, err, want)
		}
	}
}
