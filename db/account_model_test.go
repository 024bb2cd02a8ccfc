package db_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/accountgraph/accountgraph/db"
)

// model is an organization's accounts in memory: what lists, filters and walks are compared with.
type model struct {
	accounts []*db.Account
	byID     map[db.AccountID]*db.Account
	children map[db.AccountID][]*db.Account
	health   map[string]int
}

var modelWords = []string{"alpha", "Beta", "beta", "GAMMA", "delta_1", "100% wool", `back\slash`, "Ärzte", "ärzte"}

// populate makes a random forest of accounts with many equal and absent values, and its model.
func populate(t testing.TB, d *db.DB, v db.Viewer, size int) *model {
	t.Helper()
	random := rand.New(rand.NewPCG(1, uint64(size)))
	pick := func(values ...string) *string {
		if i := random.IntN(len(values) + 1); i < len(values) {
			return &values[i]
		}
		return nil
	}
	in := db.CreateAccountsInput{}
	for i := range size {
		row := db.CreateAccountInput{Name: modelWords[random.IntN(len(modelWords))], PrimaryDomain: fmt.Sprintf("d%d.com", i), IsActive: random.IntN(4) > 0}
		row.Status, row.Health, row.Source = pick("ACTIVE", "TRIAL"), pick("RED", "YELLOW", "GREEN"), pick("HubSpot", "slack")
		if random.IntN(3) > 0 {
			row.Employees = ptr(random.IntN(4))
		}
		if random.IntN(3) > 0 {
			row.AnnualRevenue = &db.MoneyInput{Amount: fmt.Sprintf("%d.5", random.IntN(3)), Currency: pick("EUR")}
		}
		if random.IntN(3) == 0 {
			row.OwnerID = v.User
		}
		link := &db.CreateAccountsRowInput{Key: ptr(fmt.Sprint(i)), Account: &row}
		if i > 0 && random.IntN(6) > 0 {
			link.ParentKey = ptr(fmt.Sprint(random.IntN(i)))
		}
		in.Accounts = append(in.Accounts, link)
	}
	results, err := d.CreateAccounts(t.Context(), v, in)
	if err != nil {
		t.Fatalf("populate: %v", err)
	}
	// Some were made and written at other times than the rest, some of them at the same.
	run(t, d, "UPDATE accounts SET created_at = created_at + (number % 5) * interval '1.000001 second', updated_at = updated_at - (number % 3) * interval '1 hour'")
	analyze(t, d)
	var ids []db.AccountID
	for _, r := range results {
		ids = append(ids, r.Account.ID)
	}
	found, err := d.AccountsByID(t.Context(), v, ids)
	if err != nil {
		t.Fatal(err)
	}
	m := &model{byID: found, children: map[db.AccountID][]*db.Account{}, health: map[string]int{"RED": 0, "YELLOW": 1, "GREEN": 2}}
	for _, id := range ids {
		m.accounts = append(m.accounts, found[id])
		if parent := found[id].ParentID; parent != nil {
			m.children[*parent] = append(m.children[*parent], found[id])
		}
	}
	return m
}

// folded is what names are ordered by.
func folded(s string) string { return strings.ToLower(s) }

// key compares two accounts by the field of an order; an absent value is nil.
func (m *model) key(field db.AccountOrderField, a *db.Account) any {
	switch field {
	case db.AccountByNumber:
		return a.Number
	case db.AccountByCreatedAt:
		return int(a.CreatedAt.UnixMicro())
	case db.AccountByUpdatedAt:
		return int(a.UpdatedAt.UnixMicro())
	case db.AccountByAnnualRevenue:
		if a.RevenueAmount != nil {
			return int(a.RevenueAmount.Shift(2).IntPart())
		}
	case db.AccountByEmployees:
		if a.Employees != nil {
			return *a.Employees
		}
	case db.AccountByHealth:
		if a.HealthKey != nil {
			return m.health[*a.HealthKey]
		}
	default:
		return folded(a.Name)
	}
	return nil
}

// compare orders two accounts: absent values last, whichever way the list runs, then by id.
func (m *model) compare(o *db.AccountOrder, a, b *db.Account) int {
	if o == nil {
		o = &db.AccountOrder{Field: db.AccountByName}
	}
	x, y := m.key(o.Field, a), m.key(o.Field, b)
	if (x == nil) != (y == nil) {
		if x == nil {
			return 1
		}
		return -1
	}
	result := 0
	if text, ok := x.(string); ok {
		result = cmp.Compare(text, y.(string))
	} else if number, ok := x.(int); ok {
		result = cmp.Compare(number, y.(int))
	}
	result = cmp.Or(result, cmp.Compare(a.ID.String(), b.ID.String()))
	if o.Direction == db.Descending {
		return -result
	}
	return result
}

// list is a filtered list in its order.
func (m *model) list(of []*db.Account, args db.AccountArgs) []*db.Account {
	var out []*db.Account
	for _, a := range of {
		if m.match(args.Filter, a) {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b *db.Account) int { return m.compare(args.OrderBy, a, b) })
	return out
}

// page cuts a page out of a list; after and before are accounts, which need not be in the list.
func (m *model) page(list []*db.Account, args db.AccountArgs, after, before *db.Account) (page []*db.Account, next, previous bool) {
	list = slices.DeleteFunc(slices.Clone(list), func(a *db.Account) bool {
		return after != nil && m.compare(args.OrderBy, a, after) <= 0 || before != nil && m.compare(args.OrderBy, a, before) >= 0
	})
	if args.Last != nil {
		cut := max(0, len(list)-*args.Last)
		return list[cut:], before != nil, cut > 0
	}
	size := 25
	if args.First != nil {
		size = *args.First
	}
	cut := min(size, len(list))
	return list[:cut], cut < len(list), after != nil
}

