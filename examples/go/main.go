// Command go asks accountgraph whose customer an e-mail address is, and who is at the top of it; or gives an account another name.
// ACCOUNTGRAPH_URL says where the API is, ACCOUNTGRAPH_API_KEY holds the key; the demo needs neither.
// usage: go run . ADDRESS
//
//	go run . rename ID NAME
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/Khan/genqlient/graphql"

	"github.com/accountgraph/accountgraph/examples/go/client"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	c := client.New(cmp.Or(getenv("ACCOUNTGRAPH_URL"), "http://127.0.0.1:8080/graphql"), getenv("ACCOUNTGRAPH_API_KEY"))
	var err error
	switch {
	case len(args) == 1:
		err = customer(ctx, c, args[0], out)
	case len(args) == 3 && args[0] == "rename":
		err = rename(ctx, c, args[1], args[2], out)
	default:
		return errors.New("usage: go run . ADDRESS, or go run . rename ID NAME")
	}
	switch client.Code(err) {
	case "UNAUTHENTICATED":
		return fmt.Errorf("set ACCOUNTGRAPH_API_KEY to a key that is valid: %w", err)
	case "UNAVAILABLE":
		return fmt.Errorf("try again in a moment: %w", err)
	}
	return err
}

// customer tells whose customer an e-mail address is.
func customer(ctx context.Context, c graphql.Client, address string, out io.Writer) error {
	answer, err := client.CustomerOf(ctx, c, address)
	if err != nil {
		return err
	}
	account := answer.AccountByEmail
	if account == nil {
		return fmt.Errorf("%s is of no customer", address)
	}
	_, err = fmt.Fprintf(out, "%s: %s (%s)\nultimate parent: %s\n", address, account.Name, account.Id, account.Root.Name)
	return err
}

// rename gives an account another name. What is wrong with the name is told by its code.
func rename(ctx context.Context, c graphql.Client, id, name string, out io.Writer) error {
	answer, err := client.Rename(ctx, c, id, name)
	if err != nil {
		return err
	}
	for _, problem := range answer.UpdateAccount.UserErrors {
		switch problem.Code {
		case client.UserErrorCodeNotFound:
			return fmt.Errorf("there is no account %s", id)
		default:
			return fmt.Errorf("%s: %s %s", problem.Code, strings.Join(problem.Field, "."), problem.Message)
		}
	}
	_, err = fmt.Fprintf(out, "now called %s\n", answer.UpdateAccount.Account.Name)
	return err
}
