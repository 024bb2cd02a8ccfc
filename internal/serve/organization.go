package serve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/accountgraph/accountgraph/db"
)

// CreateOrganization makes an organization and writes its id to Result.
func (p Program) CreateOrganization(ctx context.Context) error {
	o := p.Config.OrgCreate
	return p.once(ctx, func(d *database) error {
		organization, err := d.CreateOrganization(ctx, db.NewOrganization{Name: o.Name, DefaultCurrency: o.Currency, DefaultRegion: o.Region})
		if err != nil {
			return inSentence(err)
		}
		fmt.Fprintln(p.Out, "Made the organization "+organization.Name+". This is its id:")
		fmt.Fprintln(p.Result, organization.ID)
		return nil
	})
}

// ListOrganizations writes the organizations to Result, a line each.
func (p Program) ListOrganizations(ctx context.Context) error {
	return p.once(ctx, func(d *database) error {
		organizations, err := d.AllOrganizations(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.Result, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tCURRENCY\tREGION")
		for _, o := range organizations {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", o.ID, o.Name, o.DefaultCurrency, o.DefaultRegion)
		}
		return table.Flush()
	})
}

// CreateUser makes a user and writes its id to Result.
func (p Program) CreateUser(ctx context.Context) error {
	o := p.Config.UserCreate
	return p.once(ctx, func(d *database) error {
		organization, err := d.FindOrganization(ctx, o.Organization)
		if err != nil {
			return err
		}
		user, err := d.CreateUser(ctx, db.SystemViewer(organization.ID), db.NewUser{Name: o.Name, Email: o.Email, Role: db.Role(strings.ToUpper(o.Role))})
		if err != nil {
			return inSentence(err)
		}
		fmt.Fprintf(p.Out, "Made the user %s of %s. This is its id:\n", user.Name, organization.Name)
		fmt.Fprintln(p.Result, user.ID)
		return nil
	})
}

// inSentence tells problems of an input as one sentence, without the paths that clients of the API have.
func inSentence(err error) error {
	problems, ok := db.AsProblems(err)
	if !ok {
		return err
	}
	var told []string
	for _, problem := range problems {
		told = append(told, problem.Field[len(problem.Field)-1]+": "+problem.Message)
	}
	return errors.New(strings.Join(told, "; "))
}
