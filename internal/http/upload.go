package httpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/auth"
)

const (
	// maxFiles is how many files a request may have, each as often as it is named.
	maxFiles = 10
	// uploadHeadRoom is what may stand around the parts of a request with files that come before them, in bytes.
	uploadHeadRoom = 64 << 10
)

// passUpload lets a request with files pass, which has limits of its own, and is not kept in memory. Nothing but imports takes
// files: who may not import need not send them.
func (s *Site) passUpload(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if err := auth.Viewer(r.Context()).MayImport(); err != nil {
		refuse(w, r, http.StatusForbidden, problem{Code: db.CodeForbidden, Message: err.Error()})
		return
	}
	limit := s.options.MaxUploadBytes
	if r.ContentLength > limit {
		status, err := tooLong("the request's body", limit)
		refuse(w, r, status, *err)
		return
	}
	if r.ContentLength < 0 {
		r.ContentLength = limit // what reads it keeps in memory what does not say that it is long
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	end := time.Now().Add(s.options.UploadTimeout)
	connection := http.NewResponseController(w)
	// In place of the server's, which are for requests without files.
	if err := errors.Join(connection.SetReadDeadline(end), connection.SetWriteDeadline(end.Add(writeTime))); err != nil {
		s.options.Logger.WarnContext(r.Context(), "an upload has the time of other requests only", "error", err)
	}
	if status, err := s.checkUploadHead(r); err != nil {
		refuse(w, r, status, *err)
		return
	}
	ctx, cancel := context.WithDeadline(r.Context(), end)
	defer cancel()
	next.ServeHTTP(w, r.WithContext(ctx))
}

// checkUploadHead refuses a request with files by what comes before them: the request itself ("operations"), which has the
// limits of other requests, and which variables are which files ("map"). What is not as the specification says passes, to be
// told by what reads it.
func (s *Site) checkUploadHead(r *http.Request) (int, *problem) {
	_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return 0, nil
	}
	var head bytes.Buffer
	limit := s.options.MaxBodyBytes
	bounded := &io.LimitedReader{R: r.Body, N: 2*limit + uploadHeadRoom}
	parts := multipart.NewReader(io.TeeReader(bounded, &head), parameters["boundary"])
	r.Body = &readBefore{Reader: io.MultiReader(&head, r.Body), Closer: r.Body}
	for _, name := range []string{"operations", "map"} {
		part, err := parts.NextPart()
		if err != nil || part.FormName() != name {
			break
		}
		text, err := io.ReadAll(io.LimitReader(part, limit+1))
		switch {
		case int64(len(text)) > limit:
			return tooLong("the part "+name, limit)
		case err != nil:
		case !utf8.Valid(text):
			return http.StatusBadRequest, &problem{Code: db.CodeBadUserInput, Message: "the part " + name + " is not UTF-8"}
		case name == "map" && countPaths(text) > maxFiles:
			return http.StatusBadRequest, &problem{Code: db.CodeBadUserInput,
				Message: fmt.Sprintf("a request may have %d files at most", maxFiles), Details: map[string]any{"limit": maxFiles}}
		}
	}
	if bounded.N == 0 {
		return tooLong("what comes before the files", 2*limit+uploadHeadRoom)
	}
	return 0, nil
}

// readBefore is a body whose first part was read already, and is read again.
type readBefore struct {
	io.Reader
	io.Closer
}

// countPaths counts the variables in a map of files; 0 if it is none.
func countPaths(text []byte) int {
	var paths map[string][]string
	if json.NewDecoder(bytes.NewReader(text)).Decode(&paths) != nil {
		return 0
	}
	n := 0
	for _, p := range paths {
		n += len(p)
	}
	return n
}

func tooLong(what string, limit int64) (int, *problem) {
	return http.StatusRequestEntityTooLarge, &problem{Code: db.CodeBadUserInput,
		Message: fmt.Sprintf("%s is longer than %d bytes", what, limit), Details: map[string]any{"limit": limit}}
}
