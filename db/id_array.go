package db

import "github.com/lib/pq"

// idArray writes typed ids as an array parameter.
func idArray[I identified](ids []I) any {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.raw().String()
	}
	return pq.Array(texts)
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
