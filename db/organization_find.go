package db

import (
	"context"
	"strings"
)

// FindOrganization returns the organization that a person at the command line means: by its id, or by its name, in upper
// or lower case; if nothing is named, the only one that there is. It is for programs that the server's operator runs, not
// for requests, which see their viewer's organization alone. The error for none or several is an *Error.
func (d *DB) FindOrganization(ctx context.Context, named string) (*Organization, error) {
	s := &statement{}
	s.write("SELECT ", columns[Organization]("o"), "\nFROM organizations o")
	if id, err := ParseID(named); err == nil {
		s.write("\nWHERE o.id = ", s.arg(id.Organization()))
	} else if named != "" {
		s.write("\nWHERE ", fold("o.name"), " = ", fold("CAST("+s.arg(strings.TrimSpace(named))+" AS text)"))
	}
	s.write("\nORDER BY o.created_at, o.id\nLIMIT 10")
	found, err := all[*Organization](ctx, d.pool, s, "find organization")
	switch {
	case err != nil:
		return nil, err
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0 && named == "":
		return nil, BadInput("there is no organization yet: make one with 'accountgraph org create NAME'")
	case len(found) == 0:
		return nil, BadInput("there is no organization %s", shown(named))
	}
	names := make([]string, len(found))
	for i, organization := range found {
		names[i] = organization.ID.String() + " (" + organization.Name + ")"
	}
	return nil, BadInput("there are several organizations, say which one with --organization: %s", strings.Join(names, ", "))
}

// AllOrganizations returns every organization, in the order in which they were made. It is for programs that the server's
// operator runs, not for requests.
func (d *DB) AllOrganizations(ctx context.Context) ([]*Organization, error) {
	s := textOf("SELECT " + columns[Organization]("o") + " FROM organizations o ORDER BY o.created_at, o.id")
	return all[*Organization](ctx, d.pool, s, "list organizations")
}
