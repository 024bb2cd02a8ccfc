// Package db says what is true: the records, their rules, their SQL, and the events that tell of changes.
//
// The contract of its methods:
//
//   - (ctx, viewer, what) (result, error). What the viewer may not see does not exist: reads leave it out,
//     links to it are nil, writes to it are a problem with the code NOT_FOUND.
//   - A method is one transaction. Unexported functions that take a *sqlx.Tx are the parts.
//     Neither transaction nor pool nor viewer travels through the context; only what belongs to a request
//     as a deadline does: its count of statements, its budget of records, and the columns that it shows.
//   - A write locks, changes, validates the whole record, writes, appends the event and commits. A change of a record's own
//     fields is tried by one statement before, which does nothing where there is anything to object to.
//     Its problems come back all at once as Problems, and then nothing is written.
//   - Methods named ...ByID take ids in any order with repetitions and return what they found, by id.
//   - An *Error is about the caller and may be shown. Any other error is about us.
package db
