package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// handler is shared, because each one hashes and compresses anew.
var handler = sync.OnceValue(Handler)

func get(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// script is the path of the page's entry.
func script(t *testing.T) string {
	t.Helper()
	found := regexp.MustCompile(`src="(/assets/[^"]+\.js)"`).FindStringSubmatch(body(t, get(t, "GET", "/")))
	if found == nil {
		t.Fatal("index.html loads no script of /assets")
	}
	return found[1]
}

func TestHandler(t *testing.T) {
	t.Parallel()
	entry := script(t)

	t.Run("serves each path with its type and its caching", func(t *testing.T) {
		t.Parallel()
		for _, test := range []struct{ path, contentType, cacheControl string }{
			{"/", "text/html; charset=utf-8", "no-cache"},
			{"/favicon.svg", "image/svg+xml", "no-cache"},
			{"/THIRD-PARTY.txt", "text/plain; charset=utf-8", "no-cache"},
			{entry, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		} {
			r := get(t, "GET", test.path)
			if r.StatusCode != http.StatusOK {
				t.Errorf("%s: got status %d, want 200", test.path, r.StatusCode)
			}
			if got := r.Header.Get("Content-Type"); got != test.contentType {
				t.Errorf("%s: got type %q, want %q", test.path, got, test.contentType)
			}
			if got := r.Header.Get("Cache-Control"); got != test.cacheControl {
				t.Errorf("%s: got caching %q, want %q", test.path, got, test.cacheControl)
			}
			if len(body(t, r)) == 0 {
				t.Errorf("%s: got an empty body", test.path)
			}
		}
	})

	t.Run("serves every embedded file", func(t *testing.T) {
		t.Parallel()
		err := fs.WalkDir(dist, "dist", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || name == "dist/index.html" {
				return err
			}
			w := httptest.NewRecorder()
			handler().ServeHTTP(w, httptest.NewRequest("GET", strings.TrimPrefix(name, "dist"), nil))
			want, err := dist.ReadFile(name)
			if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), want) {
				t.Errorf("%s: got status %d and %d bytes, want 200 and %d", name, w.Code, w.Body.Len(), len(want))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})

	t.Run("protects every answer, refusals too", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/", entry, "/nothing"} {
			header := get(t, "GET", path).Header
			for name, want := range map[string]string{
				"Content-Security-Policy": contentSecurityPolicy,
				"Referrer-Policy":         "no-referrer",
				"X-Content-Type-Options":  "nosniff",
			} {
				if got := header.Get(name); got != want {
					t.Errorf("%s: got %s %q, want %q", path, name, got, want)
				}
			}
		}
	})

	t.Run("knows no other path", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/index.html", "/assets", "/assets/", "/nothing", "/../web.go", "/examples/1-start-here/1-welcome.graphql"} {
			if got := get(t, "GET", path).StatusCode; got != http.StatusNotFound {
				t.Errorf("%s: got status %d, want 404", path, got)
			}
		}
	})

	t.Run("answers HEAD without a body and refuses other methods", func(t *testing.T) {
		t.Parallel()
		head := get(t, "HEAD", "/")
		if got := body(t, head); head.StatusCode != http.StatusOK || got != "" {
			t.Errorf("HEAD: got status %d and body %q, want 200 and none", head.StatusCode, got)
		}
		post := get(t, "POST", "/")
		if post.StatusCode != http.StatusMethodNotAllowed || post.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST: got status %d, Allow %q, want 405, GET and HEAD", post.StatusCode, post.Header.Get("Allow"))
		}
	})

	t.Run("compresses for who accepts it", func(t *testing.T) {
		t.Parallel()
		plain := get(t, "GET", entry)
		for accepted, want := range map[string]string{
			"gzip":              "gzip",
			"br, GZIP;q=0.5":    "gzip",
			"*":                 "gzip",
			"br":                "",
			"gzip;q=0":          "",
			"gzip; q=0.0, br":   "",
			"gzip;q=0, *;q=0.1": "",
		} {
			r := get(t, "GET", entry, "Accept-Encoding", accepted)
			if got := r.Header.Get("Content-Encoding"); got != want {
				t.Errorf("%q: got encoding %q, want %q", accepted, got, want)
			}
			if r.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%q: got no Vary", accepted)
			}
		}
		compressed := get(t, "GET", entry, "Accept-Encoding", "gzip")
		if compressed.Header.Get("ETag") == plain.Header.Get("ETag") {
			t.Error("got one ETag for two forms")
		}
		reader, err := gzip.NewReader(compressed.Body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(reader)
		if err != nil || string(got) != body(t, plain) {
			t.Errorf("got another script when compressed (%v)", err)
		}
	})

	t.Run("confirms what the browser has", func(t *testing.T) {
		t.Parallel()
		for _, accepted := range []string{"gzip", "identity"} {
			etag := get(t, "GET", "/", "Accept-Encoding", accepted).Header.Get("ETag")
			again := get(t, "GET", "/", "Accept-Encoding", accepted, "If-None-Match", etag)
			if again.StatusCode != http.StatusNotModified {
				t.Errorf("%s: got status %d, want 304", accepted, again.StatusCode)
			}
		}
	})
}

