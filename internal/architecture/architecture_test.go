// Package architecture checks that imports point one way:
//
//	server.go -> internal/* -> graph -> graph/{plan,loader,auth} -> db -> sqlx, pq
package architecture

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/accountgraph/accountgraph"

// rules say what packages may not import. A package is covered by every rule whose name it begins with.
var rules = []struct {
	packages  string
	except    []string
	forbidden []string
	because   string
}{
	{
		packages: "/db", except: []string{"/db/dbtest"},
		forbidden: []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser", "github.com/prometheus", "go.opentelemetry.io", module + "/graph", module + "/internal", module + "/web"},
		because:   "db says what is true, and does not know how it is asked",
	},
	{
		packages:  "/graph",
		forbidden: []string{"github.com/jmoiron/sqlx", "github.com/lib/pq", "database/sql", "github.com/prometheus", "go.opentelemetry.io", module + "/internal/http", module + "/internal/postgres", module + "/web"},
		because:   "graph translates, and does not know SQL, nor who watches",
	},
	{packages: "/graph/loader", forbidden: []string{module + "/graph/plan", module + "/graph/generated", module + "/graph/model"}, because: "links are below the plan"},
	{packages: "/graph/plan", forbidden: []string{module + "/graph/generated", module + "/graph/model"}, because: "the plan works for every schema"},
	{packages: "/migrations", forbidden: []string{module}, because: "migrations are files"},
	{packages: "/internal/postgres", except: []string{}, forbidden: []string{module + "/db", module + "/graph"}, because: "it starts a database, whatever is in it"},
}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	packages := list(t)
	for _, rule := range rules {
		covered := false
		for _, p := range packages {
			path := strings.TrimPrefix(p.ImportPath, module)
			if !within(path, rule.packages) || excepted(path, rule.except) {
				continue
			}
			covered = true
			for _, imported := range p.Imports {
				for _, forbidden := range rule.forbidden {
					if within(imported, forbidden) && !within(imported, module+rule.packages) {
						t.Errorf("%s imports %s: %s", p.ImportPath, imported, rule.because)
					}
				}
			}
		}
		if !covered {
			t.Errorf("no package is covered by the rule for %s", rule.packages)
		}
	}
}

// within tells whether a path is another one, or lies in it.
func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func excepted(path string, folders []string) bool {
	for _, folder := range folders {
		if within(path, folder) {
			return true
		}
	}
	return false
}

func list(t *testing.T) []listed {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	command.Dir = "../.."
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
