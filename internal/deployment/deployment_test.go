// Package deployment checks what can be checked of Dockerfile, .dockerignore and compose.yaml where there is no container engine.
package deployment

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/accountgraph/accountgraph/internal/config"
)

// root is where the files are.
const root = "../.."

// TestBuildHasItsFiles is about what .dockerignore leaves for the build.
func TestBuildHasItsFiles(t *testing.T) {
	t.Parallel()
	files := append(sources(t), copied(t)...)
	if !slices.Contains(files, "server.go") || !slices.Contains(files, "migrations/0001_organization.sql") || !slices.Contains(files, "go.sum") {
		t.Fatalf("got %d files, want the program's, with what is embedded, and those that are copied by name", len(files))
	}
	patterns, err := ignorefile.ReadAll(bytes.NewReader(read(t, ".dockerignore")))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, err := os.Stat(filepath.Join(root, file)); err != nil {
			t.Error(err)
		}
		if ignored, err := patternmatcher.MatchesOrParentMatches(file, patterns); err != nil || ignored {
			t.Errorf("%s is needed, and .dockerignore leaves it out (error %v)", file, err)
		}
	}
}

// TestImageRunsTheProgram is about what the Dockerfile says on the program.
func TestImageRunsTheProgram(t *testing.T) {
	t.Parallel()
	image := dockerfile(t)
	var entrypoint, health []string
	_, command, _ := strings.Cut(image.last(t, "HEALTHCHECK"), "CMD ")
	if err := errors.Join(json.Unmarshal([]byte(image.last(t, "ENTRYPOINT")), &entrypoint), json.Unmarshal([]byte(command), &health)); err != nil {
		t.Fatal(err)
	}
	if len(entrypoint) != 1 || len(health) != 2 || health[0] != entrypoint[0] {
		t.Fatalf("got entry point %q and health check %q, want the program, and it with one argument", entrypoint, health)
	}
	if !strings.Contains(image.last(t, "RUN CGO_ENABLED=0 go build"), "-o /image"+entrypoint[0]+" ") {
		t.Errorf("the entry point is %s, which is not what is built", entrypoint[0])
	}
	c := parse(t, image.environment(t), health[1])
	if c.Command != config.Health || !strings.HasSuffix(c.Addr, ":"+image.last(t, "EXPOSE")) {
		t.Errorf("got the health check %q and the address %s, want those of the server that is exposed", c.Command, c.Addr)
	}
}

// TestCompose is about how compose.yaml runs the image.
func TestCompose(t *testing.T) {
	t.Parallel()
	c := compose(t)
	database, server := c.Services["postgres"], c.Services["accountgraph"]
	environment := dockerfile(t).environment(t)
	for name, value := range server.Environment {
		environment[name] = strings.ReplaceAll(value, "${POSTGRES_PASSWORD}", "secret1")
	}
	settings := parse(t, environment)
	if want := "postgres://" + database.Environment["POSTGRES_USER"] + ":secret1@postgres/"; !strings.HasPrefix(settings.DatabaseURL, want) {
		t.Errorf("got %s, want %s...: the service beside it", settings.DatabaseURL, want)
	}
	if _, port, _ := strings.Cut(settings.Addr, ":"); len(server.Ports) != 1 || server.Ports[0] != "127.0.0.1:8080:"+port {
		t.Errorf("got the ports %q, want that of %s, on loopback", server.Ports, settings.Addr)
	}
	if server.DependsOn["postgres"].Condition != "service_healthy" || len(database.Healthcheck.Test) == 0 {
		t.Error("the server does not wait until PostgreSQL is well")
	}
	if !server.ReadOnly || !slices.ContainsFunc(server.Volumes, func(v string) bool { return strings.HasSuffix(v, ":/tmp") }) {
		t.Error("uploads have no place where nothing else can be written to")
	}
	if grace, err := time.ParseDuration(server.StopGracePeriod); err != nil || grace <= settings.ShutdownDelay+settings.ShutdownTimeout {
		t.Errorf("the server is killed after %q (error %v), and may take %s to stop", server.StopGracePeriod, err, settings.ShutdownDelay+settings.ShutdownTimeout)
	}
	for service, s := range c.Services {
		for _, volume := range s.Volumes {
			name, _, _ := strings.Cut(volume, ":")
			if _, ok := c.Volumes[name]; !ok {
				t.Errorf("%s uses %s, which is no volume of the file", service, name)
			}
		}
	}
}

