package db

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of metadata.
const (
	maxMetadataBytes = 64 << 10
	maxMetadataDepth = 32
)

// normalizeMetadata returns the compact encoding of a JSON object that jsonb can hold: at most
// 64 KiB, at most 32 objects and lists within each other, no NUL in its texts (jsonb refuses
// \u0000), numbers within the range of a float64. nil is the empty object. The error is a *Problem.
//
// A number counts with the digits that jsonb writes it with (1e300 as 301), so that what is read
// back is not much larger than what was sent.
func normalizeMetadata(raw any) (json.RawMessage, error) {
	switch encoded := raw.(type) {
	case nil:
		return json.RawMessage("{}"), nil
	case json.RawMessage:
		if len(encoded) > maxMetadataBytes {
			return nil, metadataTooLong()
		}
		decoder := json.NewDecoder(bytes.NewReader(encoded))
		decoder.UseNumber()
		if !json.Valid(encoded) || decoder.Decode(&raw) != nil {
			return nil, problem(ProblemInvalid, "is not JSON: send one JSON object")
		}
	}
	object, ok := raw.(map[string]any)
	if !ok {
		return nil, problem(ProblemInvalid, "must be a JSON object, such as {\"key\": \"value\"}, not %s", jsonKind(raw))
	}
	budget := metadataBudget(maxMetadataBytes)
	if err := budget.take(object, 1); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(object); err != nil {
		return nil, problem(ProblemInvalid, "can't be written as JSON: send plain objects, lists, texts, numbers and booleans")
	}
	compact := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	if len(compact) > maxMetadataBytes {
		return nil, metadataTooLong()
	}
	return compact, nil
}

// draftMetadata reads an object, and keeps the one that is stored if it is the same.
func draftMetadata(c *validation, in, old json.RawMessage) json.RawMessage {
	if old != nil && bytes.Equal(in, old) {
		return old
	}
	var raw any
	if in != nil {
		raw = in
	}
	metadata, err := normalizeMetadata(raw)
	c.fail(err, "metadata")
	if same, err := normalizeMetadata(old); err == nil && old != nil && bytes.Equal(metadata, same) {
		return old
	}
	return metadata
}

func metadataTooLong() *Problem {
	return problem(ProblemTooLong, "is larger than %d KiB as compact JSON: keep large values elsewhere and refer to them", maxMetadataBytes>>10)
}

// metadataBudget counts down the octets that remain, from below: what exhausts it is too long,
// before it is encoded.
type metadataBudget int

func (b *metadataBudget) spend(n int) error {
	if *b -= metadataBudget(n); *b < 0 {
		return metadataTooLong()
	}
	return nil
}

// take counts a value and refuses what jsonb or JSON can't hold. It returns a plain nil or a *Problem.
func (b *metadataBudget) take(value any, depth int) error {
	switch value := value.(type) {
	case map[string]any:
		if depth > maxMetadataDepth {
			return metadataTooDeep()
		}
		if err := b.spend(2); err != nil {
			return err
		}
		for key, item := range value {
			if err := b.takeText(key, 1); err != nil {
				return err
			}
			if err := b.take(item, depth+1); err != nil {
				return err
			}
		}
	case []any:
		if depth > maxMetadataDepth {
			return metadataTooDeep()
		}
		if err := b.spend(2); err != nil {
			return err
		}
		for _, item := range value {
			if err := b.take(item, depth+1); err != nil {
				return err
			}
		}
	case string:
		return b.takeText(value, 0)
	case nil, bool:
		return b.spend(4)
	case json.Number:
		return b.takeNumber(string(value))
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return problem(ProblemInvalid, "holds a number that is not finite")
		}
		return b.takeNumber(strconv.FormatFloat(value, 'g', -1, 64))
	case int, int32, int64, uint32, uint64:
		return b.spend(1)
	default:
		return problem(ProblemInvalid, "holds a value that is not JSON: send plain objects, lists, texts, numbers and booleans")
	}
	return nil
}

func metadataTooDeep() *Problem {
	return problem(ProblemInvalid, "has more than %d objects or lists within each other", maxMetadataDepth)
}

func (b *metadataBudget) takeText(text string, extra int) error {
	if err := b.spend(len(text) + 2 + extra); err != nil {
		return err
	}
	if strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) {
		return problem(ProblemInvalid, "holds the text %s with a NUL character or invalid UTF-8, which can't be stored", shown(text))
	}
	return nil
}

func (b *metadataBudget) takeNumber(number string) error {
	if err := b.spend(len(number)); err != nil {
		return err
	}
	if !json.Valid([]byte(number)) || strings.Trim(number[:1], "-0123456789") != "" {
		return problem(ProblemInvalid, "holds %s, which is not a number of JSON", shown(number))
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return problem(ProblemOutOfRange, "holds the number %s, which is out of range: send it as a text", shown(number))
	}
	_, exponent, found := strings.Cut(strings.ToLower(number), "e")
	if !found {
		return nil
	}
	// Zero and what a float64 takes for zero may have any exponent; jsonb would write all its digits.
	shift, err := strconv.Atoi(exponent)
	if err != nil || shift < -400 || shift > 400 || value == 0 {
		return problem(ProblemOutOfRange, "holds the number %s, which is out of range: send it as a text", shown(number))
	}
	return b.spend(max(shift, -shift))
}

// jsonKind names what a value is in JSON.
func jsonKind(value any) string {
	switch value.(type) {
	case string:
		return "a text"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	case nil:
		return "null"
	default:
		return "a number or another value"
	}
}
