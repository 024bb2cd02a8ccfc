// Package web is the page that the server shows to people: GraphiQL with example queries on the demo's companies. Its
// sources are beside this file; what Vite built of them is committed in dist and lies in the binary, so that not one
// request leaves the machine.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed all:dist
var dist embed.FS

//go:embed examples/*/*.graphql
var examples embed.FS

// contentSecurityPolicy allows what the page needs and nothing else. The editor positions its parts with style
// elements that it makes at run time, hence for styles; scripts come from files only.
const contentSecurityPolicy = "default-src 'none'; " +
	"script-src 'self'; " +
	"style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; " +
	"font-src 'self'; " +
	"connect-src 'self'; " +
	"worker-src 'self'; " +
	"base-uri 'none'; " +
	"form-action 'none'; " +
	"frame-ancestors 'none'"

// contentTypes is kept here because package mime asks the machine, and machines differ.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".ttf":  "font/ttf",
	".txt":  "text/plain; charset=utf-8",
}

// Examples holds the example queries, one GraphQL document a file, in a folder for each part of the schema. A document's first
// comment line is its title, the rest of that paragraph explains it. Where the first operation has variables, the operation Ids finds them: each of its aliases
// names a variable, whose value is the id under it.
func Examples() fs.FS {
	return must(fs.Sub(examples, "examples"))
}

// Handler serves the page at /, and its parts at their paths. It answers GET and HEAD; any other path is 404.
func Handler() http.Handler {
	assets := load(must(fs.Sub(dist, "dist")))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")

		a, ok := assets[r.URL.Path]
		switch {
		case !ok:
			http.NotFound(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		default:
			a.serve(w, r)
		}
	})
}

// asset is one file of dist.
type asset struct {
	contentType  string
	cacheControl string
	etag         string
	plain        []byte
	// gzipped compresses once, when first asked: one form is committed, and starting stays quick.
	gzipped func() []byte
}

func load(files fs.FS) map[string]*asset {
	assets := make(map[string]*asset)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		contentType, ok := contentTypes[path.Ext(name)]
		if !ok {
			return fmt.Errorf("no content type for %s", name)
		}
		sum := sha256.Sum256(body)
		a := &asset{
			contentType:  contentType,
			cacheControl: "no-cache",
			etag:         hex.EncodeToString(sum[:12]),
			plain:        body,
			gzipped:      sync.OnceValue(func() []byte { return compress(body) }),
		}
		// Vite puts a hash of the content into the names below assets, so that such a file never changes.
		if strings.HasPrefix(name, "assets/") {
			a.cacheControl = "public, max-age=31536000, immutable"
		}
		assets["/"+name] = a
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("embedded page: %v", err))
	}
	assets["/"] = assets["/index.html"]
	delete(assets, "/index.html")
	return assets
}

// serve sends no Last-Modified: embedded files have no time of their own, and the ETag is exact.
func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", a.cacheControl)
	h.Set("Content-Type", a.contentType)
	h.Set("Vary", "Accept-Encoding")
	if !acceptsGzip(r) {
		h.Set("ETag", strconv.Quote(a.etag))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.plain))
		return
	}
	h.Set("Content-Encoding", "gzip")
	h.Set("ETag", strconv.Quote(a.etag+"-gzip"))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.gzipped()))
}

func acceptsGzip(r *http.Request) bool {
	for _, accepted := range strings.Split(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		coding, quality, _ := strings.Cut(accepted, ";")
		if coding = strings.TrimSpace(coding); !strings.EqualFold(coding, "gzip") && coding != "*" {
			continue
		}
		_, q, weighted := strings.Cut(quality, "=")
		value, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		return !weighted || err == nil && value > 0
	}
	return false
}

func compress(body []byte) []byte {
	var out bytes.Buffer
	w := must(gzip.NewWriterLevel(&out, gzip.BestCompression))
	must(w.Write(body))
	if err := w.Close(); err != nil {
		panic(err)
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
