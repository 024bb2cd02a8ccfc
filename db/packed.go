package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"unsafe"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq/oid"
)

// Rows that come in numbers come packed: PostgreSQL puts them into one value, each in the binary form in which it sends
// composite values (record_send: the number of columns, and for each its type, its length and its bytes). Read row by row,
// every column of every row is a value of the driver's, with two or three allocations; packed, texts are parts of the one
// value, and records lie in one block. Lengths come before what they are of, so that no content can be taken for more.

// packed runs a statement and reads its rows into records of T, a struct or a pointer to one. The columns are those that
// the statement selects, in their order.
func packed[T any](ctx context.Context, q sqlx.QueryerContext, s *statement, columns []string, what string) ([]T, error) {
	text := "SELECT string_agg(record_send(found), '')\nFROM (\n" + s.text.String() + "\n) found"
	var all sql.NullString
	if err := q.QueryRowxContext(ctx, text, s.args...).Scan(&all); err != nil {
		return nil, failure(what, err)
	}
	records, err := unpack[T](all.String, columns)
	if err != nil {
		return nil, failure(what, err)
	}
	return records, nil
}

// unpack reads packed rows. Fields are written where they lie in memory: found by reflection once for a type, not once for each value.
func unpack[T any](text string, columns []string) ([]T, error) {
	t := reflect.TypeFor[T]()
	isPointer := t.Kind() == reflect.Pointer
	if isPointer {
		t = t.Elem()
	}
	fields, err := packedFields(t, columns)
	if err != nil {
		return nil, err
	}
	p := packedRows{rest: text}
	count, err := p.count(len(columns))
	if err != nil || count == 0 {
		return nil, err
	}
	block := reflect.MakeSlice(reflect.SliceOf(t), count, count)
	var records []T
	if isPointer {
		records = make([]T, 0, count)
	}
	room := make([]pointees, len(columns))
	for i := range count {
		record := unsafe.Add(block.UnsafePointer(), uintptr(i)*t.Size())
		if isPointer {
			records = append(records, *(*T)(unsafe.Pointer(&record))) // a T is a pointer to a record
		}
		p.rest = p.rest[int32Size:] // the number of columns, which count looked at
		for j := range fields {
			f, value := &fields[j], p.next()
			at := unsafe.Add(record, f.offset)
			if f.pointee != nil {
				if value.null {
					continue
				}
				target := room[j].next(f.pointee, count-i)
				*(*unsafe.Pointer)(at), at = target, target
			}
			if err := f.put(at, value); err != nil {
				return nil, fmt.Errorf("column %s: %w", columns[j], err)
			}
		}
	}
	if !isPointer {
		return block.Interface().([]T), nil
	}
	return records, nil
}

// pointees are places that fields of a column point to, some of which are made at once.
type pointees struct {
	free unsafe.Pointer
	left int
}

// mostPointees bounds the room that is made for values of which most may be absent.
const mostPointees = 64

// next is the next place for a value of a type, of at most so many that are yet to come.
func (p *pointees) next(t reflect.Type, toCome int) unsafe.Pointer {
	if p.left == 0 {
		p.left = min(toCome, mostPointees)
		p.free = reflect.MakeSlice(reflect.SliceOf(t), p.left, p.left).UnsafePointer()
	}
	place := p.free
	if p.left--; p.left > 0 {
		p.free = unsafe.Add(place, t.Size())
	}
	return place
}

const int32Size = 4

// packedRows are packed rows that are being read.
type packedRows struct{ rest string }

// packedValue is a column's value in PostgreSQL's binary form.
type packedValue struct {
	typ  oid.Oid
	data string
	null bool
}

// count goes through the rows once and tells how many there are. After it, reading them finds nothing cut off.
func (p *packedRows) count(columns int) (int, error) {
	rows := 0
	for at := 0; at < len(p.rest); rows++ {
		if len(p.rest)-at < int32Size || readInt32(p.rest[at:]) != columns {
			return 0, fmt.Errorf("a packed row does not have the %d columns that were selected", columns)
		}
		at += int32Size
		for range columns {
			if len(p.rest)-at < 2*int32Size {
				return 0, errCutOff
			}
			length := max(readInt32(p.rest[at+int32Size:]), 0)
			at += 2 * int32Size
			if length > len(p.rest)-at {
				return 0, errCutOff
			}
			at += length
		}
	}
	return rows, nil
}

var errCutOff = errors.New("packed rows are cut off")

// next takes the next value.
func (p *packedRows) next() packedValue {
	value := packedValue{typ: oid.Oid(readInt32(p.rest))}
	length := readInt32(p.rest[int32Size:])
	p.rest = p.rest[2*int32Size:]
	if value.null = length < 0; value.null {
		return value
	}
	value.data, p.rest = p.rest[:length], p.rest[length:]
	return value
}

func readInt32(text string) int { return int(int32(readUint32(text))) }

func readUint32(text string) uint32 {
	_ = text[3]
	return uint32(text[0])<<24 | uint32(text[1])<<16 | uint32(text[2])<<8 | uint32(text[3])
}

func readUint16(text string) uint16 { return uint16(text[0])<<8 | uint16(text[1]) }

func readInt64(text string) int64 {
	return int64(uint64(readUint32(text))<<32 | uint64(readUint32(text[int32Size:])))
}

// packedField is where a column's value goes.
type packedField struct {
	// offset is where the field lies in the record.
	offset uintptr
	// pointee is what the field points to; nil if it is the value itself. A pointer stays nil where there is no value.
	pointee reflect.Type
	put     put
}

type packedFieldKey struct {
	record reflect.Type
	column string
}

var packedFieldsKnown sync.Map // packedFieldKey -> packedField

// packedFields finds the fields of columns by their db tags, or else their names, embedded structs included.
func packedFields(record reflect.Type, columns []string) ([]packedField, error) {
	fields := make([]packedField, len(columns))
	for i, column := range columns {
		key := packedFieldKey{record, column}
		known, ok := packedFieldsKnown.Load(key)
		if !ok {
			path := records.TraversalsByName(record, []string{column})[0]
			if len(path) == 0 {
				return nil, fmt.Errorf("%s has no field for the column %s", record, column)
			}
			known = packedFieldAt(record, path)
			packedFieldsKnown.Store(key, known)
		}
		fields[i] = known.(packedField)
	}
	return fields, nil
}

// packedFieldAt is the field that a path through embedded structs leads to.
func packedFieldAt(record reflect.Type, path []int) (f packedField) {
	t := record
	for _, i := range path {
		field := t.Field(i)
		f.offset, t = f.offset+field.Offset, field.Type
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
		f.pointee = t
	}
	f.put = putter(t)
	return f
}
