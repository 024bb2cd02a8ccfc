package graph_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/internal/request"
)

// exchange is an answer as HTTP has it.
type exchange struct {
	*http.Response
	text string
	// entries are those of the answer's object.
	entries map[string]json.RawMessage
}

// do sends a request to the API.
func (s *server) do(method, query, body string, header ...string) exchange {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+query, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	e := exchange{Response: response, text: string(text)}
	if method != http.MethodHead {
		if err := json.Unmarshal(text, &e.entries); err != nil {
			s.t.Fatalf("not a JSON object: %s", text)
		}
	}
	return e
}

// asking sends a body as JSON and wants an answer of a media type.
func (s *server) asking(accept, body string) exchange {
	s.t.Helper()
	return s.do(http.MethodPost, "", body, "Content-Type", "application/json", "Accept", accept)
}

// code is that of the only error.
func (e exchange) code() string {
	var errors []struct{ Extensions struct{ Code string } }
	if json.Unmarshal(e.entries["errors"], &errors) != nil || len(errors) != 1 {
		return "not one error: " + e.text
	}
	return errors[0].Extensions.Code
}

// The status is 400 in either media type where a request is not well formed, and goes by the type where it is.
func TestStatusOfRequestsThatAreNotExecuted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const malformed, wellFormed = http.StatusBadRequest, http.StatusOK
	for name, test := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"nothing":                            {``, malformed, "BAD_USER_INPUT"},
		"not JSON":                           {`{"query":`, malformed, "BAD_USER_INPUT"},
		"a text":                             {`"{ viewer { role } }"`, malformed, "BAD_USER_INPUT"},
		"null":                               {`null`, malformed, "BAD_USER_INPUT"},
		"a batch":                            {`[{"query":"{ viewer { role } }"},{"query":"{ viewer { role } }"}]`, malformed, "BAD_USER_INPUT"},
		"two objects":                        {`{"query":"{ viewer { role } }"}{}`, malformed, "BAD_USER_INPUT"},
		"a comma after the object":           {`{"query":"{ viewer { role } }"},`, malformed, "BAD_USER_INPUT"},
		"a NUL after the object":             {"{\"query\":\"{ viewer { role } }\"}\x00", malformed, "BAD_USER_INPUT"},
		"a mark of byte order at the end":    {"{\"query\":\"{ viewer { role } }\"}\ufeff", malformed, "BAD_USER_INPUT"},
		"text after the object":              {`{"query":"{ viewer { role } }"} x`, malformed, "BAD_USER_INPUT"},
		"a misspelled query":                 {`{"qeury":"{ viewer { role } }"}`, malformed, "BAD_USER_INPUT"},
		"a query in upper case":              {`{"QUERY":"{ viewer { role } }"}`, malformed, "BAD_USER_INPUT"},
		"a query with a capital letter":      {`{"Query":"{ viewer { role } }"}`, malformed, "BAD_USER_INPUT"},
		"an id in lower case":                {`{"documentid":"role"}`, malformed, "BAD_USER_INPUT"},
		"an empty query":                     {`{"query":""}`, malformed, "BAD_USER_INPUT"},
		"a query that is a number":           {`{"query":1}`, malformed, "BAD_USER_INPUT"},
		"a query that is an object":          {`{"query":{}}`, malformed, "BAD_USER_INPUT"},
		"an operationName that is a list":    {`{"query":"{ viewer { role } }","operationName":[]}`, malformed, "BAD_USER_INPUT"},
		"variables that are a list":          {`{"query":"{ viewer { role } }","variables":[7]}`, malformed, "BAD_USER_INPUT"},
		"variables that are a text":          {`{"query":"{ viewer { role } }","variables":"{}"}`, malformed, "BAD_USER_INPUT"},
		"extensions that are a boolean":      {`{"query":"{ viewer { role } }","extensions":true}`, malformed, "BAD_USER_INPUT"},
		"a syntax error":                     {`{"query":"{"}`, wellFormed, "GRAPHQL_PARSE_FAILED"},
		"a comment":                          {`{"query":"# nothing"}`, wellFormed, "GRAPHQL_VALIDATION_FAILED"},
		"an unknown field":                   {`{"query":"{ nothing }"}`, wellFormed, "GRAPHQL_VALIDATION_FAILED"},
		"a variable that is missing":         {`{"query":"query($id: ID!) { account(id: $id) { id } }"}`, wellFormed, "GRAPHQL_VALIDATION_FAILED"},
		"a variable of another type":         {`{"query":"query($n: Int) { accounts(first: $n) { nodes { id } } }","variables":{"n":"many"}}`, wellFormed, "GRAPHQL_VALIDATION_FAILED"},
		"an unknown operation":               {`{"query":"query A { viewer { role } }","operationName":"B"}`, wellFormed, "GRAPHQL_VALIDATION_FAILED"},
		"two operations and no name":         {`{"query":"query A { viewer { role } } query B { viewer { role } }"}`, wellFormed, "GRAPHQL_VALIDATION_FAILED"},
		"two operations without names":       {`{"query":"{ viewer { role } } { __typename }"}`, wellFormed, "GRAPHQL_VALIDATION_FAILED"},
		"a query that is nested too deep":    {`{"query":"` + strings.Repeat("{a", 1001) + `"}`, wellFormed, "TOO_COMPLEX"},
		"an operation that there is none of": {`{"query":"subscription { viewer { role } }"}`, wellFormed, "GRAPHQL_VALIDATION_FAILED"},
	} {
		for accept, status := range map[string]int{request.JSON: test.status, request.GraphQLResponse: http.StatusBadRequest} {
			e := s.asking(accept, test.body)
			want(t, name+": status as "+accept, e.StatusCode, status)
			want(t, name+": type", e.Header.Get("Content-Type"), accept+"; charset=utf-8")
			if _, ok := e.entries["data"]; ok {
				t.Errorf("%s: got data, want none: %s", name, e.text)
			}
			if name == "two operations without names" {
				continue // an error for each
			}
			want(t, name+": code", e.code(), test.code)
		}
	}
}

