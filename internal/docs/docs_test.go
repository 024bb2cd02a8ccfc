package docs

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/accountgraph/accountgraph/graph"
)

// serving serves a handler, and returns how to ask it.
func serving(t *testing.T, h http.Handler) func(method, path string, header ...string) (*http.Response, string) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func(method, path string, header ...string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequest(method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response, string(body)
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	ask := serving(t, Handler(graph.Schema()))

	t.Run("serves each path with its type, and only once to who keeps it", func(t *testing.T) {
		t.Parallel()
		for path, contentType := range map[string]string{
			"/docs":           "text/html; charset=utf-8",
			"/docs/style.css": "text/css; charset=utf-8",
			"/docs/script.js": "text/javascript; charset=utf-8",
		} {
			r, body := ask("GET", path)
			if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != contentType || body == "" {
				t.Errorf("%s: got %s, %s, %d bytes, want 200, %s", path, r.Status, r.Header.Get("Content-Type"), len(body), contentType)
			}
			if kept, body := ask("GET", path, "If-None-Match", r.Header.Get("ETag")); kept.StatusCode != http.StatusNotModified || body != "" {
				t.Errorf("%s: got %s and %d bytes for its ETag, want 304", path, kept.Status, len(body))
			}
			if head, _ := ask("HEAD", path); head.StatusCode != http.StatusOK || head.ContentLength != r.ContentLength {
				t.Errorf("%s: got %s and the length %d for HEAD, want 200 and %d", path, head.Status, head.ContentLength, r.ContentLength)
			}
		}
	})

	t.Run("knows no other path and method", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/docs/page.gohtml", "/docs/ACCOUNT", "/docs/Account.nothing", "/docs/Account/parent", "/docs/__Schema", "/docs/Account.__typename"} {
			if r, _ := ask("GET", path); r.StatusCode != http.StatusNotFound {
				t.Errorf("%s: got %s, want 404", path, r.Status)
			}
		}
		r, _ := ask("POST", "/docs")
		if got := r.Header.Get("Allow"); r.StatusCode != http.StatusMethodNotAllowed || got != "GET, HEAD" {
			t.Errorf("POST: got %s, Allow %q, want 405, GET, HEAD", r.Status, got)
		}
	})

	t.Run("leads from a name in the path to its place", func(t *testing.T) {
		t.Parallel()
		for path, place := range map[string]string{
			"/docs/":                          "/docs",
			"/docs/Account":                   "/docs#Account",
			"/docs/Account.parent":            "/docs#Account.parent",
			"/docs/UserErrorCode.CYCLE":       "/docs#UserErrorCode.CYCLE",
			"/docs/CreateAccountInput.name":   "/docs#CreateAccountInput.name",
			"/docs/moveAccount":               "/docs#Mutation.moveAccount",
			"/docs/Int":                       "/docs#Int",
			"/docs/@key":                      "/docs#@key",
			"/docs/%40key":                    "/docs#@key",
			"/docs/BAD_USER_INPUT":            "/docs#BAD_USER_INPUT",
			"/docs/Account?from=an+old+mail":  "/docs#Account",
			"/docs/PERSISTED_QUERY_NOT_FOUND": "/docs#PERSISTED_QUERY_NOT_FOUND",
		} {
			if r, _ := ask("GET", path); r.StatusCode != http.StatusMovedPermanently || r.Header.Get("Location") != place {
				t.Errorf("%s: got %s to %q, want 301 to %q", path, r.Status, r.Header.Get("Location"), place)
			}
		}
	})

	t.Run("protects every answer, refusals too", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/docs", "/docs/script.js", "/docs/Account", "/docs/nothing"} {
			r, _ := ask("GET", path)
			for name, want := range map[string]string{
				"Content-Security-Policy": contentSecurityPolicy,
				"Referrer-Policy":         "no-referrer",
				"X-Content-Type-Options":  "nosniff",
			} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s: got %s %q, want %q", path, name, got, want)
				}
			}
		}
	})

	t.Run("loads nothing from elsewhere, and has nothing inline", func(t *testing.T) {
		t.Parallel()
		_, body := ask("GET", "/docs")
		for _, loaded := range regexp.MustCompile(`<(?:script|link|img)[^>]*(?:src|href)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if !regexp.MustCompile(`^/(docs/[a-z]+\.(css|js)|favicon\.svg)$`).MatchString(loaded[1]) {
				t.Errorf("got %s", loaded[0])
			}
		}
		if found := regexp.MustCompile(`<style|<script>| style="| on[a-z]+="`).FindString(body); found != "" {
			t.Errorf("got %q, which the Content-Security-Policy forbids", found)
		}
	})
}

func TestThePageIsTheSchema(t *testing.T) {
	t.Parallel()
	_, body := serving(t, Handler(graph.Schema()))("GET", "/docs")
	ids := map[string]bool{}
	for _, found := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(body, -1) {
		id := html.UnescapeString(found[1])
		if ids[id] {
			t.Errorf("%s: got two places of this id", id)
		}
		ids[id] = true
	}
	text := plain(regexp.MustCompile(`<[^>]+>`).ReplaceAllString(body, ""))
	check := func(id, description string) {
		if !ids[id] {
			t.Errorf("%s: got no place on the page", id)
		}
		if !strings.Contains(text, plain(strings.ReplaceAll(description, "`", ""))) {
			t.Errorf("%s: got no description as %q", id, description)
		}
	}
	arguments := func(id string, all ast.ArgumentDefinitionList) {
		for _, a := range all {
			check(id, a.Description)
			if typed := plain(a.Name + ": " + a.Type.String()); !strings.Contains(text, typed) {
				t.Errorf("%s: got no argument %s", id, typed)
			}
		}
	}
	for _, d := range graph.Schema().Types {
		if d.BuiltIn {
			continue
		}
		check(d.Name, d.Description)
		for _, f := range shown(d.Fields) {
			check(d.Name+"."+f.Name, f.Description)
			if typed := plain(f.Name + ": " + f.Type.String()); !strings.Contains(text, typed) {
				t.Errorf("%s: got no field %s", d.Name, typed)
			}
			arguments(d.Name+"."+f.Name, f.Arguments)
		}
		for _, v := range d.EnumValues {
			check(d.Name+"."+v.Name, v.Description)
		}
	}
	for _, d := range graph.Schema().Directives {
		if !d.Position.Src.BuiltIn {
			check("@"+d.Name, d.Description)
			arguments("@"+d.Name, d.Arguments)
		}
	}
	p := newPage(graph.Schema())
	for name, id := range p.places {
		if !ids[id] {
			t.Errorf("%s: got no place on the page for %s", id, name)
		}
	}
	for _, code := range []string{"BAD_USER_INPUT", "FORBIDDEN", "UserErrorCode.NOT_FOUND"} {
		if link := `<a href="#` + code + `"><code>`; !strings.Contains(body, link) {
			t.Errorf("got no %s", link)
		}
	}
	links := regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(body, -1)
	for _, link := range links {
		id, err := url.PathUnescape(html.UnescapeString(link[1]))
		if err != nil || !ids[id] {
			t.Errorf("got a link to #%s, which is nowhere (%v)", link[1], err)
		}
	}
	if len(links) < len(ids) {
		t.Errorf("got %d links for %d places", len(links), len(ids))
	}
}

