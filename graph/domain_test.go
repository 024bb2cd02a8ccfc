package graph_test

import "testing"

const routing = `{ accountByDomain(domain: "acme.com") { name } }`

func TestDomains(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	ids := s.bulk(row{key: "Acme"}, row{key: "Acme Site", parentKey: "Acme", fields: object{"primaryDomain": "site.example.com"}}, row{key: "Rival"})
	site := ids["Acme Site"]

	const create = `mutation($input: CreateAccountInput!) { createAccount(input: $input) { account { name primaryDomain domains { domain isPrimary isRouting } } userErrors { field message code account { name } } } }`
	s.tell("a domain that is taken", create, "input", object{"name": "New", "primaryDomain": "@ACME.com"})
	s.tell("a domain that is shared", create, "input", object{"name": "Plant", "primaryDomain": "https://www.acme.com/about", "secondaryDomains": []string{"plant.acme.com"}, "shareDomain": true, "parentId": ids["Acme"]})
	s.tell("a mail provider's domain", create, "input", object{"name": "Gmail", "primaryDomain": "gmail.com"})
	s.tell("a mail provider's domain that is meant", create, "input", object{"name": "Gmail", "primaryDomain": "gmail.com", "allowFreeMailDomain": true})
	s.tell("what is no domain", create, "input", object{"name": "X", "primaryDomain": "localhost", "secondaryDomains": []string{"a b", "x.invalid", "münchen.de", "xn--mnchen-3ya.de", "co.uk", ""}})
	s.tell("an international domain", create, "input", object{"name": "München", "primaryDomain": "Bücher.de"})

	const update = `mutation($id: ID!, $input: UpdateAccountInput!) { updateAccount(id: $id, input: $input) { account { primaryDomain secondaryDomain domains { domain isPrimary isRouting } } userErrors { field message code account { name } } } }`
	s.tell("a further domain", update, "id", site, "input", object{"secondaryDomains": []string{"site2.com", "site3.com"}})
	s.tell("another primary domain keeps the further ones", update, "id", site, "input", object{"primaryDomain": "site2.com"})
	s.tell("somebody else's domain", update, "id", site, "input", object{"secondaryDomains": []string{"rival.com"}})
	s.tell("somebody else's domain, shared", update, "id", site, "input", object{"secondaryDomains": []string{"acme.com"}, "shareDomain": true})
	s.tell("no primary domain", update, "id", site, "input", object{"primaryDomain": nil})

	s.tell("whose domain is it", routing)
	const route = `mutation($id: ID!, $domain: Domain!) { setDomainRouting(accountId: $id, domain: $domain) { account { name } previousAccount { name } userErrors { field message code } } }`
	s.tell("the site takes the domain", route, "id", site, "domain", "acme.com")
	s.tell("the site has it already", route, "id", site, "domain", "www.acme.com")
	s.tell("a domain that the site does not have", route, "id", site, "domain", "rival.com")
	s.tell("a domain that is none, of an account that is none", route, "id", "acc_00000000000000000000000001", "domain", "-")
	s.tell("whose domain is it now", routing)
	s.must(nil, `mutation($id: ID!) { deleteAccount(id: $id) { deletedCount } }`, "id", site)
	s.tell("the site is gone: the highest of its tree that shares the domain", routing)
	s.tell("the site is back, and shares", `mutation($id: ID!) { restoreAccount(id: $id) { account { domains { domain isRouting } } sharedDomains restoredCount becameRoot userErrors { code } } }`, "id", site)
	golden(t, "domains.txt", s.text.String())
}

