package loader

import (
	"context"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

// Links are all links of the schema, each defined once.
type Links struct {
	byField map[string]*Link
	finders map[string]Finder

	AccountParent          To[*db.Account, *db.Account]
	AccountChildren        To[*db.Account, *db.AccountConnection]
	AccountSiblings        To[*db.Account, *db.AccountConnection]
	AccountAncestors       To[*db.Account, []*db.Account]
	AccountPath            To[*db.Account, []*db.Account]
	AccountRoot            To[*db.Account, *db.Account]
	AccountDepth           To[*db.Account, int]
	AccountIsDescendantOf  To[*db.Account, bool]
	AccountIsLeaf          To[*db.Account, bool]
	AccountChildCount      To[*db.Account, int]
	AccountDescendantCount To[*db.Account, int]
	AccountDescendants     To[*db.Account, *db.AccountDescendantConnection]
	DescendantTotal        To[*db.AccountDescendantConnection, int]
	AccountParentChanges   To[*db.Account, *db.ParentChangeConnection]
	AccountTotal           To[*db.AccountConnection, int]

	AccountDomains         To[*db.Account, []*db.AccountDomain]
	AccountSecondaryDomain To[*db.Account, *string]
	AccountExternalIDs     To[*db.Account, []*db.ExternalID]
	AccountIdentifiers     To[*db.Account, []*db.BusinessIdentifier]
	AccountIndustry        To[*db.Account, *db.PicklistValue]
	AccountStatus          To[*db.Account, *db.PicklistValue]
	AccountClassification  To[*db.Account, *db.PicklistValue]
	AccountHealth          To[*db.Account, *db.PicklistValue]
	AccountOwner           To[*db.Account, *db.User]
	AccountOrganization    To[*db.Account, *db.Organization]
	AccountCreatedBy       To[*db.Account, db.Actor]
	AccountUpdatedBy       To[*db.Account, db.Actor]
	AccountDeletedBy       To[*db.Account, db.Actor]
	AccountPurgeAt         To[*db.Account, *time.Time]
	AccountContacts        To[*db.Account, *db.AccountContactConnection]
	AccountMemberCount     To[*db.Account, int]

	ContactType           To[*db.Contact, *db.PicklistValue]
	ContactCustomerUser   To[*db.Contact, *db.CustomerUser]
	ContactAccounts       To[*db.Contact, *db.ContactAccountConnection]
	ContactPrimaryAccount To[*db.Contact, *db.Account]
	ContactCreatedBy      To[*db.Contact, db.Actor]
	ContactUpdatedBy      To[*db.Contact, db.Actor]
	ContactDeletedBy      To[*db.Contact, db.Actor]
	ContactPurgeAt        To[*db.Contact, *time.Time]
	ContactTotal          To[*db.ContactConnection, int]
	AccountContactTotal   To[*db.AccountContactConnection, int]
	ContactAccountTotal   To[*db.ContactAccountConnection, int]

	ParentChangeAccount To[*db.ParentChange, *db.Account]
	ParentChangeFrom    To[*db.ParentChange, *db.Account]
	ParentChangeTo      To[*db.ParentChange, *db.Account]
	ParentChangeBy      To[*db.ParentChange, db.Actor]
	ParentChangeTotal   To[*db.ParentChangeConnection, int]

	UserTotal          To[*db.UserConnection, int]
	APIKeyTotal        To[*db.APIKeyConnection, int]
	ViewerUser         To[*db.Viewer, *db.User]
	ViewerAPIKey       To[*db.Viewer, *db.APIKey]
	ViewerOrganization To[*db.Viewer, *db.Organization]
	APIKeyCreatedBy    To[*db.APIKey, db.Actor]
	UserErrorAccount   To[*db.Problem, *db.Account]

	ImportTotal       To[*db.ImportConnection, int]
	ImportRejects     To[*db.Import, *db.ImportRejectConnection]
	ImportStartedBy   To[*db.Import, db.Actor]
	ImportRejectTotal To[*db.ImportRejectConnection, int]

	OrganizationLastPurge To[*db.Organization, *db.Purge]

	accounts, actors, organizations, picklists *Source
}

// NewLinks defines the links.
func NewLinks() *Links {
	ls := &Links{byField: map[string]*Link{}, finders: map[string]Finder{}}
	ls.accounts = plainSource("accounts", (*db.DB).AccountsByID)
	ls.actors = plainSource("actors", (*db.DB).ActorsByID)
	ls.organizations = plainSource("organizations", (*db.DB).OrganizationsByID)
	ls.picklists = plainSource("picklists", (*db.DB).PicklistValuesByKey)
	ls.defineHierarchy()
	ls.defineAccount()
	ls.defineContact()
	ls.defineImport()
	ls.defineOrganization()
	return ls
}

// ByField returns the link of a field, as "Account.children"; nil for a field that is none.
func (ls *Links) ByField(field string) *Link { return ls.byField[field] }

// Finder reads, from the arguments of a field of Query, the id of the one account that it finds.
type Finder func(args map[string]any) (db.AccountID, error)

// FinderOf returns the finder of a field of Query, as "account"; nil if the field does not find one account by its id. Where
// there is one, a walk through the hierarchy can begin with finding the account.
func (ls *Links) FinderOf(field string) Finder { return ls.finders[field] }

// Fields names the fields that are links.
func (ls *Links) Fields() []string {
	fields := make([]string, 0, len(ls.byField))
	for field := range ls.byField {
		fields = append(fields, field)
	}
	return fields
}

func (ls *Links) add(l *Link) { ls.byField[l.Field] = l }

func accountID(a *db.Account) db.AccountID { return a.ID }

func isDeleted(a *db.Account) bool { return a.DeletedAt != nil }

func (ls *Links) defineHierarchy() {
	ls.finders["account"] = func(args map[string]any) (db.AccountID, error) {
		read, err := decode[struct{ ID db.ID }](args)
		return read.ID.Account(), err
	}
	ls.AccountParent = related(ls, "Account.parent", ls.accounts, db.Parent,
		func(a *db.Account) (any, bool) { return a.Spot().ParentID, a.ParentID != nil },
		func(r *db.StepResult, a *db.Account) *db.Account { return r.Parents[a.Spot().ParentID] })
	ls.AccountParent.known = func(parent any) (any, bool) { return parent.(*db.Account).KnownParent() }
	ls.AccountParent.Along = true
	list := func(r *db.StepResult, a *db.Account) *db.AccountConnection { return r.Lists[a.ID] }
	spot := func(a *db.Account) (any, bool) { return a.Spot(), true }
	ls.AccountChildren = related(ls, "Account.children", steps("children", db.Children), db.Children, spot, list)
	ls.AccountSiblings = related(ls, "Account.siblings", steps("siblings", db.Siblings), db.Siblings, spot, list)

	paths := plainSource("paths", (*db.DB).Paths)
	ls.AccountPath = link(ls, "Account.path", paths, identity(accountID), same[[]*db.Account])
	ls.AccountAncestors = link(ls, "Account.ancestors", paths, identity(accountID), func(path []*db.Account, _ bool) []*db.Account {
		ancestors := []*db.Account{}
		for i := len(path) - 2; i >= 0; i-- {
			ancestors = append(ancestors, path[i])
		}
		return ancestors
	})
	ls.AccountRoot = link(ls, "Account.root", plainSource("roots", (*db.DB).Roots), identity(accountID), same[*db.Account])
	// A deleted account is in no tree but its own.
	ls.AccountPath.known = func(parent any) (any, bool) {
		a := parent.(*db.Account)
		return []*db.Account{a}, a.DeletedAt != nil
	}
	ls.AccountRoot.known = func(parent any) (any, bool) { return parent, parent.(*db.Account).DeletedAt != nil }
	// Nothing is above an account that is gone: it is the whole of its path.
	ls.AccountPath.vanished = func(parent any) any { return []*db.Account{parent.(*db.Account)} }
	ls.AccountRoot.vanished = func(parent any) any { return parent }
	ls.AccountDepth = link(ls, "Account.depth", plainSource("depths", (*db.DB).Depths), identity(accountID), same[int])
	below := newSource("accounts below another", func(d *db.DB, ctx context.Context, v db.Viewer, ids []db.AccountID, args struct{ ID db.ID }) (map[db.AccountID]bool, error) {
		return d.Below(ctx, v, ids, args.ID.Account())
	})
	ls.AccountIsDescendantOf = link(ls, "Account.isDescendantOf", below, identity(accountID), same[bool])
	childCounts := plainSource("child counts", (*db.DB).ChildCounts)
	ls.AccountChildCount = link(ls, "Account.childCount", childCounts, identity(accountID), same[int])
	ls.AccountIsLeaf = link(ls, "Account.isLeaf", childCounts, identity(accountID), func(n int, _ bool) bool { return n == 0 })
	ls.AccountDescendantCount = link(ls, "Account.descendantCount", plainSource("descendant counts", (*db.DB).DescendantCounts), identity(accountID), same[int])
	ls.AccountDescendants = link(ls, "Account.descendants", newSource("descendants", (*db.DB).Descendants), identity(accountID), same[*db.AccountDescendantConnection])
	ls.AccountDescendants.pick = func(value any, found bool) (any, error) {
		if !found {
			return (*db.AccountDescendantConnection)(nil), nil
		}
		page := value.(*db.AccountDescendantConnection)
		return page, page.Err
	}
	ls.DescendantTotal = link(ls, "AccountDescendantConnection.totalCount", plainSource("descendant totals", (*db.DB).CountDescendants),
		always(func(c *db.AccountDescendantConnection) db.DescendantList { return c.List }), same[int])
	ls.AccountTotal = link(ls, "AccountConnection.totalCount", plainSource("account totals", (*db.DB).CountAccounts),
		always(func(c *db.AccountConnection) db.AccountList { return c.List }), same[int])

	ls.AccountParentChanges = link(ls, "Account.parentChanges", newSource("changes of parents", (*db.DB).ParentChangesOf), identity(accountID), same[*db.ParentChangeConnection])
	ls.ParentChangeTotal = link(ls, "ParentChangeConnection.totalCount", plainSource("parent change totals", (*db.DB).CountParentChanges),
		always(func(c *db.ParentChangeConnection) db.AccountID { return c.AccountID }), same[int])
	ls.ParentChangeAccount = link(ls, "ParentChange.account", ls.accounts, always(func(p *db.ParentChange) db.AccountID { return p.AccountID }), same[*db.Account])
	ls.ParentChangeFrom = link(ls, "ParentChange.from", ls.accounts, optional(func(p *db.ParentChange) *db.AccountID { return p.FromID }), same[*db.Account])
	ls.ParentChangeTo = link(ls, "ParentChange.to", ls.accounts, optional(func(p *db.ParentChange) *db.AccountID { return p.ToID }), same[*db.Account])
	ls.ParentChangeBy = actor(ls, "ParentChange.changedBy", (*db.ParentChange).Changer)
}

// steps is the source of children or siblings where they were not planned: a walk of one step.
func steps(name string, relation db.Relation) *Source {
	return newSource(name, func(d *db.DB, ctx context.Context, v db.Viewer, spots []db.Spot, args db.AccountArgs) (map[db.Spot]*db.AccountConnection, error) {
		walked, err := d.Walk(ctx, v, db.Walk{Starts: [][]db.Spot{spots}, Steps: []db.Step{{From: 0, Relation: relation, Args: args}}})
		if err != nil {
			return nil, err
		}
		step := walked.Steps[0]
		if step.Err != nil {
			return nil, step.Err
		}
		lists := make(map[db.Spot]*db.AccountConnection, len(spots))
		for _, spot := range spots {
			lists[spot] = step.Lists[spot.ID]
		}
		return lists, nil
	})
}

func (ls *Links) defineAccount() {
	domains := plainSource("domains", (*db.DB).DomainsOf)
	ls.AccountDomains = link(ls, "Account.domains", domains, identity(accountID), same[[]*db.AccountDomain])
	ls.AccountSecondaryDomain = link(ls, "Account.secondaryDomain", domains, identity(accountID), func(domains []*db.AccountDomain, _ bool) *string {
		for _, domain := range domains {
			if !domain.IsPrimary {
				return &domain.Domain
			}
		}
		return nil
	})
	ls.AccountExternalIDs = link(ls, "Account.externalIds", plainSource("external ids", (*db.DB).ExternalIDsOf), identity(accountID), same[[]*db.ExternalID])
	ls.AccountIdentifiers = link(ls, "Account.identifiers", plainSource("identifiers", (*db.DB).IdentifiersOf), identity(accountID), same[[]*db.BusinessIdentifier])

	ls.AccountIndustry = picklist(ls, "Account.industry", db.AccountIndustry, "industry", func(a *db.Account) *string { return a.IndustryKey })
	ls.AccountStatus = picklist(ls, "Account.status", db.AccountStatus, "status", func(a *db.Account) *string { return a.StatusKey })
	ls.AccountClassification = picklist(ls, "Account.classification", db.AccountClassification, "classification", func(a *db.Account) *string { return a.ClassKey })
	ls.AccountHealth = picklist(ls, "Account.health", db.AccountHealth, "health", func(a *db.Account) *string { return a.HealthKey })

	ls.AccountOwner = user(ls, "Account.owner", func(a *db.Account) *db.UserID { return a.OwnerID }, "owner_id")
	ls.AccountOrganization = link(ls, "Account.organization", ls.organizations,
		always(func(a *db.Account) db.OrganizationID { return a.OrganizationID }), same[*db.Organization])
	ls.AccountCreatedBy = actor(ls, "Account.createdBy", func(a *db.Account) db.ActorRef { return a.Creator() }, "created_by_kind", "created_by_id")
	ls.AccountUpdatedBy = actor(ls, "Account.updatedBy", func(a *db.Account) db.ActorRef { return a.Updater() }, "updated_by_kind", "updated_by_id")
	ls.AccountDeletedBy = actor(ls, "Account.deletedBy", (*db.Account).Deleter, "deleted_at", "updated_by_kind", "updated_by_id")
	ls.AccountPurgeAt = link(ls, "Account.purgeAt", plainSource("purge times of accounts", (*db.DB).AccountPurgeTimes),
		identityIf(accountID, isDeleted, "deleted_at"), found[time.Time])
	ls.AccountContacts = link(ls, "Account.contacts", newSource("contacts of accounts", (*db.DB).ContactsOf), identity(accountID), same[*db.AccountContactConnection])
	ls.AccountMemberCount = link(ls, "Account.memberCount", plainSource("member counts", (*db.DB).MemberCounts),
		identityIf(accountID, func(a *db.Account) bool { return !isDeleted(a) }, "deleted_at"), same[int])
	ls.UserErrorAccount = link(ls, "UserError.account", ls.accounts, optional(func(p *db.Problem) *db.AccountID { return p.Account }), same[*db.Account])
}

func (ls *Links) defineContact() {
	contactID := func(c *db.Contact) db.ContactID { return c.ID }
	ls.ContactType = picklist(ls, "Contact.type", db.ContactType, "type", func(c *db.Contact) *string { return &c.TypeKey })
	ls.ContactCustomerUser = link(ls, "Contact.customerUser", plainSource("customer users", (*db.DB).CustomerUsersByID),
		optional(func(c *db.Contact) *db.CustomerUserID { return c.CustomerUserID }, "customer_user_id"), same[*db.CustomerUser])
	ls.ContactAccounts = link(ls, "Contact.accounts", newSource("accounts of contacts", (*db.DB).AccountsOf), identity(contactID), same[*db.ContactAccountConnection])
	ls.ContactPrimaryAccount = link(ls, "Contact.primaryAccount", plainSource("primary accounts", (*db.DB).PrimaryAccounts), identity(contactID), same[*db.Account])
	ls.ContactCreatedBy = actor(ls, "Contact.createdBy", func(c *db.Contact) db.ActorRef { return c.Creator() }, "created_by_kind", "created_by_id")
	ls.ContactUpdatedBy = actor(ls, "Contact.updatedBy", func(c *db.Contact) db.ActorRef { return c.Updater() }, "updated_by_kind", "updated_by_id")
	ls.ContactDeletedBy = actor(ls, "Contact.deletedBy", (*db.Contact).Deleter, "deleted_at", "updated_by_kind", "updated_by_id")
	ls.ContactPurgeAt = link(ls, "Contact.purgeAt", plainSource("purge times of contacts", (*db.DB).ContactPurgeTimes),
		identityIf(contactID, func(c *db.Contact) bool { return c.DeletedAt != nil }, "deleted_at"), found[time.Time])

	totals := plainSource("contact totals", (*db.DB).CountContacts)
	ls.ContactTotal = link(ls, "ContactConnection.totalCount", totals, always(func(c *db.ContactConnection) db.ContactList { return c.List }), same[int])
	ls.AccountContactTotal = link(ls, "AccountContactConnection.totalCount", totals, always(func(c *db.AccountContactConnection) db.ContactList { return c.List }), same[int])
	ls.ContactAccountTotal = link(ls, "ContactAccountConnection.totalCount", plainSource("totals of accounts of contacts", (*db.DB).CountAccountsOf),
		always(func(c *db.ContactAccountConnection) db.ContactID { return c.Contact }), same[int])
}

func (ls *Links) defineOrganization() {
	ls.ViewerUser = user(ls, "Viewer.user", func(v *db.Viewer) *db.UserID { return v.User })
	ls.ViewerAPIKey = link(ls, "Viewer.apiKey", ls.actors, node(func(v *db.Viewer) *db.APIKeyID { return v.APIKey }), func(actor db.Actor, _ bool) *db.APIKey {
		key, _ := actor.(*db.APIKey)
		return key
	})
	ls.ViewerOrganization = link(ls, "Viewer.organization", ls.organizations, always(func(v *db.Viewer) db.OrganizationID { return v.Organization }), same[*db.Organization])
	ls.APIKeyCreatedBy = actor(ls, "ApiKey.createdBy", (*db.APIKey).Creator)
	ls.APIKeyTotal = link(ls, "ApiKeyConnection.totalCount", plainSource("API key totals", (*db.DB).CountAPIKeys),
		always(func(c *db.APIKeyConnection) db.APIKeyList { return c.List }), same[int])
	ls.UserTotal = link(ls, "UserConnection.totalCount", plainSource("user totals", (*db.DB).CountUsers),
		always(func(c *db.UserConnection) db.UserList { return c.List }), same[int])
	ls.OrganizationLastPurge = link(ls, "Organization.lastPurge", plainSource("last purges", (*db.DB).LastPurges),
		always(func(o *db.Organization) db.OrganizationID { return o.ID }), same[*db.Purge])
}

func (ls *Links) defineImport() {
	ls.ImportTotal = link(ls, "ImportConnection.totalCount", plainSource("import totals", (*db.DB).CountImports),
		always(func(c *db.ImportConnection) db.ImportList { return c.List }), same[int])
	ls.ImportRejects = link(ls, "Import.rejects", newSource("rejected rows of imports", (*db.DB).ImportRejectsOf),
		always(func(i *db.Import) db.ImportID { return i.ID }), same[*db.ImportRejectConnection])
	ls.ImportStartedBy = actor(ls, "Import.startedBy", (*db.Import).Starter)
	ls.ImportRejectTotal = link(ls, "ImportRejectConnection.totalCount", plainSource("rejected row totals", (*db.DB).CountImportRejects),
		always(func(c *db.ImportRejectConnection) db.ImportID { return c.ImportID }), same[int])
}
