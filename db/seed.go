package db

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// What programs need that fill an organization by COPY, in one transaction of their own, and hold its values to the
// rules of this package all the same: the demo, imports.

// NormalizeName returns a name as records keep it: one line of 1 to 255 characters, trimmed. The error is a *Problem.
func NormalizeName(text string) (string, error) { return requireText(text, maxName) }

// NormalizeAddress checks each part and returns the address; nil if all of it is blank. The error is Problems.
func NormalizeAddress(in AddressInput) (*Address, error) {
	address, problems := in.normalize()
	if len(problems) > 0 {
		return nil, problems
	}
	return address, nil
}

// SeedOrganization makes an organization with the default values of all picklists and the list of free mail domains, as
// a part of the caller's transaction. The zero ID asks for a fresh one. The error for what is wrong with it is Problems.
func SeedOrganization(ctx context.Context, tx *sqlx.Tx, id OrganizationID, in NewOrganization) (*Organization, error) {
	c := validation{}
	name, err := requireText(in.Name, maxName)
	c.fail(err, "name")
	currency, err := normalizeCurrency(in.DefaultCurrency)
	c.fail(err, "defaultCurrency")
	region, err := NormalizeCountry(in.DefaultRegion)
	c.fail(err, "defaultRegion")
	if err := c.err(); err != nil {
		return nil, err
	}
	if id.IsZero() {
		id = OrganizationID{newID[organizationKind]()}
	}
	organization := &Organization{}
	err = sqlx.GetContext(ctx, tx, organization, `
		INSERT INTO organizations AS o (id, name, default_currency, default_region) VALUES ($1, $2, $3, $4)
		RETURNING `+columns[Organization]("o"), id, name, currency, region)
	if err != nil {
		return nil, err
	}
	if err := seedPicklists(ctx, tx, SystemViewer(id)); err != nil {
		return nil, err
	}
	if _, err := exec(ctx, tx, "seed free mail domains",
		"INSERT INTO free_mail_domains (organization_id, domain) SELECT $1, unnest($2::text[])", id, pq.Array(freeMailDomains)); err != nil {
		return nil, err
	}
	return organization, appendEvents(ctx, tx, SystemViewer(id), event{kind: "organization.created", entity: "organization", id: id.uuid,
		after: organization.fields()})
}