// match is what a filter says about an account.
func (m *model) match(f *db.AccountFilter, a *db.Account) bool {
	if f == nil {
		return true
	}
	ok := matchText(f.Name, &a.Name) && matchText(f.Source, a.Source) && matchText(f.Domain, a.PrimaryDomain) &&
		matchKey(f.Status, a.StatusKey) && matchKey(f.Health, a.HealthKey) && matchInt(f.Employees, a.Employees) && matchInt(f.Number, &a.Number) &&
		matchMoney(f.AnnualRevenue, a.AnnualRevenue()) && matchBool(f.IsRoot, a.ParentID == nil) && matchBool(f.IsActive, a.IsActive) &&
		matchBool(f.HasChildren, len(m.children[a.ID]) > 0)
	if f.ID != nil {
		id := a.ID.ID()
		ok = ok && matchID(f.ID, &id)
	}
	if f.OwnerID != nil {
		var id *db.ID
		if a.OwnerID != nil {
			id = ptr(a.OwnerID.ID())
		}
		ok = ok && matchID(f.OwnerID, id)
	}
	if f.ParentID != nil {
		var id *db.ID
		if a.ParentID != nil {
			id = ptr(a.ParentID.ID())
		}
		ok = ok && matchID(f.ParentID, id)
	}
	if f.Under != nil {
		ok = ok && m.under(f.Under, a)
	}
	for _, and := range f.And {
		ok = ok && m.match(and, a)
	}
	if f.Or != nil {
		ok = ok && slices.ContainsFunc(f.Or, func(or *db.AccountFilter) bool { return m.match(or, a) })
	}
	return ok && (f.Not == nil || !m.match(f.Not, a))
}

func (m *model) under(f *db.UnderFilter, a *db.Account) bool {
	for level := 0; a != nil; level++ {
		if a.ID.ID() == f.ID {
			return (level > 0 || f.IncludeSelf) && (f.MaxLevel == nil || level <= *f.MaxLevel)
		}
		if a.ParentID == nil {
			return false
		}
		a = m.byID[*a.ParentID]
	}
	return false
}

func matchNull[T any](isNull *bool, value *T) bool { return isNull == nil || *isNull == (value == nil) }

func matchBool(f *db.BooleanFilter, value bool) bool { return f == nil || f.Equals == value }

func matchText(f *db.TextFilter, value *string) bool {
	if f == nil {
		return true
	}
	if !matchNull(f.IsNull, value) {
		return false
	}
	if value == nil {
		return f.Equals == nil && f.Contains == nil && f.StartsWith == nil && f.In == nil
	}
	text := folded(*value)
	return (f.Equals == nil || text == folded(*f.Equals)) && (f.Contains == nil || strings.Contains(text, folded(*f.Contains))) &&
		(f.StartsWith == nil || strings.HasPrefix(text, folded(*f.StartsWith))) &&
		(f.In == nil || slices.ContainsFunc(f.In, func(in string) bool { return text == folded(in) }))
}

func matchKey(f *db.PicklistFilter, value *string) bool {
	return f == nil || matchNull(f.IsNull, value) && (f.In == nil || value != nil && slices.Contains(f.In, *value)) &&
		(f.NotIn == nil || value == nil || !slices.Contains(f.NotIn, *value))
}

func matchID(f *db.IDFilter, value *db.ID) bool {
	return matchNull(f.IsNull, value) && (f.In == nil || value != nil && slices.Contains(f.In, *value)) &&
		(f.NotIn == nil || value == nil || !slices.Contains(f.NotIn, *value))
}

func matchInt(f *db.IntFilter, value *int) bool {
	if f == nil {
		return true
	}
	if !matchNull(f.IsNull, value) {
		return false
	}
	holds := func(bound *int, compare func(a, b int) bool) bool {
		return bound == nil || value != nil && compare(*value, *bound)
	}
	return holds(f.Equals, func(a, b int) bool { return a == b }) && holds(f.Gt, func(a, b int) bool { return a > b }) &&
		holds(f.Gte, func(a, b int) bool { return a >= b }) && holds(f.Lt, func(a, b int) bool { return a < b }) &&
		holds(f.Lte, func(a, b int) bool { return a <= b }) && (f.In == nil || value != nil && slices.Contains(f.In, *value))
}

func matchMoney(f *db.MoneyFilter, value *db.Money) bool {
	if f == nil {
		return true
	}
	if !matchNull(f.IsNull, value) {
		return false
	}
	compared := f.Gt != nil || f.Gte != nil || f.Lt != nil || f.Lte != nil
	if compared || f.Currency != nil {
		currency := "USD"
		if f.Currency != nil {
			currency = *f.Currency
		}
		if value == nil || value.Currency != currency {
			return false
		}
	}
	holds := func(bound *decimal.Decimal, compare func(sign int) bool) bool {
		return bound == nil || compare(value.Amount.Cmp(*bound))
	}
	return holds(f.Gt, func(sign int) bool { return sign > 0 }) && holds(f.Gte, func(sign int) bool { return sign >= 0 }) &&
		holds(f.Lt, func(sign int) bool { return sign < 0 }) && holds(f.Lte, func(sign int) bool { return sign <= 0 })
}
