package db

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"time"
	"unsafe"

	"github.com/google/uuid"
	"github.com/lib/pq/oid"
	"github.com/shopspring/decimal"
)

// put puts a value in PostgreSQL's binary form where a field lies.
type put func(at unsafe.Pointer, value packedValue) error

// putter is what puts values into fields of a type.
func putter(t reflect.Type) put {
	switch t {
	case reflect.TypeFor[time.Time]():
		return putting(t, packedValue.moment)
	case reflect.TypeFor[json.RawMessage]():
		return putting(t, func(v packedValue) ([]byte, bool) {
			text, ok := v.json()
			return []byte(text), ok
		})
	case reflect.TypeFor[decimal.Decimal]():
		return putting(t, packedValue.decimal)
	case reflect.TypeFor[uuid.UUID]():
		return putting(t, packedValue.uuid)
	}
	switch {
	case t.Implements(reflect.TypeFor[identity]()) && t.Size() == reflect.TypeFor[uuid.UUID]().Size(): // a typed ID is its uuid and nothing else
		return putting(t, packedValue.uuid)
	case reflect.PointerTo(t).Implements(reflect.TypeFor[sql.Scanner]()):
		return func(at unsafe.Pointer, value packedValue) error {
			text, ok := value.data, isText(value.typ)
			if !ok {
				text, ok = value.json()
			}
			if err := value.is(ok, t); err != nil {
				return err
			}
			return reflect.NewAt(t, at).Interface().(sql.Scanner).Scan([]byte(text))
		}
	}
	switch t.Kind() {
	case reflect.String:
		return putting(t, func(v packedValue) (string, bool) { return v.data, isText(v.typ) })
	case reflect.Int:
		return putting(t, func(v packedValue) (int, bool) {
			n, ok := v.integer()
			return int(n), ok
		})
	case reflect.Int64:
		return putting(t, packedValue.integer)
	case reflect.Float64:
		return putting(t, packedValue.float)
	case reflect.Bool:
		return putting(t, packedValue.bool)
	}
	return func(_ unsafe.Pointer, value packedValue) error { return value.is(false, t) }
}

// putting puts values as they are read into fields of a type that lies in memory as a V does.
func putting[V any](t reflect.Type, read func(packedValue) (V, bool)) put {
	return func(at unsafe.Pointer, value packedValue) error {
		read, ok := read(value)
		*(*V)(at) = read
		return value.is(ok, t)
	}
}

// identity is what has a uuid: the typed IDs.
type identity interface{ raw() uuid.UUID }

// is makes an error of a value that is not what a field takes, as NULL is not.
func (v packedValue) is(ok bool, t reflect.Type) error {
	switch {
	case v.null:
		return fmt.Errorf("NULL can't be read into a %s", t)
	case !ok:
		return fmt.Errorf("a %s (%d) of %d bytes can't be read into a %s", oid.TypeName[v.typ], v.typ, len(v.data), t)
	}
	return nil
}

// firstOwnType is the least number that a type may have that is not PostgreSQL's own (FirstNormalObjectId): ours are enums,
// and sent as texts.
const firstOwnType = 16384

func isText(typ oid.Oid) bool {
	return typ == oid.T_text || typ == oid.T_varchar || typ == oid.T_bpchar || typ >= firstOwnType
}

func (v packedValue) uuid() (id uuid.UUID, ok bool) {
	return id, v.typ == oid.T_uuid && copy(id[:], v.data) == len(id)
}

func (v packedValue) float() (float64, bool) {
	if v.typ != oid.T_float8 || len(v.data) != 8 {
		return 0, false
	}
	return math.Float64frombits(uint64(readInt64(v.data))), true
}

func (v packedValue) bool() (is, ok bool) {
	if v.typ != oid.T_bool || len(v.data) != 1 {
		return false, false
	}
	return v.data[0] != 0, true
}

func (v packedValue) integer() (int64, bool) {
	switch {
	case v.typ == oid.T_int8 && len(v.data) == 8:
		return readInt64(v.data), true
	case v.typ == oid.T_int4 && len(v.data) == 4:
		return int64(readInt32(v.data)), true
	case v.typ == oid.T_int2 && len(v.data) == 2:
		return int64(int16(readUint16(v.data))), true
	}
	return 0, false
}

// epoch is PostgreSQL's: timestamps are microseconds since then, dates days.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (v packedValue) moment() (time.Time, bool) {
	switch {
	case v.typ == oid.T_timestamptz && len(v.data) == 8:
		n := readInt64(v.data)
		return time.UnixMicro(epoch.UnixMicro() + n).UTC(), n != math.MaxInt64 && n != math.MinInt64 // infinity
	case v.typ == oid.T_date && len(v.data) == 4:
		n := readInt32(v.data)
		return epoch.AddDate(0, 0, n), n != math.MaxInt32 && n != math.MinInt32
	}
	return time.Time{}, false
}

// json is the text of a jsonb value, which comes after the number of its form, 1.
func (v packedValue) json() (string, bool) {
	if v.typ != oid.T_jsonb || len(v.data) == 0 || v.data[0] != 1 {
		return "", false
	}
	return v.data[1:], true
}

// decimal is a numeric value: digits to the base 10,000, the power of the first, the sign, and how many decimal places there
// are (numeric_send).
func (v packedValue) decimal() (decimal.Decimal, bool) {
	const header, base, negative = 8, 10_000, 0x4000
	if v.typ != oid.T_numeric || len(v.data) < header {
		return decimal.Decimal{}, false
	}
	count, weight := int(readUint16(v.data)), int(int16(readUint16(v.data[2:])))
	sign, places := readUint16(v.data[4:]), int(readUint16(v.data[6:]))
	if len(v.data) != header+2*count || sign != 0 && sign != negative { // neither is NaN
		return decimal.Decimal{}, false
	}
	number := new(big.Int)
	for i := range count {
		number.Mul(number, big.NewInt(base)).Add(number, big.NewInt(int64(readUint16(v.data[header+2*i:]))))
	}
	// To the decimal places that it is said to have: what is cut off are zeros.
	shift := 4*(weight-count+1) + places
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(shift, -shift))), nil)
	if shift >= 0 {
		number.Mul(number, power)
	} else {
		number.Quo(number, power)
	}
	if sign == negative {
		number.Neg(number)
	}
	return decimal.NewFromBigInt(number, int32(-places)), true
}
