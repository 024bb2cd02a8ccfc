package importer

import (
	"fmt"
	"strings"

	"github.com/accountgraph/accountgraph/db"
)

// row collects what the cells of a row say.
type row struct {
	rules *db.ImportRules

	// recordID and parentID are ids of accountgraph. The parent of a contact is an account that it is at.
	recordID, parentID                                         *db.ID
	externalSource, externalID, parentSource, parentExternalID string

	account       db.AccountChange
	revenue       string
	currency      string
	externalIDs   []db.ExternalIDInput
	identifiers   []db.BusinessIdentifierInput
	sharedDomains []string

	contact db.ContactChange
	place   db.ContactPlace
}

// set puts the cells in place.
func (p *problems) set(r *row) {
	for _, c := range p.layout.columns {
		text := p.cells[c.index]
		if err := checkCell(text); err != nil {
			p.add(&c, err)
			continue
		}
		p.add(&c, c.set(r, text))
	}
}

// parentKey is what identifies the account above, or the one that a contact is at; zero for none. Source is whose the id is
// if the row does not say.
func (r *row) parentKey(found *problems, source, column string) db.ImportKey {
	switch {
	case strings.TrimSpace(r.parentExternalID) == "" && r.parentID == nil:
		return db.ImportKey{}
	case strings.TrimSpace(r.parentExternalID) == "":
		return db.ImportKey{Source: db.OwnSource, ID: r.parentID.String(), Record: r.parentID}
	case strings.TrimSpace(r.parentSource) != "":
		source = found.source(r.parentSource, strings.Replace(column, "external_id", "source", 1))
	case source == "" && !found.tells(found.layout.column("source")) && !found.tells(found.layout.column("external_source")):
		found.add(found.layout.column(column), sourceless())
	}
	if !found.externalID(r.parentExternalID, column) || source == "" {
		return db.ImportKey{}
	}
	return db.ImportKey{Source: source, ID: r.parentExternalID, Record: r.parentID}
}

// key is the key of a picklist's value; nil for a blank cell.
func (r *row) key(list db.Picklist, text string) (*string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	key, err := r.rules.Key(list, text)
	if err != nil {
		return nil, err
	}
	return &key, nil
}

// sourceless is the problem of an external id of which nobody says whose it is.
func sourceless() *db.Problem {
	return &db.Problem{Code: db.ProblemRequired, Message: "the external id needs a source: whose id is it?"}
}

func invalid(format string, args ...any) *db.Problem {
	return &db.Problem{Code: db.ProblemInvalid, Message: fmt.Sprintf(format, args...)}
}

// readID reads an id of accountgraph; nothing for a blank cell.
func readID(into **db.ID, text string) error {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	id, err := db.ParseID(text)
	if err != nil {
		return invalid("%s", err)
	}
	*into = &id
	return nil
}

// readBool reads a yes or no; a blank cell leaves what there is.
func readBool(into *bool, text string) error {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "":
	case "true", "yes", "1":
		*into = true
	case "false", "no", "0":
		*into = false
	default:
		return invalid("%q is neither true nor false", text)
	}
	return nil
}
