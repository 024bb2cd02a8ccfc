package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/accountgraph/accountgraph/db"
)

// codeDocumentNotFound is for an id of a document that is not among the trusted ones.
const codeDocumentNotFound db.Code = "DOCUMENT_NOT_FOUND"

// TrustedDocuments are documents that whoever runs the server has allowed, and clients name by an id ("persisted documents" of
// GraphQL over HTTP). None are in nil.
type TrustedDocuments struct{ byID map[string]*ast.QueryDocument }

// sha256Prefix begins ids that are made of the text ("SHA256 Hex Document Identifier").
const sha256Prefix = "sha256:"

// documentID is what an id may be made of ("Document identifier syntax").
var documentID = regexp.MustCompile(`^[A-Za-z0-9._~-][A-Za-z0-9._~:-]*$`)

// ReadTrustedDocuments reads a JSON object whose keys are ids and whose values are texts, as clients' build tools write it. Each
// document is also found by the id that is made of its text, as sha256:7dba4bd7... The error tells everything that is wrong: ids,
// texts that are not GraphQL or do not fit the schema.
func ReadTrustedDocuments(file []byte) (*TrustedDocuments, error) {
	var texts map[string]string
	if err := json.Unmarshal(file, &texts); err != nil {
		return nil, fmt.Errorf("not a JSON object of ids and texts: %w", err)
	}
	// What was allowed may be as deep as it is.
	documents := newDocuments(Schema(), Options{Introspection: true})
	t := &TrustedDocuments{byID: map[string]*ast.QueryDocument{}}
	var problems []error
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		text := texts[id]
		byText := sha256Prefix + hash(text)
		switch {
		case !documentID.MatchString(id):
			problems = append(problems, fmt.Errorf("%q is no id: it may have letters, digits and -._~: only", id))
			continue
		case strings.HasPrefix(id, sha256Prefix) && id != byText:
			problems = append(problems, fmt.Errorf("%s is not the id of its text, which is %s", id, byText))
			continue
		}
		document, refusal := documents.read(text)
		if refusal != nil {
			problems = append(problems, fmt.Errorf("%s: %w", id, refusal.errors))
			continue
		}
		t.byID[id], t.byID[byText] = document, document
	}
	return t, errors.Join(problems...)
}

// find returns the document of an id.
func (t *TrustedDocuments) find(id string) (*ast.QueryDocument, bool) {
	if t == nil {
		return nil, false
	}
	document, ok := t.byID[id]
	return document, ok
}

// findByHash returns the document of a persisted query's hash: that whose id it is, which is how Apollo's clients send the ids of a
// manifest, or whose text it is of.
func (t *TrustedDocuments) findByHash(hash string) (*ast.QueryDocument, bool) {
	if document, ok := t.find(hash); ok {
		return document, true
	}
	return t.find(sha256Prefix + hash)
}