// The names of parameters are exact, and those that differ by case only are unknown ones: whatever they hold, nothing comes of it.
func TestNamesOfParametersAreExact(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const query = `query A($id: ID!) { viewer { role } account(id: $id) @include(if: false) { id } } query B { __typename }`
	id := s.account("Top", "")
	exact := `"query":` + jsonOf(query) + `,"operationName":"A","variables":{"id":"` + id + `"},"extensions":` + hashed(sha(query))
	other := `"Query":"{","QUERY":7,"DocumentId":"role","documentid":[],"operationname":"B","OperationName":{},"Variables":{"id":1},"VARIABLE\u017f":[7],` +
		`"Extensions":{"persistedQuery":{"version":2}},"exten\u017fions":true`
	for name, body := range map[string]string{
		"before": `{` + other + `,` + exact + `}`,
		"after":  `{` + exact + `,` + other + `}`,
		"within": `{` + strings.NewReplacer(
			`{"persistedQuery"`, `{"PersistedQuery":{"version":2},"persistedquery":7,"persistedQuery"`,
			`"version":1,`, `"Version":2,"version":1,"VERSION":[],"SHA256hash":"x",`,
			`"}}`, `","Sha256Hash":7}}`,
		).Replace(exact) + `}`,
	} {
		want(t, name, s.asking(request.JSON, body).text, `{"data":{"viewer":{"role":"ADMIN"}}}`)
	}
	want(t, "GET", s.do(http.MethodGet, "?Query={viewer{role}}", "").code(), "BAD_USER_INPUT")
	want(t, "a hash in lower case", s.asking(request.JSON, `{"extensions":{"persistedQuery":{"version":1,"sha256hash":"`+sha(query)+`"}}}`).code(), "PERSISTED_QUERY_NOT_FOUND")
}

func TestStatusOfAnswers(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for body, text := range map[string]string{
		`{"query":"{ viewer { role } }"}`: `{"data":{"viewer":{"role":"ADMIN"}}}`,
		`{"query":"query A { viewer { role } } query B { __typename }","operationName":"B","variables":null,"extensions":null}`: `{"data":{"__typename":"Query"}}`,
		`{"query":"{ viewer { role } }","operationName":null,"variables":{},"extensions":{"what we do not know":[1]}}`:          `{"data":{"viewer":{"role":"ADMIN"}}}`,
		"\n {\"query\":\"{ viewer { role } }\"} \r\n": `{"data":{"viewer":{"role":"ADMIN"}}}`,
	} {
		for _, accept := range []string{request.JSON, request.GraphQLResponse} {
			e := s.asking(accept, body)
			want(t, body+": status", e.StatusCode, http.StatusOK)
			want(t, body+": type", e.Header.Get("Content-Type"), accept+"; charset=utf-8")
			want(t, body, e.text, text)
			want(t, body+": length", e.ContentLength, int64(len(text)))
		}
	}
	// What was executed is 200 also where it failed: there is data, and be it null.
	for _, accept := range []string{request.JSON, request.GraphQLResponse} {
		e := s.asking(accept, `{"query":"{ accounts(first: -1) { nodes { id } } }"}`)
		want(t, "status of an error at a field", e.StatusCode, http.StatusOK)
		want(t, "its code", e.code(), "BAD_USER_INPUT")
		want(t, "its data", string(e.entries["data"]), "null")
	}
}

// What is dangerous in a page is none in JSON that no browser takes for a page: it needs no escapes.
func TestTextsAreWrittenAsTheyAre(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const name = "<script>alert(1)</script> & Söhne \"quoted\" \\"
	id := s.account("Plain", "")
	s.must(nil, `mutation($id: ID!, $name: String!) { updateAccount(id: $id, input: {name: $name}) { account { id } } }`, "id", id, "name", name)
	e := s.asking(request.JSON, jsonOf(object{"query": `query($id: ID!) { account(id: $id) { name } }`, "variables": object{"id": id}}))
	want(t, "answer", e.text, `{"data":{"account":{"name":"<script>alert(1)</script> & Söhne \"quoted\" \\"}}}`)
	want(t, "X-Content-Type-Options", e.Header.Get("X-Content-Type-Options"), "nosniff")
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	t.Parallel()
	s := setup(t)
	a := s.ask(`mutation($m: JSON) { createAccount(input: {name: "N", primaryDomain: "n.com", metadata: $m}) { account { metadata } userErrors { code } } }`,
		"m", json.RawMessage(`{"n":12345678901234567890.123}`))
	if !strings.Contains(a.Body, "12345678901234567890.123") {
		t.Errorf("got %s", a.Body)
	}
}

