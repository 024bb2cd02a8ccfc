package db

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAPIKeyText(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^agk_[0-9a-hjkmnp-tv-z]{8}_[0-9a-hjkmnp-tv-z]{39}$`)
	seen := map[string]bool{}
	for range 1000 {
		text := newAPIKeyText()
		if !form.MatchString(text) || len(text) != apiKeyLength {
			t.Fatalf("got %q, want the documented form", text)
		}
		if _, ok := HashAPIKey(text); !ok {
			t.Errorf("%q: got no hash", text)
		}
		prefix := text[:apiKeyPrefixLength]
		if seen[text] || seen[prefix] {
			t.Errorf("%q was made before", text)
		}
		seen[text], seen[prefix] = true, true
	}
}

func TestAMistypedAPIKeyIsNone(t *testing.T) {
	t.Parallel()
	text := newAPIKeyText()
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		letter := rapid.ByteRange(0, 255).Draw(t, "letter")
		mistyped := text[:at] + string([]byte{letter}) + text[at+1:]
		if _, ok := HashAPIKey(mistyped); ok != (mistyped == text) {
			t.Errorf("%q: got %v", mistyped, ok)
		}
	})
	for _, wrong := range []string{"", "agk_", text + "0", text[:len(text)-1], text[1:], " " + text, strings.ToUpper(text), text + text} {
		if _, ok := HashAPIKey(wrong); ok {
			t.Errorf("%q: got a hash", wrong)
		}
	}
}

func FuzzHashAPIKey(f *testing.F) {
	f.Add(newAPIKeyText())
	f.Add("agk_")
	f.Add(strings.Repeat("x", apiKeyLength))
	f.Fuzz(func(t *testing.T, text string) {
		hash, ok := HashAPIKey(text)
		if ok != (hash != APIKeyHash{}) || ok && !strings.HasPrefix(text, apiKeyMark) {
			t.Errorf("%q: got %v, %v", text, hash, ok)
		}
	})
}

func TestScopesAreRoles(t *testing.T) {
	t.Parallel()
	for scope, role := range map[Scope]Role{ScopeRead: RoleViewer, ScopeWrite: RoleManager, ScopeAdmin: RoleAdmin, "": "", "OWNER": ""} {
		if got := scope.role(); got != role {
			t.Errorf("%q: got %q, want %q", scope, got, role)
		}
		if got := scopeOf(role); role != "" && got != scope {
			t.Errorf("%q: got %q, want %q", role, got, scope)
		}
	}
}
