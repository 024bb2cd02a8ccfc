package db_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

// ingest remembers people.
func ingest(t testing.TB, d *db.DB, v db.Viewer, emails ...string) []*db.CustomerUser {
	t.Helper()
	users, _, err := d.IngestCustomerUsers(t.Context(), v, seen(emails...))
	if err != nil {
		t.Fatal(err)
	}
	return users
}

func seen(emails ...string) []*db.CustomerUserInput {
	var in []*db.CustomerUserInput
	for _, email := range emails {
		in = append(in, &db.CustomerUserInput{Email: email, Channel: "slack"})
	}
	return in
}

func TestIngestCustomerUsers(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	other, _, _ := foreign(t, d)
	first := ingest(t, d, v, "b@people.example", "a@people.example")

	t.Run("answers in the order of the input and leaves who is known", func(t *testing.T) {
		users, created, err := d.IngestCustomerUsers(t.Context(), v, []*db.CustomerUserInput{
			{Email: "c@people.example", Name: ptr(" Carl "), Channel: " web "},
			{Email: "A@people.example", Name: ptr("Ada"), Channel: "web"},
			{Email: "B@People.Example", Channel: "web"},
		})
		if err != nil || created != 1 {
			t.Fatalf("got %d, %v, want 1 made", created, err)
		}
		if users[1].ID != first[1].ID || users[2].ID != first[0].ID || users[1].Name != nil || users[1].Channel != "slack" {
			t.Errorf("got %+v and %+v, want the people who were known, as they were", users[1], users[2])
		}
		if u := users[0]; u.Email != "c@people.example" || *u.Name != "Carl" || u.Channel != "web" || u.SeenAt.IsZero() {
			t.Errorf("got %+v", u)
		}
		wantSame(t, kinds(t, d, users[0].ID), "customer_user.created")
		wantSame(t, kinds(t, d, users[1].ID), "customer_user.created")
	})
	t.Run("knows people of its own organization only", func(t *testing.T) {
		if _, created, err := d.IngestCustomerUsers(t.Context(), other, seen("a@people.example")); err != nil || created != 1 {
			t.Errorf("got %d, %v, want 1 made", created, err)
		}
		found, err := d.CustomerUsersByID(t.Context(), other, []db.CustomerUserID{first[0].ID})
		if err != nil || len(found) != 0 {
			t.Errorf("got %v, %v, want nobody", found, err)
		}
		found, err = d.CustomerUsersByID(t.Context(), v, []db.CustomerUserID{first[0].ID, first[0].ID})
		if err != nil || found[first[0].ID].Email != "b@people.example" {
			t.Errorf("got %v, %v", found, err)
		}
	})
	t.Run("writes nothing if one is wrong", func(t *testing.T) {
		_, _, err := d.IngestCustomerUsers(t.Context(), v, seen("new@people.example", "wrong", "New@people.example"))
		wantProblems(t, err, "input.1.email INVALID", "input.2.email DUPLICATE")
		wantSame(t, query[int](t, d, "SELECT count(*) FROM customer_users WHERE email = 'new@people.example'"), 0)
	})
	t.Run("takes 1 to 1,000", func(t *testing.T) {
		_, _, err := d.IngestCustomerUsers(t.Context(), v, nil)
		wantProblems(t, err, "input REQUIRED")
		many := func(n int) (emails []string) {
			for i := range n {
				emails = append(emails, fmt.Sprintf("p%d@many.example", i))
			}
			return emails
		}
		_, _, err = d.IngestCustomerUsers(t.Context(), v, seen(many(1001)...))
		wantProblems(t, err, "input TOO_LONG")
		var counts []int64
		for _, n := range []int{2, 1000} {
			counts = append(counts, statements(t, func(ctx context.Context) error {
				_, _, err := d.IngestCustomerUsers(ctx, v, seen(many(n)...))
				return err
			}))
		}
		if counts[0] != counts[1] {
			t.Errorf("got %v statements for 2 and 1,000", counts)
		}
	})
	t.Run("races without an error and without doubles", func(t *testing.T) {
		var emails []string
		for i := range 200 {
			emails = append(emails, fmt.Sprintf("racer%d@people.example", i))
		}
		ctx := context.WithoutCancel(t.Context())
		var group sync.WaitGroup
		counts := make([]int, 4)
		for i := range counts {
			mine := slices.Clone(emails)
			if i%2 == 1 {
				slices.Reverse(mine)
			}
			group.Go(func() {
				users, created, err := d.IngestCustomerUsers(ctx, v, seen(mine...))
				if err != nil || len(users) != 200 {
					t.Errorf("got %d, %v", len(users), err)
				}
				counts[i] = created
			})
		}
		group.Wait()
		if got := counts[0] + counts[1] + counts[2] + counts[3]; got != 200 {
			t.Errorf("got %d made, want 200", got)
		}
	})
	t.Run("refuses a viewer who only reads", func(t *testing.T) {
		reader := v
		reader.Role = db.RoleViewer
		_, _, err := d.IngestCustomerUsers(t.Context(), reader, seen("x@people.example"))
		wantCode(t, err, db.CodeForbidden)
	})
}
