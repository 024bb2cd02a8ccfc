package db_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
)

// peopled is who is at the accounts of a model, in memory.
type peopled struct {
	*model
	people []*db.Contact
	// at are the accounts of each, the main one first; main the account that each is the main contact of.
	at   map[db.ContactID][]db.AccountID
	main map[db.ContactID]db.AccountID
}

// people puts contacts of few names at one to five accounts each.
func (m *model) people(t testing.TB, d *db.DB, v db.Viewer, size int) *peopled {
	t.Helper()
	random := rand.New(rand.NewPCG(2, uint64(size)))
	c := &peopled{model: m, at: map[db.ContactID][]db.AccountID{}, main: map[db.ContactID]db.AccountID{}}
	for i := range size {
		in := person(fmt.Sprint("p", i))
		in.FirstName, in.JobTitle = modelWords[random.IntN(len(modelWords))], ptr(modelWords[random.IntN(2)])
		for _, at := range random.Perm(len(m.accounts))[:1+random.IntN(5)] {
			in.AccountIDs = append(in.AccountIDs, m.accounts[at].ID)
		}
		hired := hireWith(t, d, v, in)
		c.people, c.at[hired.ID] = append(c.people, hired), in.AccountIDs
	}
	for _, hired := range c.people[:size/3] {
		at := c.at[hired.ID][random.IntN(len(c.at[hired.ID]))]
		link(t, d, v, hired, m.byID[at], func(l *db.LinkContactChange) { l.IsPrimaryContact, l.Role = ptr(true), ptr(hired.Email) })
		for other, taken := range c.main {
			if taken == at {
				delete(c.main, other) // there is one for a type, and all have the default
			}
		}
		c.main[hired.ID] = at
	}
	return c
}

// below are the people of a list who are in the subtree of an account.
func (c *peopled) below(top *db.Account, list []*db.Contact) []*db.Contact {
	subtree, _ := c.descent(top, db.DescendantArgs{})
	subtree = append(subtree, top)
	return slices.DeleteFunc(slices.Clone(list), func(p *db.Contact) bool {
		return !slices.ContainsFunc(subtree, func(a *db.Account) bool { return slices.Contains(c.at[p.ID], a.ID) })
	})
}

