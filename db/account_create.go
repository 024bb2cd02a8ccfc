package db

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// maxBulk is how many rows one bulk operation takes.
const maxBulk = 1000

// CreateAccountInput is a new account.
type CreateAccountInput struct {
	Name                              string
	PrimaryDomain                     string
	SecondaryDomains                  []string
	ShareDomain                       bool
	AllowFreeMailDomain               bool
	AddExistingUsersToAccountContacts bool
	ParentID                          *AccountID
	Logo                              *string
	Industry                          *string
	Status                            *string
	Classification                    *string
	Health                            *string
	Description                       *string
	AnnualRevenue                     *MoneyInput
	Employees                         *int
	Website                           *string
	BillingAddress                    *AddressInput
	ShippingAddress                   *AddressInput
	OwnerID                           *UserID
	Source                            *string
	ExternalIDs                       []*ExternalIDInput
	Identifiers                       []*BusinessIdentifierInput
	Metadata                          json.RawMessage
	IsActive                          bool
}

// change is the input as a change of nothing.
func (in CreateAccountInput) change() AccountChange {
	externals, identifiers := values(in.ExternalIDs), values(in.Identifiers)
	return AccountChange{
		Name: &in.Name, PrimaryDomain: &in.PrimaryDomain, SecondaryDomains: &in.SecondaryDomains,
		ShareDomain: in.ShareDomain, AllowFreeMailDomain: in.AllowFreeMailDomain,
		Logo: in.Logo, Industry: in.Industry, Status: in.Status, Classification: in.Classification, Health: in.Health,
		Description: in.Description, AnnualRevenue: in.AnnualRevenue, Employees: in.Employees, Website: in.Website,
		BillingAddress: in.BillingAddress, ShippingAddress: in.ShippingAddress, OwnerID: in.OwnerID, Source: in.Source,
		ExternalIDs: &externals, Identifiers: &identifiers, Metadata: in.Metadata, IsActive: &in.IsActive,
	}
}

// values copies what pointers point to; GraphQL lists of inputs come as pointers.
func values[T any](pointers []*T) []T {
	copies := make([]T, len(pointers))
	for i, p := range pointers {
		copies[i] = *p
	}
	return copies
}

// CreateAccountsInput are several new accounts.
type CreateAccountsInput struct {
	Accounts []*CreateAccountsRowInput
	OnError  OnError
}

// CreateAccountsRowInput is one of several new accounts. Key names the row for the ParentKey of others.
type CreateAccountsRowInput struct {
	Key       *string
	ParentKey *string
	Account   *CreateAccountInput
}

// CreateAccountResult is what became of one new account.
type CreateAccountResult struct {
	// Account is nil if it was not made, because of its problems or those of others.
	Account       *Account
	ContactsAdded int
	Problems      Problems
}

