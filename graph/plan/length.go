package plan

import (
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/accountgraph/accountgraph/db"
)

// The records of an answer are limited, but fields may repeat what is in them: the same under many names, in fragments that spread
// others, and a text of any length. So the bytes are limited too, while they are written, those of all root fields together.

// stockShare is which part of the bytes an answer may have that the ordinary execution makes: it takes some fifty times as much
// memory for a value as there are bytes of it.
const stockShare = 8

// grant is how many bytes are taken at once of those that are left.
const grant = 64 << 10

// writing is how far the JSON of a root field's value is written.
type writing struct {
	// left is how many bytes the request's answer may still have.
	left *atomic.Int64
	// granted is how many of them are for this value.
	granted int
	// isTooLong tells that there were none left.
	isTooLong bool
	// isEstimate has null in place of what is left to the ordinary execution.
	isEstimate bool
}

// grow takes as many bytes as a text has by now, and some more; false if there are not so many left.
func (w *writing) grow(length int) bool {
	for w.granted < length {
		if w.left.Add(-grant) < 0 {
			w.left.Add(grant)
			w.isTooLong = true
			return false
		}
		w.granted += grant
	}
	return true
}

// end gives back what was taken and is not written. The request is not held on to: what was compiled may be kept longer.
func (w *writing) end(length int, isWritten bool) {
	if !isWritten {
		length = 0
	}
	w.left.Add(int64(w.granted - length))
	w.left = nil
}

// fitsStock tells whether a value that the ordinary execution writes is likely to be short enough for it.
func (c *compiled) fitsStock(value any, left *atomic.Int64) bool {
	c.writing = writing{left: left, isEstimate: true}
	text, ok := c.root.append(nil, c.root.typ, reflect.ValueOf(value))
	c.writing.end(len(text), ok)
	return !c.writing.isTooLong
}

// tooLong is the error of an answer with too many bytes.
func tooLong(limit int, isMutation bool) error {
	message := fmt.Sprintf("the answer would have more than %d bytes, or more than %d where an error is in it; ask for fewer records or fields at once", limit, limit/stockShare)
	if isMutation {
		message += ". What was to be written is written"
	}
	return &db.Error{Code: db.CodeTooComplex, Message: message, Details: map[string]any{"limit": limit}}
}
