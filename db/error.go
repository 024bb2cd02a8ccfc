package db

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Code names a kind of error. It is stable: programs compare it, messages may change.
type Code string

// Codes of errors about the caller or about us. They reach the client as `errors[].extensions.code`.
const (
	CodeUnauthenticated Code = "UNAUTHENTICATED"
	CodeForbidden       Code = "FORBIDDEN"
	CodeBadUserInput    Code = "BAD_USER_INPUT"
	CodeTooComplex      Code = "TOO_COMPLEX"
	CodeTimeout         Code = "TIMEOUT"
	CodeUnavailable     Code = "UNAVAILABLE"
	CodeOutcomeUnknown  Code = "OUTCOME_UNKNOWN"
	CodeInternal        Code = "INTERNAL"
)

// Codes of problems with the input of a mutation. They reach the client as `userErrors[].code`.
const (
	// ProblemRequired: a value is absent or blank that must be there.
	ProblemRequired Code = "REQUIRED"
	// ProblemTooLong: a text or list is longer than its limit.
	ProblemTooLong Code = "TOO_LONG"
	// ProblemInvalid: a value does not have the form that its field asks for.
	ProblemInvalid Code = "INVALID"
	// ProblemOutOfRange: a number or amount is below or above its limits.
	ProblemOutOfRange Code = "OUT_OF_RANGE"
	// ProblemNotFound: an id or key names nothing that the caller may see.
	ProblemNotFound Code = "NOT_FOUND"
	// ProblemTaken: a value that must be unique is used by another record.
	ProblemTaken Code = "TAKEN"
	// ProblemDomainTaken: another account already receives what is sent to this domain.
	ProblemDomainTaken Code = "DOMAIN_TAKEN"
	// ProblemFreeMailDomain: the domain belongs to a mail provider, not to a company.
	ProblemFreeMailDomain Code = "FREE_MAIL_DOMAIN"
	// ProblemDuplicate: the same value occurs twice in one input.
	ProblemDuplicate Code = "DUPLICATE"
	// ProblemCycle: an account would become its own ancestor.
	ProblemCycle Code = "CYCLE"
	// ProblemHasChildren: an account with children can't be deleted without saying what becomes of them.
	ProblemHasChildren Code = "HAS_CHILDREN"
	// ProblemInactive: the record exists, but is not active, and so can't be used here.
	ProblemInactive Code = "INACTIVE"
	// ProblemConflict: the record was changed since the version that the caller has seen.
	ProblemConflict Code = "CONFLICT"
	// ProblemExpired: the time within which this was possible is over.
	ProblemExpired Code = "EXPIRED"
	// ProblemNotAllowed: the request is well formed, and a rule of the organization forbids it.
	ProblemNotAllowed Code = "NOT_ALLOWED"
)

// Error is an error about the caller's request as a whole, safe to show as it is.
type Error struct {
	Code    Code
	Message string
	// Details are shown beside the code (figures, limits); they hold nothing internal.
	Details map[string]any
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// BadInput makes the error for an argument of a query that can't be understood.
func BadInput(format string, args ...any) error {
	return &Error{Code: CodeBadUserInput, Message: fmt.Sprintf(format, args...)}
}

// Problem is one thing that is wrong with the input of a mutation.
type Problem struct {
	// Field is the path from the mutation's arguments to the value, list positions included ("input", "accounts", "3", "name").
	Field   []string
	Code    Code
	Message string
	// Account is another account that the problem is about, such as the holder of a domain.
	Account *AccountID
}

// Error returns the path and the message.
func (p *Problem) Error() string {
	if len(p.Field) == 0 {
		return p.Message
	}
	return strings.Join(p.Field, ".") + ": " + p.Message
}

// Problems are all the problems of one input. A method that returns Problems has written nothing.
type Problems []*Problem

// Error joins the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Of returns the problems whose paths begin with path.
func (p Problems) Of(path []string) Problems {
	found := Problems{}
	for _, problem := range p {
		if len(problem.Field) >= len(path) && slices.Equal(problem.Field[:len(path)], path) {
			found = append(found, problem)
		}
	}
	return found
}

// problem makes a Problem without a path; the caller that knows the field adds it.
func problem(code Code, format string, args ...any) *Problem {
	return &Problem{Code: code, Message: fmt.Sprintf(format, args...)}
}

// at puts a path in front of a problem's own.
func (p *Problem) at(path ...string) *Problem {
	p.Field = append(append([]string{}, path...), p.Field...)
	return p
}

// AsProblems returns the problems in err, if that is what it is about.
func AsProblems(err error) (Problems, bool) {
	var many Problems
	if errors.As(err, &many) {
		return many, true
	}
	var one *Problem
	if errors.As(err, &one) {
		return Problems{one}, true
	}
	return nil, false
}
