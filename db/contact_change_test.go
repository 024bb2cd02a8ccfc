package db

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestContactChange(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	no := false
	stored := Contact{
		FirstName: "Ada", LastName: text("Lovelace"), Email: "ada@x.example", PhoneNumber: text("+10"), TypeKey: "OTHER",
		Avatar: text("https://x.example/a"), JobTitle: text("Clerk"), IsActive: true, Metadata: json.RawMessage(`{"a": 1}`),
	}
	for _, test := range []struct {
		claim  string
		change func(*ContactChange)
		want   func(*Contact)
		codes  []string
	}{
		{claim: "leaves what is not touched, whatever the rules say by now", change: func(*ContactChange) {}, want: func(*Contact) {}},
		{claim: "trims texts", change: func(c *ContactChange) {
			c.FirstName, c.LastName, c.JobTitle = text(" Ada\u00a0"), text("\tKing "), text(" Boss ")
		},
			want: func(c *Contact) { c.LastName, c.JobTitle = text("King"), text("Boss") }},
		{claim: "clears what may be absent", change: func(c *ContactChange) {
			c.LastName, c.PhoneNumber, c.Avatar, c.JobTitle, c.Metadata = nil, nil, nil, nil, nil
		}, want: func(c *Contact) {
			c.LastName, c.PhoneNumber, c.Avatar, c.JobTitle, c.Metadata = nil, nil, nil, nil, json.RawMessage(`{}`)
		}},
		{claim: "takes blank for absent", change: func(c *ContactChange) {
			c.LastName, c.PhoneNumber, c.Avatar, c.JobTitle = text(""), text(" "), text(""), text("\t")
		},
			want: func(c *Contact) { c.LastName, c.PhoneNumber, c.Avatar, c.JobTitle = nil, nil, nil, nil }},
		{claim: "requires the rest", change: func(c *ContactChange) { *c = ContactChange{} },
			codes: []string{"firstName REQUIRED", "email REQUIRED", "type REQUIRED", "isMarketingContact REQUIRED", "isActive REQUIRED"}},
		{claim: "requires more than blanks", change: func(c *ContactChange) { c.FirstName, c.Email, c.Type = text(" "), text(""), text("") },
			codes: []string{"firstName REQUIRED", "email REQUIRED", "type REQUIRED"}},
		{claim: "tells all that is wrong", change: func(c *ContactChange) {
			long := strings.Repeat("x", 256)
			c.FirstName, c.LastName, c.JobTitle, c.Type = &long, &long, &long, &long
			c.Email, c.PhoneNumber, c.Avatar, c.Metadata = text("ada"), text("12"), text("ftp://x.example"), json.RawMessage(`[]`)
		}, codes: []string{
			"firstName TOO_LONG", "lastName TOO_LONG", "email INVALID", "phoneNumber INVALID", "type TOO_LONG", "avatar INVALID",
			"jobTitle TOO_LONG", "metadata INVALID",
		}},
		{claim: "takes exactly 255 characters", change: func(c *ContactChange) { c.FirstName = text(strings.Repeat("é", 255)) },
			want: func(c *Contact) { c.FirstName = strings.Repeat("é", 255) }},
		{claim: "reads national phone numbers in the organization's region", change: func(c *ContactChange) { c.PhoneNumber = text("(650) 253-0000") },
			want: func(c *Contact) { c.PhoneNumber = text("+16502530000") }},
		{claim: "brings addresses to their one form", change: func(c *ContactChange) { c.Email = text(" Ada@BÜCHER.example ") },
			want: func(c *Contact) { c.Email = "Ada@xn--bcher-kva.example" }},
		{claim: "knows equal metadata", change: func(c *ContactChange) { c.Metadata = json.RawMessage(`{ "a":1 }`) }, want: func(*Contact) {}},
		{claim: "sees metadata that differ in the last digit", change: func(c *ContactChange) { c.Metadata = json.RawMessage(`{"a":1.0000000000000000000001}`) },
			want: func(c *Contact) { c.Metadata = json.RawMessage(`{"a":1.0000000000000000000001}`) }},
		{claim: "sets flags", change: func(c *ContactChange) { c.IsActive = &no }, want: func(c *Contact) { c.IsActive = false }},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			in := stored.change()
			test.change(&in)
			c := validation{}
			got := in.draft(&c, stored, "US")
			var codes []string
			for _, p := range c.problems {
				codes = append(codes, strings.Join(p.Field, ".")+" "+string(p.Code))
			}
			if !slices.Equal(codes, test.codes) {
				t.Errorf("got %q, want %q", codes, test.codes)
			}
			if test.want == nil {
				return
			}
			want := stored
			test.want(&want)
			before, after, err := difference(want.fields(), got.fields())
			if err != nil || len(after) > 0 || string(got.Metadata) != string(want.Metadata) {
				t.Errorf("got %v instead of %v, metadata %s, %v", after, before, got.Metadata, err)
			}
		})
	}
	if stored.FirstName != "Ada" || *stored.LastName != "Lovelace" {
		t.Errorf("the record was written to: %+v", stored)
	}
}

func TestDraftCustomerUsers(t *testing.T) {
	t.Parallel()
	name := strings.Repeat("x", 256)
	c := validation{path: []string{"input"}}
	drafts := draftCustomerUsers(&c, []*CustomerUserInput{
		{Email: " ada@X.example", Channel: " slack "},
		{Email: "ADA@x.example", Channel: "email"},
		{Email: "", Name: &name, Channel: ""},
		{Email: "", Channel: name},
	})
	var codes []string
	for _, p := range c.problems {
		codes = append(codes, strings.Join(p.Field, ".")+" "+string(p.Code))
	}
	want := []string{
		"input.1.email DUPLICATE", "input.2.email REQUIRED", "input.2.name TOO_LONG", "input.2.channel REQUIRED",
		"input.3.email REQUIRED", "input.3.channel TOO_LONG",
	}
	if !slices.Equal(codes, want) {
		t.Errorf("got %q, want %q", codes, want)
	}
	if d := drafts[0]; d.Email != "ada@x.example" || d.Channel != "slack" || d.Name != nil {
		t.Errorf("got %+v", d)
	}
}
