package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/accountgraph/accountgraph/db"
)

// account is a row of a source by the rules of accounts.
type account struct {
	id                 db.AccountID
	number             int
	parent             *account
	depth, children    int
	name               string
	domains            []string // the primary one first
	industry           *string
	website            *string
	address            *db.Address
	owner              *db.UserID
	source, externalID string
	isActive           bool
}

// primaryDomain is nil if the source has none.
func (a *account) primaryDomain() *string {
	if len(a.domains) == 0 {
		return nil
	}
	return &a.domains[0]
}

func (a *account) parentID() *db.AccountID {
	if a.parent == nil {
		return nil
	}
	return &a.parent.id
}

// dropped counts what the sources have and the rules refuse.
type dropped struct{ domains, websites int }

// industry is a value of the picklist account_industry that the sources bring.
type industry struct{ key, label string }

// accounts turns rows into accounts, numbered in their order, and returns the industries that they use, by label.
// A text that a rule refuses is an error, except for domains and websites: those are left out and counted.
func accounts(organization string, records []record) ([]*account, []industry, dropped, error) {
	var without dropped
	list := make([]*account, len(records))
	byExternalID := make(map[string]*account, len(records))
	industries := map[string]industry{}
	for i, r := range records {
		a, err := r.account(organization, &without)
		if err != nil {
			return nil, nil, dropped{}, fmt.Errorf("%s: %w", r.externalID, err)
		}
		a.number = i + 1
		if value := industryOf(r.industry); value.key != "" {
			industries[value.key] = value
			a.industry = &value.key
		}
		list[i], byExternalID[r.externalID] = a, a
	}
	for i, r := range records {
		if r.parentExternalID == "" {
			continue
		}
		parent := byExternalID[r.parentExternalID]
		if parent == nil {
			return nil, nil, dropped{}, fmt.Errorf("%s: there is no parent %s", r.externalID, r.parentExternalID)
		}
		list[i].parent = parent
		parent.children++
	}
	for _, a := range list {
		for above := a.parent; above != nil; above = above.parent {
			if a.depth++; a.depth > len(list) {
				return nil, nil, dropped{}, fmt.Errorf("%s is its own ancestor", a.externalID)
			}
		}
	}
	assignOwners(organization, list)
	values := make([]industry, 0, len(industries))
	for _, value := range industries {
		values = append(values, value)
	}
	slices.SortFunc(values, func(a, b industry) int { return cmp.Compare(a.label, b.label) })
	return list, values, without, nil
}

// account holds what a row says to the rules.
func (r record) account(organization string, without *dropped) (*account, error) {
	a := &account{
		id: newID(db.KindAccount, organization, r.externalID).Account(), source: r.source, externalID: r.externalID,
		isActive: r.status == "active", // not inactive, and not withdrawn by the registry
	}
	var err error
	if a.name, err = db.NormalizeName(r.name); err != nil {
		return nil, err
	}
	domains := append([]string{r.primaryDomain}, strings.Split(r.secondaryDomains, ";")...)
	for _, text := range domains {
		if text == "" {
			continue
		}
		domain, err := db.NormalizeDomain(text)
		if err != nil {
			without.domains++
			continue
		}
		a.domains = append(a.domains, domain)
	}
	if r.website != "" {
		if website, err := db.NormalizeURL(r.website); err == nil {
			a.website = &website
		} else {
			without.websites++
		}
	}
	a.address, err = db.NormalizeAddress(db.AddressInput{City: &r.city, State: &r.region, Country: &r.country})
	return a, err
}

// industryOf makes a picklist value of what a source calls an industry. Of several ("facility; government", 201 rows) the
// first counts. The label is the text with an upper-case first letter. Where the organization has the key already
// (EDUCATION), its label stays.
func industryOf(text string) industry {
	text, _, _ = strings.Cut(text, ";")
	text = strings.TrimSpace(text)
	if text == "" {
		return industry{}
	}
	return industry{key: db.PicklistKeyOf(text), label: strings.ToUpper(text[:1]) + text[1:]}
}

// assignOwners gives an owner to each active root and to one in six of the other active accounts.
func assignOwners(organization string, list []*account) {
	var owners []db.UserID
	for _, p := range people {
		if p.isActive {
			owners = append(owners, userID(organization, p))
		}
	}
	for _, a := range list {
		d := newDice("owner " + a.externalID)
		if owner := owners[d.below(len(owners))]; a.isActive && (a.parent == nil || d.oneIn(6)) {
			a.owner = &owner
		}
	}
}
