package db_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

// user makes a user.
func user(t testing.TB, d *db.DB, v db.Viewer, name string, role db.Role) *db.User {
	t.Helper()
	u, err := d.CreateUser(t.Context(), v, db.NewUser{Name: name, Email: name + "@acme.com", Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestCreateUser(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	u := user(t, d, v, "Ann", db.RoleMember)
	if u.Name != "Ann" || u.Email != "Ann@acme.com" || u.Role != db.RoleMember || !u.IsActive || u.Version != 1 {
		t.Errorf("got %+v", u)
	}
	_, err := d.CreateUser(t.Context(), v, db.NewUser{Name: " ", Email: "nowhere", Role: "ROOT"})
	wantProblems(t, err, "input.name REQUIRED", "input.email INVALID", "input.role INVALID")
	_, err = d.CreateUser(t.Context(), v, db.NewUser{Name: "Bob", Email: "ANN@ACME.com", Role: db.RoleMember})
	wantProblems(t, err, "input.email TAKEN")
}

func TestConfigurationIsForAdmins(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	u := user(t, d, v, "Ann", db.RoleMember)
	for role, viewer := range roles(v) {
		if role == db.RoleAdmin {
			continue
		}
		for name, do := range map[string]func(context.Context) error{
			"CreateUser": func(ctx context.Context) error {
				_, err := d.CreateUser(ctx, viewer, db.NewUser{Name: "Bob", Email: "bob@acme.com", Role: db.RoleMember})
				return err
			},
			"UpdateUser": func(ctx context.Context) error {
				_, err := d.UpdateUser(ctx, viewer, u.ID, nil, func(c *db.UserChange) { c.Role = ptr(db.RoleAdmin) })
				return err
			},
			"DeactivateUser": func(ctx context.Context) error { _, err := d.DeactivateUser(ctx, viewer, u.ID, nil); return err },
			"ReactivateUser": func(ctx context.Context) error { _, err := d.ReactivateUser(ctx, viewer, u.ID); return err },
			"UpdateOrganization": func(ctx context.Context) error {
				_, err := d.UpdateOrganization(ctx, viewer, nil, func(c *db.OrganizationChange) { c.Name = ptr("Mine") })
				return err
			},
		} {
			err := do(t.Context())
			t.Log(name, role)
			wantCode(t, err, db.CodeForbidden)
		}
	}
	if got := query[int](t, d, "SELECT count(*) FROM events WHERE type LIKE '%.updated' OR type LIKE '%activated'"); got[0] != 0 {
		t.Errorf("got %d changes", got[0])
	}
}

func TestUpdateUser(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	u := user(t, d, v, "Ann", db.RoleMember)
	changed, err := d.UpdateUser(t.Context(), v, u.ID, &u.Version, func(c *db.UserChange) {
		*c.Name, c.Email, c.Role = "Anna ", ptr("anna@acme.com"), ptr(db.RoleAdmin)
	})
	if err != nil || changed.Name != "Anna" || changed.Email != "anna@acme.com" || changed.Role != db.RoleAdmin || changed.Version != 2 {
		t.Fatalf("got %+v, %v", changed, err)
	}
	same, err := d.UpdateUser(t.Context(), v, u.ID, nil, func(*db.UserChange) {})
	if err != nil || same.Version != 2 {
		t.Errorf("a change of nothing: got %+v, %v", same, err)
	}
	_, err = d.UpdateUser(t.Context(), v, u.ID, ptr(1), func(c *db.UserChange) { c.Name = ptr("Late") })
	wantProblems(t, err, "ifVersion CONFLICT")
	_, err = d.UpdateUser(t.Context(), v, u.ID, nil, func(c *db.UserChange) { c.Name, c.Email, c.Role = nil, ptr("admin@EXAMPLE.com"), nil })
	wantProblems(t, err, "input.name REQUIRED", "input.email TAKEN", "input.role REQUIRED")
	_, err = d.UpdateUser(t.Context(), v, db.UserID{}, nil, func(*db.UserChange) {})
	wantProblems(t, err, "id NOT_FOUND")
	got := query[string](t, d, "SELECT before::text || after::text FROM events WHERE type = 'user.updated'")
	if want := `{"name": "Ann", "role": "MEMBER", "email": "Ann@acme.com"}{"name": "Anna", "role": "ADMIN", "email": "anna@acme.com"}`; !slices.Equal(got, []string{want}) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	demote := func(id db.UserID) error {
		_, err := d.UpdateUser(t.Context(), v, id, nil, func(c *db.UserChange) { c.Role = ptr(db.RoleMember) })
		return err
	}
	deactivate := func(id db.UserID) error { _, err := d.DeactivateUser(t.Context(), v, id, nil); return err }
	wantProblems(t, demote(*v.User), "input.role NOT_ALLOWED")
	wantProblems(t, deactivate(*v.User), "id NOT_ALLOWED")
	second := user(t, d, v, "Ann", db.RoleAdmin)
	if err := deactivate(second.ID); err != nil {
		t.Fatal(err)
	}
	wantProblems(t, demote(*v.User), "input.role NOT_ALLOWED") // one who is not active does not count
	if err := demote(second.ID); err != nil {
		t.Errorf("an admin who is not active: got %v, want the role to be free", err)
	}
}

// TestOfAdminsWhoGiveUpTogetherOneStays is about a race that two separate checks would lose.
func TestOfAdminsWhoGiveUpTogetherOneStays(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	admins := []db.UserID{*v.User}
	for i := range 5 {
		admins = append(admins, user(t, d, v, fmt.Sprint("admin", i), db.RoleAdmin).ID)
	}
	var wait sync.WaitGroup
	for i, id := range admins {
		wait.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = d.DeactivateUser(t.Context(), v, id, nil)
			} else {
				_, err = d.UpdateUser(t.Context(), v, id, nil, func(c *db.UserChange) { c.Role = ptr(db.RoleViewer) })
			}
			if _, told := db.AsProblems(err); err != nil && !told {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if got := query[int](t, d, "SELECT count(*) FROM users WHERE role = 'ADMIN' AND is_active"); got[0] != 1 {
		t.Errorf("got %d admins, want 1", got[0])
	}
}

func TestDeactivateUser(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	from, to := user(t, d, v, "From", db.RoleMember), user(t, d, v, "To", db.RoleMember)
	for i := range 5 {
		in := input(fmt.Sprint("A", i), nil)
		in.OwnerID = &from.ID
		createWith(t, d, v, in)
	}
	create(t, d, v, "Other", nil)
	in := input("Gone", nil)
	in.OwnerID = &from.ID
	gone := createWith(t, d, v, in)
	remove(t, d, v, gone, db.ChildrenReject)

	_, err := d.DeactivateUser(t.Context(), v, from.ID, &from.ID)
	wantProblems(t, err, "reassignTo INVALID")
	_, err = d.DeactivateUser(t.Context(), v, db.UserID{}, &db.UserID{})
	wantProblems(t, err, "id NOT_FOUND", "reassignTo NOT_FOUND")
	result, err := d.DeactivateUser(t.Context(), v, from.ID, nil)
	if err != nil || result.User.IsActive || result.User.Version != 2 || result.Owned != 5 || result.Reassigned != 0 {
		t.Fatalf("without a successor: got %+v, %v", result, err)
	}
	_, err = d.DeactivateUser(t.Context(), v, to.ID, &from.ID)
	wantProblems(t, err, "reassignTo INACTIVE")
	result, err = d.DeactivateUser(t.Context(), v, from.ID, &to.ID)
	if err != nil || result.User.Version != 2 || result.Owned != 0 || result.Reassigned != 5 {
		t.Fatalf("with a successor, afterwards: got %+v, %v", result, err)
	}
	got := query[string](t, d, "SELECT a.name || ' ' || a.version || ' ' || coalesce(u.name, '') FROM accounts a LEFT JOIN users u ON u.id = a.owner_id ORDER BY a.name")
	want := []string{"A0 2 To", "A1 2 To", "A2 2 To", "A3 2 To", "A4 2 To", "Gone 2 From", "Other 1 "}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	events := query[string](t, d, `
		SELECT type || ' ' || count(*) FROM events WHERE type IN ('user.deactivated', 'account.updated')
			AND (entity = 'user' OR before ->> 'owner_id' = $1 AND after ->> 'owner_id' = $2) GROUP BY type ORDER BY type`,
		from.ID.ID().UUID.String(), to.ID.ID().UUID.String())
	if !slices.Equal(events, []string{"account.updated 5", "user.deactivated 1"}) {
		t.Errorf("got %q", events)
	}
	_, err = d.UpdateAccount(t.Context(), v, create(t, d, v, "New", nil).ID, nil, func(c *db.AccountChange) { c.OwnerID = &from.ID })
	wantProblems(t, err, "input.ownerId INACTIVE")

	back, err := d.ReactivateUser(t.Context(), v, from.ID)
	if err != nil || !back.IsActive || back.Version != 3 {
		t.Errorf("got %+v, %v", back, err)
	}
	if again, err := d.ReactivateUser(t.Context(), v, from.ID); err != nil || again.Version != 3 {
		t.Errorf("second time: got %+v, %v", again, err)
	}
}

// TestNobodyIsGivenAccountsWhileDeactivated races changes of owners with the owner's deactivation.
func TestNobodyIsGivenAccountsWhileDeactivated(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	from, to := user(t, d, v, "From", db.RoleMember), user(t, d, v, "To", db.RoleMember)
	var wait sync.WaitGroup
	for i := range 8 {
		a := create(t, d, v, fmt.Sprint("A", i), nil)
		wait.Go(func() {
			_, err := d.UpdateAccount(t.Context(), v, a.ID, nil, func(c *db.AccountChange) { c.OwnerID = &from.ID })
			if _, told := db.AsProblems(err); err != nil && !told {
				t.Error(err)
			}
		})
	}
	wait.Go(func() {
		if _, err := d.DeactivateUser(t.Context(), v, from.ID, &to.ID); err != nil {
			t.Error(err)
		}
	})
	wait.Wait()
	if got := query[int](t, d, "SELECT count(*) FROM accounts WHERE owner_id = $1", from.ID); got[0] != 0 {
		t.Errorf("got %d accounts of a user who is not active", got[0])
	}
}
