package demo

import (
	"encoding/json"

	"github.com/google/uuid"

	"github.com/accountgraph/accountgraph/db"
)

// contactMetadata marks made-up people.
var contactMetadata = json.RawMessage(`{"synthetic": true}`)

// event tells that a record was made, as the writes of package db tell it.
type event struct {
	entity, verb string
	id           uuid.UUID
	after        func() any
}

// eventsOf are the events of an organization: of each user, account, customer user and contact, and of where contacts are.
func eventsOf(t *tenant) []event {
	events := make([]event, 0, len(people)+len(t.accounts)+len(t.customerUsers)+len(t.contacts)+len(t.links))
	for _, p := range people {
		events = append(events, event{"user", "created", userID(t.name, p).ID().UUID, func() any { return p.created(t.name) }})
	}
	for _, a := range t.accounts {
		events = append(events, event{"account", "created", a.id.ID().UUID, a.created})
	}
	for _, u := range t.customerUsers {
		events = append(events, event{"customer_user", "created", u.id.ID().UUID, u.created})
	}
	links := t.links // in the order of their contacts
	for _, c := range t.contacts {
		events = append(events, event{"contact", "created", c.id.ID().UUID, c.created})
		for len(links) > 0 && links[0].contact == c {
			events = append(events, event{"contact", "linked", c.id.ID().UUID, links[0].created})
			links = links[1:]
		}
	}
	return events
}

// accountCreated has the columns that creating an account sets, as db's events of it have them.
type accountCreated struct {
	UUID            uuid.UUID       `json:"id"`
	ParentUUID      *uuid.UUID      `json:"parent_id"`
	Name            string          `json:"name"`
	PrimaryDomain   *string         `json:"primary_domain"`
	Logo            *string         `json:"logo"`
	IndustryKey     *string         `json:"industry"`
	StatusKey       *string         `json:"status"`
	ClassKey        *string         `json:"classification"`
	HealthKey       *string         `json:"health"`
	Description     *string         `json:"description"`
	RevenueAmount   *string         `json:"annual_revenue"`
	RevenueCurrency *string         `json:"annual_revenue_currency"`
	Employees       *int            `json:"employees"`
	Website         *string         `json:"website"`
	BillingAddress  *db.Address     `json:"billing_address"`
	ShippingAddress *db.Address     `json:"shipping_address"`
	OwnerUUID       *uuid.UUID      `json:"owner_id"`
	Source          string          `json:"source"`
	Metadata        json.RawMessage `json:"metadata"`
	IsActive        bool            `json:"is_active"`
	Domains         []string        `json:"domains"`
	ExternalIDs     []db.ExternalID `json:"external_ids"`
	Identifiers     []string        `json:"identifiers"`
}

func (a *account) created() any {
	after := accountCreated{
		UUID: a.id.ID().UUID, Name: a.name, PrimaryDomain: a.primaryDomain(), IndustryKey: a.industry, Website: a.website,
		BillingAddress: a.address, Source: a.source, Metadata: json.RawMessage("{}"), IsActive: a.isActive,
		Domains: append([]string{}, a.domains...), ExternalIDs: []db.ExternalID{{Source: a.source, ID: a.externalID}}, Identifiers: []string{},
	}
	if a.parent != nil {
		id := a.parent.id.ID().UUID
		after.ParentUUID = &id
	}
	if a.owner != nil {
		id := a.owner.ID().UUID
		after.OwnerUUID = &id
	}
	return after
}

// contactCreated has the columns that creating a contact sets.
type contactCreated struct {
	FirstName          string          `json:"first_name"`
	LastName           string          `json:"last_name"`
	Email              string          `json:"email"`
	PhoneNumber        *string         `json:"phone_number"`
	Type               string          `json:"type"`
	Avatar             *string         `json:"avatar"`
	JobTitle           string          `json:"job_title"`
	IsMarketingContact bool            `json:"is_marketing_contact"`
	IsActive           bool            `json:"is_active"`
	Metadata           json.RawMessage `json:"metadata"`
	CustomerUserID     *uuid.UUID      `json:"customer_user_id"`
}

func (c *contact) created() any {
	after := contactCreated{
		FirstName: c.firstName, LastName: c.lastName, Email: c.email, PhoneNumber: c.phone, Type: c.kind, JobTitle: c.jobTitle,
		IsMarketingContact: c.isMarketingContact, IsActive: c.isActive, Metadata: contactMetadata,
	}
	if c.customerUser != nil {
		id := c.customerUser.ID().UUID
		after.CustomerUserID = &id
	}
	return after
}

func (l link) created() any {
	return struct {
		AccountID        uuid.UUID `json:"account_id"`
		IsPrimaryAccount bool      `json:"is_primary_account"`
		PrimaryForType   *string   `json:"primary_for_type"`
		Role             *string   `json:"role"`
		Since            string    `json:"since"`
	}{l.account.id.ID().UUID, l.isPrimaryAccount, l.primaryForType, l.role, l.since}
}

func (u customerUser) created() any {
	return struct {
		Email   string `json:"email"`
		Name    string `json:"name"`
		Channel string `json:"channel"`
	}{u.email, u.name, u.channel}
}

func (p person) created(organization string) any {
	return struct {
		Name     string  `json:"name"`
		Email    string  `json:"email"`
		Role     db.Role `json:"role"`
		IsActive bool    `json:"is_active"`
	}{p.name, userEmail(organization, p), p.role, p.isActive}
}
