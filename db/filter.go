package db

import (
	"strings"
	"time"

	"github.com/lib/pq"
	"github.com/shopspring/decimal"
)

// The operators of a filter are AND-ed. A nil filter, or one without operators, lets everything pass.
type (
	// IDFilter looks at an id.
	IDFilter struct {
		In     []ID
		NotIn  []ID
		IsNull *bool
	}
	// PicklistFilter looks at the key of a picklist value.
	PicklistFilter struct {
		In     []string
		NotIn  []string
		IsNull *bool
	}
	// TextFilter looks at a text; upper and lower case are the same.
	TextFilter struct {
		Equals     *string
		Contains   *string
		StartsWith *string
		In         []string
		IsNull     *bool
	}
	// IntFilter looks at a whole number.
	IntFilter struct {
		Equals           *int
		In               []int
		Gt, Gte, Lt, Lte *int
		IsNull           *bool
	}
	// MoneyFilter looks at an amount in one currency.
	MoneyFilter struct {
		Currency         *string
		Gt, Gte, Lt, Lte *decimal.Decimal
		IsNull           *bool
	}
	// DateTimeFilter looks at a moment.
	DateTimeFilter struct{ Gt, Gte, Lt, Lte *time.Time }
	// BooleanFilter looks at a yes or no.
	BooleanFilter struct{ Equals bool }
)

// maxFilterTerms is how many filters may be combined in one.
const maxFilterTerms = 200

// maxFilterDepth is how deep `and`, `or` and `not` may be nested.
const maxFilterDepth = 10

// conjunction collects conditions that must all hold.
type conjunction []string

func (c *conjunction) add(condition string) {
	if condition != "true" {
		*c = append(*c, condition)
	}
}

// text is the condition; "true" if there is none.
func (c conjunction) text() string {
	if len(c) == 0 {
		return "true"
	}
	return strings.Join(c, " AND ")
}

// null adds the test for absence, if asked for.
func (c *conjunction) null(isNull *bool, expression string) {
	switch {
	case isNull == nil:
	case *isNull:
		c.add(expression + " IS NULL")
	default:
		c.add(expression + " IS NOT NULL")
	}
}

func (f *IDFilter) where(s *statement, expression string) string {
	if f == nil {
		return "true"
	}
	var c conjunction
	if f.In != nil {
		c.add(expression + " = ANY(" + s.arg(uuids(f.In)) + ")")
	}
	if f.NotIn != nil {
		c.add("(" + expression + " <> ALL(" + s.arg(uuids(f.NotIn)) + ") OR " + expression + " IS NULL)")
	}
	c.null(f.IsNull, expression)
	return c.text()
}

func (f *PicklistFilter) where(s *statement, expression string) string {
	if f == nil {
		return "true"
	}
	var c conjunction
	switch {
	case len(f.In) == 1:
		c.add(expression + " = " + s.arg(f.In[0])) // in an index by the value, what has it is in the order of names
	case f.In != nil:
		c.add(expression + " = ANY(" + s.arg(pq.Array(f.In)) + ")")
	}
	if f.NotIn != nil {
		c.add("(" + expression + " <> ALL(" + s.arg(pq.Array(f.NotIn)) + ") OR " + expression + " IS NULL)")
	}
	c.null(f.IsNull, expression)
	return c.text()
}

// fold is an expression in lower case, compared byte by byte: how names and e-mail addresses are compared and ordered, and how
// their indexes have them.
func fold(expression string) string {
	return `lower(` + expression + ` COLLATE "und-x-icu") COLLATE "C"`
}

