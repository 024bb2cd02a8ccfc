package db

import "slices"

// AccountFilter says which accounts; its fields are AND-ed.
type AccountFilter struct {
	ID             *IDFilter
	Number         *IntFilter
	Name           *TextFilter
	Domain         *TextFilter
	Source         *TextFilter
	Description    *TextFilter
	Website        *TextFilter
	Industry       *PicklistFilter
	Status         *PicklistFilter
	Classification *PicklistFilter
	Health         *PicklistFilter
	AnnualRevenue  *MoneyFilter
	Employees      *IntFilter
	OwnerID        *IDFilter
	ParentID       *IDFilter
	Under          *UnderFilter
	IsRoot         *BooleanFilter
	HasChildren    *BooleanFilter
	HasContact     *BooleanFilter
	IsActive       *BooleanFilter
	CreatedAt      *DateTimeFilter
	UpdatedAt      *DateTimeFilter
	And            []*AccountFilter
	Or             []*AccountFilter
	Not            *AccountFilter
}

// where is the filter as a condition on accounts under an alias; "true" for a nil filter.
func (f *AccountFilter) where(s *statement, v Viewer, a string) (string, error) {
	if err := checkFilterSize(f.terms()); err != nil {
		return "", err
	}
	return f.whereAt(s, v, a, 0)
}

// terms counts the filter and those within it.
func (f *AccountFilter) terms() int {
	if f == nil {
		return 0
	}
	n := 1 + f.Not.terms()
	for _, part := range slices.Concat(f.And, f.Or) {
		n += part.terms()
	}
	return n
}

func (f *AccountFilter) whereAt(s *statement, v Viewer, a string, depth int) (string, error) {
	if f == nil {
		return "true", nil
	}
	if err := checkFilterDepth(depth); err != nil {
		return "", err
	}
	var c conjunction
	c.add(f.ID.where(s, a+".id"))
	c.add(f.Number.where(s, a+".number"))
	c.add(f.Name.where(s, a+".name_folded"))
	c.add(f.Domain.whereDomain(s, a))
	c.add(f.Source.where(s, fold(a+".source")))
	c.add(f.Description.where(s, fold(a+".description")))
	c.add(f.Website.where(s, fold(a+".website")))
	c.add(f.Industry.where(s, a+".industry"))
	c.add(f.Status.where(s, a+".status"))
	c.add(f.Classification.where(s, a+".classification"))
	c.add(f.Health.where(s, a+".health"))
	c.add(f.Employees.where(s, a+".employees"))
	c.add(f.OwnerID.where(s, a+".owner_id"))
	c.add(f.ParentID.where(s, a+".parent_id"))
	under, err := f.Under.where(s, v, a)
	if err != nil {
		return "", err
	}
	c.add(under)
	c.add(f.IsActive.where(a + ".is_active"))
	c.add(f.IsRoot.where("(" + a + ".parent_id IS NULL)"))
	c.add(f.HasChildren.where("EXISTS (SELECT FROM accounts child WHERE " + v.visible(s, "child") + " AND child.parent_id = " + a + ".id)"))
	c.add(f.HasContact.where("EXISTS (SELECT FROM account_contacts link JOIN contacts contact" +
		" ON contact.organization_id = link.organization_id AND contact.id = link.contact_id" +
		" WHERE " + v.own(s, "link") + " AND " + v.visible(s, "contact") + " AND link.account_id = " + a + ".id AND " + a + ".deleted_at IS NULL)"))
	c.add(f.CreatedAt.where(s, a+".created_at"))
	c.add(f.UpdatedAt.where(s, a+".updated_at"))
	revenue, err := f.AnnualRevenue.where(s, v, a+".annual_revenue", a+".annual_revenue_currency")
	if err != nil {
		return "", err
	}
	c.add(revenue)
	return combine(c, f.And, f.Or, f.Not, func(below *AccountFilter) (string, error) {
		return below.whereAt(s, v, a, depth+1)
	})
}

// whereDomain looks at all domains of an account: one that fits is enough. Whole domains are brought to the form in which they
// are stored, as look-ups do; what can't be a domain is compared as it is, and nobody has it.
func (f *TextFilter) whereDomain(s *statement, a string) string {
	if f == nil {
		return "true"
	}
	domains := "SELECT FROM account_domains d WHERE d.organization_id = " + a + ".organization_id AND d.account_id = " + a + ".id"
	var c conjunction
	if f.IsNull != nil {
		c.add((&BooleanFilter{Equals: !*f.IsNull}).where("EXISTS (" + domains + ")"))
	}
	text := *f
	text.IsNull = nil
	stored := func(domain string) string {
		if normal, err := NormalizeDomain(domain); err == nil {
			return normal
		}
		return domain
	}
	if f.Equals != nil {
		equals := stored(*f.Equals)
		text.Equals = &equals
	}
	if f.In != nil {
		text.In = make([]string, len(f.In))
		for i, domain := range f.In {
			text.In[i] = stored(domain)
		}
	}
	if condition := text.where(s, "d.domain"); condition != "true" {
		c.add("EXISTS (" + domains + " AND " + condition + ")")
	}
	return c.text()
}
