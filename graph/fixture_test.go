package graph_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

// object is a JSON object.
type object = map[string]any

// row is an account of a bulk creation. Its name is its key, unless fields say otherwise.
type row struct {
	key, parentKey, parent string
	fields                 object
}

func (r row) input() object {
	account := object{"name": r.key, "primaryDomain": domain(r.key)}
	if r.parent != "" {
		account["parentId"] = r.parent
	}
	for name, value := range r.fields {
		account[name] = value
	}
	input := object{"key": r.key, "account": account}
	if r.parentKey != "" {
		input["parentKey"] = r.parentKey
	}
	return input
}

// bulk makes accounts, a thousand at a time, and returns their ids by key. A parent that was made by an earlier
// request is found by its key as well.
func (s *server) bulk(rows ...row) map[string]string {
	s.t.Helper()
	ids := map[string]string{}
	for len(rows) > 0 {
		some := rows[:min(len(rows), 1000)]
		rows = rows[len(some):]
		inputs := make([]object, len(some))
		for i, r := range some {
			if known := ids[r.parentKey]; known != "" {
				r.parent, r.parentKey = known, ""
			}
			inputs[i] = r.input()
		}
		var data struct {
			CreateAccounts struct {
				Results []struct {
					Key     string
					Account struct{ ID string }
				}
				UserErrors []any
			}
		}
		a := s.must(&data, `mutation($input: CreateAccountsInput!) {
			createAccounts(input: $input) { results { key account { id } } userErrors { field message code } }
		}`, "input", object{"accounts": inputs})
		if len(data.CreateAccounts.UserErrors) > 0 {
			s.t.Fatalf("accounts: %.2000s", a.Body)
		}
		for _, result := range data.CreateAccounts.Results {
			ids[result.Key] = result.Account.ID
		}
	}
	return ids
}

// tree are the rows of a complete tree: a node's children have its key and their number.
func tree(key string, fanOut, levels int) []row {
	rows := []row{{key: key}}
	for from, level := 0, 0; level < levels; level++ {
		above := rows[from:]
		from = len(rows)
		for _, parent := range above {
			for i := range fanOut {
				rows = append(rows, row{key: fmt.Sprintf("%s-%d", parent.key, i+1), parentKey: parent.key})
			}
		}
	}
	return rows
}

// chain are the rows of a chain, from the top down.
func chain(key string, length int) []row {
	rows := make([]row, length)
	for i := range rows {
		rows[i].key = fmt.Sprintf("%s-%05d", key, i)
		if i > 0 {
			rows[i].parentKey = rows[i-1].key
		}
	}
	return rows
}

// contact makes a contact at accounts and returns its id.
func (s *server) contact(email string, accounts ...string) string {
	s.t.Helper()
	first, _, _ := strings.Cut(email, "@")
	a := s.must(nil, `mutation($input: CreateContactInput!) { createContact(input: $input) { contact { id } userErrors { field message code } } }`,
		"input", object{"firstName": first, "lastName": "Test", "email": email, "accountIds": accounts})
	id, ok := a.at("createContact", "contact", "id").(string)
	if !ok {
		s.t.Fatalf("contact %s: %s", email, a.Body)
	}
	return id
}

// user makes a user of the organization and returns its id.
func (s *server) user(name string) string {
	s.t.Helper()
	user, err := s.db.CreateUser(s.t.Context(), s.viewer, db.NewUser{Name: name, Email: "u@" + domain(name), Role: db.RoleMember})
	if err != nil {
		s.t.Fatal(err)
	}
	return user.ID.String()
}

// uuidOf is an id as the database has it.
func uuidOf(id string) string {
	parsed, err := db.ParseID(id)
	if err != nil {
		panic(err) // ids in tests come from the API
	}
	return parsed.UUID.String()
}

// at finds a value in the data: by names of fields and positions in lists. It is nil where there is none.
func (a answer) at(path ...any) any {
	var value any
	if json.Unmarshal(a.Data, &value) != nil {
		return nil
	}
	return at(value, path...)
}

func at(value any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			fields, _ := value.(object)
			value = fields[step]
		case int:
			items, _ := value.([]any)
			if step >= len(items) {
				return nil
			}
			value = items[step]
		}
	}
	return value
}

// list is a JSON list; empty if the value is none.
func list(value any) []any {
	items, _ := value.([]any)
	return items
}

// texts are the values of one field of the objects in a list.
func texts(value any, field string) []string {
	found := []string{}
	for _, item := range list(value) {
		text, _ := at(item, field).(string)
		found = append(found, text)
	}
	return found
}

// code is that of the only error; else it tells what there is.
func (a answer) code() string {
	if len(a.Errors) != 1 {
		return fmt.Sprintf("%d errors: %.1000s", len(a.Errors), a.Body)
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	return code
}

// problems are the userErrors of a payload, each as "path: CODE".
func (a answer) problems(mutation string) []string {
	found := []string{}
	for _, problem := range list(a.at(mutation, "userErrors")) {
		var path []string
		for _, step := range list(at(problem, "field")) {
			path = append(path, step.(string))
		}
		found = append(found, strings.Join(path, ".")+": "+at(problem, "code").(string))
	}
	return found
}

// want compares what was got with what was wanted.
func want[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func jsonOf(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // tests write plain data
	}
	return string(text)
}
