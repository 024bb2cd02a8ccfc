package db_test

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
)

// drawName draws a name of any characters that names may have, or one as long as a name may be, of what takes most room.
func drawName(rt *rapid.T, label string) string {
	some := rapid.Map(rapid.StringOfN(rapid.RuneFrom(nil, unicode.L, unicode.N, unicode.P, unicode.S), 1, 250, -1), strings.TrimSpace)
	long := rapid.Map(rapid.SampledFrom([]string{"&", "<", `"`, `\`, "İ", "Ⱥ", "𐐀"}), func(one string) string { return strings.Repeat(one, 255) })
	return rapid.OneOf(some, long).Draw(rt, label)
}

// Every cursor that is given out is taken back, in each list and order, whatever the names in it are.
func TestCursorsThatAreGivenOutAreTaken(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	top := create(t, d, v, "Top", nil)
	both := []db.OrderDirection{db.Ascending, db.Descending}
	rapid.Check(t, func(rt *rapid.T) {
		name, last := drawName(rt, "name"), drawName(rt, "last name")
		_, err := d.UpdateAccount(t.Context(), v, top.ID, nil, func(a *db.AccountChange) { a.Name, a.Employees = &name, ptr(len(last)) })
		if err != nil {
			rt.Fatal(err)
		}
		in := person(name, top)
		in.Email, in.LastName = strings.Repeat("&", 64)+"@people.example", &last
		hired, err := d.CreateContact(t.Context(), v, in)
		if err != nil {
			rt.Fatal(err)
		}
		taken := func(what string, list func(page db.PageArgs) (db.PageInfo, error)) {
			info, err := list(db.PageArgs{})
			if err != nil || info.EndCursor() == nil {
				rt.Fatalf("%s: got no cursor, and the error %v", what, err)
			}
			if _, err := list(db.PageArgs{After: info.EndCursor(), Before: info.StartCursor()}); err != nil {
				rt.Errorf("%s: got %v for the cursor of %q, %q (%d bytes), want it taken", what, err, name, last, len(*info.EndCursor()))
			}
		}
		for _, direction := range both {
			for _, field := range []db.AccountOrderField{
				db.AccountByName, db.AccountByNumber, db.AccountByCreatedAt, db.AccountByUpdatedAt, db.AccountByAnnualRevenue, db.AccountByEmployees, db.AccountByHealth,
			} {
				taken("accounts by "+string(field), func(p db.PageArgs) (db.PageInfo, error) {
					c, err := d.Accounts(t.Context(), v, db.AccountArgs{PageArgs: p, OrderBy: &db.AccountOrder{Field: field, Direction: direction}})
					if err != nil {
						return db.PageInfo{}, err
					}
					return c.PageInfo, nil
				})
			}
			for _, field := range []db.ContactOrderField{db.ContactByName, db.ContactByEmail, db.ContactByCreatedAt, db.ContactByUpdatedAt} {
				order := &db.ContactOrder{Field: field, Direction: direction}
				taken("contacts by "+string(field), func(p db.PageArgs) (db.PageInfo, error) {
					c, err := d.Contacts(t.Context(), v, db.ContactArgs{PageArgs: p, OrderBy: order})
					if err != nil {
						return db.PageInfo{}, err
					}
					return c.PageInfo, nil
				})
				taken("contacts of an account by "+string(field), func(p db.PageArgs) (db.PageInfo, error) {
					pages, err := d.ContactsOf(t.Context(), v, []db.AccountID{top.ID}, db.AccountContactArgs{PageArgs: p, OrderBy: order})
					if err != nil {
						return db.PageInfo{}, err
					}
					return pages[top.ID].PageInfo, nil
				})
			}
		}
		taken("accounts of a contact", func(p db.PageArgs) (db.PageInfo, error) {
			pages, err := d.AccountsOf(t.Context(), v, []db.ContactID{hired.ID}, p)
			if err != nil {
				return db.PageInfo{}, err
			}
			return pages[hired.ID].PageInfo, nil
		})
		if _, err := d.DeleteContact(t.Context(), v, hired.ID); err != nil {
			rt.Fatal(err)
		}
	})
}
