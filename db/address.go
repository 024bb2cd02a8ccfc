package db

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
)

// Limits of an address, in characters.
const (
	maxAddressPart      = 255
	maxPostalCode       = 32
	maxFormattedAddress = 1024
)

// Address is a postal address, stored as jsonb: either its parts, or Given alone where the
// source knows only a text. At least one field is set; each that is set is not blank.
type Address struct {
	Street     *string `json:"street,omitempty"`
	City       *string `json:"city,omitempty"`
	State      *string `json:"state,omitempty"`
	PostalCode *string `json:"postalCode,omitempty"`
	// Country is a code of ISO 3166-1 alpha-2.
	Country *string `json:"country,omitempty"`
	// Given is the text that was given instead of parts. Formatted is what to show.
	Given *string `json:"formatted,omitempty"`
}

// AddressInput is an address as a client sends it: the parts, or Formatted alone.
type AddressInput struct {
	Street     *string `json:"street"`
	City       *string `json:"city"`
	State      *string `json:"state"`
	PostalCode *string `json:"postalCode"`
	Country    *string `json:"country"`
	Formatted  *string `json:"formatted"`
}

// normalize checks each part and returns the address, nil if all of it is blank, or all that is
// wrong with it, each with the name of its part.
func (in AddressInput) normalize() (*Address, Problems) {
	var address Address
	var problems Problems
	set := func(field string, into **string, from *string, read func(string) (*string, error)) {
		if from == nil {
			return
		}
		value, err := read(*from)
		if many, ok := AsProblems(err); ok {
			for _, p := range many {
				problems = append(problems, p.at(field))
			}
		}
		*into = value
	}
	text := func(s string) (*string, error) { return optionalText(s, maxAddressPart) }
	set("street", &address.Street, in.Street, func(s string) (*string, error) { return optionalLongText(s, maxAddressPart) })
	set("city", &address.City, in.City, text)
	set("state", &address.State, in.State, text)
	set("postalCode", &address.PostalCode, in.PostalCode, func(s string) (*string, error) { return optionalText(s, maxPostalCode) })
	set("country", &address.Country, in.Country, func(s string) (*string, error) {
		if strings.TrimSpace(s) == "" {
			return nil, nil
		}
		code, err := NormalizeCountry(s)
		return &code, err
	})
	set("formatted", &address.Given, in.Formatted, func(s string) (*string, error) { return optionalLongText(s, maxFormattedAddress) })
	parts := joinFilled("", deref(in.Street), deref(in.City), deref(in.State), deref(in.PostalCode), deref(in.Country))
	if address.Given != nil && !isBlank(parts) {
		problems = append(problems, problem(ProblemInvalid, "can't be given together with parts of the address: send the parts, or formatted alone").at("formatted"))
	}
	if len(problems) > 0 {
		return nil, problems
	}
	if address == (Address{}) {
		return nil, nil
	}
	return &address, nil
}

// cityFirst are the countries that write the city before state and postal code, as their
// postal services advise.
const cityFirst = " US CA AU NZ GB IE IN "

// Formatted returns the address as text: what was given as formatted, as it is; else the
// lines that its parts make, the code of the country last.
func (a Address) Formatted() string {
	if a.Given != nil {
		return *a.Given
	}
	street, city, state, postal, country := deref(a.Street), deref(a.City), deref(a.State), deref(a.PostalCode), deref(a.Country)
	place := joinFilled(", ", joinFilled(" ", postal, city), state)
	if country != "" && strings.Contains(cityFirst, " "+country+" ") {
		place = joinFilled(", ", city, joinFilled(" ", state, postal))
	}
	return joinFilled("\n", street, place, country)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// joinFilled joins the parts that are not empty.
func joinFilled(separator string, parts ...string) string {
	filled := make([]string, 0, len(parts))
	for _, part := range parts {
		if part != "" {
			filled = append(filled, part)
		}
	}
	return strings.Join(filled, separator)
}

// Value writes the address to a jsonb column, as text.
func (a Address) Value() (driver.Value, error) {
	encoded, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encode address: %w", err)
	}
	return string(encoded), nil
}

// Scan reads a jsonb column; NULL makes the address empty.
func (a *Address) Scan(src any) error {
	*a = Address{}
	switch src := src.(type) {
	case nil:
		return nil
	case []byte:
		return a.decode(src)
	case string:
		return a.decode([]byte(src))
	default:
		return fmt.Errorf("scan address: a %T is not jsonb", src)
	}
}

func (a *Address) decode(encoded []byte) error {
	if err := json.Unmarshal(encoded, a); err != nil {
		return fmt.Errorf("scan address: %w", err)
	}
	return nil
}
