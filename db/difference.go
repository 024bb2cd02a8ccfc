package db

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// difference compares two records by their JSON and returns the columns that differ, before and after.
func difference(old, changed any) (before, after map[string]any, err error) {
	o, err := eventFields(old)
	if err != nil {
		return nil, nil, err
	}
	n, err := eventFields(changed)
	if err != nil {
		return nil, nil, err
	}
	before, after = map[string]any{}, map[string]any{}
	for name, value := range n {
		if !reflect.DeepEqual(o[name], value) {
			before[name], after[name] = o[name], value
		}
	}
	return before, after, nil
}

// eventFields are the columns of a record with their values, as its JSON has them.
func eventFields(record any) (map[string]any, error) {
	text, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("compare records: %w", err)
	}
	var fields map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // metadata may hold numbers that a float64 does not
	if err := decoder.Decode(&fields); err != nil {
		return nil, fmt.Errorf("compare records: %w", err)
	}
	return fields, nil
}
