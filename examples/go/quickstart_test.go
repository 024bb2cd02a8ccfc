package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// step is a block of docs/quickstart-go.md that is to be pasted, and what is then shown, if something is. A block with more than sh in
// its first line, as that which starts the server, is not of these.
var step = regexp.MustCompile("(?s)```sh\n(.*?)```\n(?:\n```\n(.*?)```\n)?")

// TestQuickstart pastes docs/quickstart-go.md into one shell.
func TestQuickstart(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/quickstart-go.md")
	if err != nil {
		t.Fatal(err)
	}
	steps := step.FindAllStringSubmatch(string(page), -1)
	if len(steps) < 4 {
		t.Fatalf("got %d steps, want at least 4", len(steps))
	}
	var script, want strings.Builder
	script.WriteString("set -eo pipefail\n")
	for _, s := range steps {
		script.WriteString(s[1])
		want.WriteString(s[2])
	}
	shell := exec.CommandContext(t.Context(), "bash", "-c", strings.ReplaceAll(script.String(), "http://127.0.0.1:8080", base()))
	shell.Dir = t.TempDir()
	var problems strings.Builder
	shell.Stderr = &problems
	got, err := shell.Output()
	if err != nil || string(got) != want.String() {
		t.Errorf("got %v\n%s\n%s\nwant\n%s", err, got, problems.String(), want.String())
	}
}