// sources are the files that the program is compiled of, what it embeds among them.
func sources(t *testing.T) []string {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-json=Dir,GoFiles,EmbedFiles,Module", ".")
	list.Dir = root
	list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=") // -race, if tests run with it, needs cgo
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var files []string
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Dir                 string
			GoFiles, EmbedFiles []string
			Module              *struct {
				Main bool
				Dir  string
			}
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return files
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		folder, err := filepath.Rel(p.Module.Dir, p.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range slices.Concat(p.GoFiles, p.EmbedFiles) {
			files = append(files, path.Join(filepath.ToSlash(folder), file))
		}
	}
}

// copied are the files that the Dockerfile names, to be copied from the clone.
func copied(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, i := range dockerfile(t) {
		words := strings.Fields(i.text)
		switch {
		case i.name == "COPY" && !strings.HasPrefix(i.text, "--from="):
			files = append(files, words[:len(words)-1]...)
		case i.name == "RUN" && words[0] == "cp":
			files = append(files, words[1:slices.Index(words, "/image/")]...)
		}
	}
	return slices.DeleteFunc(files, func(file string) bool { return file == "." })
}

// instructions are a Dockerfile, in which each of them is one line.
type instructions []struct{ name, text string }

func dockerfile(t *testing.T) instructions {
	t.Helper()
	var all instructions
	for line := range strings.Lines(string(read(t, "Dockerfile"))) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name != "" && name != "#" {
			all = append(all, struct{ name, text string }{name, text})
		}
	}
	return all
}

// last is what follows the beginning of an instruction, the last of those that begin so.
func (all instructions) last(t *testing.T, beginning string) string {
	t.Helper()
	for _, i := range slices.Backward(all) {
		if rest, ok := strings.CutPrefix(i.name+" "+i.text, beginning+" "); ok {
			return rest
		}
	}
	t.Fatalf("the Dockerfile has no %s", beginning)
	return ""
}

// environment are the variables that the image sets.
func (all instructions) environment(t *testing.T) map[string]string {
	t.Helper()
	environment := map[string]string{}
	for _, assignment := range strings.Fields(all.last(t, "ENV")) {
		name, value, _ := strings.Cut(assignment, "=")
		environment[name] = value
	}
	return environment
}

// composition is all that compose.yaml says: another key is an error.
type composition struct {
	Services map[string]struct {
		Image, Build string
		Environment  map[string]string
		DependsOn    map[string]struct{ Condition string } `yaml:"depends_on"`
		Healthcheck  struct {
			Test              []string
			Interval, Timeout string
			Retries           int
		}
		Ports, Volumes  []string
		ReadOnly        bool     `yaml:"read_only"`
		CapDrop         []string `yaml:"cap_drop"`
		SecurityOpt     []string `yaml:"security_opt"`
		StopGracePeriod string   `yaml:"stop_grace_period"`
		Restart         string
	}
	Volumes map[string]*struct{}
}

func compose(t *testing.T) composition {
	t.Helper()
	var c composition
	if err := yaml.UnmarshalWithOptions(read(t, "compose.yaml"), &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return c
}

// shownVariable is how the program's help tells the variable of a setting.
var shownVariable = regexp.MustCompile(`\(\$(\w+)\)`)

// parse reads settings as the program does, and fails for variables that are none.
func parse(t *testing.T, environment map[string]string, args ...string) config.Config {
	t.Helper()
	var help bytes.Buffer
	_, err := config.Parse([]string{"--help"}, func(string) string { return "" }, &help)
	known := map[string]bool{}
	for _, found := range shownVariable.FindAllStringSubmatch(help.String(), -1) {
		known[found[1]] = true
	}
	for name := range environment {
		if !known[name] {
			t.Errorf("%s is not a setting", name)
		}
	}
	c, wrong := config.Parse(args, func(name string) string { return environment[name] }, io.Discard)
	if err := cmp.Or(err, wrong); err != nil {
		t.Fatal(err)
	}
	return c
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
