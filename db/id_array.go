package db

import (
	"database/sql/driver"
	"encoding/hex"
)

// idArray makes an array parameter of typed ids.
func idArray[I identified](ids []I) any { return uuidArray[I](ids) }

// uuidArray is a list of typed ids as PostgreSQL reads it.
type uuidArray[I identified] []I

// Value writes the array in PostgreSQL's text form, in which a UUID needs no dashes.
func (a uuidArray[I]) Value() (driver.Value, error) {
	text := append(make([]byte, 0, 2+33*len(a)), '{')
	for i, id := range a {
		if i > 0 {
			text = append(text, ',')
		}
		raw := id.raw()
		text = hex.AppendEncode(text, raw[:])
	}
	return string(append(text, '}')), nil
}

// expectedLength is how many elements PostgreSQL expects of an array that it does not know when it makes the plan that it
// keeps for a prepared statement (estimate_array_length). A plan made for fewer looks cheaper than the one that is kept,
// and so would be made anew each time that the statement runs, which takes longer than running it.
const expectedLength = 10

// keyArray is idArray for statements that go by keys, whose plan is the same whatever the keys: with ids that name nothing
// up to the length that is expected.
func keyArray[I identified](ids []I) any {
	var nothing I
	return idArray(padded(ids, nothing))
}

// padded are the values with others up to the length that is expected.
func padded[T any](values []T, filler T) []T {
	if len(values) >= expectedLength {
		return values
	}
	all := make([]T, expectedLength)
	for i := copy(all, values); i < len(all); i++ {
		all[i] = filler
	}
	return all
}