// CreateAccount makes one account.
func (d *DB) CreateAccount(ctx context.Context, v Viewer, in CreateAccountInput) (*CreateAccountResult, error) {
	var result *CreateAccountResult
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		row := &newAccount{input: &in}
		row.path = []string{"input"}
		if err := createAccounts(ctx, tx, v, []*newAccount{row}, OnErrorAbort); err != nil {
			return err
		}
		result = &row.result
		return nil
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// CreateAccounts makes several accounts in one transaction and returns one result for each row. With OnErrorAbort
// the error is the problems of all rows; with OnErrorSkip rows without problems are written.
func (d *DB) CreateAccounts(ctx context.Context, v Viewer, in CreateAccountsInput) ([]*CreateAccountResult, error) {
	if err := checkSize(len(in.Accounts), 1, maxBulk); err != nil {
		c := validation{path: []string{"input"}}
		c.fail(err, "accounts")
		return nil, c.err()
	}
	var results []*CreateAccountResult
	err := d.write(ctx, func(tx *sqlx.Tx) error {
		rows := make([]*newAccount, len(in.Accounts))
		results = make([]*CreateAccountResult, len(in.Accounts))
		for i, row := range in.Accounts {
			rows[i] = &newAccount{input: row.Account, key: row.Key, parentKey: row.ParentKey}
			rows[i].path = []string{"input", "accounts", index(i), "account"}
			rows[i].rowPath = rows[i].path[:3]
			results[i] = &rows[i].result
		}
		return createAccounts(ctx, tx, v, rows, in.OnError)
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// newAccount is a row of a bulk creation on its way.
type newAccount struct {
	draftRow
	input          *CreateAccountInput
	key, parentKey *string
	// parent is the row that is this one's parent, if one is.
	parent  *newAccount
	rowPath []string
	result  CreateAccountResult
}

// createAccounts is the one way in which accounts are made: all checks of all rows, then the writing, in a number
// of statements that does not depend on the number of rows.
func createAccounts(ctx context.Context, tx *sqlx.Tx, v Viewer, rows []*newAccount, onError OnError) error {
	if err := v.mayWrite(); err != nil {
		return err
	}
	changes := make([]AccountChange, len(rows))
	for i, r := range rows {
		changes[i] = r.input.change()
	}
	currency, err := defaultCurrency(ctx, tx, v, changes...)
	if err != nil {
		return err
	}
	for i, r := range rows {
		r.accountDraft = changes[i].draft(&r.validation, Account{}, currency)
		r.ID = AccountID{newID[accountKind]()}
		r.ParentID = r.input.ParentID
	}
	linkRows(rows)
	if err := checkParents(ctx, tx, v, rows); err != nil {
		return err
	}
	drafts := make([]*draftRow, len(rows))
	for i, r := range rows {
		drafts[i] = &r.draftRow
	}
	claimed, err := checkReferences(ctx, tx, v, drafts)
	if err != nil {
		return err
	}
	takeInTurn(rows, claimed)
	good, problems, err := separate(rows)
	if err != nil {
		return err
	}
	if len(problems) > 0 && onError != OnErrorSkip {
		return problems
	}
	return insertAccounts(ctx, tx, v, good)
}

// linkRows finds the rows that others name as their parents, and refuses rows that are each other's.
func linkRows(rows []*newAccount) {
	byKey := map[string]*newAccount{}
	for _, r := range rows {
		if r.key == nil {
			continue
		}
		row := validation{path: r.rowPath}
		key, err := requireText(*r.key, maxName)
		row.fail(err, "key")
		switch {
		case err != nil:
		case byKey[key] != nil:
			row.fail(problem(ProblemDuplicate, "an earlier row has the key %s", shown(key)), "key")
		default:
			byKey[key] = r
		}
		r.problems = append(r.problems, row.problems...)
	}
	for _, r := range rows {
		if r.parentKey == nil {
			continue
		}
		row := validation{path: r.rowPath}
		r.parent = byKey[strings.TrimSpace(*r.parentKey)] // keys are trimmed
		switch {
		case r.ParentID != nil:
			row.fail(problem(ProblemInvalid, "give either parentKey or account.parentId"), "parentKey")
		case r.parent == nil:
			row.fail(problem(ProblemNotFound, "no row has the key %s", shown(*r.parentKey)), "parentKey")
		default:
			id := r.parent.ID
			r.ParentID = &id
		}
		r.problems = append(r.problems, row.problems...)
	}
	// A row that is met again while climbing from it is in a circle.
	for _, r := range rows {
		seen := map[*newAccount]bool{}
		for above := r.parent; above != nil && !seen[above]; above = above.parent {
			seen[above] = true
			if above == r {
				row := validation{path: r.rowPath}
				row.fail(problem(ProblemCycle, "the row would be its own ancestor"), "parentKey")
				r.problems = append(r.problems, row.problems...)
			}
		}
	}
}

// checkParents looks for the parents that are there already, and keeps the hierarchy as it is until the end.
func checkParents(ctx context.Context, tx *sqlx.Tx, v Viewer, rows []*newAccount) error {
	var ids []AccountID
	linked := false
	for _, r := range rows {
		linked = linked || r.ParentID != nil
		if r.ParentID != nil && r.parent == nil {
			ids = append(ids, *r.ParentID)
		}
	}
	if !linked {
		return nil
	}
	// Before anything else is locked, also where only rows are each other's parents: a writer that waited for the
	// hierarchy with the organization's numbers in its hands would deadlock with one that has it the other way round.
	if err := lockHierarchy(ctx, tx, v); err != nil {
		return err
	}
	if ids == nil {
		return nil
	}
	s := &statement{}
	s.write("SELECT a.id FROM accounts a WHERE ", v.visible(s, "a"), " AND a.id = ANY(", s.arg(idArray(ids)), ")")
	found, err := all[AccountID](ctx, tx, s, "parents")
	if err != nil {
		return err
	}
	known := byID(found, func(id AccountID) AccountID { return id })
	for _, r := range rows {
		if r.ParentID == nil || r.parent != nil {
			continue
		}
		if _, ok := known[*r.ParentID]; !ok {
			r.fail(noAccount(), "parentId")
		}
	}
	return nil
}

// takeInTurn lets the rows take what they claim, earlier rows before later ones and parents before children: a row's turn
// comes when it and all above it have been read. So the rows that are refused make no difference to the others.
func takeInTurn(rows []*newAccount, claimed *claims) {
	type turn struct{ read, depth int }
	positions, turns := map[*newAccount]int{}, map[*newAccount]turn{}
	for i, r := range rows {
		positions[r] = i
	}
	var turnOf func(r *newAccount) turn
	turnOf = func(r *newAccount) turn {
		if known, ok := turns[r]; ok {
			return known
		}
		turns[r] = turn{read: positions[r]} // ends the climb in a circle, whose rows are refused anyway
		if r.parent != nil {
			above := turnOf(r.parent)
			turns[r] = turn{max(positions[r], above.read), above.depth + 1}
		}
		return turns[r]
	}
	inTurn := slices.Clone(rows)
	slices.SortStableFunc(inTurn, func(a, b *newAccount) int {
		return cmp.Or(cmp.Compare(turnOf(a).read, turnOf(b).read), cmp.Compare(turnOf(a).depth, turnOf(b).depth))
	})
	for _, r := range inTurn {
		if len(r.problems) == 0 && r.parent != nil && len(r.parent.problems) > 0 {
			row := validation{path: r.rowPath}
			row.fail(problem(ProblemNotFound, "the row with the key %s has errors, and is not there to be the parent", shown(*r.parentKey)), "parentKey")
			r.problems = row.problems
		}
		claimed.take(&r.draftRow)
	}
}

// separate parts the rows that can be written from the problems of the others.
func separate(rows []*newAccount) (good []*newAccount, problems Problems, err error) {
	for _, r := range rows {
		if r.failure != nil {
			return nil, nil, r.failure
		}
		r.result.Problems = r.problems
		if len(r.problems) == 0 {
			good = append(good, r)
		}
		problems = append(problems, r.problems...)
	}
	return good, problems, nil
}

const insertAccountsSQL = `
WITH numbers AS (
  UPDATE organizations SET last_account_number = last_account_number + $2 WHERE id = $1
  RETURNING last_account_number - $2 AS before
), created AS (
  INSERT INTO accounts AS a (
    organization_id, id, number, parent_id, name, primary_domain, logo, industry, status, classification, health,
    description, annual_revenue, annual_revenue_currency, employees, website, billing_address, shipping_address,
    owner_id, source, metadata, is_active, created_by_kind, created_by_id, updated_by_kind, updated_by_id)
  SELECT
    $1, r.id, numbers.before + r.position, r.parent_id, r.name, r.primary_domain, r.logo, r.industry, r.status, r.classification, r.health,
    r.description, r.annual_revenue, r.annual_revenue_currency, r.employees, r.website, r.billing_address, r.shipping_address,
    r.owner_id, r.source, r.metadata, r.is_active, $4, $5, $4, $5
  FROM numbers, jsonb_to_recordset(CAST($3 AS jsonb)) AS r (` + accountColumns + `)
  RETURNING a.*
)`

// insertAccounts writes new accounts with their details and events, in one statement.
func insertAccounts(ctx context.Context, tx *sqlx.Tx, v Viewer, rows []*newAccount) error {
	if len(rows) == 0 {
		return nil
	}
	type positioned struct {
		accountJSON
		Position int `json:"position"`
	}
	records, drafts, events := make([]positioned, len(rows)), make([]*draftRow, len(rows)), make([]event, len(rows))
	for i, r := range rows {
		records[i], drafts[i] = positioned{r.json(), i + 1}, &r.draftRow
		events[i] = event{kind: "account.created", entity: "account", id: r.ID.uuid, after: r.event()}
	}
	text, err := json.Marshal(records)
	if err != nil {
		return fmt.Errorf("write accounts: %w", err)
	}
	actor := v.actor()
	s := textOf(insertAccountsSQL, v.Organization, len(rows), string(text), actor.Kind, actor.ID)
	for _, part := range insertDetails(s, v, drafts) {
		s.write(", ", part)
	}
	told, err := insertEvents(s, v, events)
	if err != nil {
		return err
	}
	s.write(", told AS (", told, "\n)\nSELECT ", columns[Account]("a"), " FROM created a")
	created, err := all[*Account](ctx, tx, s, "insert accounts")
	if err != nil {
		return err
	}
	found := byID(created, func(a *Account) AccountID { return a.ID })
	for _, r := range rows {
		r.result.Account = found[r.ID]
	}
	return addCustomerUsers(ctx, tx, v, rows)
}

// addCustomerUsers makes contacts of the customer users at the domains of those accounts that ask for it.
func addCustomerUsers(ctx context.Context, tx *sqlx.Tx, v Viewer, rows []*newAccount) error {
	domains := map[AccountID][]string{}
	for _, r := range rows {
		if r.input.AddExistingUsersToAccountContacts {
			domains[r.ID] = slices.Clone(r.domains)
		}
	}
	if len(domains) == 0 {
		return nil
	}
	added, err := contactsFromCustomerUsers(ctx, tx, v, domains)
	for _, r := range rows {
		r.result.ContactsAdded = added[r.ID]
	}
	return err
}