func TestContactsBelow(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	m := populate(t, d, v, 60)
	c := m.people(t, d, v, 80)
	run(t, d, "ANALYZE account_contacts, contacts")

	t.Run("lists and counts for each account who is in its subtree, page by page", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(rt *rapid.T) {
			var tops []db.AccountID
			for range rapid.IntRange(1, 12).Draw(rt, "tops") {
				tops = append(tops, rapid.SampledFrom(m.accounts).Draw(rt, "top").ID)
			}
			args := db.AccountContactArgs{IncludeDescendants: true}
			args.OrderBy = maybe(rt, "order", 70, func() db.ContactOrder {
				return db.ContactOrder{
					Field:     rapid.SampledFrom([]db.ContactOrderField{db.ContactByName, db.ContactByEmail, db.ContactByCreatedAt}).Draw(rt, "field"),
					Direction: rapid.SampledFrom([]db.OrderDirection{db.Ascending, db.Descending}).Draw(rt, "direction"),
				}
			})
			args.Filter = maybe(rt, "filter", 40, func() db.ContactFilter { return db.ContactFilter{JobTitle: &db.TextFilter{Equals: &modelWords[0]}} })
			all, err := d.Contacts(t.Context(), v, db.ContactArgs{PageArgs: db.PageArgs{First: ptr(100)}, Filter: args.Filter, OrderBy: args.OrderBy})
			if err != nil {
				rt.Fatal(err)
			}
			size, backward := rapid.IntRange(1, 30).Draw(rt, "size"), rapid.Bool().Draw(rt, "backward")
			args.First = &size
			if backward {
				args.First, args.Last = nil, &size
			}
			// The pages of the first account, of which the cursors are, with those of the others that lie beyond the same cursors.
			want := map[db.AccountID][]*db.Contact{}
			for _, top := range tops {
				want[top] = c.below(m.byID[top], all.Nodes())
			}
			for {
				pages, err := d.ContactsOf(t.Context(), v, tops, args)
				if err != nil {
					rt.Fatal(err)
				}
				var lists []db.ContactList
				for _, top := range tops {
					c.compare(rt, pages[top], m.byID[top], want[top], size, backward)
					lists = append(lists, pages[top].List)
				}
				counts, err := d.CountContacts(t.Context(), v, lists)
				if err != nil {
					rt.Fatal(err)
				}
				for i, top := range tops {
					if n := len(c.below(m.byID[top], all.Nodes())); counts[lists[i]] != n {
						rt.Fatalf("got %d people below %v, want %d", counts[lists[i]], top, n)
					}
				}
				first := pages[tops[0]]
				more, end := first.PageInfo.HasNextPage, first.PageInfo.EndCursor()
				if backward {
					more, end = first.PageInfo.HasPreviousPage, first.PageInfo.StartCursor()
				}
				if !more {
					return
				}
				last := first.Edges[len(first.Edges)-1].Node.ID
				args.After = end
				if backward {
					last, args.After, args.Before = first.Edges[0].Node.ID, nil, end
				}
				at := slices.IndexFunc(all.Nodes(), func(p *db.Contact) bool { return p.ID == last })
				beyond := all.Nodes()[at+1:]
				if backward {
					beyond = all.Nodes()[:at]
				}
				for _, top := range tops {
					want[top] = c.below(m.byID[top], beyond)
				}
			}
		})
	})

	t.Run("is the work of the union, however the subtrees overlap", func(t *testing.T) {
		t.Parallel()
		d, v := setup(t)
		ids := chain(t, d, v, "Deep", 3000)
		run(t, d, `
			WITH hired AS (
			  INSERT INTO contacts (organization_id, first_name, email, type)
			  SELECT organization_id, 'P', 'p' || number || '@people.example', 'OTHER' FROM accounts
			  RETURNING organization_id, id, email)
			INSERT INTO account_contacts (organization_id, account_id, contact_id)
			SELECT a.organization_id, a.id, hired.id FROM hired JOIN accounts a ON hired.email = 'p' || a.number || '@people.example'`)
		run(t, d, "ANALYZE account_contacts, contacts")
		pages, err := d.ContactsOf(t.Context(), v, ids, db.AccountContactArgs{PageArgs: db.PageArgs{First: ptr(2)}, IncludeDescendants: true})
		if err != nil {
			t.Fatal(err)
		}
		var lists []db.ContactList
		for _, id := range ids {
			lists = append(lists, pages[id].List)
		}
		counts, err := d.CountContacts(t.Context(), v, lists)
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			below := len(ids) - i
			if counts[lists[i]] != below || len(pages[id].Edges) != min(2, below) || pages[id].PageInfo.HasNextPage != (below > 2) {
				t.Fatalf("%d from the top: got %d people and %+v, want %d", i, counts[lists[i]], pages[id].PageInfo, below)
			}
		}
	})
}

// compare compares a page with who lies beyond its cursors.
func (c *peopled) compare(rt *rapid.T, page *db.AccountContactConnection, top *db.Account, want []*db.Contact, size int, backward bool) {
	rt.Helper()
	more, next := len(want) > size, page.PageInfo.HasNextPage
	if backward {
		next = page.PageInfo.HasPreviousPage
		want = want[max(0, len(want)-size):]
	} else {
		want = want[:min(size, len(want))]
	}
	if got := emailsOf(page.Nodes()); !slices.Equal(got, emailsOf(want)) || next != more {
		rt.Fatalf("below %s: got %v, more %t; want %v, %t", top.Name, got, next, emailsOf(want), more)
	}
	subtree, _ := c.descent(top, db.DescendantArgs{})
	subtree = append(subtree, top)
	for _, edge := range page.Edges {
		id := edge.Node.ID
		isPrimary := slices.ContainsFunc(subtree, func(a *db.Account) bool { return a.ID == c.at[id][0] })
		main, isMain := c.main[id]
		isMain = isMain && main == top.ID
		if edge.IsPrimaryAccount != isPrimary || edge.IsPrimaryContact != isMain || isMain && *edge.Role != edge.Node.Email {
			rt.Fatalf("%s below %s: got %+v, want %t, %t", edge.Node.Email, top.Name, edge, isPrimary, isMain)
		}
	}
}

func emailsOf(contacts []*db.Contact) []string {
	out := make([]string, len(contacts))
	for i, c := range contacts {
		out[i] = c.Email
	}
	return out
}
