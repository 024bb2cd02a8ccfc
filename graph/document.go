package graph

import (
	"hash/maphash"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/accountgraph/accountgraph/db"
)

// documents reads the texts of queries, and keeps those that are good, since to read one takes longer than to answer most.
// It is safe for concurrent use.
type documents struct {
	schema *ast.Schema
	rules  *rules.Rules
	limits limits
	kept   *kept[string, *ast.QueryDocument]
	// asked has the hashes of texts that were read once. Only what is asked again is kept: texts with other values each time would
	// fill the memory, and what lives has to be looked through at each collection of garbage.
	asked *kept[uint64, struct{}]
	seed  maphash.Seed
}

// maxAsked is how many hashes are remembered.
const maxAsked = 4096

// maxKeptText is how long the texts of the documents that are kept may be together, in bytes. Parsed, they take about thirty
// times as much memory.
const maxKeptText = 512 << 10

func newDocuments(schema *ast.Schema, o Options) *documents {
	return &documents{
		schema: schema,
		rules:  validation(o.Introspection),
		limits: limits{depth: o.MaxDepth, aliases: o.MaxAliases, tokens: o.MaxTokens},
		kept:   newKept[string, *ast.QueryDocument](maxKeptText),
		asked:  newKept[uint64, struct{}](maxAsked),
		seed:   maphash.MakeSeed(),
	}
}

// validation is the rules of GraphQL's validation. Where the schema is not told, neither is what may have been meant.
func validation(introspection bool) *rules.Rules {
	all := rules.NewDefaultRules()
	if introspection {
		return all
	}
	for telling, silent := range map[string]core.Rule{
		rules.FieldsOnCorrectTypeRule.Name: rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ScalarLeafsRule.Name:         rules.ScalarLeafsRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		all.ReplaceRule(telling, silent.RuleFunc)
	}
	return all
}

// read returns the document of a text that is GraphQL, valid, and within the limits.
func (d *documents) read(text string) (*ast.QueryDocument, *refusal) {
	if document, ok := d.kept.get(text); ok {
		return document, nil
	}
	if refusal := d.limits.checkText(text); refusal != nil {
		return nil, refusal
	}
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, d.limits.tokens)
	if err != nil {
		return nil, notParsed(err)
	}
	if refusal := d.limits.checkRepeats(document); refusal != nil {
		return nil, refusal
	}
	if refusal := d.validate(document); refusal != nil {
		return nil, refusal
	}
	if refusal := d.limits.checkShape(document); refusal != nil {
		return nil, refusal
	}
	hash := maphash.String(d.seed, text)
	if _, again := d.asked.get(hash); again {
		d.kept.add(text, document, len(text))
	} else {
		d.asked.add(hash, struct{}{}, 1)
	}
	return document, nil
}

// notParsed refuses a text that is not GraphQL, or that the parser stopped at because it is too large.
func notParsed(err error) *refusal {
	shown, code := gqlerror.WrapIfUnwrapped(err), codeParseFailed
	if strings.HasPrefix(shown.Message, "exceeded ") {
		code = db.CodeTooComplex
	}
	return &refusal{errors: gqlerror.List{withCode(shown, code, nil)}}
}

func (d *documents) validate(document *ast.QueryDocument) *refusal {
	if len(document.Operations) == 0 {
		return refuse(codeValidationFailed, "the query has no operation", nil)
	}
	errs := validator.ValidateWithRules(d.schema, document, d.rules)
	if len(errs) == 0 {
		return nil
	}
	for _, err := range errs {
		withCode(err, codeValidationFailed, nil)
	}
	return &refusal{errors: errs}
}
