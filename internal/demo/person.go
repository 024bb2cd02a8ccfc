package demo

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/accountgraph/accountgraph/db"
)

// person is a user of an organization.
type person struct {
	name     string
	role     db.Role
	isActive bool
}

// people are the users, the viewer first. One has left: he owns nothing.
var people = []person{
	{"Demo User", db.RoleAdmin, true},
	{"Amara Novak", db.RoleManager, true},
	{"Jonas Pereira", db.RoleMember, true},
	{"Leila Sato", db.RoleMember, true},
	{"Tomas Okoye", db.RoleMember, true},
	{"Ingrid Rahman", db.RoleMember, true},
	{"Mateo Fischer", db.RoleMember, true},
	{"Priya Dubois", db.RoleMember, true},
	{"Samuel Kim", db.RoleMember, true},
	{"Elif Larsen", db.RoleMember, true},
	{"Victor Haddad", db.RoleMember, false},
}

// The names of contacts: any first name goes with any last name.
var (
	firstNames = strings.Fields(`Aaliyah Adaeze Aiko Alejandro Amina Anders Anika Ayşe Beatriz Björn Bronisława Camille
		Chidi Chloé Dmitri Elena Emeka Fatima Fernando Giulia Grace Hana Hassan Henrik Hiroshi Inés Ingvild Ioana Isaac
		Jakub Jamila João Kaia Kofi Lakshmi Lars Liam Linh Lucía Małgorzata Malik Mei Mihai Nadia Niamh Noah Olga Omar
		Petra Priyanka Rafael Rania Ravi Ruth Sanjay Siobhán Sofía Tariq Thandiwe Thảo Uma Václav Wanjiru Xin Yara
		Yusuf Zanele Zoë`)
	lastNames = strings.Fields(`Abebe Achterberg Adeyemi Aguilar Al-Farsi Andersson Bakker Banerjee Bianchi Boateng
		Bouchard Castillo Chaudhry Chen Costa Dąbrowski Diallo Dimitriou Duarte Eriksen Farah Fernández Fraser Fujita
		García Goldberg González Grünwald Gupta Haddad Hansen Herrera Hoang Horvat Ibrahim Ivanova Jansen Järvinen
		Johnson Kaplan Kariuki Kiplagat Kowalczyk Kurt Lefèvre Lindqvist Mahlangu Mbeki Mensah Moreau Müller Murphy
		Nakamura Ncube Nguyễn Nowak O'Brien Ødegård Okafor Oliveira Park Petrov Popescu Quispe Rahimi Rossi Ruiz
		Saito Santos Schröder Sharma Silva Singh Svoboda Takahashi Tanaka Thompson Tran Tshabalala Ünal Vargas Vasquez
		Virtanen Wagner Walker Wang Weber Williams Wójcik Yamamoto Yilmaz Zhang Zulu`)
)

// nameStep leads from one name of an account to the next: the names come again only after all of them were there.
const nameStep = 1009

// nameAt is a name by its number.
func nameAt(n int) (first, last string) {
	return firstNames[n%len(firstNames)], lastNames[n/len(firstNames)%len(lastNames)]
}

// names is how many there are.
func names() int { return len(firstNames) * len(lastNames) }

// Letters that are no combination of a base letter and marks.
var plainLetters = strings.NewReplacer("ł", "l", "ø", "o", "ı", "i", "ß", "ss", "'", "")

// mailbox writes a name as people do before the @: in plain lower-case letters.
func mailbox(first, last string) string {
	var out strings.Builder
	for _, r := range norm.NFD.String(plainLetters.Replace(strings.ToLower(first + "." + last))) {
		if r < utf8.RuneSelf {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// userEmail is the address of a user.
func userEmail(organization string, p person) string {
	first, last, _ := strings.Cut(p.name, " ")
	return mailbox(first, last) + "@" + strings.ReplaceAll(strings.ToLower(organization), " ", "-") + ".example"
}
