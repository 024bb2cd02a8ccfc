package db

import "slices"

// ContactFilter says which contacts; its fields are AND-ed.
type ContactFilter struct {
	ID                 *IDFilter
	Name               *TextFilter
	Email              *TextFilter
	JobTitle           *TextFilter
	Type               *PicklistFilter
	AccountID          *IDFilter
	IsMarketingContact *BooleanFilter
	IsActive           *BooleanFilter
	CreatedAt          *DateTimeFilter
	UpdatedAt          *DateTimeFilter
	And                []*ContactFilter
	Or                 []*ContactFilter
	Not                *ContactFilter
}

// where is the filter as a condition on contacts under an alias; "true" for a nil filter.
func (f *ContactFilter) where(s *statement, v Viewer, c string) (string, error) {
	if err := checkFilterSize(f.terms()); err != nil {
		return "", err
	}
	return f.whereAt(s, v, c, 0)
}

// terms counts the filter and those within it.
func (f *ContactFilter) terms() int {
	if f == nil {
		return 0
	}
	n := 1 + f.Not.terms()
	for _, part := range slices.Concat(f.And, f.Or) {
		n += part.terms()
	}
	return n
}

func (f *ContactFilter) whereAt(s *statement, v Viewer, c string, depth int) (string, error) {
	if f == nil {
		return "true", nil
	}
	if err := checkFilterDepth(depth); err != nil {
		return "", err
	}
	var conditions conjunction
	conditions.add(f.ID.where(s, c+".id"))
	conditions.add(f.Name.whereName(s, c))
	conditions.add(f.Email.where(s, fold(c+".email"))) // as their unique index has it
	conditions.add(f.JobTitle.where(s, fold(c+".job_title")))
	conditions.add(f.Type.where(s, c+".type"))
	conditions.add(f.AccountID.whereAccount(s, v, c))
	conditions.add(f.IsMarketingContact.where(c + ".is_marketing_contact"))
	conditions.add(f.IsActive.where(c + ".is_active"))
	conditions.add(f.CreatedAt.where(s, c+".created_at"))
	conditions.add(f.UpdatedAt.where(s, c+".updated_at"))
	return combine(conditions, f.And, f.Or, f.Not, func(below *ContactFilter) (string, error) {
		return below.whereAt(s, v, c, depth+1)
	})
}

// whereName looks at a contact's name as it is shown and as lists are ordered by it: people write it either way.
func (f *TextFilter) whereName(s *statement, c string) string {
	displayed := f.where(s, fold("("+c+".first_name || coalesce(' ' || "+c+".last_name, ''))"))
	if displayed == "true" {
		return displayed
	}
	return "(" + displayed + " OR " + f.where(s, c+".name_folded") + ")"
}

// whereAccount looks at all accounts where a contact is: one that fits is enough, and none of those excluded may be there.
func (f *IDFilter) whereAccount(s *statement, v Viewer, c string) string {
	if f == nil {
		return "true"
	}
	accounts := "SELECT FROM account_contacts place JOIN accounts site ON " + v.visible(s, "site") + " AND site.id = place.account_id" +
		" WHERE " + v.own(s, "place") + " AND place.contact_id = " + c + ".id"
	var conditions conjunction
	if f.In != nil {
		conditions.add("EXISTS (" + accounts + " AND place.account_id = ANY(" + s.arg(uuids(f.In)) + "))")
	}
	if f.NotIn != nil {
		conditions.add("NOT EXISTS (" + accounts + " AND place.account_id = ANY(" + s.arg(uuids(f.NotIn)) + "))")
	}
	if f.IsNull != nil {
		conditions.add((&BooleanFilter{Equals: !*f.IsNull}).where("EXISTS (" + accounts + ")"))
	}
	return conditions.text()
}
