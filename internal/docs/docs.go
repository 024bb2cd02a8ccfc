// Package docs is the schema as a page to read, at /docs: every type, field and argument with its description, and a link to each.
// It is made of the schema that the server executes, and loads nothing from elsewhere. Without JavaScript it lacks the search only.
package docs

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed page.gohtml style.css script.js
var files embed.FS

// contentSecurityPolicy allows the page its own style, script and icon, and nothing else.
const contentSecurityPolicy = "default-src 'none'; " +
	"script-src 'self'; " +
	"style-src 'self'; " +
	"img-src 'self'; " +
	"base-uri 'none'; " +
	"form-action 'none'; " +
	"frame-ancestors 'none'"

// Handler serves the page of a schema at /docs, where #Account and #Account.parent name a type and a field, and its parts below.
// /docs/Account and /docs/Account.parent lead there. It answers GET and HEAD; any other path is 404. The page is made when it is first
// asked for.
func Handler(schema *ast.Schema) http.Handler {
	made := sync.OnceValue(func() *page { return newPage(schema) })
	mux := http.NewServeMux()
	mux.Handle("GET /docs", serve("text/html; charset=utf-8", func() []byte { return render(made()) }))
	mux.HandleFunc("GET /docs/{name}", func(w http.ResponseWriter, r *http.Request) {
		id, ok := made().places[r.PathValue("name")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.Redirect(w, r, "/docs#"+id, http.StatusMovedPermanently)
	})
	mux.Handle("GET /docs/{$}", http.RedirectHandler("/docs", http.StatusMovedPermanently))
	mux.Handle("GET /docs/style.css", serve("text/css; charset=utf-8", func() []byte { return must(files.ReadFile("style.css")) }))
	mux.Handle("GET /docs/script.js", serve("text/javascript; charset=utf-8", func() []byte { return must(files.ReadFile("script.js")) }))
	return protect(mux)
}

// Hidden serves the page of a server that does not tell its schema: it says so (403).
func Hidden() http.Handler {
	return protect(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "this server does not tell its schema (the settings INTROSPECTION and TRUSTED_DOCUMENTS_ONLY)", http.StatusForbidden)
	}))
}

func protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// serve answers with what make makes, once. The ETag is a weak one, because it is the same for the compressed form.
func serve(contentType string, make func() []byte) http.Handler {
	type file struct {
		body []byte
		etag string
	}
	made := sync.OnceValue(func() file {
		body := make()
		return file{body, fmt.Sprintf(`W/"%x"`, sha256.Sum256(body))}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, h := made(), w.Header()
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Type", contentType)
		h.Set("ETag", f.etag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
	})
}

func render(p *page) []byte {
	text := template.Must(template.New("page.gohtml").Funcs(template.FuncMap{"paragraphs": p.paragraphs, "shown": shown}).ParseFS(files, "page.gohtml"))
	var out bytes.Buffer
	if err := text.Execute(&out, p); err != nil {
		panic(err) // the template and the schema are in the binary
	}
	return out.Bytes()
}

// must is for what can only fail if the binary was built wrongly.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
