package db_test

import (
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
)

// maybe draws a value or nothing.
func maybe[T any](rt *rapid.T, label string, likely int, value func() T) *T {
	if rapid.IntRange(1, 100).Draw(rt, label+"?") > likely {
		return nil
	}
	drawn := value()
	return &drawn
}

func drawOrder(rt *rapid.T) *db.AccountOrder {
	return maybe(rt, "order", 80, func() db.AccountOrder {
		return db.AccountOrder{
			Field: rapid.SampledFrom([]db.AccountOrderField{
				db.AccountByName, db.AccountByNumber, db.AccountByCreatedAt, db.AccountByUpdatedAt, db.AccountByAnnualRevenue, db.AccountByEmployees, db.AccountByHealth,
			}).Draw(rt, "field"),
			Direction: rapid.SampledFrom([]db.OrderDirection{db.Ascending, db.Descending}).Draw(rt, "direction"),
		}
	})
}

func drawText(rt *rapid.T, words ...string) *db.TextFilter {
	word := func() string { return rapid.SampledFrom(words).Draw(rt, "word") }
	return &db.TextFilter{
		Equals: maybe(rt, "equals", 20, word), Contains: maybe(rt, "contains", 40, word), StartsWith: maybe(rt, "startsWith", 20, word),
		In:     drawSome(rt, "in", 20, word),
		IsNull: maybe(rt, "isNull", 20, func() bool { return rapid.Bool().Draw(rt, "null") }),
	}
}

func drawSome[T any](rt *rapid.T, label string, likely int, value func() T) []T {
	some := maybe(rt, label, likely, func() []T {
		list := []T{}
		for range rapid.IntRange(0, 3).Draw(rt, label+" size") {
			list = append(list, value())
		}
		return list
	})
	if some == nil {
		return nil
	}
	return *some
}

func drawInts(rt *rapid.T, most int) *db.IntFilter {
	number := func() int { return rapid.IntRange(-1, most).Draw(rt, "number") }
	return &db.IntFilter{
		Equals: maybe(rt, "equals", 20, number), In: drawSome(rt, "in", 30, number), Gt: maybe(rt, "gt", 20, number), Gte: maybe(rt, "gte", 20, number),
		Lt: maybe(rt, "lt", 20, number), Lte: maybe(rt, "lte", 20, number), IsNull: maybe(rt, "isNull", 10, func() bool { return rapid.Bool().Draw(rt, "null") }),
	}
}

func drawKeys(rt *rapid.T, keys ...string) *db.PicklistFilter {
	key := func() string { return rapid.SampledFrom(keys).Draw(rt, "key") }
	return &db.PicklistFilter{
		In: drawSome(rt, "in", 50, key), NotIn: drawSome(rt, "notIn", 50, key),
		IsNull: maybe(rt, "isNull", 10, func() bool { return rapid.Bool().Draw(rt, "null") }),
	}
}

func drawIDs(rt *rapid.T, ids func() db.ID) *db.IDFilter {
	return &db.IDFilter{
		In: drawSome(rt, "in", 50, ids), NotIn: drawSome(rt, "notIn", 50, ids),
		IsNull: maybe(rt, "isNull", 20, func() bool { return rapid.Bool().Draw(rt, "null") }),
	}
}

// drawFilter draws a filter with few fields, so that something matches.
func drawFilter(rt *rapid.T, m *model, depth int) *db.AccountFilter {
	f := &db.AccountFilter{}
	ids := func() db.ID { return rapid.SampledFrom(m.accounts).Draw(rt, "account").ID.ID() }
	truth := func() db.BooleanFilter { return db.BooleanFilter{Equals: rapid.Bool().Draw(rt, "truth")} }
	for range rapid.IntRange(0, 2).Draw(rt, "fields") {
		switch rapid.IntRange(0, 13).Draw(rt, "which") {
		case 0:
			f.Name = drawText(rt, "a", "ALPHA", "beta", "1", "_", "%", `\`, "ÄRZTE", "är", "")
		case 1:
			f.Status = drawKeys(rt, "ACTIVE", "TRIAL", "CHURNED")
		case 2:
			f.Health = drawKeys(rt, "RED", "GREEN")
		case 3:
			f.Employees = drawInts(rt, 4)
		case 4:
			f.Number = drawInts(rt, len(m.accounts))
		case 5:
			amount := func() decimal.Decimal { return decimal.NewFromInt(rapid.Int64Range(0, 3).Draw(rt, "amount")) }
			f.AnnualRevenue = &db.MoneyFilter{
				Currency: maybe(rt, "currency", 30, func() string { return "EUR" }), Gt: maybe(rt, "gt", 30, amount), Gte: maybe(rt, "gte", 30, amount),
				Lt: maybe(rt, "lt", 30, amount), Lte: maybe(rt, "lte", 30, amount), IsNull: maybe(rt, "isNull", 10, func() bool { return rapid.Bool().Draw(rt, "null") }),
			}
		case 6:
			f.IsRoot = maybe(rt, "isRoot", 100, truth)
		case 7:
			f.HasChildren = maybe(rt, "hasChildren", 100, truth)
		case 8:
			f.IsActive = maybe(rt, "isActive", 100, truth)
		case 9:
			f.ParentID = drawIDs(rt, ids)
		case 10:
			f.ID = drawIDs(rt, ids)
		case 11:
			f.Under = &db.UnderFilter{ID: ids(), IncludeSelf: rapid.Bool().Draw(rt, "self"), MaxLevel: maybe(rt, "maxLevel", 50, func() int { return rapid.IntRange(0, 4).Draw(rt, "level") })}
		case 12:
			f.Source = drawText(rt, "hubspot", "SLACK", "s", "x")
		case 13:
			f.Domain = drawText(rt, "d1", "D2.com", "com", "x")
		}
	}
	if depth < 2 {
		below := func() *db.AccountFilter { return drawFilter(rt, m, depth+1) }
		f.And, f.Or = drawSome(rt, "and", 15, below), drawSome(rt, "or", 15, below)
		if not := maybe(rt, "not", 15, below); not != nil {
			f.Not = *not
		}
	}
	return f
}
