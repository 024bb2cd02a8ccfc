package graph

import (
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
)

// formWith is a request with one file for two variables.
func formWith(t *testing.T, text string) *http.Request {
	t.Helper()
	var body strings.Builder
	form := multipart.NewWriter(&body)
	for _, part := range [][2]string{
		{"operations", `{"query": "{ viewer { role } }", "variables": {"file": null, "input": {"files": [null]}}}`},
		{"map", `{"0": ["variables.file", "variables.input.files.0"]}`},
	} {
		if err := form.WriteField(part[0], part[1]); err != nil {
			t.Fatal(err)
		}
	}
	file, err := form.CreateFormFile("0", "a.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(file, text); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body.String()))
	r.Header.Set("Content-Type", form.FormDataContentType())
	return r
}

// Short files are in memory, long ones on disk; each variable reads its file from the beginning; and nothing stays.
func TestFilesOfVariables(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	for size, onDisk := range map[int]int{0: 0, 5: 0, maxUploadMemory: 0, maxUploadMemory + 1: 1, 3 * maxUploadMemory: 1} {
		text := strings.Repeat("x", size)
		p, refusal := readParams(formWith(t, text))
		if refusal != nil {
			t.Fatal(refusal.errors)
		}
		for _, value := range []any{p.Variables["file"], p.Variables["input"].(map[string]any)["files"].([]any)[0]} {
			upload := value.(graphql.Upload)
			got, err := io.ReadAll(upload.File)
			if err != nil || string(got) != text || upload.Size != int64(size) || upload.Filename != "a.csv" {
				t.Errorf("%d bytes: got %d of %s, which are told to be %d: %v", size, len(got), upload.Filename, upload.Size, err)
			}
		}
		if got := len(entries(t, folder)); got != onDisk {
			t.Errorf("%d bytes: got %d files on disk, want %d", size, got, onDisk)
		}
		p.files.close()
		if left := entries(t, folder); len(left) > 0 {
			t.Errorf("%d bytes: %v is left", size, left)
		}
	}
}

// A form that breaks off, or is refused after a file was stored, leaves none.
func TestFilesOfRequestsThatAreRefused(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	whole := formWith(t, strings.Repeat("x", 2*maxUploadMemory))
	text, err := io.ReadAll(whole.Body)
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"breaks off":             string(text[:len(text)-maxUploadMemory/2]),
		"fits no variables":      strings.Replace(string(text), "variables.file", "variables.0.x", 1),
		"names a file too many":  strings.Replace(string(text), `{"0"`, `{"1": ["variables.file"], "0"`, 1),
		"has no query":           strings.Replace(string(text), `"query"`, `"qeury"`, 1),
		"names no file like it":  strings.Replace(string(text), `{"0"`, `{"1"`, 1),
		"has a name that is odd": strings.Replace(string(text), "variables.input.files.0", "variables.input.files.-1", 1),
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header = whole.Header
		if _, refusal := readParams(r); refusal == nil || refusal.status != http.StatusBadRequest {
			t.Errorf("%s: got %v, want it refused", name, refusal)
		}
		if left := entries(t, folder); len(left) > 0 {
			t.Errorf("%s: %v is left", name, left)
		}
	}
}

// That there is no room for a file is the server's trouble: it is told as such, and logged with its cause.
func TestFilesThatCannotBeStored(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/nothing")
	_, refusal := readParams(formWith(t, strings.Repeat("x", 2*maxUploadMemory)))
	if refusal == nil || refusal.status != http.StatusServiceUnavailable || refusal.cause == nil || strings.Contains(refusal.errors.Error(), "nothing") {
		t.Errorf("got %v, want 503 with a cause, which is not told", refusal)
	}
}

func entries(t *testing.T, folder string) []os.DirEntry {
	t.Helper()
	found, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
