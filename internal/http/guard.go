package httpserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"

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
	if name, _, err := net.SplitHostPort(host); err == nil {
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

// guard lets requests to the API pass that have a method of GraphQL over HTTP, cannot come from another site's page
// unasked, and are neither too long nor too slow. What passes has its whole body, and a deadline.
func (s *Site) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		switch r.Method {
		case http.MethodGet:
			if isForeign(r.Header) {
				refuse(w, r, http.StatusForbidden, problem{Code: db.CodeForbidden,
					Message: "pages of other sites can't ask by GET: send a POST with Content-Type: application/json"})
				return
			}
		case http.MethodPost:
			if !isPreflighted(r.Header) {
				refuse(w, r, http.StatusUnsupportedMediaType, problem{Code: db.CodeBadUserInput,
					Message: "send the request with the header Content-Type: application/json"})
				return
			}
			body, status, err := readBody(w, r, s.options.MaxBodyBytes)
			if err != nil {
				refuse(w, r, status, *err)
				return
			}
			r.Body = body
		default:
			w.Header().Set("Allow", "GET, POST")
			refuse(w, r, http.StatusMethodNotAllowed, problem{Code: db.CodeBadUserInput, Message: "the API answers GET and POST"})
			return
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

// isPreflighted tells whether a page of another site could send a POST with these headers only after its browser has
// asked us, which we deny.
func isPreflighted(h http.Header) bool {
	if h.Get("GraphQL-Preflight") != "" || h.Get("X-Requested-With") != "" {
		return true
	}
	// Browsers send these without asking, and none at all.
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch kind {
	case "text/plain", "application/x-www-form-urlencoded", "multipart/form-data":
		return false
	}
	return err == nil
}

// readBody reads the body to its end, or says why not.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) (io.ReadCloser, int, *problem) {
	var text bytes.Buffer
	if r.ContentLength > 0 && r.ContentLength <= limit {
		text.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := text.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	switch {
	case err == nil:
		return io.NopCloser(&text), 0, nil
	case errors.As(err, new(*http.MaxBytesError)):
		return nil, http.StatusRequestEntityTooLarge, &problem{Code: db.CodeBadUserInput,
			Message: fmt.Sprintf("the request's body is longer than %d bytes", limit), Details: map[string]any{"limit": limit}}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, http.StatusRequestTimeout, &problem{Code: db.CodeTimeout, Message: "the request's body took too long to arrive"}
	default:
		return nil, http.StatusBadRequest, &problem{Code: db.CodeBadUserInput, Message: "the request's body did not arrive whole"}
	}
}
