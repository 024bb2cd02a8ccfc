package graph

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// params is what a request asks for (GraphQL over HTTP, "Request Parameters").
type params struct {
	otherParams
	Query         string         `json:"query"`
	DocumentID    string         `json:"documentId"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    extensions     `json:"extensions"`

	// files are those of variables.
	files files
}

// otherParams takes what is called as a parameter but for upper and lower case, which is none: names are exact. For a name that it does
// not find, encoding/json takes the first that is the same in upper case, so each of these stands before the one that is meant.
type otherParams struct {
	Query         unknown `json:"QUERY"`
	DocumentID    unknown `json:"DOCUMENTID"`
	OperationName unknown `json:"OPERATIONNAME"`
	Variables     unknown `json:"VARIABLES"`
	Extensions    unknown `json:"EXTENSIONS"`
}

// extensions are those of a request's extensions that we know.
type extensions struct {
	OtherPersistedQuery unknown         `json:"PERSISTEDQUERY"`
	PersistedQuery      *persistedQuery `json:"persistedQuery"`
}

// unknown is a JSON value that is ignored, whatever it is.
type unknown struct{}

// UnmarshalJSON ignores a value.
func (unknown) UnmarshalJSON([]byte) error { return nil }

// readParams reads what a request asks for: in the parameters of its address, or in its body.
func readParams(r *http.Request) (*params, *refusal) {
	p := &params{}
	refusal := p.read(r)
	switch {
	case refusal != nil:
	case p.DocumentID != "" && (p.Query != "" || p.Extensions.PersistedQuery != nil):
		refusal = malformed("the request has both a documentId and a query: send one of them")
	case p.Query == "" && p.DocumentID == "" && p.Extensions.PersistedQuery == nil:
		refusal = malformed("the request has no query: its text goes into the parameter query")
	}
	if refusal != nil {
		p.files.close()
		return nil, refusal
	}
	return p, nil
}

func (p *params) read(r *http.Request) *refusal {
	if r.Method != http.MethodPost {
		return p.readAddress(r.URL.RawQuery)
	}
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "multipart/form-data") {
		return p.readForm(r)
	}
	return readJSON(r.Body, p, "the request's body")
}

// readAddress reads the parameters of a GET, of which variables and extensions are JSON.
func (p *params) readAddress(query string) *refusal {
	values, err := url.ParseQuery(query)
	if err != nil {
		return malformed("the parameters of the address are not percent-encoded")
	}
	for name, into := range map[string]any{"query": &p.Query, "documentId": &p.DocumentID, "operationName": &p.OperationName, "variables": &p.Variables, "extensions": &p.Extensions} {
		given := values[name]
		switch {
		case len(given) > 1:
			return malformed("the parameter " + name + " is given several times")
		case len(given) == 0 || given[0] == "":
			continue
		case !utf8.ValidString(given[0]):
			return malformed("the parameter " + name + " is not UTF-8")
		}
		if text, ok := into.(*string); ok {
			*text = given[0]
		} else if refusal := readJSON(strings.NewReader(given[0]), into, "the parameter "+name); refusal != nil {
			return refusal
		}
	}
	return nil
}

// readJSON reads a JSON object, which messages call what. Numbers of variables keep all their digits.
func readJSON(from io.Reader, into any, what string) *refusal {
	decoder := json.NewDecoder(from)
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return notAsAsked(what, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return malformed(what + " goes on after its JSON object")
	}
	return nil
}

// notAsAsked says what is wrong with a JSON object. It repeats nothing of it, and names no type of Go's.
func notAsAsked(what string, err error) *refusal {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return malformed(what + " is not a JSON object")
	}
	kind, _, _ := strings.Cut(wrong.Value, " ") // what follows is the value
	switch {
	case wrong.Field != "":
		return malformed("the parameter " + wrong.Field + " can't be a JSON " + kind)
	case kind == "array":
		return malformed(what + " is a list, not a JSON object: several operations in one request (batching) are not taken")
	}
	return malformed(what + " is not a JSON object, but a " + kind)
}