func TestWhoseCustomerIsThis(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.bulk(row{key: "Acme"}, row{key: "Europe", fields: object{"primaryDomain": "eu.acme.com"}}, row{key: "Council", fields: object{"primaryDomain": "leeds.gov.uk"}},
		row{key: "Hosted", fields: object{"primaryDomain": "someone.github.io"}}, row{key: "Mail", fields: object{"primaryDomain": "gmail.com", "allowFreeMailDomain": true}})
	for email, name := range map[string]any{
		"a@acme.com": "Acme", "A.B@ACME.com": "Acme", "a@us.acme.com": "Acme", "a@eu.acme.com": "Europe", "a@x.y.eu.acme.com": "Europe",
		"a@notacme.com": nil, "a@com": nil, "a@leeds.gov.uk": "Council", "a@schools.leeds.gov.uk": "Council", "a@york.gov.uk": nil,
		"a@someone.github.io": "Hosted", "a@other.github.io": nil, "a@gmail.com": "Mail",
	} {
		a := s.ask(`query($email: EmailAddress!) { accountByEmail(email: $email) { name } }`, "email", email)
		if email == "a@com" {
			want(t, email, a.code(), "BAD_USER_INPUT")
			continue
		}
		want(t, email, a.at("accountByEmail", "name"), name)
	}
	for _, email := range []string{"", "acme.com", "a@", "@acme.com", "a b@acme.com"} {
		want(t, email, s.ask(`query($email: EmailAddress!) { accountByEmail(email: $email) { name } }`, "email", email).code(), "BAD_USER_INPUT")
	}
	a := s.must(nil, `{ accountsByDomains(domains: ["acme.com", "https://www.acme.com/x", "absent.org", "@EU.acme.com", "us.acme.com"]) { name } }`)
	want(t, "accountsByDomains", texts(a.at("accountsByDomains"), "name"), []string{"Acme", "Acme", "", "Europe", ""})
	want(t, "what is no domain", s.ask(`{ accountsByDomains(domains: ["acme.com", "nonsense"]) { name } }`).code(), "BAD_USER_INPUT")
}

// Customer users at the domains of a new account become its contacts, those who are contacts already do not.
func TestExistingUsersBecomeContacts(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	other := s.account("Other", "")
	s.tell("people are seen", `mutation { ingestCustomerUsers(input: [
		{email: "ann@new.com", name: "Ann Lee", channel: "slack"}, {email: "bob@sub.new.com", channel: "mail"}, {email: "Cid@Second.com", name: "Cid", channel: "web"}, {email: "dan@else.com", channel: "web"}, {email: "eve@new.com", channel: "web"}
	]) { customerUsers { email name channel } createdCount userErrors { field message code } } }`)
	s.tell("people are seen again", `mutation { ingestCustomerUsers(input: [{email: "ANN@new.com", name: "Other name", channel: "mail"}, {email: "zoe@zoo.com", channel: "mail"}]) { customerUsers { email name channel } createdCount userErrors { code } } }`)
	s.tell("people with errors", `mutation { ingestCustomerUsers(input: [{email: "x", channel: ""}, {email: "y@y.com", channel: "web"}, {email: "Y@y.com", channel: "web"}]) { customerUsers { email } createdCount userErrors { field message code } } }`)
	s.contact("eve@new.com", other)
	s.tell("an account with their domains", `mutation { createAccount(input: {name: "New", primaryDomain: "new.com", secondaryDomains: ["second.com"], addExistingUsersToAccountContacts: true}) {
		account { memberCount contacts(orderBy: {field: EMAIL}) { edges { isPrimaryAccount isPrimaryContact node { firstName lastName email type { key } customerUser { email channel } primaryAccount { name } } } } }
		contactsAdded userErrors { field message code } } }`)
	s.tell("several accounts, with and without them", `mutation { createAccounts(input: {accounts: [
		{key: "without", account: {name: "Else", primaryDomain: "else.com"}}, {key: "with", account: {name: "Zoo", primaryDomain: "zoo.com", addExistingUsersToAccountContacts: true}}, {key: "wrong", account: {name: "", primaryDomain: "x.com", addExistingUsersToAccountContacts: true}}
	], onError: SKIP}) { results { key contactsAdded } createdCount } }`)
	golden(t, "existing_users.txt", s.text.String())
}