// where looks at an expression that is folded already.
func (f *TextFilter) where(s *statement, folded string) string {
	if f == nil {
		return "true"
	}
	value := func(text string) string { return fold("CAST(" + s.arg(text) + " AS text)") }
	var c conjunction
	if f.Equals != nil {
		c.add(folded + " = " + value(*f.Equals))
	}
	if f.Contains != nil {
		c.add(folded + " LIKE " + value("%"+likeEscaper.Replace(*f.Contains)+"%"))
	}
	if f.StartsWith != nil {
		// A range, as LIKE is one only in a plan for the value at hand, and plans are kept. No text has so many of the last character in a row.
		c.add(folded + " >= " + value(*f.StartsWith) + " AND " + folded + " < " + value(*f.StartsWith) + " || repeat(chr(1114111), 400)")
	}
	if f.In != nil {
		c.add(folded + " IN (SELECT " + fold("text") + " FROM unnest(CAST(" + s.arg(pq.Array(f.In)) + " AS text[])) AS text)")
	}
	c.null(f.IsNull, folded)
	return c.text()
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func (f *IntFilter) where(s *statement, expression string) string {
	if f == nil {
		return "true"
	}
	var c conjunction
	compare := func(operator string, value *int) {
		if value != nil {
			c.add(expression + operator + "CAST(" + s.arg(int64(*value)) + " AS bigint)")
		}
	}
	compare(" = ", f.Equals)
	compare(" > ", f.Gt)
	compare(" >= ", f.Gte)
	compare(" < ", f.Lt)
	compare(" <= ", f.Lte)
	if f.In != nil {
		c.add(expression + " = ANY(CAST(" + s.arg(pq.Array(f.In)) + " AS bigint[]))")
	}
	c.null(f.IsNull, expression)
	return c.text()
}

// where compares amounts of one currency; without one it is the organization's default.
func (f *MoneyFilter) where(s *statement, v Viewer, amount, currency string) (string, error) {
	if f == nil {
		return "true", nil
	}
	var c conjunction
	compare := func(operator string, value *decimal.Decimal) {
		if value != nil {
			c.add(amount + operator + "CAST(" + s.arg(value.String()) + " AS numeric)")
		}
	}
	compare(" > ", f.Gt)
	compare(" >= ", f.Gte)
	compare(" < ", f.Lt)
	compare(" <= ", f.Lte)
	switch {
	case f.Currency != nil:
		code, err := normalizeCurrency(*f.Currency)
		if err != nil {
			return "", BadInput("%s", err)
		}
		c.add(currency + " = " + s.arg(code))
	case len(c) > 0:
		c.add(currency + " = (SELECT default_currency FROM organizations WHERE id = " + s.arg(v.Organization) + ")")
	}
	c.null(f.IsNull, amount)
	return c.text(), nil
}

func (f *DateTimeFilter) where(s *statement, expression string) string {
	if f == nil {
		return "true"
	}
	var c conjunction
	compare := func(operator string, value *time.Time) {
		if value != nil {
			c.add(expression + operator + s.arg(*value))
		}
	}
	compare(" > ", f.Gt)
	compare(" >= ", f.Gte)
	compare(" < ", f.Lt)
	compare(" <= ", f.Lte)
	return c.text()
}

// where turns a condition round if the filter asks for its opposite.
func (f *BooleanFilter) where(condition string) string {
	switch {
	case f == nil:
		return "true"
	case f.Equals:
		return condition
	default:
		return "NOT " + condition
	}
}

// combine joins the conditions of and, or and not with those of the fields. below makes the condition of a nested filter.
func combine[F any](c conjunction, and, or []*F, not *F, below func(*F) (string, error)) (string, error) {
	for _, f := range and {
		condition, err := below(f)
		if err != nil {
			return "", err
		}
		c.add("(" + condition + ")")
	}
	if or != nil {
		either := make([]string, 0, len(or)+1)
		for _, f := range or {
			condition, err := below(f)
			if err != nil {
				return "", err
			}
			either = append(either, "("+condition+")")
		}
		c.add("(" + strings.Join(append(either, "false"), " OR ") + ")")
	}
	if not != nil {
		condition, err := below(not)
		if err != nil {
			return "", err
		}
		// A comparison with an absent value is unknown, neither true nor false: it is not a match, so its opposite is.
		c.add("(" + condition + ") IS NOT TRUE")
	}
	return c.text(), nil
}

// checkFilterSize refuses filters of too many parts: each is a condition that the database has to plan.
func checkFilterSize(terms int) error {
	if terms > maxFilterTerms {
		return BadInput("the filter combines more than %d filters with `and`, `or` and `not`: a list within a field, as `in`, may be longer", maxFilterTerms)
	}
	return nil
}

// checkFilterDepth refuses filters that are nested too deep.
func checkFilterDepth(depth int) error {
	if depth > maxFilterDepth {
		return BadInput("the filter is nested deeper than %d levels of `and`, `or` and `not`", maxFilterDepth)
	}
	return nil
}

// uuids writes ids as an array parameter. Ids of whatever kind: one that names nothing matches nothing.
func uuids(ids []ID) any {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.UUID.String()
	}
	return pq.Array(texts)
}
