package demo

import (
	"fmt"
	"strings"
	"time"

	"github.com/accountgraph/accountgraph/db"
)

// contact is a made-up person at an account.
type contact struct {
	id                 db.ContactID
	firstName          string
	lastName           string
	email              string
	phone              *string
	kind               string // key of the picklist contact_type
	jobTitle           string
	isMarketingContact bool
	isActive           bool
	customerUser       *db.CustomerUserID
}

// link is what a contact is at an account.
type link struct {
	contact          *contact
	account          *account
	isPrimaryAccount bool
	primaryForType   *string
	role             *string
	since            string
}

// customerUser is a made-up person who was seen in a channel.
type customerUser struct {
	id                   db.CustomerUserID
	email, name, channel string
}

// crowd are all the made-up people around an organization's accounts.
type crowd struct {
	organization  string
	contacts      []*contact
	links         []link
	customerUsers []customerUser
	// hosts are what follows the @ of the addresses so far: no two accounts share one.
	hosts map[string]bool
	// phones are the numbers that were checked: few, and each is many people's.
	phones map[string]*string
}

// jobTitles are what people of each type do.
var jobTitles = map[string][]string{
	"PRIMARY":   {"Head of Operations", "Office Manager", "Program Manager", "Director of Administration", "IT Manager"},
	"BILLING":   {"Accounts Payable Specialist", "Controller", "Finance Manager"},
	"LEGAL":     {"Counsel", "Compliance Officer", "Contracts Manager"},
	"EXECUTIVE": {"Chief Executive Officer", "Chief Operating Officer", "Managing Director", "Vice President"},
	"OTHER":     {"Analyst", "Project Coordinator", "Research Associate", "Systems Engineer"},
}

var (
	otherTypes = []string{"BILLING", "LEGAL", "EXECUTIVE", "OTHER"}
	channels   = []string{"slack", "email", "web"}
	groupRole  = "Contact of the whole group"
)

// How the people are spread over the accounts.
const (
	contactsIn     = 10  // one in so many accounts without children has contacts
	twoAccountsIn  = 40  // one in so many contacts below a parent is at the parent too
	customerUserIn = 100 // one in so many contacts was seen in a channel
	strangerIn     = 500 // at one in so many accounts somebody was seen who is no contact
	reservedPeople = 4   // at each of ReservedDomains
	firstYear      = 2016
)

// makeCrowd makes up who is at the accounts: wherever there are children, and at one in ten of the others.
func makeCrowd(organization string, list []*account) (*crowd, error) {
	c := &crowd{organization: organization, hosts: map[string]bool{}, phones: map[string]*string{}}
	for _, a := range list {
		if !a.isActive {
			continue
		}
		d := newDice("contacts " + a.externalID)
		isStranger := d.oneIn(strangerIn)
		count := 1 + d.below(3)
		if a.children == 0 && !d.oneIn(contactsIn) {
			count = 0
		}
		if count == 0 && !isStranger {
			continue
		}
		host := c.host(a)
		start := d.below(names())
		known := map[string]bool{}
		for i := range count {
			if err := c.addContact(a, d, i, start+i*nameStep, host, known); err != nil {
				return nil, fmt.Errorf("contact %d of %s: %w", i, a.externalID, err)
			}
		}
		if isStranger {
			if err := c.addCustomerUser(start+count*nameStep, host, channels[d.below(len(channels))]); err != nil {
				return nil, err
			}
		}
	}
	for i, domain := range ReservedDomains {
		for n := range reservedPeople {
			if err := c.addCustomerUser((i*reservedPeople+n)*nameStep, domain, channels[n%len(channels)]); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// host is the domain of the addresses of an account's people: its own with hyphens for dots, or else its external id,
// under a top level that does not exist.
func (c *crowd) host(a *account) string {
	if domain := a.primaryDomain(); domain != nil && !strings.Contains(*domain, "xn--") {
		host := strings.ReplaceAll(*domain, ".", "-") + ".example"
		if !c.hosts[host] {
			c.hosts[host] = true
			return host
		}
	}
	return strings.ReplaceAll(a.externalID, ":", "-") + ".example"
}

// addContact adds the contact i of an account, under the name n. The first is of the type PRIMARY; the first of each
// type is the account's main one of it.
func (c *crowd) addContact(a *account, d *dice, i, n int, host string, known map[string]bool) error {
	first, last := nameAt(n)
	email, err := db.NormalizeEmail(mailbox(first, last) + "@" + host)
	if err != nil {
		return err
	}
	person := &contact{
		id:        newID(db.KindContact, c.organization, fmt.Sprintf("%s/%d", a.externalID, i)).Contact(),
		firstName: first, lastName: last, email: email, kind: "PRIMARY",
	}
	if i > 0 {
		person.kind = otherTypes[d.below(len(otherTypes))]
	}
	titles := jobTitles[person.kind]
	person.jobTitle = titles[d.below(len(titles))]
	person.isMarketingContact = d.oneIn(4)
	person.isActive = !d.oneIn(30)
	if person.phone, err = c.phone(d); err != nil {
		return err
	}
	at := link{contact: person, account: a, isPrimaryAccount: true, since: since(d)}
	if !known[person.kind] {
		known[person.kind] = true
		at.primaryForType = &person.kind
	}
	c.contacts, c.links = append(c.contacts, person), append(c.links, at)
	if a.parent != nil && a.parent.isActive && d.oneIn(twoAccountsIn) {
		c.links = append(c.links, link{contact: person, account: a.parent, role: &groupRole, since: since(d)})
	}
	if d.oneIn(customerUserIn) {
		if err := c.addCustomerUser(n, host, channels[d.below(len(channels))]); err != nil {
			return err
		}
		id := c.customerUsers[len(c.customerUsers)-1].id
		person.customerUser = &id
	}
	return nil
}

func (c *crowd) addCustomerUser(n int, host, channel string) error {
	first, last := nameAt(n)
	email, err := db.NormalizeEmail(mailbox(first, last) + "@" + host)
	if err != nil {
		return err
	}
	id := newID(db.KindCustomerUser, c.organization, email).CustomerUser()
	c.customerUsers = append(c.customerUsers, customerUser{id: id, email: email, name: first + " " + last, channel: channel})
	return nil
}

// phone gives one in three a number of those that are kept for films and plays: 555-01xx in the US, 020 7946 0xxx in London.
func (c *crowd) phone(d *dice) (*string, error) {
	var text string
	switch d.below(6) {
	case 0:
		areas := []string{"202", "212", "312", "415", "617"}
		text = fmt.Sprintf("+1%s55501%02d", areas[d.below(len(areas))], d.below(100))
	case 1:
		text = fmt.Sprintf("+442079460%03d", d.below(1000))
	default:
		return nil, nil
	}
	if number := c.phones[text]; number != nil {
		return number, nil
	}
	number, err := db.NormalizePhone(text, "")
	c.phones[text] = &number
	return &number, err
}

// since is a day of the ten years before the data's.
func since(d *dice) string {
	return time.Date(firstYear, time.July, 1+d.below(3650), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}