func TestIndex(t *testing.T) {
	t.Parallel()
	index := body(t, get(t, "GET", "/"))

	t.Run("has the product's title", func(t *testing.T) {
		t.Parallel()
		if !strings.Contains(index, "<title>accountgraph</title>") {
			t.Error("got no such title")
		}
	})
	t.Run("has no inline script or handler", func(t *testing.T) {
		t.Parallel()
		for _, tag := range regexp.MustCompile(`(?s)<script[^>]*>.*?</script>`).FindAllString(index, -1) {
			if !strings.Contains(tag, ` src="/`) || !strings.HasSuffix(tag, "></script>") {
				t.Errorf("got inline script %s", tag)
			}
		}
		if got := regexp.MustCompile(`(?i)\son\w+=|javascript:`).FindString(index); got != "" {
			t.Errorf("got handler %q", got)
		}
	})
	t.Run("asks this server only", func(t *testing.T) {
		t.Parallel()
		for _, link := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(index, -1) {
			if path := link[1]; !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
				t.Errorf("got link to %s", path)
			} else if got := get(t, "GET", path).StatusCode; got != http.StatusOK {
				t.Errorf("%s: got status %d, want 200", path, got)
			}
		}
	})
}

func TestDist(t *testing.T) {
	t.Parallel()
	t.Run("holds no stylesheet that loads from elsewhere", func(t *testing.T) {
		t.Parallel()
		sheets, err := fs.Glob(dist, "dist/assets/*.css")
		if err != nil || len(sheets) == 0 {
			t.Fatalf("got %d stylesheets (%v)", len(sheets), err)
		}
		foreign := regexp.MustCompile(`(?i)(?:url\(["']?|@import\s+["'])(?:https?:)?//[^)"']*`)
		for _, name := range sheets {
			text, err := dist.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if got := foreign.Find(text); got != nil {
				t.Errorf("%s: got %s", name, got)
			}
		}
	})
	t.Run("tells the licences of what it contains", func(t *testing.T) {
		t.Parallel()
		text, err := dist.ReadFile("dist/THIRD-PARTY.txt")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"graphiql", "graphiql-explorer", "graphql", "monaco-editor", "monaco-graphql", "react", "react-dom"} {
			if !regexp.MustCompile(`(?m)^` + name + ` \d\S* \(.+\)$`).Match(text) {
				t.Errorf("got no licence of %s", name)
			}
		}
	})
}

func TestExamples(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(Examples(), "*/*.graphql")
	if err != nil || len(names) < 15 {
		t.Fatalf("got %d examples (%v), want at least 15", len(names), err)
	}
	shape := regexp.MustCompile(`^# .+\n# .+\n(?:#.*\n)*\n(?:query|mutation) \w+`)
	for _, name := range names {
		text, err := fs.ReadFile(Examples(), name)
		if err != nil {
			t.Fatal(err)
		}
		if !shape.Match(text) {
			t.Errorf("%s: want a title, an explanation, an empty line and a named operation", name)
		}
	}
}
