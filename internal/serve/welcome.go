package serve

import (
	"fmt"
	"time"
)

// welcome says where to look and what to try.
func (p Program) welcome(address, where string, took time.Duration, f found) {
	fmt.Fprintf(p.Out, `
accountgraph is ready after %.1f s, with %s

  GraphiQL, with examples   %s/
  API                       %s/graphql

`, took.Seconds(), where, address, address)
	if f.demo != nil {
		fmt.Fprintf(p.Out, `Try it:

  curl %s/graphql -H 'Content-Type: application/json' \
    -d '{"query":"{ accountByEmail(email: \"someone@inrae.fr\") { name childCount } }"}'
`, address)
	} else {
		p.welcomeWithKeys(address, f)
	}
	fmt.Fprint(p.Out, "\nCtrl-C stops it.\n\n")
}

// welcomeWithKeys is for a server that lets nobody in without an API key.
func (p Program) welcomeWithKeys(address string, f found) {
	fmt.Fprintf(p.Out, `Every request needs an API key; in GraphiQL it goes into the tab Headers, as {"Authorization": "Bearer agk_..."}

  curl %s/graphql -H 'Authorization: Bearer agk_...' -H 'Content-Type: application/json' \
    -d '{"query":"{ viewer { role organization { name } } }"}'
`, address)
	switch {
	case !f.organizations:
		fmt.Fprint(p.Out, `
There is no organization yet. Make one, and a key, with the same settings:

  accountgraph org create NAME
  accountgraph apikey create NAME --scope admin
`)
	case !f.keys:
		fmt.Fprint(p.Out, `
There is no active key yet. Make one with the same settings:

  accountgraph apikey create NAME --scope admin
`)
	}
	if !f.loopback {
		fmt.Fprintln(p.Out, "\nOthers than this machine reach the server, and keys travel as they are: put a proxy with TLS in front.")
	}
}
