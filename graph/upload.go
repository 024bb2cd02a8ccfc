package graph

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/accountgraph/accountgraph/db"
)

// maxUploadMemory is how long a file may be that is kept in memory, in bytes; a longer one is on disk.
const maxUploadMemory = 1 << 20

// files are those of a request that are on disk.
type files []*os.File

// close removes them.
func (f files) close() {
	for _, file := range f {
		_, _ = file.Close(), os.Remove(file.Name()) // they were only read
	}
}

// readForm reads a request with files (GraphQL multipart request specification): the parameters ("operations"), which of the
// variables are which files ("map"), and the files.
func (p *params) readForm(r *http.Request) *refusal {
	parts, err := r.MultipartReader()
	if err != nil {
		return malformedForm("it can't be read")
	}
	if refusal := readPart(parts, "operations", p); refusal != nil {
		return refusal
	}
	var paths map[string][]string
	if refusal := readPart(parts, "map", &paths); refusal != nil {
		return refusal
	}
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF) && len(paths) == 0:
			return nil
		case errors.Is(err, io.EOF):
			return malformedForm("the map names files that do not come")
		case err != nil:
			return notReceived(err)
		}
		file, size, err := p.keep(part)
		if err != nil {
			return notReceived(err)
		}
		name := part.FormName()
		if len(paths[name]) == 0 {
			return malformedForm("a file comes that the map does not name")
		}
		for _, path := range paths[name] {
			upload := graphql.Upload{File: io.NewSectionReader(file, 0, size), Filename: part.FileName(), Size: size, ContentType: part.Header.Get("Content-Type")}
			if !put(p.Variables, path, upload) {
				return malformedForm("the map does not fit the variables")
			}
		}
		delete(paths, name)
	}
}

// readPart reads the next part of a form, which is JSON.
func readPart(parts *multipart.Reader, name string, into any) *refusal {
	part, err := parts.NextPart()
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return notReceived(err)
	case err != nil || part.FormName() != name:
		return malformedForm("the parts operations and map have to come first")
	}
	return readJSON(part, into, "the part "+name)
}

// keep stores a file where it can be read again, for as long as the request takes.
func (p *params) keep(part io.Reader) (io.ReaderAt, int64, error) {
	var head bytes.Buffer
	n, err := io.CopyN(&head, part, maxUploadMemory+1)
	if errors.Is(err, io.EOF) {
		return bytes.NewReader(head.Bytes()), n, nil
	} else if err != nil {
		return nil, 0, err
	}
	file, err := os.CreateTemp("", "accountgraph-upload-*")
	if err != nil {
		return nil, 0, err
	}
	p.files = append(p.files, file)
	size, err := io.Copy(file, io.MultiReader(&head, part))
	return file, size, err
}

// put puts a file at a path ("variables.input.file", "variables.files.0") into the variables, if that leads somewhere.
func put(variables map[string]any, path string, upload graphql.Upload) bool {
	names := strings.Split(path, ".")
	if names[0] != "variables" {
		return false
	}
	var at any = variables
	for i, name := range names[1:] {
		isLast := i == len(names)-2
		switch holder := at.(type) {
		case map[string]any:
			if at = holder[name]; isLast && holder != nil {
				holder[name] = upload
				return true
			}
		case []any:
			index, err := strconv.Atoi(name)
			if err != nil || index < 0 || index >= len(holder) {
				return false
			}
			if at = holder[index]; isLast {
				holder[index] = upload
				return true
			}
		default:
			return false
		}
	}
	return false
}

func malformedForm(problem string) *refusal {
	return malformed("the request is not as the GraphQL multipart request specification says: " + problem)
}

// notReceived says why a form could not be read to its end.
func notReceived(err error) *refusal {
	var long *http.MaxBytesError
	var disk *fs.PathError
	switch {
	case errors.As(err, &long):
		return refuse(db.CodeBadUserInput, "the request's body is too long", map[string]any{"limit": long.Limit}).with(http.StatusRequestEntityTooLarge)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(db.CodeTimeout, "the request's body took too long to arrive", nil).with(http.StatusRequestTimeout)
	case errors.As(err, &disk):
		refusal := refuse(db.CodeUnavailable, "the server can't store the file: try again", nil).with(http.StatusServiceUnavailable)
		refusal.cause = err
		return refusal
	}
	return malformedForm("it does not come whole")
}
