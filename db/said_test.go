package db

import (
	"maps"
	"reflect"
	"slices"
	"testing"
)

// Whatever is said of a record that nobody has read is told from what is not, or goes to who reads it: nothing that a writer
// says is lost.
func TestEveryFieldOfAChangeIsSaid(t *testing.T) {
	t.Parallel()
	// What they allow is asked of domains only.
	options := []string{"ShareDomain", "AllowFreeMailDomain", "imported"}
	check := func(change reflect.Value, said func() (map[string]bool, bool)) {
		t.Helper()
		for field := range change.Type().Fields() {
			if slices.Contains(options, field.Name) {
				continue
			}
			at := change.FieldByIndex(field.Index)
			stood := reflect.ValueOf(at.Interface())
			if field.Type.Kind() == reflect.Pointer {
				at.Set(reflect.New(field.Type.Elem()))
			} else {
				at.Set(reflect.MakeSlice(field.Type, 2, 2)) // metadata
			}
			if fields, ok := said(); ok && !slices.Contains(slices.Collect(maps.Values(fields)), true) {
				t.Errorf("%s: got that nothing is said, want it told", field.Name)
			}
			at.Set(stood)
			if fields, ok := said(); !ok || slices.Contains(slices.Collect(maps.Values(fields)), true) {
				t.Errorf("%s: got that something is said, want nothing", field.Name)
			}
		}
	}
	someAccount, someContact := unseenAccount(), unseenContact()
	account, contact := someAccount, someContact
	check(reflect.ValueOf(&account).Elem(), func() (map[string]bool, bool) { return account.said(someAccount) })
	check(reflect.ValueOf(&contact).Elem(), func() (map[string]bool, bool) { return contact.said(someContact) })
}
