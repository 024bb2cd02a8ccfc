package db_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/db/dbtest"
)

// key makes an API key and returns it with its text.
func key(t testing.TB, d *db.DB, v db.Viewer, in db.CreateAPIKeyInput) (*db.APIKey, string) {
	t.Helper()
	k, text, err := d.CreateAPIKey(t.Context(), v, in)
	if err != nil {
		t.Fatal(err)
	}
	return k, text
}

// holderOf is who presents a key; nil if the database does not know it.
func holderOf(t testing.TB, d *db.DB, text string) *db.APIKeyHolder {
	t.Helper()
	hash, ok := db.HashAPIKey(text)
	if !ok {
		t.Fatalf("%q is no key", text)
	}
	found, err := d.APIKeyByHash(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// roles are the viewers of an organization with each role.
func roles(v db.Viewer) map[db.Role]db.Viewer {
	all := map[db.Role]db.Viewer{}
	for _, role := range []db.Role{db.RoleAdmin, db.RoleManager, db.RoleMember, db.RoleViewer} {
		v.Role = role
		all[role] = v
	}
	return all
}

func TestCreateAPIKey(t *testing.T) {
	t.Parallel()
	d, v := setup(t)

	t.Run("keeps no secret", func(t *testing.T) {
		t.Parallel()
		k, text := key(t, d, v, db.CreateAPIKeyInput{Name: " Billing ", Scope: db.ScopeWrite})
		if k.Name != "Billing" || k.Scope != db.ScopeWrite || !strings.HasPrefix(text, k.Prefix+"_") || *k.Creator().Node() != v.User.ID() {
			t.Errorf("got %+v", k)
		}
		secret := strings.TrimPrefix(text, k.Prefix+"_")
		if got := query[string](t, d, `SELECT to_jsonb(k)::text FROM api_keys k WHERE id = $1 UNION ALL SELECT to_jsonb(e)::text FROM events e WHERE entity_id = $1`, k.ID); len(got) != 2 ||
			strings.Contains(strings.Join(got, ""), secret) || !strings.Contains(got[1], "api_key.created") || strings.Contains(got[1], "hash") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("tells all that is wrong at once", func(t *testing.T) {
		t.Parallel()
		_, _, err := d.CreateAPIKey(t.Context(), v, db.CreateAPIKeyInput{Name: " ", Scope: "ROOT", ExpiresAt: ptr(time.Now().Add(-time.Hour))})
		wantProblems(t, err, "input.name REQUIRED", "input.scope INVALID", "input.expiresAt OUT_OF_RANGE")
	})
	t.Run("is for admins", func(t *testing.T) {
		t.Parallel()
		for role, viewer := range roles(v) {
			if role == db.RoleAdmin {
				continue
			}
			_, text, err := d.CreateAPIKey(t.Context(), viewer, db.CreateAPIKeyInput{Name: "x", Scope: db.ScopeRead})
			wantCode(t, err, db.CodeForbidden)
			wantText(t, err, "your role is "+string(role))
			if text != "" {
				t.Errorf("%s: got a key", role)
			}
		}
	})
}

func TestAPIKeyByHash(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	for scope, role := range map[db.Scope]db.Role{db.ScopeRead: db.RoleViewer, db.ScopeWrite: db.RoleManager, db.ScopeAdmin: db.RoleAdmin} {
		k, text := key(t, d, v, db.CreateAPIKeyInput{Name: string(scope), Scope: scope})
		got := holderOf(t, d, text)
		if got == nil || got.Viewer.Organization != v.Organization || *got.Viewer.APIKey != k.ID || got.Viewer.Role != role || got.Viewer.User != nil || got.IsRevoked || got.ExpiresIn != nil {
			t.Errorf("%s: got %+v", scope, got)
		}
	}
	_, text := key(t, d, v, db.CreateAPIKeyInput{Name: "short", Scope: db.ScopeRead, ExpiresAt: ptr(time.Now().Add(time.Hour))})
	if got := holderOf(t, d, text); got.ExpiresIn == nil || *got.ExpiresIn <= 0 || *got.ExpiresIn > 2*time.Hour {
		t.Errorf("got %+v", got)
	}
	_, text = key(t, d, v, db.CreateAPIKeyInput{Name: "long", Scope: db.ScopeRead, ExpiresAt: ptr(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))})
	if got := holderOf(t, d, text); got.ExpiresIn == nil || *got.ExpiresIn < 90*365*24*time.Hour {
		t.Errorf("got %+v", got)
	}
	run(t, d, "UPDATE api_keys SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour' WHERE name = 'long'")
	if got := holderOf(t, d, text); got.ExpiresIn == nil || *got.ExpiresIn > 0 {
		t.Errorf("got %+v", got)
	}
	if got, err := d.APIKeyByHash(t.Context(), db.APIKeyHash{1}); got != nil || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestRevokeAPIKey(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	k, text := key(t, d, v, db.CreateAPIKeyInput{Name: "x", Scope: db.ScopeAdmin})
	for role, viewer := range roles(v) {
		if role != db.RoleAdmin {
			_, err := d.RevokeAPIKey(t.Context(), viewer, k.ID)
			wantCode(t, err, db.CodeForbidden)
		}
	}
	revoked, err := d.RevokeAPIKey(t.Context(), v, k.ID)
	if err != nil || revoked.RevokedAt == nil {
		t.Fatalf("got %+v, %v", revoked, err)
	}
	again, err := d.RevokeAPIKey(t.Context(), v, k.ID)
	if err != nil || !again.RevokedAt.Equal(*revoked.RevokedAt) {
		t.Errorf("second time: got %+v, %v", again, err)
	}
	if got := holderOf(t, d, text); !got.IsRevoked {
		t.Errorf("got %+v", got)
	}
	if got := query[string](t, d, "SELECT type FROM events WHERE entity = 'api_key' ORDER BY sequence"); !slices.Equal(got, []string{"api_key.created", "api_key.revoked"}) {
		t.Errorf("got %q", got)
	}
	_, err = d.RevokeAPIKey(t.Context(), v, db.APIKeyID{})
	wantProblems(t, err, "id NOT_FOUND")
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	var made []*db.APIKey
	for i := range 5 {
		k, _ := key(t, d, v, db.CreateAPIKeyInput{Name: fmt.Sprint(i), Scope: db.ScopeRead})
		made = append(made, k)
	}
	if _, err := d.RevokeAPIKey(t.Context(), v, made[3].ID); err != nil {
		t.Fatal(err)
	}
	for includeRevoked, want := range map[bool]string{true: "4 3 2 1 0", false: "4 2 1 0"} {
		var got []string
		for args := (db.APIKeyArgs{PageArgs: db.PageArgs{First: ptr(2)}, IncludeRevoked: includeRevoked}); ; {
			page, err := d.APIKeys(t.Context(), v, args)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range page.Nodes() {
				got = append(got, k.Name)
			}
			if args.After = page.PageInfo.EndCursor(); !page.PageInfo.HasNextPage {
				break
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("got %q, want %q", got, want)
		}
		counts, err := d.CountAPIKeys(t.Context(), v, nil)
		count := counts[db.APIKeyList{IncludeRevoked: includeRevoked}]
		if err != nil || count != len(got) {
			t.Errorf("got %d, %v, want %d", count, err, len(got))
		}
	}
	for role, viewer := range roles(v) {
		if role != db.RoleAdmin {
			_, err := d.APIKeys(t.Context(), viewer, db.APIKeyArgs{})
			wantCode(t, err, db.CodeForbidden)
			_, err = d.CountAPIKeys(t.Context(), viewer, nil)
			wantCode(t, err, db.CodeForbidden)
		}
	}
}

// TestWhatIsWrittenWithAKeyNamesIt writes every sort of record that remembers who wrote it.
func TestWhatIsWrittenWithAKeyNamesIt(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	k, text := key(t, d, v, db.CreateAPIKeyInput{Name: "x", Scope: db.ScopeAdmin})
	with := holderOf(t, d, text).Viewer
	a := create(t, d, with, "A", nil)
	b := create(t, d, with, "B", a)
	move(t, d, with, under(b, nil))
	if _, err := d.CreateContact(t.Context(), with, db.CreateContactInput{FirstName: "Ada", Email: "ada@a.com", IsActive: true}); err != nil {
		t.Fatal(err)
	}
	got := query[string](t, d, `
		SELECT DISTINCT kind || ' ' || id FROM (
			SELECT created_by_kind, created_by_id FROM accounts UNION ALL SELECT updated_by_kind, updated_by_id FROM accounts
			UNION ALL SELECT created_by_kind, created_by_id FROM contacts UNION ALL SELECT updated_by_kind, updated_by_id FROM contacts
			UNION ALL SELECT changed_by_kind, changed_by_id FROM parent_changes
			UNION ALL SELECT actor_kind, actor_id FROM events WHERE entity IN ('account', 'contact')) AS actor (kind, id)`)
	if want := "API_KEY " + k.ID.ID().UUID.String(); !slices.Equal(got, []string{want}) {
		t.Errorf("got %q, want %q", got, want)
	}
	actors, err := d.ActorsByID(t.Context(), v, []db.ID{k.ID.ID(), v.User.ID(), a.ID.ID(), *a.Creator().Node()})
	if err != nil || len(actors) != 2 || actors[k.ID.ID()].(*db.APIKey).Name != "x" || actors[v.User.ID()].(*db.User).ID != *v.User {
		t.Errorf("got %v, %v", actors, err)
	}
	with.Role = db.RoleViewer
	_, err = d.CreateAccount(t.Context(), with, input("C", nil))
	wantText(t, err, "the scope of your API key is READ")
}

func TestRecordAPIKeyUses(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	_, text := key(t, d, v, db.CreateAPIKeyInput{Name: "x", Scope: db.ScopeRead})
	used := holderOf(t, d, text)
	if used.IsRecorded {
		t.Error("a use is recorded that was none")
	}
	record := func() {
		t.Helper()
		if err := d.RecordAPIKeyUses(t.Context(), []db.Viewer{used.Viewer, v, used.Viewer}); err != nil {
			t.Fatal(err)
		}
	}
	last := func() time.Time {
		t.Helper()
		return query[time.Time](t, d, "SELECT last_used_at FROM api_keys")[0]
	}
	record()
	first := last()
	run(t, d, "UPDATE api_keys SET last_used_at = now() - interval '61 seconds'")
	if record(); last().Before(first) {
		t.Error("not recorded after a minute")
	}
	run(t, d, "UPDATE api_keys SET last_used_at = now() + interval '1 hour'") // within the last minute, however slow this test is
	if record(); last().Before(first.Add(30*time.Minute)) || !holderOf(t, d, text).IsRecorded {
		t.Error("recorded twice within a minute")
	}
}

func TestFindAPIKey(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	k, text := key(t, d, v, db.CreateAPIKeyInput{Name: "x", Scope: db.ScopeRead})
	key(t, d, dbtest.Organization(t, d, "Rival"), db.CreateAPIKeyInput{Name: "y", Scope: db.ScopeRead})
	for _, named := range []string{k.ID.String(), k.Prefix, strings.TrimPrefix(k.Prefix, "agk_"), text} {
		if got, err := d.FindAPIKey(t.Context(), named); err != nil || got.ID != k.ID {
			t.Errorf("%s: got %v, %v", named, got, err)
		}
	}
	for _, named := range []string{"", "x", v.User.String(), text[:20], "agk_", "%"} {
		_, err := d.FindAPIKey(t.Context(), named)
		wantText(t, err, "there is no API key with this prefix or id")
	}
}

func TestHasActiveAPIKey(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	want := func(want bool) {
		t.Helper()
		if got, err := d.HasActiveAPIKey(t.Context()); got != want || err != nil {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	want(false)
	k, _ := key(t, d, v, db.CreateAPIKeyInput{Name: "x", Scope: db.ScopeRead, ExpiresAt: ptr(time.Now().Add(time.Hour))})
	want(true)
	if _, err := d.RevokeAPIKey(t.Context(), v, k.ID); err != nil {
		t.Fatal(err)
	}
	want(false)
	key(t, d, v, db.CreateAPIKeyInput{Name: "y", Scope: db.ScopeRead})
	want(true)
	run(t, d, "UPDATE api_keys SET created_at = now() - interval '2 days', expires_at = now() - interval '1 day'")
	want(false)
}

// TestTenancyOfConfiguration asks for the keys and users of one organization as the admin of another: it is as if they were not there.
func TestTenancyOfConfiguration(t *testing.T) {
	t.Parallel()
	d, v := setup(t)
	k, _ := key(t, d, v, db.CreateAPIKeyInput{Name: "x", Scope: db.ScopeRead})
	rival := dbtest.Organization(t, d, "Rival")
	found, err := d.APIKeysByID(t.Context(), rival, []db.APIKeyID{k.ID})
	actors, err2 := d.ActorsByID(t.Context(), rival, []db.ID{k.ID.ID(), v.User.ID()})
	page, err3 := d.APIKeys(t.Context(), rival, db.APIKeyArgs{IncludeRevoked: true})
	counts, err4 := d.CountAPIKeys(t.Context(), rival, nil)
	count := counts[db.APIKeyList{IncludeRevoked: true}]
	if err := errors.Join(err, err2, err3, err4); err != nil || len(found)+len(actors)+len(page.Edges)+count > 0 {
		t.Errorf("got %v, %v, %v, %d, %v", found, actors, page, count, err)
	}
	_, err = d.RevokeAPIKey(t.Context(), rival, k.ID)
	wantProblems(t, err, "id NOT_FOUND")
	_, err = d.UpdateUser(t.Context(), rival, *v.User, nil, func(*db.UserChange) {})
	wantProblems(t, err, "id NOT_FOUND")
	_, err = d.DeactivateUser(t.Context(), rival, *v.User, nil)
	wantProblems(t, err, "id NOT_FOUND")
	second, err := d.CreateUser(t.Context(), rival, db.NewUser{Name: "Bob", Email: "bob@rival.com", Role: db.RoleMember})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.DeactivateUser(t.Context(), rival, second.ID, v.User)
	wantProblems(t, err, "reassignTo NOT_FOUND")
	_, err = d.ReactivateUser(t.Context(), rival, *v.User)
	wantProblems(t, err, "id NOT_FOUND")
	// A viewer can't be made of one organization and a key of another: what is written is the viewer's.
	if err := d.RecordAPIKeyUses(t.Context(), []db.Viewer{{Organization: rival.Organization, APIKey: &k.ID}}); err != nil {
		t.Fatal(err)
	}
	if got := query[int](t, d, "SELECT count(*) FROM api_keys WHERE last_used_at IS NOT NULL"); got[0] != 0 {
		t.Error("another organization's key was written")
	}
}
