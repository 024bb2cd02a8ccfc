package graph

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/accountgraph/accountgraph/db"
)

// codePersistedQueryNotFound tells a client to send the text as well. Apollo's clients know it, and the message.
const codePersistedQueryNotFound db.Code = "PERSISTED_QUERY_NOT_FOUND"

const messagePersistedQueryNotFound = "PersistedQueryNotFound"

// persistedQuery names a query by the SHA-256 of its text (automatic persisted queries, Apollo): the text needs to be sent
// once only.
type persistedQuery struct {
	OtherVersion unknown `json:"VERSION"`
	Version      int     `json:"version"`
	OtherHash    unknown `json:"SHA256HASH"`
	Hash         string  `json:"sha256Hash"`
}

// persistedKey is how a text is kept: for the organization that sent it. Another would learn that somebody asked it.
type persistedKey struct {
	organization db.OrganizationID
	hash         string
}

// persisted finds the document of a query that is named by its hash, and keeps the text of one that is good.
func (a *api) persisted(p *params, organization db.OrganizationID) (*ast.QueryDocument, *refusal) {
	query := p.Extensions.PersistedQuery
	if query.Version != 1 {
		return nil, malformed("the parameter extensions.persistedQuery.version has to be 1")
	}
	key := persistedKey{organization, query.Hash}
	if p.Query == "" {
		if document, ok := a.options.TrustedDocuments.findByHash(query.Hash); ok {
			return document, nil
		}
		text, ok := a.persistedTexts.get(key)
		if !ok {
			return nil, refuse(codePersistedQueryNotFound, messagePersistedQueryNotFound, nil)
		}
		return a.documents.read(text)
	}
	if hash(p.Query) != query.Hash {
		return nil, malformed("the parameter extensions.persistedQuery.sha256Hash is not the SHA-256 of the query, in lower-case hexadecimal")
	}
	document, refusal := a.documents.read(p.Query)
	if refusal == nil {
		a.persistedTexts.add(key, p.Query, len(p.Query))
	}
	return document, refusal
}

// hash is the SHA-256 of a text, in lower-case hexadecimal.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
