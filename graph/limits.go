package graph

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/accountgraph/accountgraph/db"
)

// limits refuses queries that are too large before anything is fetched. What a query fetches is limited while fetching. A
// limit of 0 is none.
type limits struct{ depth, aliases, tokens int }

// maxQueryText is how long a query's text may be, in bytes. Values belong into variables.
const maxQueryText = 64 << 10

// maxRepeats is how often one selection may name a field: validation compares each with each, which honest queries with
// a few repetitions do not notice.
const maxRepeats = 100

// maxObjects is how many objects the variables may hold. To read one may cost a thousand times its text, which a filter of a million
// empty parts would make use of; a thousand new accounts with all that they can have are some 10,000.
const maxObjects = 50_000

// maxSchemaFields is how many fields of the schema itself a query may ask for, by an estimate: what tools ask for is a third of it.
// They are no records, and telling them does not end with the request's time.
const maxSchemaFields = 1_000_000

// countObjects counts the objects in a JSON value.
func countObjects(value any) int {
	n := 0
	switch v := value.(type) {
	case map[string]any:
		n = 1
		for _, inner := range v {
			n += countObjects(inner)
		}
	case []any:
		for _, inner := range v {
			n += countObjects(inner)
		}
	}
	return n
}

// checkText refuses a text that is too long to be parsed.
func (limits) checkText(text string) *refusal {
	if len(text) > maxQueryText {
		return refuse(db.CodeTooComplex, "the text of the query is too long: put values into variables", map[string]any{"bytes": len(text), "limit": maxQueryText})
	}
	return nil
}

// checkVariables refuses variables that would take long to read.
func checkVariables(variables map[string]any) *refusal {
	if objects := countObjects(variables); objects > maxObjects {
		return refuse(db.CodeTooComplex, "the variables hold too many objects", map[string]any{"objects": objects, "limit": maxObjects})
	}
	return nil
}

// checkRepeats refuses a document that would take long to validate.
func (limits) checkRepeats(document *ast.QueryDocument) *refusal {
	if name, repeats := mostRepeated(document); repeats > maxRepeats {
		return refuse(db.CodeTooComplex, "a selection names one field too often", map[string]any{"field": name, "times": repeats, "limit": maxRepeats})
	}
	return nil
}

// mostRepeated is the field that one selection, inline fragments included, names most often.
func mostRepeated(doc *ast.QueryDocument) (name string, most int) {
	var visit func(ast.SelectionSet, map[string]int)
	visit = func(selections ast.SelectionSet, counts map[string]int) {
		for _, selection := range selections {
			switch s := selection.(type) {
			case *ast.Field:
				if counts[s.Alias]++; counts[s.Alias] > most {
					name, most = s.Alias, counts[s.Alias]
				}
				visit(s.SelectionSet, map[string]int{})
			case *ast.InlineFragment:
				visit(s.SelectionSet, counts)
			}
		}
	}
	for _, root := range roots(doc) {
		visit(root, map[string]int{})
	}
	return name, most
}

// checkShape refuses a document that is nested too deep, has too many aliases, or asks for an answer in parts. It is valid:
// its fragments are known and have no cycles.
func (l limits) checkShape(document *ast.QueryDocument) *refusal {
	if deferred(document) {
		return refuse(db.CodeBadUserInput, "@defer is not supported: answers come whole", nil)
	}
	known := map[string]int{}
	for _, operation := range document.Operations {
		if depth := depthOf(operation.SelectionSet, known); l.depth > 0 && depth > l.depth {
			return refuse(db.CodeTooComplex, "the query is nested too deep", map[string]any{"depth": depth, "limit": l.depth})
		}
	}
	told := map[string]int{}
	for _, operation := range document.Operations {
		if schemaFields(operation.SelectionSet, told) > maxSchemaFields {
			return refuse(db.CodeTooComplex, "the query asks for too many fields of the schema: ask for each list once", map[string]any{"limit": maxSchemaFields})
		}
	}
	aliases := 0
	eachSelection(document, func(selection ast.Selection) {
		if f, ok := selection.(*ast.Field); ok && f.Alias != f.Name {
			aliases++
		}
	})
	if l.aliases > 0 && aliases > l.aliases {
		return refuse(db.CodeTooComplex, "the query has too many aliases", map[string]any{"aliases": aliases, "limit": l.aliases})
	}
	return nil
}

// depthOf is how deep fields are nested in a selection; known has the depths of fragments that were looked at.
func depthOf(selections ast.SelectionSet, known map[string]int) int {
	deepest := 0
	for _, selection := range selections {
		depth := 0
		switch s := selection.(type) {
		case *ast.Field:
			depth = 1 + depthOf(s.SelectionSet, known)
		case *ast.InlineFragment:
			depth = depthOf(s.SelectionSet, known)
		case *ast.FragmentSpread:
			var ok bool
			if depth, ok = known[s.Name]; !ok {
				depth = depthOf(s.Definition.SelectionSet, known)
				known[s.Name] = depth
			}
		}
		deepest = max(deepest, depth)
	}
	return deepest
}

// schemaFields estimates how many fields of the schema a selection asks for, with fragments as often as they are spread; it stops
// above maxSchemaFields. The schema's text counts for what it holds. Known has the estimates for fragments that were looked at.
func schemaFields(selections ast.SelectionSet, known map[string]int) int {
	fields := 0
	for _, selection := range selections {
		switch s := selection.(type) {
		case *ast.Field:
			itself, times := 0, 1
			switch isList := s.Definition.Type.Elem != nil; {
			case s.ObjectDefinition.Name == "_Service":
				itself = 25_000
			case !strings.HasPrefix(s.ObjectDefinition.Name, "__"):
			case s.Name == "types":
				itself, times = 1, 200
			case isList && s.Name != "args": // of those most fields have none
				itself, times = 1, 10
			default:
				itself = 1
			}
			fields += itself + times*schemaFields(s.SelectionSet, known)
		case *ast.InlineFragment:
			fields += schemaFields(s.SelectionSet, known)
		case *ast.FragmentSpread:
			if _, ok := known[s.Name]; !ok {
				known[s.Name] = schemaFields(s.Definition.SelectionSet, known)
			}
			fields += known[s.Name]
		}
		if fields > maxSchemaFields {
			return maxSchemaFields + 1
		}
	}
	return fields
}

// roots are the selections that a document's operations and fragments begin with.
func roots(doc *ast.QueryDocument) []ast.SelectionSet {
	var sets []ast.SelectionSet
	for _, operation := range doc.Operations {
		sets = append(sets, operation.SelectionSet)
	}
	for _, fragment := range doc.Fragments {
		sets = append(sets, fragment.SelectionSet)
	}
	return sets
}

// eachSelection calls do for every selection in the text of a document.
func eachSelection(doc *ast.QueryDocument, do func(ast.Selection)) {
	var visit func(ast.SelectionSet)
	visit = func(selections ast.SelectionSet) {
		for _, selection := range selections {
			do(selection)
			switch s := selection.(type) {
			case *ast.Field:
				visit(s.SelectionSet)
			case *ast.InlineFragment:
				visit(s.SelectionSet)
			}
		}
	}
	for _, root := range roots(doc) {
		visit(root)
	}
}

// deferred tells whether a document uses @defer, which the parser knows and our answers do not.
func deferred(doc *ast.QueryDocument) bool {
	found := false
	eachSelection(doc, func(selection ast.Selection) {
		switch s := selection.(type) {
		case *ast.InlineFragment:
			found = found || s.Directives.ForName("defer") != nil
		case *ast.FragmentSpread:
			found = found || s.Directives.ForName("defer") != nil
		}
	})
	return found
}
