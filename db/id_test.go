package db

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

func TestIDVectorsOfTheSpecification(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ claim, text, uuid string }{
		{"nil", "prefix_00000000000000000000000000", "00000000-0000-0000-0000-000000000000"},
		{"one", "prefix_00000000000000000000000001", "00000000-0000-0000-0000-000000000001"},
		{"ten", "prefix_0000000000000000000000000a", "00000000-0000-0000-0000-00000000000a"},
		{"sixteen", "prefix_0000000000000000000000000g", "00000000-0000-0000-0000-000000000010"},
		{"thirty-two", "prefix_00000000000000000000000010", "00000000-0000-0000-0000-000000000020"},
		{"largest", "prefix_7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
		{"alphabet", "prefix_0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"},
		{"UUIDv7", "prefix_01h455vb4pex5vsknk084sn02q", "01890a5d-ac96-774b-bcce-b302099a8057"},
		{"another UUIDv7", "acc_01h2xcejqtf2nbrexx3vqjhp41", "0188bac7-4afa-78aa-bc3b-bd1eef28d881"},
		{"underscore within the prefix", "pre_fix_00000000000000000000000000", "00000000-0000-0000-0000-000000000000"},
		{"prefix of 63", strings.Repeat("a", 63) + "_00000000000000000000000000", "00000000-0000-0000-0000-000000000000"},
	} {
		t.Run(test.claim, func(t *testing.T) {
			t.Parallel()
			id, err := ParseID(test.text)
			if err != nil || id.UUID.String() != test.uuid {
				t.Fatalf("got %v, %v, want %s", id.UUID, err, test.uuid)
			}
			if got := id.String(); got != test.text {
				t.Errorf("got %s, want %s", got, test.text)
			}
		})
	}
}

func TestIDRefuses(t *testing.T) {
	t.Parallel()
	const zeros = "00000000000000000000000000"
	for claim, text := range map[string]string{
		"nothing":                      "",
		"an empty prefix":              zeros,
		"a separator before no prefix": "_" + zeros,
		"a separator alone":            "_",
		"a prefix in upper case":       "PREFIX_" + zeros,
		"digits in the prefix":         "12345_" + zeros,
		"a dot in the prefix":          "pre.fix_" + zeros,
		"other letters in the prefix":  "préfix_" + zeros,
		"spaces before":                "  prefix_" + zeros,
		"spaces behind":                "prefix_" + zeros + " ",
		"a prefix of 64":               strings.Repeat("a", 64) + "_" + zeros,
		"a leading underscore":         "_prefix_" + zeros,
		"a trailing underscore":        "prefix__" + zeros,
		"a short suffix":               "prefix_1234567890123456789012345",
		"a long suffix":                "prefix_123456789012345678901234567",
		"a space in the suffix":        "prefix_1234567890123456789012345 ",
		"a suffix in upper case":       "prefix_0123456789ABCDEFGHJKMNPQRS",
		"hyphens":                      "prefix_123456789-123456789-123456",
		"letters not of the alphabet":  "prefix_ooooooiiiiiiuuuuuuulllllll",
		"ambiguous letters":            "prefix_i23456789ol23456789oi23456",
		"more than 128 bits":           "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz",
		"a UUID":                       "0188bac7-4afa-78aa-bc3b-bd1eef28d881",
		"NUL":                          "acc_0000000000000000000000000\x00",
		"invalid UTF-8":                "acc_0000000000000000000000000\xff",
		"ten megabytes":                strings.Repeat("a_", 5<<20),
	} {
		t.Run(claim, func(t *testing.T) {
			t.Parallel()
			id, err := ParseID(text)
			var refused *Error
			if !errors.As(err, &refused) || refused.Code != CodeBadUserInput || len(refused.Message) > 1000 {
				t.Errorf("got %v, %v, want BAD_USER_INPUT", id, err)
			}
		})
	}
}

func TestIDRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) ID {
			return ID{
				Kind: Kind(rapid.StringMatching(`[a-z]([a-z_]{0,61}[a-z])?`).Draw(t, "kind")),
				UUID: uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, name)),
			}
		}
		a, b := draw("a"), draw("b")
		if got, err := ParseID(a.String()); err != nil || got != a {
			t.Fatalf("got %v, %v, want %v", got, err, a)
		}
		// The texts of a kind are in the order of their UUIDs.
		b.Kind = a.Kind
		if got, want := strings.Compare(a.String(), b.String()), bytes.Compare(a.UUID[:], b.UUID[:]); got != want {
			t.Fatalf("%s against %s: got order %d, want %d", a, b, got, want)
		}
	})
}

func TestIDOfAKind(t *testing.T) {
	t.Parallel()
	account := AccountID{newID[accountKind]()}
	var read AccountID
	if err := read.UnmarshalGQL(account.String()); err != nil || read != account {
		t.Errorf("got %v, %v, want %v", read, err, account)
	}
	var contact ContactID
	if err := contact.UnmarshalGQL(account.String()); err != nil || !contact.IsZero() {
		t.Errorf("an account's ID read as a contact's: got %v, %v, want the zero ID", contact, err)
	}
	for _, in := range []any{nil, 7, "acc_", []any{}} {
		if err := read.UnmarshalGQL(in); err == nil {
			t.Errorf("%v: got no error", in)
		}
	}
	var text bytes.Buffer
	account.MarshalGQL(&text)
	if want := `"` + account.String() + `"`; text.String() != want {
		t.Errorf("got %s, want %s", text.String(), want)
	}
	column, err := account.Value()
	if err != nil {
		t.Fatal(err)
	}
	var scanned AccountID
	if err := scanned.Scan(column); err != nil || scanned != account {
		t.Errorf("got %v, %v, want %v", scanned, err, account)
	}
	if later := (AccountID{newID[accountKind]()}); compareIDs(account, later) >= 0 || account.uuid.Version() != 7 {
		t.Errorf("got %v before %v, want UUIDv7 in order", account, later)
	}
}

func FuzzID(f *testing.F) {
	f.Add("acc_01h2xcejqtf2nbrexx3vqjhp41")
	f.Add("a__7zzzzzzzzzzzzzzzzzzzzzzzzz")
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := ParseID(text); err == nil && id.String() != text {
			t.Errorf("got %s from %q, want the same", id, text)
		}
	})
}
