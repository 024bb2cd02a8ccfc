package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
)

// What the API refuses with a word about it, the database refuses too, whoever writes.
func TestRulesHoldForSQLTypedByHand(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "Acme", nil)
	gone := create(t, d, v, "Gone", nil)
	remove(t, d, v, gone, db.ChildrenReject)
	ann := hire(t, d, v, "Ann", a)
	user := func(name string) string {
		u, err := d.CreateUser(t.Context(), v, db.NewUser{Name: name, Email: name + "@acme.com", Role: db.RoleMember})
		if err != nil {
			t.Fatal(err)
		}
		return u.ID.ID().UUID.String()
	}
	active, inactive := user("active"), user("inactive")
	kept := create(t, d, v, "Kept", nil)
	run(t, d, "UPDATE accounts SET owner_id = $1 WHERE id = $2", inactive, kept.ID)
	run(t, d, "UPDATE users SET is_active = false WHERE id = $1", inactive)
	change := func(table, column string, id any) func(value any) error {
		return func(value any) error {
			_, err := d.Pool().ExecContext(t.Context(), "UPDATE "+table+" SET "+column+" = $1 WHERE id = $2", value, id)
			return err
		}
	}

	lines := map[string]func(any) error{
		"accounts_name_check":       change("accounts", "name", a.ID),
		"accounts_source_check":     change("accounts", "source", a.ID),
		"contacts_first_name_check": change("contacts", "first_name", ann.ID),
		"contacts_last_name_check":  change("contacts", "last_name", ann.ID),
		"contacts_job_title_check":  change("contacts", "job_title", ann.ID),
		"users_name_check":          change("users", "name", active),
		"organizations_name_check":  change("organizations", "name", v.Organization),
		"picklist_values_label_check": func(value any) error {
			return one(t, d, "UPDATE picklist_values SET label = $1 WHERE key = 'SMB'", value)
		},
		"account_contacts_role_check": func(value any) error {
			return one(t, d, "UPDATE account_contacts SET role = $1 WHERE contact_id = $2", value, ann.ID)
		},
		"account_external_ids_source_check": func(value any) error {
			return one(t, d, "INSERT INTO account_external_ids (organization_id, account_id, source, external_id, position) VALUES ($1, $2, $3, '1', 0)", v.Organization, a.ID, value)
		},
		"account_identifiers_value_check": func(value any) error {
			return one(t, d, "INSERT INTO account_identifiers (organization_id, account_id, scheme, value, position) VALUES ($1, $2, 'OTHER', $3, 0)", v.Organization, a.ID, value)
		},
		"api_keys_name_check": func(value any) error {
			return one(t, d, "INSERT INTO api_keys (organization_id, name, prefix, hash, scope) VALUES ($1, $2, 'agk_00000000', decode(repeat('00', 32), 'hex'), 'READ')", v.Organization, value)
		},
		"customer_users_name_check": func(value any) error {
			return one(t, d, "INSERT INTO customer_users (organization_id, email, name, channel) VALUES ($1, 'x@x.com', $2, 'x')", v.Organization, value)
		},
		"customer_users_channel_check": func(value any) error {
			return one(t, d, "INSERT INTO customer_users (organization_id, email, channel) VALUES ($1, 'y@x.com', $2)", v.Organization, value)
		},
	}
	for constraint, write := range lines {
		for _, bad := range []string{" x", "x\u00a0", "\u3000x", "x\n", "a\tb", "a\nb", "a\u2028b", "a\x7fb", "a\u0085b", "a\x01b", "", strings.Repeat("x", 256)} {
			wantBroken(t, write(bad), constraint)
		}
		if err := write("Ä b\u00a0c · 東京"); err != nil {
			t.Errorf("%s: got %v for a good text", constraint, err)
		}
	}
	texts := map[string]func(any) error{
		"accounts_description_check": change("accounts", "description", a.ID),
		"parent_changes_reason_check": func(value any) error {
			return one(t, d, "INSERT INTO parent_changes (organization_id, account_id, reason) VALUES ($1, $2, $3)", v.Organization, a.ID, value)
		},
	}
	for constraint, write := range texts {
		for _, bad := range []string{" x", "x\n", "\tx", "x\u2028", "a\x1bb", "a\x0bb", ""} {
			wantBroken(t, write(bad), constraint)
		}
		if err := write("a\r\n\tb\u2028c"); err != nil {
			t.Errorf("%s: got %v for a good text", constraint, err)
		}
	}
	for _, kind := range []string{"billing", "shipping"} {
		write := change("accounts", kind+"_address", a.ID)
		for _, bad := range []string{
			`{}`, `[]`, `"x"`, `null`, `{"town": "x"}`, `{"city": 5}`, `{"city": null}`, `{"city": ["x"]}`, `{"city": ""}`, `{"city": " x"}`, `{"city": "a\nb"}`,
			`{"street": "x\n"}`, `{"country": "ch"}`, `{"country": "CHE"}`, `{"postalCode": "` + strings.Repeat("1", 33) + `"}`, `{"city": "x", "formatted": "y"}`,
		} {
			wantBroken(t, write(bad), "accounts_"+kind+"_address_check")
		}
		for _, good := range []string{`{"street": "a\nb", "city": "c", "state": "d", "postalCode": "e", "country": "CH"}`, `{"country": "CH"}`, `{"formatted": "a\nb"}`} {
			if err := write(good); err != nil {
				t.Errorf("%s: got %v", good, err)
			}
		}
		if err := write(nil); err != nil {
			t.Errorf("no address: got %v", err)
		}
	}

	owner := "UPDATE accounts SET owner_id = $1 WHERE organization_id = $2 AND id = $3"
	wantBroken(t, one(t, d, owner, inactive, v.Organization, a.ID), "accounts_owner_active")
	wantBroken(t, one(t, d, "INSERT INTO accounts (organization_id, number, name, owner_id) VALUES ($1, 900, 'x', $3), ($1, 901, 'y', $2)", v.Organization, inactive, active), "accounts_owner_active")
	wantBroken(t, one(t, d, "UPDATE accounts SET owner_id = CASE WHEN id = $3 THEN CAST($1 AS uuid) ELSE owner_id END WHERE organization_id = $2", inactive, v.Organization, a.ID), "accounts_owner_active")
	for _, good := range []string{"UPDATE accounts SET name = 'Kept still' WHERE id = $1", "UPDATE accounts SET owner_id = owner_id WHERE id = $1"} {
		if err := one(t, d, good, kept.ID); err != nil {
			t.Errorf("an account that keeps its owner: got %v", err)
		}
	}
	if err := one(t, d, owner, active, v.Organization, a.ID); err != nil {
		t.Errorf("an active owner: got %v", err)
	}

	primary := "UPDATE account_contacts SET primary_for_type = $1 WHERE account_id = $2 AND contact_id = $3"
	wantBroken(t, one(t, d, primary, "BILLING", a.ID, ann.ID), "account_contacts_primary_type_fkey")
	if err := one(t, d, primary, ann.TypeKey, a.ID, ann.ID); err != nil {
		t.Errorf("the main contact of its own type: got %v", err)
	}
	wantBroken(t, one(t, d, "UPDATE contacts SET type = 'BILLING' WHERE id = $1", ann.ID), "account_contacts_primary_type_fkey")

	bob := hire(t, d, v, "Bob", a)
	wantBroken(t, one(t, d, primary, bob.TypeKey, a.ID, bob.ID), "account_contacts_primary_contact_key")
	wantBroken(t, one(t, d, "UPDATE contacts SET customer_user_id = (SELECT id FROM customer_users ORDER BY id LIMIT 1) WHERE id IN ($1, $2)", ann.ID, bob.ID), "contacts_customer_user_key")

	wantBroken(t, one(t, d, "UPDATE account_domains SET is_routing = true WHERE account_id = $1", gone.ID), "account_domains_live_check")
	wantBroken(t, one(t, d, "INSERT INTO account_domains (organization_id, account_id, domain, position, is_routing) VALUES ($1, $2, 'x.com', 9, true)", v.Organization, gone.ID), "account_domains_account_fkey")
	wantBroken(t, one(t, d, "UPDATE accounts SET deleted_at = now(), deletion_id = id WHERE id = $1", a.ID), "account_domains_live_check")
}

