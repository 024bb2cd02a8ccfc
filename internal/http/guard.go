package httpserver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/accountgraph/accountgraph/db"
)

// localOnly refuses requests that name another host than this machine: a page on the internet may let its own name
// lead here, and its scripts would then be of the same origin (DNS rebinding).
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLocal(r.Host) {
			refuse(w, r, http.StatusMisdirectedRequest, problem{Code: db.CodeForbidden,
				Message: "this server answers to localhost, 127.0.0.1 and [::1] only"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isLocal tells whether a Host header names loopback, with any port or none.
func isLocal(host string) bool {
	if name, port, err := net.SplitHostPort(host); err == nil && strings.Trim(port, "0123456789") == "" {
		host = name
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// methods are those that the API answers.
const methods = "GET, HEAD, POST, OPTIONS"

// guard lets requests to the API pass by their heads: those that have a method of GraphQL over HTTP, and cannot come from
// another site's page unasked.
func (s *Site) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			if isForeign(r.Header) && !slices.Contains(s.options.CORSOrigins, r.Header.Get("Origin")) {
				refuse(w, r, http.StatusForbidden, problem{Code: db.CodeForbidden,
					Message: "pages of other sites can't ask by GET: send a POST with Content-Type: application/json"})
				return
			}
		case http.MethodPost:
			if status, err := checkHead(r.Header); err != nil {
				refuse(w, r, status, *err)
				return
			}
		case http.MethodOptions: // as any client may ask; what browsers ask for pages of other origins, share answers
			w.Header().Set("Allow", methods)
			w.Header().Set("Accept-Post", "application/json, multipart/form-data")
			w.WriteHeader(http.StatusNoContent)
			return
		default:
			w.Header().Set("Allow", methods)
			refuse(w, r, http.StatusMethodNotAllowed, problem{Code: db.CodeBadUserInput, Message: "the API answers GET and POST"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// receive reads the bodies of requests, and lets those pass that are neither too long nor too slow. What passes has its whole
// body, but for uploads, and a deadline.
func (s *Site) receive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if mediaType(r.Header) == "multipart/form-data" {
				s.passUpload(w, r, next)
				return
			}
			body, status, err := readBody(w, r, s.options.MaxBodyBytes)
			if err != nil {
				refuse(w, r, status, *err)
				return
			}
			r.Body = body
		}
		ctx, cancel := context.WithTimeout(r.Context(), s.options.RequestTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// isForeign tells whether a browser says that a page of another site makes the request (Fetch Metadata, W3C): as the source
// of a picture, say, which needs nobody's leave.
func isForeign(h http.Header) bool {
	site := h.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// checkHead refuses a POST by its headers: one that another site's page may send unasked, and a body that is not in one of the forms
// we read.
func checkHead(h http.Header) (int, *problem) {
	kind, charset := contentType(h)
	if !isPreflighted(h) || kind != "application/json" && kind != "multipart/form-data" {
		return http.StatusUnsupportedMediaType, &problem{Code: db.CodeBadUserInput, Message: "send the request with the header Content-Type: application/json"}
	}
	if charset != "" && charset != "utf-8" {
		return http.StatusUnsupportedMediaType, &problem{Code: db.CodeBadUserInput, Message: "send the request's body in UTF-8, and name no other charset in Content-Type"}
	}
	// A few bytes may be a gigabyte when they are unpacked.
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return http.StatusUnsupportedMediaType, &problem{Code: db.CodeBadUserInput, Message: "send the request's body as it is, without Content-Encoding"}
	}
	return 0, nil
}

// contentType is the type and the charset of a body, in lower case. The type is empty if the header can't be read, the charset
// if nothing is said.
func contentType(h http.Header) (mediaType, charset string) {
	if h.Get("Content-Type") == "application/json" {
		return "application/json", "" // almost all: there is nothing to parse
	}
	mediaType, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return "", ""
	}
	return mediaType, strings.ToLower(parameters["charset"])
}

func mediaType(h http.Header) string {
	mediaType, _ := contentType(h)
	return mediaType
}

// isPreflighted tells whether a page of another site could send a POST with these headers only after its browser has
// asked us, which we deny.
func isPreflighted(h http.Header) bool {
	switch mediaType(h) {
	case "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "": // which browsers send without asking
		return h.Get("GraphQL-Preflight") != "" || h.Get("X-Requested-With") != ""
	}
	return true
}

// readBody reads the body to its end, or says why not.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) (io.ReadCloser, int, *problem) {
	if r.ContentLength > limit {
		status, err := tooLong("the request's body", limit)
		return nil, status, err // before any of it has come
	}
	var text bytes.Buffer
	if r.ContentLength > 0 {
		text.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := text.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	switch {
	case err == nil && !utf8.Valid(text.Bytes()):
		// What reads JSON in Go would quietly put other characters in their place.
		return nil, http.StatusBadRequest, &problem{Code: db.CodeBadUserInput, Message: "the request's body is not UTF-8"}
	case err == nil:
		return io.NopCloser(&text), 0, nil
	case errors.As(err, new(*http.MaxBytesError)):
		status, err := tooLong("the request's body", limit)
		return nil, status, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, http.StatusRequestTimeout, &problem{Code: db.CodeTimeout, Message: "the request's body took too long to arrive"}
	default:
		return nil, http.StatusBadRequest, &problem{Code: db.CodeBadUserInput, Message: "the request's body did not arrive whole"}
	}
}
