package serve

import (
	"errors"
	"fmt"
	"os"

	"github.com/accountgraph/accountgraph/graph"
)

// trustedDocuments reads the documents that requests may name by an id; nil if there is no file of them.
func (p Program) trustedDocuments() (*graph.TrustedDocuments, error) {
	path := p.Config.TrustedDocuments
	switch {
	case path == "" && p.Config.TrustedDocumentsOnly:
		return nil, errors.New("there are no trusted documents that alone could be executed: name their file with --trusted-documents or TRUSTED_DOCUMENTS")
	case path == "":
		return nil, nil
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the trusted documents can't be read: %w", err)
	}
	documents, err := graph.ReadTrustedDocuments(file)
	if err != nil {
		return nil, fmt.Errorf("the trusted documents in %s are not good:\n%w", path, err)
	}
	return documents, nil
}