// one executes SQL as somebody would who types it by hand, and returns what came of it.
func one(t testing.TB, d *db.DB, text string, args ...any) error {
	t.Helper()
	_, err := d.Pool().ExecContext(t.Context(), text, args...)
	return err
}

// Whatever name the API takes, the database takes, and what the API trims or refuses as a line the database refuses.
func TestLinesAreTheSameInGoAndSQL(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	a := create(t, d, v, "Acme", nil)
	spots := rapid.SampledFrom([]rune(" \t\n\v\f\r\u0085\u00a0\u1680\u2000\u2005\u200a\u200b\u2028\u2029\u202f\u205f\u3000\x01\x1f\x7f\u0080\u009fxä東😀"))
	rapid.Check(t, func(rt *rapid.T) {
		text := string(rapid.SliceOfN(rapid.OneOf(spots, rapid.RuneFrom(nil, unicode.L, unicode.P)), 1, 6).Draw(rt, "text")) + "x"
		if rapid.Bool().Draw(rt, "at the end") {
			text = "x" + strings.TrimSuffix(text, "x")
		}
		updated, err := d.UpdateAccount(t.Context(), v, a.ID, nil, func(c *db.AccountChange) { c.Name = &text })
		if _, refused := db.AsProblems(err); err != nil && !refused {
			rt.Fatalf("%q: got %v, want what the API takes to be stored", text, err)
		}
		kept := err == nil && updated.Name == text
		if stored := query[bool](t, d, "SELECT is_line($1)", text); stored[0] != kept {
			rt.Fatalf("%q: got %t in SQL, want %s", text, stored[0], fmt.Sprint(kept))
		}
	})
}

