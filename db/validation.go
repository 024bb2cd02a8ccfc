package db

import (
	"errors"
	"slices"
	"strconv"
)

// validation collects all that is wrong with an input, so that it can be told at once.
type validation struct {
	// path leads from the mutation's arguments to the value that is being checked.
	path     []string
	problems Problems
	// failure is an error that is not about the input.
	failure error
}

// fail notes what a rule says about a value; nil is fine.
func (c *validation) fail(err error, field ...string) {
	if err == nil {
		return
	}
	found, ok := AsProblems(err)
	if !ok {
		c.failure = errors.Join(c.failure, err)
		return
	}
	for _, p := range found {
		c.problems = append(c.problems, p.at(slices.Concat(c.path, field)...))
	}
}

// err is what was found.
func (c *validation) err() error {
	if c.failure != nil {
		return c.failure
	}
	if len(c.problems) > 0 {
		return c.problems
	}
	return nil
}

// checked reads an optional value by its rule and notes what the rule says; nil and blank are absent.
func checked(c *validation, field string, value *string, rule func(string) (string, error)) *string {
	if value == nil || isBlank(*value) {
		return nil
	}
	result, err := rule(*value)
	if err != nil {
		c.fail(err, field)
		return nil // nothing further to say of it
	}
	return &result
}

// required reads a value that must be there by its rule, and notes what the rule says.
func required(c *validation, field string, value *string, rule func(string) (string, error)) string {
	if value == nil {
		c.fail(problem(ProblemRequired, "a value is needed"), field)
		return ""
	}
	result, err := rule(*value)
	c.fail(err, field)
	return result
}

// requiredBool reads a yes or no that must be there.
func requiredBool(c *validation, field string, value *bool) bool {
	if value == nil {
		c.fail(problem(ProblemRequired, "true or false is needed"), field)
		return false
	}
	return *value
}

// keeping is a rule that lets pass what is stored already.
func keeping(stored *string, rule func(string) (string, error)) func(string) (string, error) {
	return func(text string) (string, error) {
		if stored != nil && *stored != "" && text == *stored {
			return text, nil
		}
		return rule(text)
	}
}

// checkSize refuses lists that are longer than their limit, before anything else looks at them.
func checkSize(length, least, most int) error {
	switch {
	case length < least:
		return problem(ProblemRequired, "give at least %d", least)
	case length > most:
		return problem(ProblemTooLong, "there are %d, and at most %d are possible", length, most)
	}
	return nil
}

// index writes a list position for a path.
func index(i int) string { return strconv.Itoa(i) }
