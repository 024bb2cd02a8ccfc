// Package plan looks ahead: when a root field is resolved, it reads the selection below it, fetches everything that the
// selection leads to in a number of statements that depends on the query's text alone, and writes the answer's JSON.
//
// This is how a query becomes bytes:
//
//	{ account(id: "acc_...") { name children(first: 3) { nodes { name contacts(first: 2) { nodes { email } } } } } }
//
// The files are named in the order to read them.
//
//   - gqlgen comes to the root field account, and Request.AroundField takes over (request.go).
//   - The selection is compiled to a tree of places, each with the fields selected there (place.go, compile.go): one for the account,
//     one for its page of children, one for the accounts in it, one for their pages of contacts, one for the people. A field is a link
//     (package loader), as children and contacts are, or lies within the parent's value, as name and nodes do. The tree is kept for
//     the next such query (idle.go).
//   - The tree is fetched in rounds, with the columns that something looks at (fetch.go, column.go): the account and its children
//     are one walk through the hierarchy (db.DB.Walk), and the contacts of all those children one statement (db.DB.ContactsOf).
//   - The tree is written, from the root on, into one buffer (encode.go): the value of a field is found in its parent's (member.go) or
//     among what was fetched for it, and what is neither object nor list is appended as JSON (leaf.go), while the answer does not
//     become too long (length.go). gqlgen copies the buffer into the data of the answer, which package graph sends.
//
// What the encoder can't write is left to the ordinary execution: the resolver of each link then finds what was fetched for it by
// the place that it is at (Request.Find).
package plan
