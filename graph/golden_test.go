package graph_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file of testdata.
func golden(t testing.TB, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("%s: the answer changed (-update accepts it):\ngot\n%s\nwant\n%s", name, got, want)
	}
}

var unstable = regexp.MustCompile(`\b(acc|con|usr|org|pkv|pch|cus|key|imp)_[0-9a-z]{26}\b|\bagk_[0-9a-z]{8}(_[0-9a-z]{39})?\b|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)

// stable writes an answer over several lines, with its ids and times numbered in the order in which they occur.
func stable(a answer) string {
	numbers, counts := map[string]string{}, map[string]int{}
	text := unstable.ReplaceAllStringFunc(a.Body, func(found string) string {
		if numbers[found] == "" {
			kind := "time"
			if found[3] == '_' {
				kind = found[:3]
			}
			counts[kind]++
			numbers[found] = fmt.Sprintf("%s-%d", kind, counts[kind])
			if kind == "time" {
				numbers[found] = "a time" // how many there are depends on the clock
			}
		}
		return numbers[found]
	})
	var indented bytes.Buffer
	if err := json.Indent(&indented, bytes.TrimSpace([]byte(text)), "", "  "); err != nil {
		return text
	}
	return indented.String() + "\n"
}

// story is a sequence of operations, whose answers are told together in one golden file.
type story struct {
	*server
	text bytes.Buffer
}

// tell asks an operation, and adds what was done and answered to the story.
func (s *story) tell(what, query string, variables ...any) answer {
	s.t.Helper()
	a := s.ask(query, variables...)
	s.write(what, stable(a))
	return a
}

// write adds what was done and came of it to the story.
func (s *story) write(what, text string) { fmt.Fprintf(&s.text, "# %s\n%s\n", what, text) }
