package serve

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/internal/config"
)

func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, bad := write("good.json", `{"role":"{ viewer { role } }"}`), write("bad.json", `{"a":"{ nothing }","b":"{"}`)
	for name, test := range map[string]struct {
		config config.Config
		want   []string // of the error; none if there is none
	}{
		"none":          {config.Config{}, nil},
		"some":          {config.Config{TrustedDocuments: good, TrustedDocumentsOnly: true}, nil},
		"only, of none": {config.Config{TrustedDocumentsOnly: true}, []string{"--trusted-documents or TRUSTED_DOCUMENTS"}},
		"no file":       {config.Config{TrustedDocuments: filepath.Join(folder, "nothing.json")}, []string{"can't be read", "nothing.json"}},
		"all problems":  {config.Config{TrustedDocuments: bad}, []string{"bad.json", `a: input:1:3: Cannot query field "nothing"`, "b: input:1:2"}},
	} {
		_, err := Program{Config: test.config}.trustedDocuments()
		if (err == nil) != (test.want == nil) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		for _, part := range test.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: got %v, want %s in it", name, err, part)
			}
		}
	}
}
