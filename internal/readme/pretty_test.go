package readme

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// lineWidth is how long a line of a shown answer may be.
const lineWidth = 110

// pretty writes JSON as a person would: what fits a line is on one, fields stay in their order.
func pretty(t *testing.T, raw json.RawMessage, indent string) string {
	t.Helper()
	line, members := oneLine(t, raw)
	if len(members) == 0 || len(indent)+len(line) <= lineWidth && indent != "" {
		return line
	}
	var lines []string
	for _, m := range members {
		lines = append(lines, indent+"  "+m.key+pretty(t, m.value, indent+"  "))
	}
	open, closing := string(raw[0]), string(raw[len(raw)-1])
	return open + "\n" + strings.Join(lines, ",\n") + "\n" + indent + closing
}

// member is an element of a list, or a field of an object with its quoted key and a colon.
type member struct {
	key   string
	value json.RawMessage
}

// oneLine writes JSON on one line, and tells what is in it if it is an object or a list.
func oneLine(t *testing.T, raw json.RawMessage) (string, []member) {
	t.Helper()
	if raw[0] != '{' && raw[0] != '[' {
		return string(raw), nil
	}
	members := membersOf(t, raw)
	var parts []string
	for _, m := range members {
		line, _ := oneLine(t, m.value)
		parts = append(parts, m.key+line)
	}
	text := strings.Join(parts, ", ")
	switch {
	case raw[0] == '[':
		return "[" + text + "]", members
	case text == "":
		return "{}", nil
	}
	return "{ " + text + " }", members
}

func membersOf(t *testing.T, raw json.RawMessage) []member {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(raw))
	next := func() json.Token {
		token, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	next()
	var members []member
	for decoder.More() {
		var m member
		if raw[0] == '{' {
			m.key = `"` + next().(string) + `": `
		}
		if err := decoder.Decode(&m.value); err != nil {
			t.Fatal(err)
		}
		members = append(members, m)
	}
	return members
}