// What is checked stays true until it is committed: the second of two transactions waits for the first, and is refused.
func TestRulesHoldAgainstRaces(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ first, second, constraint string }{
		"an owner who is deactivated meanwhile": {
			"UPDATE users SET is_active = false", "UPDATE accounts SET owner_id = (SELECT id FROM users)", "accounts_owner_active",
		},
		"a domain whose account is deleted meanwhile": {
			"UPDATE accounts SET deleted_at = now(), deletion_id = id", "UPDATE account_domains SET is_routing = true", "account_domains_live_check",
		},
		"a new domain whose account is deleted meanwhile": {
			"UPDATE accounts SET deleted_at = now(), deletion_id = id",
			"INSERT INTO account_domains (organization_id, account_id, domain, position, is_routing) SELECT organization_id, id, 'x.com', 9, true FROM accounts", "account_domains_account_fkey",
		},
		"an account that gets a domain meanwhile": {
			"UPDATE account_domains SET is_routing = true", "UPDATE accounts SET deleted_at = now(), deletion_id = id", "account_domains_live_check",
		},
		"a contact whose type changes meanwhile": {
			"UPDATE contacts SET type = 'BILLING'", "UPDATE account_contacts SET primary_for_type = 'OTHER'", "account_contacts_primary_type_fkey",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, v := setup(t)
			a := create(t, d, v, "A", nil)
			run(t, d, "UPDATE account_domains SET is_routing = false")
			hire(t, d, v, "Ann", a)
			first, second := beginAt(t, d, sql.LevelReadCommitted), beginAt(t, d, sql.LevelReadCommitted)
			if _, err := first.ExecContext(t.Context(), test.first); err != nil {
				t.Fatal(err)
			}
			var pid int
			if err := second.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
				t.Fatal(err)
			}
			done := make(chan error)
			go func() {
				_, err := second.ExecContext(context.WithoutCancel(t.Context()), test.second)
				done <- errors.Join(err, second.Rollback())
			}()
			awaitLock(t, d, pid)
			if err := first.Commit(); err != nil {
				t.Fatal(err)
			}
			wantBroken(t, <-done, test.constraint)
		})
	}
}

// A transaction whose snapshot is older than a domain can't delete the domain's account past it.
func TestDomainsRouteToLiveAccountsAtEachIsolation(t *testing.T) {
	t.Parallel()
	for _, level := range []sql.IsolationLevel{sql.LevelRepeatableRead, sql.LevelSerializable} {
		t.Run(level.String(), func(t *testing.T) {
			t.Parallel()
			d, v := setup(t)
			create(t, d, v, "A", nil)
			run(t, d, "UPDATE account_domains SET is_routing = false")
			deletes := beginAt(t, d, level)
			run(t, d, "INSERT INTO account_domains (organization_id, account_id, domain, position, is_routing) SELECT organization_id, id, 'x.com', 9, true FROM accounts")
			_, err := deletes.ExecContext(t.Context(), "UPDATE accounts SET deleted_at = now(), deletion_id = id")
			wantBroken(t, err, "account_domains_live_check")
		})
	}
}
