package db

import (
	"context"
	"strings"
)

// FindAPIKey returns the API key that a person at the command line means: by its id, its prefix, or its whole text. It is
// for programs that the server's operator runs, not for requests. The error for none is an *Error.
func (d *DB) FindAPIKey(ctx context.Context, named string) (*APIKey, error) {
	s := &statement{}
	s.write("SELECT ", columns[APIKey]("k"), "\nFROM api_keys k\nWHERE ")
	if id, err := ParseID(named); err == nil {
		s.write("k.id = ", s.arg(id.APIKey()))
	} else if hash, ok := HashAPIKey(named); ok {
		s.write("k.hash = ", s.arg(hash[:]))
	} else {
		s.write("k.prefix = ", s.arg(apiKeyMark+strings.TrimPrefix(named, apiKeyMark)))
	}
	found, err := all[*APIKey](ctx, d.pool, s, "find API key")
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, BadInput("there is no API key with this prefix or id: 'accountgraph apikey list' lists them")
	}
	return found[0], nil
}

// HasActiveAPIKey tells whether there is an API key of any organization that lets somebody in. It is for the server itself.
func (d *DB) HasActiveAPIKey(ctx context.Context) (bool, error) {
	found, err := all[bool](ctx, d.pool, textOf(
		"SELECT EXISTS (SELECT FROM api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()))"), "look for API keys")
	if err != nil {
		return false, err
	}
	return found[0], nil
}
