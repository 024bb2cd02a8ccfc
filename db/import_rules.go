package db

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNewIndustries is how many values one import adds to the list ACCOUNT_INDUSTRY.
const maxNewIndustries = 500

// ImportRules hold the rows of one import to the rules that need no look at other records. They know the organization's
// picklists and users as they were when it began.
type ImportRules struct {
	organization *Organization
	options      ImportOptions
	// keys has the keys of each list by themselves and by their labels, in lower case.
	keys     map[Picklist]map[string]string
	defaults map[Picklist]*string
	owners   map[string]UserID
	// industries are the values that are new, label by key.
	industries map[string]string
}

// ImportRules reads what the rows of an import are held to.
func (d *DB) ImportRules(ctx context.Context, v Viewer, options ImportOptions) (*ImportRules, error) {
	if err := v.MayImport(); err != nil {
		return nil, err
	}
	r := &ImportRules{options: options, keys: map[Picklist]map[string]string{}, defaults: map[Picklist]*string{}, owners: map[string]UserID{}, industries: map[string]string{}}
	var err error
	if r.organization, err = readOrganization(ctx, d.pool, v); err != nil {
		return nil, err
	}
	values, err := picklistValues(ctx, d.pool, v, "true")
	if err != nil {
		return nil, err
	}
	for _, p := range slices.Backward(values) { // so that the first of several with one label has it
		r.name(p.Picklist, strings.ToLower(p.Label), p.Key)
	}
	for _, p := range values {
		r.name(p.Picklist, strings.ToLower(p.Key), p.Key)
		if p.IsDefault && !p.IsArchived {
			r.defaults[p.Picklist] = &p.Key
		}
	}
	users, err := all[User](ctx, d.pool, textOf("SELECT "+columns[User]("u")+" FROM users u WHERE u.organization_id = $1", v.Organization), "users")
	for _, u := range users {
		r.owners[strings.ToLower(u.Email)] = u.ID
	}
	return r, err
}

func (r *ImportRules) name(list Picklist, text, key string) {
	if r.keys[list] == nil {
		r.keys[list] = map[string]string{}
	}
	r.keys[list][text] = key
}

// Key returns the key of a picklist's value that a text names by its key or its label, in upper or lower case. The error is a *Problem.
func (r *ImportRules) Key(list Picklist, text string) (string, error) {
	key, ok := r.keys[list][strings.ToLower(strings.TrimSpace(text))]
	if !ok {
		return "", problem(ProblemNotFound, "%s is no key and no label of the list %s", shown(text), list)
	}
	return key, nil
}

// Industry is Key for ACCOUNT_INDUSTRY. Of several texts with ; between them the first counts; one that the list does not
// have becomes a new value, unless the options reject that. The error is a *Problem.
func (r *ImportRules) Industry(text string) (string, error) {
	text, _, _ = strings.Cut(text, ";")
	if isBlank(text) {
		return "", nil
	}
	key, err := r.Key(AccountIndustry, text)
	if err == nil {
		return key, nil
	}
	label, invalid := requireText(text, maxName)
	if invalid != nil {
		return "", invalid
	}
	key = PicklistKeyOf(label)
	switch {
	case key != "" && r.keys[AccountIndustry][strings.ToLower(key)] == key:
		return key, nil
	case r.options.RejectNewIndustries:
		return "", err
	case key == "":
		return "", problem(ProblemInvalid, "%s is not in the list %s, and no key can be made of it: add it to the list first", shown(label), AccountIndustry)
	case len(r.industries) == maxNewIndustries && r.industries[key] == "":
		return "", problem(ProblemTooLong, "%s would be more than %d new values of the list %s: is this the column of industries?", shown(label), maxNewIndustries, AccountIndustry)
	}
	if r.industries[key] == "" {
		first, size := utf8.DecodeRuneInString(label)
		r.industries[key] = string(unicode.ToUpper(first)) + label[size:]
	}
	return key, nil
}

// PicklistKeyOf makes a key of a label: its letters and digits of ASCII in upper case, with one _ for each run of others.
// It is "" where that would be none, or longer than 64 characters.
func PicklistKeyOf(label string) string {
	words := strings.FieldsFunc(strings.ToUpper(label), func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
	key := strings.Join(words, "_")
	if key == "" || len(key) > 64 || key[0] >= '0' && key[0] <= '9' {
		return ""
	}
	return key
}

// Owner returns the user with an e-mail address. Whether it is active is asked later, since the account may have it already.
// The error is a *Problem.
func (r *ImportRules) Owner(email string) (*UserID, error) {
	id, ok := r.owners[strings.ToLower(strings.TrimSpace(email))]
	if !ok {
		return nil, problem(ProblemNotFound, "there is no user with the e-mail address %s", shown(email))
	}
	return &id, nil
}

// importedAccount is an account as ImportRow.Record has it: as events keep it, and which of its domains it only shares.
type importedAccount struct {
	accountEvent
	SharedDomains []string `json:"shared_domains,omitempty"`
}

// Account holds an account to the rules of accounts and returns the record. Of picklists it takes keys; nil asks for the
// default. Shared are those of its domains that it has without what is sent there. What is wrong comes back as Problems,
// whose paths are those of CreateAccountInput.
func (r *ImportRules) Account(in AccountChange, shared []string) (json.RawMessage, error) {
	in.imported = true
	c := validation{}
	d := in.draft(&c, Account{}, r.organization.DefaultCurrency)
	for i, text := range shared {
		domain, err := NormalizeDomain(text)
		switch {
		case err != nil:
			c.fail(err, "sharedDomains", index(i))
		case !slices.Contains(d.domains, domain):
			c.fail(problem(ProblemNotFound, "%s is none of the account's domains", shown(domain)), "sharedDomains", index(i))
		}
		shared[i] = domain
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	return json.Marshal(importedAccount{d.event(), shared})
}

// Default is the key of a picklist's default; nil if it has none.
func (r *ImportRules) Default(list Picklist) *string { return r.defaults[list] }

// NewIndustries are the values that the rows so far add to the list ACCOUNT_INDUSTRY, label by key.
func (r *ImportRules) NewIndustries() map[string]string { return r.industries }

// CheckExternalID tells what is wrong with what another system calls an account, its source apart; nil if nothing is.
func CheckExternalID(id string) *Problem {
	return firstOfExternalID(ExternalIDInput{Source: "-", ID: id})
}

// CheckExternalSource tells what is wrong with the name of another system; nil if nothing is.
func CheckExternalSource(source string) *Problem {
	return firstOfExternalID(ExternalIDInput{Source: source, ID: "-"})
}

func firstOfExternalID(in ExternalIDInput) *Problem {
	c := validation{}
	(&accountDraft{}).setExternalIDs(&c, &[]ExternalIDInput{in})
	if len(c.problems) == 0 {
		return nil
	}
	return c.problems[0]
}