// TestErrorCodes compares the page with the README, which writes no sentences in tables and may say more in a link.
func TestErrorCodes(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "| code | meaning |\n| --- | --- |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var want strings.Builder
	for _, e := range errorCodes {
		want.WriteString("| `" + e.Code + "` | " + strings.ToLower(e.Meaning[:1]) + strings.TrimSuffix(e.Meaning[1:], ".") + " |\n")
	}
	if got := regexp.MustCompile(` \(\[[^]]*\]\([^)]*\)\)`).ReplaceAllString(table, "") + "\n"; got != want.String() {
		t.Errorf("got in the README\n%s\nwant\n%s", got, want.String())
	}
}

// plain is a text as one reads it, with single spaces.
func plain(text string) string {
	return strings.Join(strings.Fields(html.UnescapeString(text)), " ")
}

func TestThePageShowsWhatIsDeprecated(t *testing.T) {
	t.Parallel()
	_, body := serving(t, Handler(gqlparser.MustLoadSchema(&ast.Source{Input: `
		"Asks <b>boldly</b>."
		type Query {
			"Old; see ` + "`pets`" + `."
			pet("How." by: Way = OLD, "Why." reason: String @deprecated(reason: "Nobody reads it.")): Pet @deprecated(reason: "Use pets instead.")
			"New."
			pets: [Pet!]!
		}
		"Changes."
		type Mutation { "Nothing." none: Boolean }
		"A way."
		enum Way { "The old one." OLD @deprecated(reason: "It is old.") }
		"Has a name."
		interface Named { "It." name: String! }
		"A pet."
		type Pet implements Named { "Its." name: String! }
	`})))("GET", "/docs")
	for _, want := range []string{
		`<h4 id="Query.pet"><code><a href="#Query.pet">pet</a>: <a href="#Pet">Pet</a></code> <span class="badge">deprecated</span></h4>`,
		`<strong>Deprecated.</strong> Use pets instead.`,
		`<strong>Deprecated.</strong> Nobody reads it.`,
		`<strong>Deprecated.</strong> It is old.`,
		`<p>Asks &lt;b&gt;boldly&lt;/b&gt;.</p>`,
		`<p>Old; see <a href="#Query.pets"><code>pets</code></a>.</p>`,
		`<code><b>by</b>: <a href="#Way">Way</a> = OLD</code>`,
		`[<a href="#Pet">Pet</a>!]!`,
		`<p>Implemented by <a href="#Pet"><code>Pet</code></a>.</p>`,
		`<small>implements <a href="#Named">Named</a></small>`,
		`<a href="#Query.pet"><code>Query.pet(by:)</code></a>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("got no %s", want)
		}
	}
	if strings.Count(body, `class="badge"`) != 3 {
		t.Errorf("got %d marks, want those of the field, the argument and the value", strings.Count(body, `class="badge"`))
	}
}

func TestHidden(t *testing.T) {
	t.Parallel()
	ask := serving(t, Hidden())
	for _, path := range []string{"/docs/Account", "/docs/nothing", "/docs"} {
		r, body := ask("GET", path)
		if r.StatusCode != http.StatusForbidden || !strings.Contains(body, "INTROSPECTION") || strings.Contains(body, "Account") {
			t.Errorf("%s: got %s %q, want 403 and the setting", path, r.Status, body)
		}
	}
	r, _ := ask("GET", "/docs")
	if got := r.Header.Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("got X-Content-Type-Options %q, want nosniff", got)
	}
}

func TestParagraphs(t *testing.T) {
	t.Parallel()
	p := newPage(graph.Schema())
	for description, want := range map[string]string{
		"":                           "",
		"One.":                       "<One.>",
		"A line\nthat goes on.":      "<A line that goes on.>",
		"One.\nCodes: A,\nB (`by`).": "<One.><Codes: A, B (|by|).>",
		"One\n\ntwo":                 "<One><two>",
		"Codes: CYCLE, DOMAIN_TAKEN (`by`),\nINVALIDATED and URL.": "<Codes: |CYCLE→UserErrorCode.CYCLE|, |DOMAIN_TAKEN→UserErrorCode.DOMAIN_TAKEN| (|by|), INVALIDATED and URL.>",
		"Error BAD_USER_INPUT: none; FORBIDDEN":                    "<Error |BAD_USER_INPUT→BAD_USER_INPUT|: none; |FORBIDDEN→FORBIDDEN>",
		"`Account.parent`, `moveAccount(id:)`, `Account`":          "<Account.parent→Account.parent|, |moveAccount(id:)→Mutation.moveAccount|, |Account→Account>",
	} {
		var got strings.Builder
		for _, paragraph := range p.paragraphs(description) {
			var parts []string
			for _, s := range paragraph {
				if s.ID != "" {
					s.Text += "→" + s.ID
				}
				parts = append(parts, s.Text)
			}
			got.WriteString("<" + strings.Join(parts, "|") + ">")
		}
		if got.String() != want {
			t.Errorf("%q: got %s, want %s", description, got.String(), want)
		}
	}
}
