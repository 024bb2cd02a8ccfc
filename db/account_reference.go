package db

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// draftRow is one account of an operation, with what is wrong with it: a bulk operation may go on without bad rows.
type draftRow struct {
	accountDraft
	// old is the account as it is, nil for a new one; oldDomains are its domains, if they change.
	old        *Account
	oldDomains []*AccountDomain
	// routes tells for each domain whether it routes to the account.
	routes []bool
	validation
}

// checkReferences looks up, in a bounded number of statements, everything that accounts about to be written refer to,
// and returns who has what they claim.
func checkReferences(ctx context.Context, tx *sqlx.Tx, v Viewer, rows []*draftRow) (*claims, error) {
	for _, check := range []func(context.Context, *sqlx.Tx, Viewer, []*draftRow) error{
		checkPicklists, checkOwners, checkFreeMail,
	} {
		if err := check(ctx, tx, v, rows); err != nil {
			return nil, err
		}
	}
	return readClaims(ctx, tx, v, rows)
}

// picklistUse is a picklist field of an account.
type picklistUse struct {
	field    string
	list     Picklist
	key      **string
	previous *string
}

func (r *draftRow) picklistUses() []picklistUse {
	old := Account{}
	if r.old != nil {
		old = *r.old
	}
	return []picklistUse{
		{"industry", AccountIndustry, &r.IndustryKey, old.IndustryKey},
		{"status", AccountStatus, &r.StatusKey, old.StatusKey},
		{"classification", AccountClassification, &r.ClassKey, old.ClassKey},
		{"health", AccountHealth, &r.HealthKey, old.HealthKey},
	}
}

// checkPicklists sets the defaults of new accounts and checks keys that are new to an account: an archived value stays valid where it is.
func checkPicklists(ctx context.Context, tx *sqlx.Tx, v Viewer, rows []*draftRow) error {
	needed := func(r *draftRow, use picklistUse) bool {
		return r.old == nil || *use.key != nil && (use.previous == nil || *use.previous != **use.key)
	}
	if !slices.ContainsFunc(rows, func(r *draftRow) bool {
		return slices.ContainsFunc(r.picklistUses(), func(use picklistUse) bool { return needed(r, use) })
	}) {
		return nil
	}
	values, err := picklistValues(ctx, tx, v, "true")
	if err != nil {
		return err
	}
	byKey := byID(values, func(p *PicklistValue) PicklistKey { return PicklistKey{p.Picklist, p.Key} })
	defaults := map[Picklist]*string{}
	for _, p := range values {
		if p.IsDefault && !p.IsArchived {
			defaults[p.Picklist] = &p.Key
		}
	}
	for _, r := range rows {
		for _, use := range r.picklistUses() {
			switch {
			case !needed(r, use):
			case *use.key == nil:
				*use.key = defaults[use.list]
			default:
				r.fail(checkPicklistKey(byKey, use.list, **use.key), use.field)
			}
		}
	}
	return nil
}

// checkPicklistKey tells what is wrong with the new use of a key.
func checkPicklistKey(values map[PicklistKey]*PicklistValue, list Picklist, key string) error {
	switch value := values[PicklistKey{list, key}]; {
	case value == nil:
		return problem(ProblemNotFound, "%s is no key of the list %s", shown(key), list)
	case value.IsArchived:
		return problem(ProblemInactive, "%s is archived: old records keep it, new ones can't have it", key)
	}
	return nil
}

// checkOwners checks owners that are new to an account.
func checkOwners(ctx context.Context, tx *sqlx.Tx, v Viewer, rows []*draftRow) error {
	isNew := func(r *draftRow) bool {
		return r.OwnerID != nil && (r.old == nil || r.old.OwnerID == nil || *r.old.OwnerID != *r.OwnerID)
	}
	var ids []UserID
	for _, r := range rows {
		if isNew(r) {
			ids = append(ids, *r.OwnerID)
		}
	}
	if ids == nil {
		return nil
	}
	// Locked against deactivation until the account is written.
	users, err := all[*User](ctx, tx, textOf("SELECT "+columns[User]("u")+" FROM users u WHERE u.organization_id = $1 AND u.id = ANY($2) FOR SHARE",
		v.Organization, idArray(ids)), "owners")
	if err != nil {
		return err
	}
	found := byID(users, func(u *User) UserID { return u.ID })
	for _, r := range rows {
		if !isNew(r) {
			continue
		}
		if owner := found[*r.OwnerID]; owner == nil {
			r.fail(problem(ProblemNotFound, "there is no user with this id"), "ownerId")
		} else if !owner.IsActive {
			r.fail(problem(ProblemInactive, "%s is not active and can't own accounts", owner.Name), "ownerId")
		}
	}
	return nil
}

// checkFreeMail refuses domains of mail providers that are new to an account, unless they are meant.
func checkFreeMail(ctx context.Context, tx *sqlx.Tx, v Viewer, rows []*draftRow) error {
	var domains []string
	for _, r := range rows {
		if !r.freeMail {
			domains = append(domains, r.domains...)
		}
	}
	if domains == nil {
		return nil
	}
	found, err := all[string](ctx, tx, textOf("SELECT domain FROM free_mail_domains WHERE organization_id = $1 AND domain = ANY($2)",
		v.Organization, pq.Array(domains)), "free mail domains")
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.freeMail {
			continue
		}
		for i, domain := range r.domains {
			if slices.Contains(found, domain) && !r.holds(domain) {
				r.fail(problem(ProblemFreeMailDomain, "%s belongs to a mail provider; if it is really this company's, set allowFreeMailDomain", domain), domainField(i)...)
			}
		}
	}
	return nil
}

// domainField is where the i-th domain of an account stands in an input.
func domainField(i int) []string {
	if i == 0 {
		return []string{"primaryDomain"}
	}
	return []string{"secondaryDomains", index(i - 1)}
}
