package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/model"
)

// set puts an input's value in place, if the input has it; null clears.
func set[T any](into *T, value graphql.Omittable[T]) {
	if v, ok := value.ValueOK(); ok {
		*into = v
	}
}

// setList puts an input's list in place, if the input has it; null empties it.
func setList[T any](into **[]T, value graphql.Omittable[[]T]) {
	if v, ok := value.ValueOK(); ok {
		list := append([]T{}, v...)
		*into = &list
	}
}

// setInputs is setList for lists of input objects.
func setInputs[T any](into **[]T, value graphql.Omittable[[]*T]) {
	if v, ok := value.ValueOK(); ok {
		list := values(v)
		*into = &list
	}
}

// values copies what pointers point to.
func values[T any](pointers []*T) []T {
	list := make([]T, len(pointers))
	for i, p := range pointers {
		list[i] = *p
	}
	return list
}

// argument is an argument that may be left out, which is something else than null: gqlgen tells the two apart in inputs only.
func argument[T any](ctx context.Context, name string, value T) graphql.Omittable[T] {
	field := graphql.GetFieldContext(ctx).Field
	if _, said := field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)[name]; !said {
		return graphql.Omittable[T]{}
	}
	return graphql.OmittableOf(value)
}

// move is a move as an input tells it.
func move(in model.AccountMoveInput) db.AccountMove {
	to, said := in.ParentID.ValueOK()
	return db.AccountMove{ID: in.ID.Account(), ParentID: optional(to, db.ID.Account), Nowhere: !said, Reason: in.Reason.Value()}
}

// moves are several of them.
func moves(in []*model.AccountMoveInput) []db.AccountMove {
	list := make([]db.AccountMove, len(in))
	for i, m := range in {
		list[i] = move(*m)
	}
	return list
}

func changeAccount(a *db.AccountChange, in model.UpdateAccountInput) {
	set(&a.Name, in.Name)
	set(&a.PrimaryDomain, in.PrimaryDomain)
	setList(&a.SecondaryDomains, in.SecondaryDomains)
	a.ShareDomain, a.AllowFreeMailDomain = in.ShareDomain, in.AllowFreeMailDomain
	set(&a.Logo, in.Logo)
	set(&a.Industry, in.Industry)
	set(&a.Status, in.Status)
	set(&a.Classification, in.Classification)
	set(&a.Health, in.Health)
	set(&a.Description, in.Description)
	set(&a.AnnualRevenue, in.AnnualRevenue)
	set(&a.Employees, in.Employees)
	set(&a.Website, in.Website)
	set(&a.BillingAddress, in.BillingAddress)
	set(&a.ShippingAddress, in.ShippingAddress)
	if id, ok := in.OwnerID.ValueOK(); ok {
		a.OwnerID = optional(id, db.ID.User)
	}
	set(&a.Source, in.Source)
	setInputs(&a.ExternalIDs, in.ExternalIds)
	setInputs(&a.Identifiers, in.Identifiers)
	set(&a.Metadata, in.Metadata)
	set(&a.IsActive, in.IsActive)
}

func changeContact(c *db.ContactChange, in model.UpdateContactInput) {
	set(&c.FirstName, in.FirstName)
	set(&c.LastName, in.LastName)
	set(&c.Email, in.Email)
	set(&c.PhoneNumber, in.PhoneNumber)
	set(&c.Type, in.Type)
	set(&c.Avatar, in.Avatar)
	set(&c.JobTitle, in.JobTitle)
	set(&c.IsMarketingContact, in.IsMarketingContact)
	set(&c.IsActive, in.IsActive)
	set(&c.Metadata, in.Metadata)
}

func changeLink(l *db.LinkContactChange, in *model.LinkContactInput) {
	if in == nil {
		return
	}
	set(&l.IsPrimaryAccount, in.IsPrimaryAccount)
	set(&l.IsPrimaryContact, in.IsPrimaryContact)
	set(&l.Role, in.Role)
	set(&l.Since, in.Since)
}

func changeOrganization(o *db.OrganizationChange, in model.UpdateOrganizationInput) {
	set(&o.Name, in.Name)
	set(&o.DefaultCurrency, in.DefaultCurrency)
	set(&o.DefaultRegion, in.DefaultRegion)
	set(&o.AllowFreeContacts, in.AllowFreeContacts)
	set(&o.RetentionDays, in.RetentionDays)
}

func changeUser(u *db.UserChange, in model.UpdateUserInput) {
	set(&u.Name, in.Name)
	set(&u.Email, in.Email)
	set(&u.Role, in.Role)
}
