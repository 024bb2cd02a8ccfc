// Package demo fills a database with real companies: the bank groups of the US and the research organizations of the
// world, with everything that they control, as the organization Demo; and a small second organization beside it.
//
// What is known of the companies is from public registries (see data/README.md), and nothing is added to it. The people
// are made up: owners, contacts and customer users. None of their addresses can reach anybody: they are under the top
// level .example or at example.com, .org and .net, which are reserved (RFC 2606). No account of Demo has such a domain,
// so these addresses are nobody's customer; accountByEmail needs no stored person, only a domain. The customer users
// at ReservedDomains wait for an account with one of these: created with addExistingUsersToAccountContacts, it finds them.
//
// All ids are the same in every database, so that what a document says about one holds everywhere.
package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/accountgraph/accountgraph/db"
)

// The names of the organizations.
const (
	Name       = "Demo"
	SecondName = "Another Tenant"
)

// The sources of external ids, as the registries are known.
const (
	// SourceNIC is the National Information Center of the US Federal Reserve System.
	SourceNIC = "NIC"
	// SourceROR is the Research Organization Registry.
	SourceROR = "ROR"
	// SourceDemo is the demo itself: the few made-up accounts of the second organization.
	SourceDemo = "DEMO"
)

// External ids that documents and tests speak of.
const (
	// GoldmanSachs is the top of the largest tree: 2,920 companies, 124 of them right below it.
	GoldmanSachs = "nic:2380443"
	// USAA is the top of the deepest tree.
	USAA = "nic:1447376"
	// WPTLand2 is the deepest account, 16 edges below USAA.
	WPTLand2 = "nic:5058202"
	// BankOfAmerica is the account with the most children: 590.
	BankOfAmerica = "nic:480228"
	// INRAE is the account with the most children that have domains: 305.
	INRAE = "ror:003vg9w96"
	// USGovernment is the top of the largest tree with domains: 828 organizations.
	USGovernment = "ror:02rcrvv70"
	// Merck is the top of 30 companies that are in both organizations.
	Merck = "ror:02891sr49"
	// ExampleHolding is a made-up account that only the second organization has.
	ExampleHolding = "demo:example-holding"
)

// ReservedDomains are the domains of customer users of Demo whose companies are no accounts yet.
var ReservedDomains = [...]string{"example.com", "example.org", "example.net"}

// Loaded tells whether the demo is there. Both organizations are made in one transaction: if one is there, all of it is.
func Loaded(ctx context.Context, d *db.DB) (bool, error) {
	var loaded bool
	err := d.Pool().GetContext(ctx, &loaded, "SELECT EXISTS (SELECT FROM organizations WHERE id = $1)", organizationID(Name))
	if err != nil {
		return false, fmt.Errorf("look for the demo: %w", err)
	}
	return loaded, nil
}

// ErrNotLoaded tells that a database has no demo.
var ErrNotLoaded = errors.New("the demo is not in this database: load it first")

// Viewer is the demo user, an ADMIN of the organization Demo. The error is ErrNotLoaded if there is none.
func Viewer(ctx context.Context, d *db.DB) (db.Viewer, error) { return viewer(ctx, d, Name) }

// SecondViewer is the ADMIN of the second organization. The error is ErrNotLoaded if there is none.
func SecondViewer(ctx context.Context, d *db.DB) (db.Viewer, error) {
	return viewer(ctx, d, SecondName)
}

func viewer(ctx context.Context, d *db.DB, organization string) (db.Viewer, error) {
	v := db.Viewer{Organization: organizationID(organization)}
	user := userID(organization, people[0])
	err := d.Pool().GetContext(ctx, &v.Role, "SELECT role FROM users WHERE organization_id = $1 AND id = $2 AND is_active", v.Organization, user)
	if errors.Is(err, sql.ErrNoRows) {
		return db.Viewer{}, ErrNotLoaded
	}
	if err != nil {
		return db.Viewer{}, fmt.Errorf("look for the demo user: %w", err)
	}
	v.User = &user
	return v, nil
}
