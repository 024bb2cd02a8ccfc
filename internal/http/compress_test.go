package httpserver

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/db"
)

// long is an answer that is worth it.
var long = `{"data":"` + strings.Repeat("0123456789abcdef", 4096) + `"}`

// answerWith answers a text as the API does: its length is known, and it comes in parts.
func answerWith(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		for _, part := range []string{text[:9], text[9:]} {
			_, _ = io.WriteString(w, part)
		}
	}
}

func newCompressingSite(api http.HandlerFunc) *Site {
	s, _ := newSite(nil)
	s.options.Compression = true
	s = New(s.options)
	s.Open(visitors, api, well)
	return s
}

func TestLongAnswersAreCompressed(t *testing.T) {
	t.Parallel()
	s := newCompressingSite(answerWith(long))
	for accept, compressed := range map[string]bool{
		"gzip": true, "GZIP": true, "gzip, deflate, br, zstd": true, "br;q=1, gzip;q=0.5": true, "identity;q=0.1, gzip": true,
		"": false, "identity": false, "br, zstd": false, "gzip;q=0": false, "nonsense;;": false,
	} {
		w := send(s, post("{}", "Accept-Encoding", accept))
		if got := w.Header().Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("%q: got Vary %q", accept, got)
		}
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != compressed {
			t.Errorf("%q: got %v", accept, w.Header())
			continue
		}
		text := w.Body.String()
		if compressed {
			text = unzip(t, w)
			if length := w.Header().Get("Content-Length"); length != "" || w.Body.Len() > len(long)/4 {
				t.Errorf("%q: got %d bytes of %d, and the length %q", accept, w.Body.Len(), len(long), length)
			}
		}
		if text != long {
			t.Errorf("%q: got %.100s", accept, text)
		}
	}
}

func unzip(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	reader, err := gzip.NewReader(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestShortAnswersAreNot(t *testing.T) {
	t.Parallel()
	for length, compressed := range map[int]bool{20: false, minCompressed - 1: false, minCompressed: true} {
		s := newCompressingSite(answerWith(long[:length]))
		w := send(s, post("{}", "Accept-Encoding", "gzip"))
		if got := w.Header().Get("Content-Encoding") != ""; got != compressed {
			t.Errorf("%d bytes: got %v", length, w.Header())
		}
		if got := w.Header().Get("Content-Length"); !compressed && got != strconv.Itoa(length) {
			t.Errorf("%d bytes: got the length %q", length, got)
		}
	}
}

func TestCompressionIsASetting(t *testing.T) {
	t.Parallel()
	s, _ := newSite(answerWith(long))
	w := send(s, post("{}", "Accept-Encoding", "gzip"))
	if w.Header().Get("Content-Encoding") != "" || w.Header().Get("Vary") != "" || w.Body.String() != long {
		t.Errorf("got %v", w.Header())
	}
}

// Problems are told as ever, and what is served beside the API is not touched: the page's files are compressed already.
func TestWhatIsNotCompressed(t *testing.T) {
	t.Parallel()
	s := newCompressingSite(answerWith(long))
	wantProblem(t, send(s, post("{}", "Accept-Encoding", "gzip", "Content-Type", "text/plain")), http.StatusUnsupportedMediaType, db.CodeBadUserInput)
	for _, path := range []string{"/", "/healthz", "/readyz"} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		if w := send(s, r); w.Header().Get("Content-Encoding") != "" || w.Header().Get("Vary") != "" {
			t.Errorf("%s: got %v", path, w.Header())
		}
	}
}

// What breaks off while it is compressed is not taken for whole.
func TestCompressedAnswerThatBreaksOff(t *testing.T) {
	t.Parallel()
	s := newCompressingSite(func(w http.ResponseWriter, r *http.Request) {
		answerWith(long)(w, r)
		panic("half way")
	})
	r, err := http.NewRequest(http.MethodPost, "http://"+serve(t, s)+"/graphql", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Encoding", "gzip")
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return // none of it came
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.ReadAll(response.Body); err == nil {
		t.Error("got an answer as if it were whole")
	}
}

func TestDocsAreServedAndCompressed(t *testing.T) {
	t.Parallel()
	without, _ := newSite(nil)
	options := without.options
	options.Docs = answerWith(long)
	plain := New(options)
	options.Compression = true
	compressed := New(options)
	for _, path := range []string{"/docs", "/docs/style.css"} {
		get := func(s *Site) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
			r.Header.Set("Accept-Encoding", "gzip")
			return send(s, r)
		}
		if w := get(without); w.Body.String() != "page" {
			t.Errorf("%s: got %s, want what the page answers", path, w.Body)
		}
		if w := get(plain); w.Header().Get("Content-Encoding") != "" || w.Body.String() != long {
			t.Errorf("%s: got %v, want it as it is", path, w.Header())
		}
		if w := get(compressed); w.Header().Get("Content-Encoding") != "gzip" || unzip(t, w) != long {
			t.Errorf("%s: got %v, want it compressed", path, w.Header())
		}
	}
}
