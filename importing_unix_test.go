//go:build unix

package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db/dbtest"
)

var update = flag.Bool("update", false, "write what the commands say into the documents")

var (
	// block is a file of a document, or commands with what they say.
	block = regexp.MustCompile("(?s)```(csv [^\n]+|console)\n(.*?)```\n")
	// took is what is different every time.
	took = regexp.MustCompile(`done in \d+\.\d s`)
)

// TestImportingDocument runs the commands of docs/importing.md, and compares what they say with what it says that they say.
func TestImportingDocument(t *testing.T) {
	t.Parallel()
	const document = "docs/importing.md"
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	address := dbtest.NewURL(t)
	dbtest.Organization(t, dbtest.Open(t, address), "Acme")
	dir, bin := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "accountgraph")); err != nil {
		t.Fatal(err)
	}
	shell := func(line string) string {
		command := exec.Command("sh", "-c", line)
		command.Dir = dir
		command.Env = []string{beProgram + "=1", "DATABASE_URL=" + address, "PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + dir}
		said, err := command.CombinedOutput()
		if status, ok := err.(*exec.ExitError); err != nil && (!ok || status.ExitCode() != 2) {
			t.Fatalf("%s: %v\n%s", line, err, said)
		}
		return string(said)
	}
	commands := 0
	written := block.ReplaceAllStringFunc(string(text), func(found string) string {
		parts := block.FindStringSubmatch(found)
		if name, isFile := strings.CutPrefix(parts[1], "csv "); isFile {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(parts[2]), 0o600); err != nil {
				t.Fatal(err)
			}
			return found
		}
		var out strings.Builder
		for _, line := range typed(parts[2]) {
			commands++
			out.WriteString("$ " + line + "\n" + shell(strings.ReplaceAll(line, "\\\n", " ")))
		}
		return "```console\n" + out.String() + "```\n"
	})
	if commands < 5 {
		t.Errorf("got %d commands, want a session", commands)
	}
	if *update {
		if err := os.WriteFile(document, []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, want := took.ReplaceAllString(written, "done"), took.ReplaceAllString(string(text), "done"); got != want {
		t.Errorf("%s does not say what the commands say (-update writes it):\n%s", document, got)
	}
}

// typed are the commands of a session: what follows a $, with the lines that a \ continues.
func typed(session string) []string {
	var commands []string
	isContinued := false
	for line := range strings.Lines(session) {
		line = strings.TrimSuffix(line, "\n")
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case isContinued:
			commands[len(commands)-1] += "\n" + line
		case isCommand:
			commands = append(commands, command)
		default:
			continue
		}
		isContinued = strings.HasSuffix(line, "\\")
	}
	return commands
}