func TestAnswersOfNoTypeThatWeHave(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for _, accept := range []string{"text/html", "text/event-stream", "multipart/mixed", "application/json;q=0", "*/*;q=0"} {
		e := s.asking(accept, `{"query":"mutation { createAccount(input: {name: \"A\", primaryDomain: \"a.com\"}) { account { id } } }"}`)
		want(t, accept+": status", e.StatusCode, http.StatusNotAcceptable)
		want(t, accept+": code", e.code(), "BAD_USER_INPUT")
	}
	want(t, "accounts that were made all the same", s.must(nil, `{ accounts { totalCount } }`).at("accounts", "totalCount"), any(0.0))
}

func TestGET(t *testing.T) {
	t.Parallel()
	s := setup(t)
	id := s.account("Top", "")
	get := func(accept string, parameters url.Values) exchange {
		t.Helper()
		return s.do(http.MethodGet, "?"+parameters.Encode(), "", "Accept", accept)
	}
	variables := jsonOf(object{"id": id})
	for _, accept := range []string{request.JSON, request.GraphQLResponse} {
		e := get(accept, url.Values{"query": {`query($id: ID!) { account(id: $id) { name } }`}, "variables": {variables}})
		want(t, "answer", e.text, `{"data":{"account":{"name":"Top"}}}`)
		want(t, "status", e.StatusCode, http.StatusOK)
		want(t, "type", e.Header.Get("Content-Type"), accept+"; charset=utf-8")
		for name, empty := range map[string]url.Values{
			"parameters that are empty":   {"query": {`{ viewer { role } }`}, "operationName": {""}, "variables": {""}, "extensions": {""}},
			"parameters that are null":    {"query": {`{ viewer { role } }`}, "variables": {"null"}, "extensions": {"null"}},
			"one that we do not know":     {"query": {`{ viewer { role } }`}, "_": {"1", "2"}},
			"a query that has a mutation": {"query": {`query A { viewer { role } } mutation B { __typename }`}, "operationName": {"A"}},
		} {
			e := get(accept, empty)
			want(t, name, e.text, `{"data":{"viewer":{"role":"ADMIN"}}}`)
		}
		for name, refused := range map[string]url.Values{
			"no query":                    {},
			"a query twice":               {"query": {`{ viewer { role } }`, `{ nothing }`}},
			"a query that is not UTF-8":   {"query": {"{ viewer { role } } #\xff"}},
			"variables that are a list":   {"query": {`{ viewer { role } }`}, "variables": {"[1]"}},
			"variables that are no JSON":  {"query": {`{ viewer { role } }`}, "variables": {"x"}},
			"two objects of variables":    {"query": {`{ viewer { role } }`}, "variables": {"{}{}"}},
			"variables without an end":    {"query": {`{ viewer { role } }`}, "variables": {strings.Repeat("[", 20_000)}},
			"extensions that are a text":  {"query": {`{ viewer { role } }`}, "extensions": {`"x"`}},
			"variables that are not UTF8": {"query": {`{ viewer { role } }`}, "variables": {"{\"a\":\"\xff\"}"}},
		} {
			e := get(accept, refused)
			want(t, name+": status", e.StatusCode, http.StatusBadRequest)
			want(t, name+": code", e.code(), "BAD_USER_INPUT")
		}
		e = get(accept, url.Values{"query": {`mutation($id: ID!) { deleteAccount(id: $id) { deletedCount } }`}, "variables": {variables}})
		want(t, "status of a mutation", e.StatusCode, http.StatusMethodNotAllowed)
		want(t, "Allow", e.Header.Get("Allow"), "POST")
		want(t, "code of a mutation", e.code(), "BAD_USER_INPUT")
	}
	e := s.do(http.MethodGet, "?query=%zz", "")
	want(t, "status of what is not percent-encoded", e.StatusCode, http.StatusBadRequest)
	want(t, "the account", s.must(nil, `query($id: ID!) { account(id: $id) { name } }`, "id", id).at("account", "name"), any("Top"))
}

// HEAD is GET without the answer's body (RFC 9110, 9.3.2).
func TestHEAD(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const query = "?query={viewer{role}}"
	get, head := s.do(http.MethodGet, query, ""), s.do(http.MethodHead, query, "")
	want(t, "status", head.StatusCode, get.StatusCode)
	want(t, "length", head.ContentLength, get.ContentLength)
	want(t, "type", head.Header.Get("Content-Type"), get.Header.Get("Content-Type"))
	want(t, "body", head.text, "")
	head = s.do(http.MethodHead, "?query="+url.QueryEscape("mutation { __typename }"), "")
	want(t, "status of a mutation", head.StatusCode, http.StatusMethodNotAllowed)
}
