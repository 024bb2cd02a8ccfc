package serve

import (
	"fmt"
	"time"
)

// welcome says where to look and what to try.
func (p Program) welcome(address, where string, took time.Duration) {
	fmt.Fprintf(p.Out, `
accountgraph is ready after %.1f s, with %s

  GraphiQL, with examples   %s/
  API                       %s/graphql

Try it:

  curl %s/graphql -H 'Content-Type: application/json' \
    -d '{"query":"{ accountByEmail(email: \"someone@inrae.fr\") { name childCount } }"}'

Ctrl-C stops it.

`, took.Seconds(), where, address, address, address)
}
